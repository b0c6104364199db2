"""Rows of the arena: competitions, their entries and how these are generated; battles, votes, tallies; boards."""

from arena.models.battles import Battle, Tally, Vote, VoteImport
from arena.models.boards import Board, BoardExclusion, SequentialState, Snapshot, Standing
from arena.models.competitions import Category, Competition, Entry, MergedCompetition, StoredImage
from arena.models.files import FileInTransit, ImageHome
from arena.models.operations import Operations, SentForm
from arena.models.parity import (
    ParityBattle,
    ParityBoard,
    ParityEndpoint,
    ParityEntry,
    ParityScene,
    ParitySnapshot,
    ParityTally,
    ParityVote,
    RefusedParityVote,
)
from arena.models.raters import RaterFindings, VoterFigures
from arena.models.schedules import Generation, Run, Schedule, ScheduleEntrant
from arena.models.studies import Identity, Invitation, Membership, RightsChange, Study
from arena.models.uploads import EntrantUpload, UploadFile, UploadPicture
from arena.models.verdicts import Verdict
from arena.models.voters import (
    PairReport,
    PromptSuggestion,
    RefusedVote,
    VoteChainLink,
    VoteExclusion,
    VoteFlag,
    VoteQuota,
    Voter,
    VoteReach,
)
from arena.models.webhooks import BoardMessage, BoardWebhook, ToldBoard

__all__ = [
    "Battle",
    "Board",
    "BoardExclusion",
    "BoardMessage",
    "BoardWebhook",
    "Category",
    "Competition",
    "EntrantUpload",
    "Entry",
    "FileInTransit",
    "Generation",
    "Identity",
    "ImageHome",
    "Invitation",
    "Membership",
    "MergedCompetition",
    "Operations",
    "PairReport",
    "ParityBattle",
    "ParityBoard",
    "ParityEndpoint",
    "ParityEntry",
    "ParityScene",
    "ParitySnapshot",
    "ParityTally",
    "ParityVote",
    "PromptSuggestion",
    "RaterFindings",
    "RefusedParityVote",
    "RefusedVote",
    "RightsChange",
    "Run",
    "Schedule",
    "ScheduleEntrant",
    "SentForm",
    "SequentialState",
    "Snapshot",
    "Standing",
    "StoredImage",
    "Study",
    "Tally",
    "ToldBoard",
    "UploadFile",
    "UploadPicture",
    "Verdict",
    "Vote",
    "VoteChainLink",
    "VoteExclusion",
    "VoteFlag",
    "VoteImport",
    "VoteQuota",
    "VoteReach",
    "Voter",
    "VoterFigures",
]
