"""Ratings from pair counts: arrays in, frozen results out. No database, no clock, no randomness."""
