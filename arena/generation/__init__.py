"""Schedules and runs: when they come due, what they would cost, and their way to entries."""
