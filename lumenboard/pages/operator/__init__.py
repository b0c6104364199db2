"""Pages of operators under /ops, and their second factor."""
