"""Rows of the arena: competitions and their entries, battles and votes, tallies, boards and their snapshots."""

from arena.models.battles import Battle, Tally, Vote, VoteImport
from arena.models.boards import Board, BoardExclusion, Snapshot, Standing
from arena.models.competitions import Category, Competition, Entry, StoredImage

__all__ = [
    "Battle",
    "Board",
    "BoardExclusion",
    "Category",
    "Competition",
    "Entry",
    "Snapshot",
    "Standing",
    "StoredImage",
    "Tally",
    "Vote",
    "VoteImport",
]
