"""The REST API under /api/v1: its routers, its problems, its tables."""
