"""The vote log: how votes get into it, that nobody changed it, the tallies of it and whether they are right."""
