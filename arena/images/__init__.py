"""Pictures as files: taken in, encoded, stored once, swept, verified."""
