"""Rows to vote on: one open competition of pictured models, voters, and battles that wait for their vote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from arena.models import Battle, Competition, Entry, StoredImage, Voter
from arena.models.battles import battle_token, token_digest
from arena.rating.tallies import OUTCOMES
from arena.voting.ballot import Ballot
from providers.models import Creator, ImageModel

MODELS = 25
VOTES_OF_ONE_VOTER = 20  # far under the caps and the burst limit


@dataclass(frozen=True)
class Waiting:
    """A battle that can be voted on: its row, its pair, and a ballot that counts."""

    battle_id: int
    competition_id: int
    left_model_id: int
    right_model_id: int
    ballot: Ballot


def make_competition() -> Competition:
    """The pictures are rows only: nothing measured here reads a file."""
    creator = Creator.objects.create(slug="bench", name="Bench")
    competition = Competition.objects.create(title="Bench", prompt="A lighthouse", mode="text-to-image", status="open")
    for number in range(MODELS):
        name = f"Bench {number}"
        model = ImageModel.objects.create(name=name, slug=f"bench-{number}", creator=creator, modes=["text-to-image"])
        image = StoredImage.objects.create(
            sha256=f"{number:064x}", file="bench.webp", width_px=8, height_px=8, size_bytes=1
        )
        Entry.objects.create(competition=competition, model=model, image=image, status="live")
    return competition


def make_waiting(competition: Competition, battles: int) -> list[Waiting]:
    """Over all pairs in turn, by voters and networks of which each has a few."""
    entries = list(competition.entries.order_by("id"))
    pairs = [(left, right) for left in entries for right in entries if left != right]
    voters = Voter.objects.bulk_create([Voter() for _ in range(battles // VOTES_OF_ONE_VOTER + 1)])
    # a step that shares no factor with the number of pairs visits them all, neighbours far apart
    chosen = [pairs[number * 37 % len(pairs)] for number in range(battles)]
    rows = [_battle(competition, pair, voters[number // VOTES_OF_ONE_VOTER]) for number, pair in enumerate(chosen)]
    return [_waiting(battle, OUTCOMES[place % 3]) for place, battle in enumerate(Battle.objects.bulk_create(rows))]


def _battle(competition: Competition, pair: tuple[Entry, Entry], voter: Voter) -> Battle:
    left, right = pair
    public_id = uuid4()
    return Battle(
        public_id=public_id,
        competition=competition,
        left_entry=left,
        right_entry=right,
        left_model_id=left.model_id,
        right_model_id=right.model_id,
        opened_at=timezone.now() - timedelta(minutes=1),
        expires_at=timezone.now() + timedelta(hours=1),
        voter=voter,
        network=f"{voter.pk:064x}",
        token_digest=token_digest(battle_token(public_id)),
        pair_probability=0.01,
    )


def _waiting(battle: Battle, outcome: str) -> Waiting:
    ballot = Ballot(battle.public_id, battle_token(battle.public_id), outcome, battle.voter_id, battle.network)
    pair = (battle.left_model_id, battle.right_model_id)
    return Waiting(battle.pk, battle.competition_id, *pair, ballot)
