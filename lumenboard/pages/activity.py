"""What happened lately: votes by day and competition, imports, new models."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Sum

from arena.models import Competition, Vote, VoteImport
from providers.models import ImageModel


@dataclass(frozen=True)
class Happening:
    """One line of the list."""

    text: str
    url: str
    at: datetime
    detail: str = ""


def latest_activity(limit: int) -> list[Happening]:
    """Newest first. Four queries."""
    lines = [*_votes(limit), *_imports(limit), *_models(limit)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _votes(limit: int) -> list[Happening]:
    """From the tallies, which know each competition's last vote; the vote log itself is never scanned."""
    counted = Sum(F("tallies__left") + F("tallies__right") + F("tallies__tie") + F("tallies__both_bad"))
    voted = (
        Competition.objects.annotate(last_number=Max("tallies__last_vote_number"), votes=counted)
        .filter(last_number__isnull=False)
        .order_by("-last_number")[:limit]
    )
    cast_at = dict(Vote.objects.filter(number__in=[c.last_number for c in voted]).values_list("number", "cast_at"))
    return [
        Happening(
            f"Vote in {found.title}", found.get_absolute_url(), cast_at[found.last_number], f"{found.votes:,} so far"
        )
        for found in voted
        if cast_at.get(found.last_number)
    ]


def _imports(limit: int) -> list[Happening]:
    return [
        Happening(
            f"{found.rows:,} votes imported", f"/leaderboards/mode-{found.mode}", found.created_at, found.file_name
        )
        for found in VoteImport.objects.all()[:limit]
    ]


def _models(limit: int) -> list[Happening]:
    newest = (
        ImageModel.objects.exclude(creator__slug="imported").select_related("creator").order_by("-created_at", "id")
    )
    return [
        Happening(f"{model.name} joined the catalogue", model.get_absolute_url(), model.created_at, model.creator.name)
        for model in newest[:limit]
    ]
