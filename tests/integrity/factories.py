"""Votes of known voters without a browser in between."""

from datetime import datetime

from django.utils import timezone

from arena.models import Battle, Competition, Vote, Voter
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes

HONEST, RING = "a" * 64, "b" * 64


def make_cast(
    voter: Voter, *battles: tuple, competition: Competition, network: str = HONEST, at: datetime | None = None
):
    """Counted votes of one voter on battles opened here, (left, right, outcome, n) each; their numbers."""
    before = Vote.objects.order_by("-number").values_list("number", flat=True).first() or 0
    make_votes(competition, *battles)
    votes = Vote.objects.filter(number__gt=before)
    Battle.objects.filter(votes__in=votes).update(voter=voter, network=network, token_digest="0" * 64)
    votes.update(cast_at=at or timezone.now())
    return list(votes.values_list("number", flat=True))


def make_rigged() -> tuple[Competition, list[ImageModel], Voter]:
    """A thousand honest votes by which A beats B beats C, an honest voter, and one who says the opposite 60 times."""
    competition = make_competition(prompt="A red fox")
    a, b, c = models = [make_model(f"Heron {letter}", slug=f"heron-{letter}") for letter in "abc"]
    share = ((a, b), (b, c), (a, c))
    make_votes(competition, *[(x, y, "left", 260) for x, y in share], *[(x, y, "right", 80) for x, y in share])
    fair = [(x, y, "left", 8) for x, y in share] + [(x, y, "right", 2) for x, y in share]
    make_cast(Voter.objects.create(), *fair, competition=competition)
    ring = Voter.objects.create()
    make_cast(ring, (a, b, "right", 30), (a, c, "right", 30), competition=competition, network=RING)
    return competition, models, ring
