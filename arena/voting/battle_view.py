"""A battle as its voter may see it: before the vote nothing that names a model, after the reveal all. Read side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import numpy as np
from django.utils import timezone

from arena.models import Battle, Snapshot, Standing, Tally, Vote
from arena.models.battles import battle_token
from arena.models.visibility import shown_battle
from arena.rating.bradley_terry import after_one_vote, by_curvature
from arena.rating.chances import MEAN, POINTS_PER_LOG_ODDS
from arena.rating.criteria import OVERALL
from arena.rating.tallies import ALL_OUTCOMES, BY_NAME, OUTCOMES, Tallies, TallyRow
from arena.voting.ballot import StepRefused
from arena.voting.image_padding import ImageFrame, frame_for
from providers.models import ImageModel


@dataclass(frozen=True)
class RevealedModel:
    """One side after the reveal; ratings None where the board has none yet, or a note stands in their place."""

    name: str
    url: str
    creator: str
    before: float | None
    after: float | None
    note: str = ""


@dataclass(frozen=True)
class Reveal:
    """Who was who, and how others chose: `others` counted votes on the pair, `agreed` of them as this voter."""

    left: RevealedModel
    right: RevealedModel
    others: int
    agreed: int
    board_url: str
    note: str = ""

    @property
    def share_agreed(self) -> float | None:
        """A fraction; None without other votes."""
        return self.agreed / self.others if self.others else None


def read_reveal(battle: Battle, vote: Vote) -> Reveal:
    """Four queries."""
    models = ImageModel.objects.select_related("creator").only("slug", "name", "creator__name")
    named = models.in_bulk((battle.left_model_id, battle.right_model_id))
    left, right = named[battle.left_model_id], named[battle.right_model_id]
    tallies = _tallies(battle.competition_id)
    others, agreed = _how_others_chose(tallies, left.slug, right.slug, vote)
    moved = _moved(battle, vote, tallies, (left.slug, right.slug))
    return Reveal(
        left=_revealed(left, moved.get(left.slug)),
        right=_revealed(right, moved.get(right.slug)),
        others=others,
        agreed=agreed,
        board_url=f"/leaderboards/competition-{battle.competition.public_id}",
    )


def _revealed(model: ImageModel, moved: tuple[float, float] | None) -> RevealedModel:
    before, after = moved or (None, None)
    return RevealedModel(model.name, model.get_absolute_url(), model.creator.name, before, after)


def _tallies(competition_id: int) -> list[TallyRow]:
    columns = ("left_model__slug", "right_model__slug", *OUTCOMES)
    return list(Tally.objects.filter(competition=competition_id, criterion=OVERALL).values_list(*columns))


def _moved(
    battle: Battle, vote: Vote, rows: Sequence[TallyRow], pair: tuple[str, str]
) -> dict[str, tuple[float, float]]:
    """Ratings before the vote, and one Newton step after it; none where either has no rating yet."""
    before = _ratings_before(battle, vote)
    if not set(pair) <= before.keys():
        return {}
    models = tuple(sorted(before))
    tallies = Tallies.from_rows(rows, models=models)
    strengths = np.array([(before[model] - MEAN) / POINTS_PER_LOG_ODDS for model in models])
    changes = after_one_vote(by_curvature(tallies, models, strengths), *pair, vote.outcome)
    return {
        change.model: (before[change.model], before[change.model] + change.after - change.before) for change in changes
    }


def _ratings_before(battle: Battle, vote: Vote) -> dict[str, float]:
    """Of every comparable model, from the newest headline of the competition that does not hold this vote yet."""
    earlier = Snapshot.objects.headline().filter(
        board__competition=battle.competition_id, board__criterion=OVERALL, last_vote_number__lt=vote.number
    )
    newest = earlier.filter(standings__isnull=False).order_by("-id").values("id")[:1]
    rated = Standing.objects.filter(snapshot__in=newest, is_comparable=True)
    return {slug: rating for slug, rating in rated.values_list("model__slug", "rating") if rating is not None}


def _how_others_chose(rows: Sequence[TallyRow], left: str, right: str, vote: Vote) -> tuple[int, int]:
    """Votes on the pair in its competition, whichever side each stood on, without this one."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for one, other, *outcomes in rows:
        if {one, other} == {left, right}:
            for outcome, votes in zip(OUTCOMES, outcomes, strict=True):
                counts[outcome if one == left else BY_NAME[outcome].mirrored] += votes
    own = int(vote.is_counted)
    return sum(counts.values()) - own, counts[vote.outcome] - own


State = Literal["open", "voted", "revealed", "void"]
WORDS = {outcome.name: outcome.verdict for outcome in ALL_OUTCOMES}
SIDES = {outcome.name: outcome.side for outcome in ALL_OUTCOMES}


# the models are read once they may be named, the rest of their rows never
SHOWN: Final = (
    *("public_id", "voter_id", "expires_at", "revealed_at", "void_reason", "left_model_id", "right_model_id"),
    *(f"competition__{column}" for column in ("public_id", "title", "mode", "prompt", "source_image_id")),
    *("competition__status", "competition__visibility", "left_entry__status", "right_entry__status"),
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
    frame: ImageFrame
    token: str
    outcome: str
    is_counted: bool
    reveal: Reveal | None

    @property
    def choice(self) -> str:
        """The vote in words."""
        return WORDS.get(self.outcome, "")

    @property
    def chosen(self) -> str:
        """The side that was voted for, if one was."""
        return SIDES.get(self.outcome, "")


def view_battle(public_id: UUID, voter_id: int | None) -> BattleView:
    """As the voter it was opened for; raises StepRefused for anybody else.

    One whose competition or entries have become private since is void.
    """
    battles = Battle.objects.select_related("competition", "left_entry", "right_entry").with_vote().only(*SHOWN)
    battle = battles.filter(public_id=public_id).first()
    if battle is None:
        raise StepRefused("unknown_battle")
    if battle.voter_id is None or battle.voter_id != voter_id:
        raise StepRefused("wrong_voter")
    state = _state(battle)
    vote = battle.vote if state in {"voted", "revealed"} else None
    return BattleView(
        public_id=battle.public_id,
        state=state,
        competition=battle.competition.title,
        competition_public_id=battle.competition.public_id,
        mode=battle.competition.mode,
        prompt=battle.competition.prompt,
        has_source=battle.competition.source_image_id is not None,
        frame=frame_for(battle.competition_id),
        token=battle_token(battle.public_id) if state == "open" else "",
        outcome=vote.outcome if vote else "",
        is_counted=vote is not None and vote.is_counted,
        reveal=read_reveal(battle, vote) if vote and state == "revealed" else None,
    )


def _state(battle: Battle) -> State:
    if battle.void_reason or not battle.is_shown:
        return "void"
    if battle.vote is None:
        expired = battle.expires_at is None or battle.expires_at <= timezone.now()
        return "void" if expired else "open"
    return "revealed" if battle.revealed_at else "voted"


PICTURES: Final = ("a", "b", "source")
_IMAGES: Final = dict(
    zip(PICTURES, ("left_entry__image", "right_entry__image", "competition__source_image"), strict=True)
)


@dataclass(frozen=True)
class FramedPicture:
    """A picture of a battle, and what it is served as."""

    image_id: int
    frame: ImageFrame


def battle_picture(battle: UUID, voter_id: int, side: str) -> FramedPicture | None:
    """Of one of PICTURES; None for anybody but the voter, and where there is none."""
    own = Battle.objects.filter(shown_battle(), public_id=battle, voter=voter_id)
    found = own.values_list("competition_id", _IMAGES[side]).first()
    return FramedPicture(found[1], frame_for(found[0])) if found and found[1] is not None else None
