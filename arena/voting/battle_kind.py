"""What the voting pages need to know of the battles they show: how each step is done, and where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arena.models import Voter
from arena.voting.ballot import Ballot, RecordedVote
from arena.voting.battle_steps import pass_over, report_pair, reveal_battle, void_battle, withdraw_vote
from arena.voting.battle_view import BattleView, FramedPicture, battle_picture, view_battle
from arena.voting.cast_vote import cast_vote
from arena.voting.open_battle import open_battle


@dataclass(frozen=True, kw_only=True)
class BattleKind:
    """Battles of models, or others that are shown and judged in the same way.

    `vote_url` leads to the next pair, `battle_url` and an id to one. `open` takes voter, network and the competition
    to stay in; the steps take a battle and its voter. `votes_of` is how many the voter has cast of this kind.
    """

    vote_url: str
    battle_url: str
    open: Callable[[int, str, int | None], UUID]
    view: Callable[[UUID, int | None], BattleView]
    picture: Callable[[UUID, int, str], FramedPicture | None]
    cast: Callable[[Ballot], RecordedVote]
    withdraw: Callable[[UUID, int | None], UUID | None]
    reveal: Callable[[UUID, int | None], None]
    void: Callable[[UUID, int | None, str], None]
    pass_over: Callable[[UUID, int | None, str], None]
    report: Callable[[UUID, int | None, str], None]
    votes_of: Callable[[Voter], int]
    has_own_board: bool
    named: str
    nothing: str

    def next_url(self, within: str) -> str:
        """`within` is the public id of a competition to stay in, or empty."""
        return f"{self.vote_url}/{within}" if within else self.vote_url


MODELS: Final = BattleKind(
    vote_url="/vote",
    battle_url="/battles",
    open=open_battle,
    view=view_battle,
    picture=battle_picture,
    cast=cast_vote,
    withdraw=withdraw_vote,
    reveal=reveal_battle,
    void=void_battle,
    pass_over=pass_over,
    report=report_pair,
    votes_of=lambda voter: voter.votes,
    has_own_board=True,
    named="models",
    nothing="A competition opens for votes once two models have a picture in it. The boards show what was counted "
    "so far.",
)
