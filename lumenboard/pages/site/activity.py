"""What happened lately: votes by day and competition, imports, new models."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Max, OuterRef, Subquery, Sum

from arena.models import Competition, Tally, Vote, VoteImport
from arena.models.battles import tallied_votes
from arena.models.public_models import public_models
from providers.models import ImageModel

GROUPED = 10


@dataclass(frozen=True)
class Happening:
    """One line of the list."""

    text: str
    url: str
    at: datetime
    detail: str = ""


def latest_activity(limit: int) -> list[Happening]:
    """Newest first. Three queries."""
    lines = [*_votes(limit), *_imports(limit), *_models(limit)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _votes(limit: int) -> list[Happening]:
    """From the tallies, which know each competition's last vote; the vote log itself is never scanned."""
    tallies = Tally.objects.order_by().values("competition")
    last = tallies.filter(competition__in=Competition.objects.public()).annotate(last=Max("last_vote_number"))
    counted = Sum(tallied_votes())
    so_far = tallies.filter(competition=OuterRef("battle__competition")).annotate(votes=counted).values("votes")
    votes = Vote.objects.filter(number__in=last.order_by("-last").values("last")[:limit], cast_at__isnull=False)
    return [
        Happening(
            f"Vote in {vote.battle.competition.title}",
            vote.battle.competition.get_absolute_url(),
            vote.cast_at,
            f"{vote.so_far:,} so far",
        )
        for vote in votes.select_related("battle__competition").annotate(so_far=Subquery(so_far))
        if vote.battle and vote.cast_at
    ]


def _imports(limit: int) -> list[Happening]:
    return [
        Happening(
            f"{found.rows:,} votes imported", f"/leaderboards/mode-{found.mode}", found.created_at, found.file_name
        )
        for found in VoteImport.objects.all()[:limit]
    ]


def _models(limit: int) -> list[Happening]:
    """Models that came in one transaction share its moment to the minute and make one line."""
    newest = public_models().exclude(creator__slug="imported").select_related("creator").order_by("-created_at", "id")
    together = groupby(newest[: limit * GROUPED], key=lambda model: model.created_at.replace(second=0, microsecond=0))
    return [_joined(list(models)) for _, models in together]


def _joined(models: list[ImageModel]) -> Happening:
    first, others = models[0], len(models) - 1
    if not others:
        text = f"{first.name} joined the catalogue"
        return Happening(text, first.get_absolute_url(), first.created_at, first.creator.name)
    text = f"{first.name} and {others} other{'s' if others > 1 else ''} joined the catalogue"
    return Happening(text, "/models?sort=newest", first.created_at)
