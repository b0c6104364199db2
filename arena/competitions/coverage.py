"""How far the votes of open and draft competitions cover their pairs of entrants. Read side, from tallies."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from django.db.models import Count, Q, Sum
from django.db.models.functions import Greatest, Least

from arena.models import Competition, Entry, Tally
from arena.models.battles import tallied_votes
from arena.rating.criteria import OVERALL


@dataclass(frozen=True)
class Coverage:
    """Of one competition; the pairs are those of models that have a live entry with a picture."""

    live: int
    held: int
    votes: int
    pairs: int
    fewest: int
    middle: float


def read_coverage(competitions: Collection[Competition]) -> dict[int, Coverage]:
    """By competition id. Three queries, whatever their number."""
    wanted = [competition.pk for competition in competitions]
    entries = Entry.objects.filter(competition__in=wanted)
    live, held = Count("id", filter=Q(status="live")), Count("id", filter=Q(status="held"))
    by_status = entries.values_list("competition").annotate(live=live, held=held).order_by()
    counts = {pk: (n, m) for pk, n, m in by_status}
    models: dict[int, set[int]] = defaultdict(set)
    drawn = entries.filter(status="live", image__isnull=False)
    for pk, model in drawn.values_list("competition", "model").distinct():
        models[pk].add(model)
    battles = _battles(wanted)
    return {pk: _coverage(counts.get(pk, (0, 0)), models[pk], battles[pk]) for pk in wanted}


def _battles(competition_ids: list[int]) -> dict[int, dict[tuple[int, int], int]]:
    total = Sum(tallied_votes())
    pairs = (
        Tally.objects.filter(competition__in=competition_ids, criterion=OVERALL)
        .annotate(one=Least("left_model", "right_model"), other=Greatest("left_model", "right_model"))
        .values_list("competition", "one", "other")
        .annotate(battles=total)
        .order_by()
    )
    battles: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    for competition, one, other, count in pairs:
        battles[competition][one, other] = count
    return battles


def _coverage(entries: tuple[int, int], models: set[int], battles: dict[tuple[int, int], int]) -> Coverage:
    seen = [battles.get(pair, 0) for pair in combinations(sorted(models), 2)]
    votes = sum(battles.values())
    return Coverage(*entries, votes, len(seen), min(seen, default=0), median(seen) if seen else 0.0)
