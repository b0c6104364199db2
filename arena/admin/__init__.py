"""The operator's screens of the arena."""

from arena.admin import boards, competitions, votes

__all__ = ["boards", "competitions", "votes"]
