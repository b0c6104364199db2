"""Rows of the arena: competitions and their entries, battles and votes, tallies, boards and their snapshots."""

from arena.models.battles import Battle, Tally, Vote, VoteImport
from arena.models.boards import Board, BoardExclusion, SequentialState, Snapshot, Standing
from arena.models.competitions import Category, Competition, Entry, StoredImage
from arena.models.voters import (
    PairReport,
    PromptSuggestion,
    RefusedVote,
    VoteChainLink,
    VoteExclusion,
    VoteFlag,
    VoteQuota,
    Voter,
)

__all__ = [
    "Battle",
    "Board",
    "BoardExclusion",
    "Category",
    "Competition",
    "Entry",
    "PairReport",
    "PromptSuggestion",
    "RefusedVote",
    "SequentialState",
    "Snapshot",
    "Standing",
    "StoredImage",
    "Tally",
    "Vote",
    "VoteChainLink",
    "VoteExclusion",
    "VoteFlag",
    "VoteImport",
    "VoteQuota",
    "Voter",
]
