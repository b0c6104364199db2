"""Intervals held against simulated boards whose truth is known."""
