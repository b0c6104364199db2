"""Measures the targets of ratings and votes as ratios, in one run: `make bench`. Not part of the served system."""
