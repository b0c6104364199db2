"""Hostile input for every address, operation and form of a running site, from one seed."""
