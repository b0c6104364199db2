"""The operator's screens of the arena."""

from arena.admin import boards, competitions, parity, votes

__all__ = ["boards", "competitions", "parity", "votes"]
