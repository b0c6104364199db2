"""Voters of an imported file: the same name in one file, however it grows, is one voter, and no name is stored."""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.conf import settings
from django.db.models import F

from arena.exchange.plan_import import ImportPlan
from arena.models import Voter

CHUNK: Final = 10_000


def import_voters(plan: ImportPlan) -> Sequence[int | None] | None:
    """Voter ids along the new votes, None where the file says nobody; makes the missing voters. None without a column.

    In the caller's transaction.
    """
    if not plan.file.voters:
        return None
    places = plan.file.voter[plan.votes_before :]
    votes = Counter(places)
    ids: dict[int, int] = {}
    named = sorted(votes.keys() - {0})
    for start in range(0, len(named), CHUNK):
        ids |= _voters({place: _key(plan, plan.file.voters[place]) for place in named[start : start + CHUNK]}, votes)
    return [ids.get(place) for place in places]


def _voters(keys: dict[int, str], votes: Counter[int]) -> dict[int, int]:
    Voter.objects.bulk_create([Voter(imported_as=key) for key in keys.values()], ignore_conflicts=True)
    known = dict(Voter.objects.filter(imported_as__in=keys.values()).values_list("imported_as", "id"))
    ids = {place: known[key] for place, key in keys.items()}
    for several, of_those in _by_votes(ids, votes):
        Voter.objects.filter(id__in=of_those).update(votes=F("votes") + several)
    return ids


def _by_votes(ids: dict[int, int], votes: Counter[int]) -> Iterator[tuple[int, Iterable[int]]]:
    found: dict[int, list[int]] = {}
    for place, voter in ids.items():
        found.setdefault(votes[place], []).append(voter)
    yield from found.items()


def _key(plan: ImportPlan, name: str) -> str:
    """Of the file as it began, and of the name; nobody without this site's secret key finds the name again."""
    options = plan.options
    begun = plan.before.begun_with or plan.digest
    text = "\x1f".join(("imported voter", begun, options.mode, options.competition_column, options.title, name))
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()
