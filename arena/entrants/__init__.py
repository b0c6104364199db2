"""Entrants in bulk: files of an upload read, matched to models and prompts, looked at, and made entries; or undone."""
