"""What can be done in the arena, one verb per module; each owns its transaction."""
