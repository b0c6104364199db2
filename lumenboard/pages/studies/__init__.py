"""Studies: their pages, their people, and joining one."""
