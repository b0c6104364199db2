"""Measured performance over REST, and samples that others report."""
