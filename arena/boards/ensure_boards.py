"""Gives every competition, and the categories and modes it belongs to, the board it is ranked on."""

from collections.abc import Collection, Iterator
from itertools import count

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
        Board(key=f"competition-{found.public_id}", kind="competition", mode=found.mode, competition=found)
        for found in competitions
    ]
    with transaction.atomic():
        Board.objects.bulk_create(boards, ignore_conflicts=True)
        for category in Category.objects.filter(pk__in=[one.pk for one in categories], board__isnull=True):
            _make_board(category)
        # found by what they rank, so that a board outlives a change of its category's slug
        of_these = Q(kind="mode", mode__in=modes) | Q(category__in=categories) | Q(competition__in=competitions)
        return list(Board.objects.filter(of_these).order_by(WIDEST_FIRST, "id").values_list("id", flat=True))


def _make_board(category: Category) -> None:
    """By the slug, or with a number behind it where the board of a category that had the slug before keeps the key."""
    for key in _keys(category):
        board = Board(key=key, kind="category", mode=category.mode, category=category)
        Board.objects.bulk_create([board], ignore_conflicts=True)
        if Board.objects.filter(category=category).exists():
            return


def _keys(category: Category) -> Iterator[str]:
    yield f"category-{category.slug}-{category.mode}"
    yield from (f"category-{category.slug}-{number}-{category.mode}" for number in count(2))


WIDEST_FIRST = Case(
    When(kind="mode", then=Value(0)),
    When(kind="category", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
