"""Prometheus metrics: requests counted in every process, all else read from the database when asked."""
