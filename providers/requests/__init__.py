"""Requests of the gateway as rows: their log, their ends, and what they leave behind."""
