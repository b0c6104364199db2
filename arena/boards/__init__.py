"""Boards: how they are computed, kept, read, compared over time, and who is told of them."""
