"""Accounts at providers and the site's own API keys: addresses, keys, sealing at rest."""
