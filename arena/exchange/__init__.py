"""Votes and whole sites as files: read, checked, planned, written, restored."""
