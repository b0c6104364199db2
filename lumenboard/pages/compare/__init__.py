"""Two or more models beside each other."""
