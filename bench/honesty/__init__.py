"""Intervals, rank sets and verdicts held against simulated boards whose truth is known."""
