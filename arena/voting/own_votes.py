"""One voter's counted votes as tallies per mode. Read side, one query; bounded, so that a page stays cheap."""

from collections import defaultdict

from django.db.models import Count

from arena.models import Vote
from arena.models.visibility import public_competition, shown_battle
from arena.rating.criteria import OVERALL
from arena.rating.tallies import OUTCOMES, Tallies, TallyRow

MOST_VOTES = 5000


def own_tallies(voter_id: int) -> dict[str, Tallies]:
    """By mode; of the newest votes when there are more than 5,000. In public competitions, whose models have pages."""
    shown = shown_battle("battle__") & public_competition("battle__competition__")
    own = Vote.objects.filter(shown, criterion=OVERALL, battle__voter=voter_id, is_counted=True)
    newest = own.order_by("-number")[:MOST_VOTES]
    columns = ("battle__competition__mode", "battle__left_model__slug", "battle__right_model__slug", "outcome")
    rows: dict[str, list[TallyRow]] = defaultdict(list)
    counted = Vote.objects.filter(number__in=newest.values("number")).values_list(*columns).annotate(n=Count("number"))
    for mode, left, right, outcome, n in counted.order_by(*columns):
        rows[mode].append((left, right, *(n if name == outcome else 0 for name in OUTCOMES)))
    return {mode: Tallies.from_rows(found) for mode, found in rows.items()}
