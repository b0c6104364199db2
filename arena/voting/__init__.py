"""Battles: the pair drawn for a voter, its pages and pictures, its vote, undo and reveal."""
