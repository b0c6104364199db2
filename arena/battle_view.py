"""A battle as its voter may see it: before the vote nothing that names a model, after the reveal all. Read side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from django.utils import timezone

from arena.battle_token import battle_token
from arena.canvas import Canvas, canvas_of
from arena.models import Battle, Standing, Tally
from arena.rating.preview import Rated, preview
from arena.vote_refusal import StepRefused
from providers.models import ImageModel

State = Literal["open", "voted", "revealed", "void"]
LEFT_SCORES = {"left": 1.0, "right": 0.0, "tie": 0.5, "both_bad": 0.5}
WORDS = {"left": "A is better", "right": "B is better", "tie": "a tie", "both_bad": "both bad"}


# the models are read once they may be named, the rest of their rows never
SHOWN: Final = (
    *("public_id", "voter_id", "expires_at", "revealed_at", "void_reason", "left_model_id", "right_model_id"),
    *(f"competition__{column}" for column in ("public_id", "title", "mode", "prompt", "source_image_id")),
    *("vote__outcome", "vote__is_counted"),
)


@dataclass(frozen=True)
class RevealedModel:
    """One side after the reveal; ratings None where the board has none yet."""

    name: str
    url: str
    creator: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Reveal:
    """Who was who, and how others chose: `others` counted votes on the pair, `agreed` of them as this voter."""

    left: RevealedModel
    right: RevealedModel
    others: int
    agreed: int
    board_url: str

    @property
    def share_agreed(self) -> float | None:
        """A fraction; None without other votes."""
        return self.agreed / self.others if self.others else None


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
    """As the voter it was opened for; raises StepRefused for anybody else."""
    battle = Battle.objects.select_related("competition", "vote").only(*SHOWN).filter(public_id=public_id).first()
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
        reveal=_reveal(battle) if state == "revealed" else None,
    )


def _state(battle: Battle) -> State:
    if battle.void_reason:
        return "void"
    if not hasattr(battle, "vote"):
        expired = battle.expires_at is None or battle.expires_at <= timezone.now()
        return "void" if expired else "open"
    return "revealed" if battle.revealed_at else "voted"


def _reveal(battle: Battle) -> Reveal:
    before = _ratings_before(battle)
    left, right = before.get(battle.left_model_id), before.get(battle.right_model_id)
    after = preview(left, right, LEFT_SCORES[battle.vote.outcome]) if left and right else (None, None)
    others, agreed = _how_others_chose(battle)
    models = ImageModel.objects.select_related("creator").only("slug", "name", "creator__name")
    named = models.in_bulk((battle.left_model_id, battle.right_model_id))
    return Reveal(
        left=_revealed(named[battle.left_model_id], left, after[0]),
        right=_revealed(named[battle.right_model_id], right, after[1]),
        others=others,
        agreed=agreed,
        board_url=f"/leaderboards/competition-{battle.competition.public_id}",
    )


def _revealed(model: ImageModel, rated: Rated | None, after: float | None) -> RevealedModel:
    return RevealedModel(
        name=model.name,
        url=model.get_absolute_url(),
        creator=model.creator.name,
        before=rated.rating if rated else None,
        after=after,
    )


def _ratings_before(battle: Battle) -> dict[int, Rated]:
    """From the newest headline snapshot of the competition that does not hold this vote yet."""
    rows = (
        Standing.objects.filter(
            snapshot__board__competition=battle.competition_id,
            snapshot__method="bradley-terry",
            snapshot__variant="prior=1",
            snapshot__last_vote_number__lt=battle.vote.number,
            model__in=(battle.left_model_id, battle.right_model_id),
            lower__isnull=False,
        )
        .order_by("-snapshot_id")
        .values_list("snapshot_id", "model_id", "rating", "lower", "upper")[:2]
    )
    found = list(rows)
    return {
        model: Rated(rating, lower, upper)
        for snapshot, model, rating, lower, upper in found
        if snapshot == found[0][0] and rating is not None and lower is not None and upper is not None
    }


def _how_others_chose(battle: Battle) -> tuple[int, int]:
    """Votes on the pair in its competition, whichever side each stood on, without this one."""
    models = {battle.left_model_id, battle.right_model_id}
    counts = dict.fromkeys(LEFT_SCORES, 0)
    for tally in Tally.objects.filter(competition=battle.competition_id, left_model__in=models, right_model__in=models):
        straight = tally.left_model_id == battle.left_model_id
        counts["left"] += tally.left if straight else tally.right
        counts["right"] += tally.right if straight else tally.left
        counts["tie"] += tally.tie
        counts["both_bad"] += tally.both_bad
    own = int(battle.vote.is_counted)
    return sum(counts.values()) - own, counts[battle.vote.outcome] - own
