"""Gives every competition, and the categories and modes it belongs to, the boards it is ranked on, one for each
criterion it was judged by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import count

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When

from arena.models import Board, Category, Competition, Tally
from arena.rating.criteria import OVERALL, board_key


def ensure_boards(competition_ids: Collection[int]) -> list[int]:
    """Create what is missing; the ids of all boards these competitions count on, widest first."""
    competitions = list(Competition.objects.filter(id__in=competition_ids).order_by("id"))
    with transaction.atomic():
        _make_boards(competitions)
        by_criterion = _other_criteria(competitions)
        for criterion, judged in by_criterion.items():
            _make_boards_of(criterion, judged)
        counted_on = Q(_ranking(competitions), criterion=OVERALL)
        for criterion, judged in by_criterion.items():
            counted_on |= Q(_ranking(judged), criterion=criterion)
        return list(Board.objects.filter(counted_on).order_by(WIDEST_FIRST, "id").values_list("id", flat=True))


def lock_boards(of: Q) -> None:
    """Before these boards are deleted in this transaction: a snapshot that is being written is waited for, and goes
    with its board; after that none can be.
    """
    list(Board.objects.select_for_update().filter(of).order_by("id").values_list("id"))


def _ranking(competitions: Collection[Competition]) -> Q:
    """Found by what they rank, so that a board outlives a change of its category's slug."""
    modes = {competition.mode for competition in competitions}
    categories = Category.objects.filter(competitions__in=competitions)
    return Q(kind="mode", mode__in=modes) | Q(category__in=categories) | Q(competition__in=competitions)


def _make_boards(competitions: Collection[Competition]) -> None:
    modes = sorted({competition.mode for competition in competitions})
    boards = [Board(key=f"mode-{mode}", kind="mode", mode=mode) for mode in modes]
    boards += [
        Board(key=f"competition-{found.public_id}", kind="competition", mode=found.mode, competition=found)
        for found in competitions
    ]
    Board.objects.bulk_create(boards, ignore_conflicts=True)
    own = Board.objects.filter(category=OuterRef("pk"), criterion=OVERALL)
    categories = Category.objects.filter(competitions__in=competitions).distinct()
    for category in categories.filter(~Exists(own)).order_by("id"):
        _make_board(category)


def _make_board(category: Category) -> None:
    """By the slug, or with a number behind it where the board of a category that had the slug before keeps the key."""
    for key in _keys(category):
        board = Board(key=key, kind="category", mode=category.mode, category=category)
        Board.objects.bulk_create([board], ignore_conflicts=True)
        if Board.objects.filter(category=category, criterion=OVERALL).exists():
            return


def _keys(category: Category) -> Iterator[str]:
    yield f"category-{category.slug}-{category.mode}"
    yield from (f"category-{category.slug}-{number}-{category.mode}" for number in count(2))


def _other_criteria(competitions: Iterable[Competition]) -> dict[str, list[Competition]]:
    """By criterion, those that were judged by it; not by `overall`, which every competition has."""
    by_id = {competition.pk: competition for competition in competitions}
    judged = Tally.objects.filter(competition__in=by_id).exclude(criterion=OVERALL)
    found: dict[str, list[Competition]] = defaultdict(list)
    for criterion, competition in judged.values_list("criterion", "competition").order_by("criterion").distinct():
        found[criterion].append(by_id[competition])
    return found


def _make_boards_of(criterion: str, competitions: Collection[Competition]) -> None:
    """Beside the boards of `overall`, whose keys theirs begin with."""
    Board.objects.bulk_create(
        (
            Board(
                key=board_key(one.key, criterion),
                kind=one.kind,
                mode=one.mode,
                category_id=one.category_id,
                competition_id=one.competition_id,
                criterion=criterion,
            )
            for one in Board.objects.filter(_ranking(competitions), criterion=OVERALL)
        ),
        ignore_conflicts=True,
    )


WIDEST_FIRST = Case(
    When(kind="mode", then=Value(0)),
    When(kind="category", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
