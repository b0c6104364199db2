"""What changes the catalogue: each action owns its transaction."""
