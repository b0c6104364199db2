"""Thresholds on figures, incidents, and messages about them."""
