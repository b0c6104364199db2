"""Votes that do not look honest, reports, exclusions, and what waits for an operator's decision."""
