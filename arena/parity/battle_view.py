"""A parity battle as its voter may see it: before the vote neither model nor provider, after the reveal both.

Read side.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from arena.cache import TtlCache
from arena.models import ParityBattle, ParityEntry, ParityTally, ParityVote
from arena.models.battles import battle_token
from arena.parity.endpoints import provider_names
from arena.rating.tallies import BY_NAME, OUTCOMES
from arena.voting.ballot import StepRefused
from arena.voting.battle_view import BattleView, FramedPicture, Reveal, RevealedModel, State
from arena.voting.image_padding import ImageFrame, common_frame

_frames: TtlCache[ImageFrame] = TtlCache(seconds=60, most=1000)
RELATED: Final = ("scene__competition", "scene__board__model", "left_entry", "right_entry")


def _frame(scene_id: int) -> ImageFrame:
    """Over the entries of the scene, live or not."""
    return _frames.get(scene_id, lambda: common_frame(ParityEntry.objects.filter(scene=scene_id)))


@dataclass(frozen=True)
class _Seen:
    battle: ParityBattle
    vote: ParityVote | None
    state: State


def view_parity(public_id: UUID, voter_id: int | None) -> BattleView:
    """As the voter it was opened for; raises StepRefused for anybody else.

    One whose prompt or entries have become private since is void.
    """
    seen = _seen(public_id, voter_id)
    competition = seen.battle.scene.competition
    vote = seen.vote if seen.state in {"voted", "revealed"} else None
    return BattleView(
        public_id=seen.battle.public_id,
        state=seen.state,
        competition=competition.title,
        competition_public_id=competition.public_id,
        mode=competition.mode,
        prompt=competition.prompt,
        has_source=competition.source_image_id is not None,
        frame=_frame(seen.battle.scene_id),
        token=battle_token(seen.battle.public_id) if seen.state == "open" else "",
        outcome=vote.outcome if vote else "",
        is_counted=vote is not None and vote.is_counted,
        reveal=_reveal(seen.battle, vote) if vote and seen.state == "revealed" else None,
    )


def _seen(public_id: UUID, voter_id: int | None) -> _Seen:
    battle = ParityBattle.objects.select_related(*RELATED, "vote").filter(public_id=public_id).first()
    if battle is None:
        raise StepRefused("unknown_battle")
    if battle.voter_id is None or battle.voter_id != voter_id:
        raise StepRefused("wrong_voter")
    vote = getattr(battle, "vote", None)
    return _Seen(battle, vote, _state(battle, vote))


def _state(battle: ParityBattle, vote: ParityVote | None) -> State:
    if battle.void_reason or not battle.is_public:
        return "void"
    if vote is None:
        is_over = battle.expires_at is None or battle.expires_at <= timezone.now()
        return "void" if is_over else "open"
    return "revealed" if battle.revealed_at else "voted"


def _reveal(battle: ParityBattle, vote: ParityVote) -> Reveal:
    """Two queries."""
    board = battle.scene.board
    named = provider_names(board.pk)
    left, right = (
        RevealedModel(named[end].name, named[end].url, board.model.name, None, None, note=named[end].key)
        for end in (battle.left_endpoint_id, battle.right_endpoint_id)
    )
    others, agreed = _how_others_chose(battle, vote)
    note = f"Both are {board.model.name}, asked for the same prompt and seed {battle.scene.seed}."
    return Reveal(left, right, others, agreed, board.get_absolute_url(), note=note)


def _how_others_chose(battle: ParityBattle, vote: ParityVote) -> tuple[int, int]:
    """Votes on the same two endpoints in the same scene, whichever side each stood on, without this one."""
    ends = (battle.left_endpoint_id, battle.right_endpoint_id)
    tallies = ParityTally.objects.filter(scene=battle.scene_id, left_endpoint__in=ends, right_endpoint__in=ends)
    counts = dict.fromkeys(OUTCOMES, 0)
    for left, *votes in tallies.values_list("left_endpoint_id", *OUTCOMES):
        for outcome, several in zip(OUTCOMES, votes, strict=True):
            counts[outcome if left == ends[0] else BY_NAME[outcome].mirrored] += several
    own = int(vote.is_counted)
    return sum(counts.values()) - own, counts[vote.outcome] - own


def parity_picture(battle: UUID, voter_id: int, side: str) -> FramedPicture | None:
    """Of side a, b or the source; None for anybody but the voter, and where there is none."""
    found = ParityBattle.objects.filter(public_id=battle, voter=voter_id).select_related(*RELATED).first()
    if found is None or not found.is_public:
        return None
    images = {
        "a": found.left_entry.image_id,
        "b": found.right_entry.image_id,
        "source": found.scene.competition.source_image_id,
    }
    image_id = images[side]
    return FramedPicture(image_id, _frame(found.scene_id)) if image_id is not None else None
