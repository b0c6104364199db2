"""A crowd of strangers against the whole stack while its parts are killed; what they were promised is checked after."""
