"""The operator's screens of the arena."""

from arena.admin import boards, competitions, integrity, votes, webhooks

__all__ = ["boards", "competitions", "integrity", "votes", "webhooks"]
