"""Parity battles on the voting pages: the same pages, the same steps, other rows."""

from typing import Final

from arena.parity.battle_view import parity_picture, view_parity
from arena.parity.cast_vote import cast_parity_vote
from arena.parity.open_battle import open_parity_battle
from arena.parity.steps import pass_over_parity, report_parity, reveal_parity, void_parity, withdraw_parity
from arena.voting.battle_kind import BattleKind

PARITY: Final = BattleKind(
    vote_url="/vote/parity",
    battle_url="/vote/parity",
    open=open_parity_battle,
    view=view_parity,
    picture=parity_picture,
    cast=cast_parity_vote,
    withdraw=withdraw_parity,
    reveal=reveal_parity,
    void=void_parity,
    pass_over=pass_over_parity,
    report=report_parity,
    votes_of=lambda voter: voter.parity_votes,
    has_own_board=False,
    named="providers",
    nothing="No model has pictures of two providers to compare yet.",
)
