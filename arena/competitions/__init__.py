"""Competitions as operators arrange them: status, coverage, merging, deleting, suggestions from voters."""
