"""A battle as its voter may see it: before the vote nothing that names a model, after the reveal all. Read side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from django.utils import timezone

from arena.models import Battle
from arena.rating.outcomes import ALL_OUTCOMES
from arena.voting.battle_token import battle_token
from arena.voting.canvas import Canvas, canvas_of
from arena.voting.refusals import StepRefused
from arena.voting.reveal import Reveal, read_reveal

State = Literal["open", "voted", "revealed", "void"]
WORDS = {outcome.name: outcome.verdict for outcome in ALL_OUTCOMES}


# the models are read once they may be named, the rest of their rows never
SHOWN: Final = (
    *("public_id", "voter_id", "expires_at", "revealed_at", "void_reason", "left_model_id", "right_model_id"),
    *(f"competition__{column}" for column in ("public_id", "title", "mode", "prompt", "source_image_id")),
    *("competition__status", "left_entry__status", "right_entry__status"),
    *("vote__outcome", "vote__is_counted"),
)


@dataclass(frozen=True)
class BattleView:
    """What the page draws. `token` only while the battle waits, `reveal` only after it was asked for."""

    public_id: UUID
    state: State
    competition: str
    competition_public_id: str
    mode: str
    prompt: str
    has_source: bool
    canvas: Canvas
    token: str
    outcome: str
    is_counted: bool
    reveal: Reveal | None

    @property
    def choice(self) -> str:
        """The vote in words."""
        return WORDS.get(self.outcome, "")


def view_battle(public_id: UUID, voter_id: int | None) -> BattleView:
    """As the voter it was opened for; raises StepRefused for anybody else.

    One whose competition or entries have become private since is void.
    """
    battles = Battle.objects.select_related("competition", "vote", "left_entry", "right_entry").only(*SHOWN)
    battle = battles.filter(public_id=public_id).first()
    if battle is None:
        raise StepRefused("unknown_battle")
    if battle.voter_id is None or battle.voter_id != voter_id:
        raise StepRefused("wrong_voter")
    state = _state(battle)
    return BattleView(
        public_id=battle.public_id,
        state=state,
        competition=battle.competition.title,
        competition_public_id=battle.competition.public_id,
        mode=battle.competition.mode,
        prompt=battle.competition.prompt,
        has_source=battle.competition.source_image_id is not None,
        canvas=canvas_of(battle.competition_id),
        token=battle_token(battle.public_id) if state == "open" else "",
        outcome=battle.vote.outcome if state in {"voted", "revealed"} else "",
        is_counted=state in {"voted", "revealed"} and battle.vote.is_counted,
        reveal=read_reveal(battle) if state == "revealed" else None,
    )


def _state(battle: Battle) -> State:
    if battle.void_reason or not battle.is_public:
        return "void"
    if not hasattr(battle, "vote"):
        expired = battle.expires_at is None or battle.expires_at <= timezone.now()
        return "void" if expired else "open"
    return "revealed" if battle.revealed_at else "voted"
