"""Gives every competition, and the categories and modes it belongs to, the board it is ranked on."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Case, IntegerField, Q, Value, When

from arena.models import Board, Category, Competition


def ensure_boards(competition_ids: Collection[int]) -> list[int]:
    """Create what is missing; the ids of all boards these competitions count on, widest first."""
    competitions = list(Competition.objects.filter(id__in=competition_ids).order_by("id"))
    categories = list(Category.objects.filter(competitions__in=competitions).distinct().order_by("id"))
    modes = sorted({competition.mode for competition in competitions})
    boards = [Board(key=f"mode-{mode}", kind="mode", mode=mode) for mode in modes]
    boards += [
        Board(key=f"category-{category.slug}-{category.mode}", kind="category", mode=category.mode, category=category)
        for category in categories
    ]
    boards += [
        Board(key=f"competition-{found.public_id}", kind="competition", mode=found.mode, competition=found)
        for found in competitions
    ]
    with transaction.atomic():
        Board.objects.bulk_create(boards, ignore_conflicts=True)
        # found by what they rank, so that a board outlives a change of its category's slug
        of_these = Q(kind="mode", mode__in=modes) | Q(category__in=categories) | Q(competition__in=competitions)
        return list(Board.objects.filter(of_these).order_by(WIDEST_FIRST, "id").values_list("id", flat=True))


WIDEST_FIRST = Case(
    When(kind="mode", then=Value(0)),
    When(kind="category", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
