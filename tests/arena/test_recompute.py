"""Computing boards: what is written, when it is left alone, and which boards are found changed."""

import hashlib
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from arena import tasks
from arena.boards.ensure_boards import ensure_boards
from arena.boards.methods import HEADLINE
from arena.boards.recompute import recompute_board, recompute_boards, recompute_changed_boards
from arena.boards.table import FitMissing, board_table
from arena.models import Board, BoardExclusion, Category, Competition, Snapshot, Standing, Tally
from arena.models.boards import HEADLINE_METHOD, HEADLINE_VARIANT
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db


def make_ring(competition: Competition, models: list[ImageModel], n: int = 6) -> None:
    """Everyone beats and loses to the next, so that every fit exists."""
    pairs = zip(models, [*models[1:], models[0]], strict=True)
    make_votes(competition, *[battle for a, b in pairs for battle in ((a, b, "left", n), (a, b, "right", n - 2))])


def make_board(n: int = 3) -> tuple[Competition, list[ImageModel], Board]:
    competition, models = make_competition(), [make_model() for _ in range(n)]
    make_ring(competition, models)
    return competition, models, Board.objects.get(competition=competition)


def test_writes_one_current_snapshot_per_method() -> None:
    _, models, board = make_board()
    assert recompute_board(board.id) == 3
    snapshot = board.snapshots.get(variant="prior=1")
    assert (snapshot.method, snapshot.votes, snapshot.ranked_models) == ("bradley-terry", 30, 3)
    assert snapshot.parameters == {"prior": 1.0, "minimum_battles": 4.0}
    assert snapshot.is_current
    assert set(snapshot.standings.values_list("model", flat=True)) == {model.id for model in models}


def test_what_rows_are_asked_for_as_the_headline_is_what_is_computed_first() -> None:
    assert (HEADLINE.name, HEADLINE.variant) == (HEADLINE_METHOD, HEADLINE_VARIANT)
    _, models, board = make_board()
    recompute_board(board.id)
    assert Snapshot.objects.current_headline().get() == board.snapshots.get(variant="prior=1")
    assert Standing.objects.current_headline().count() == len(models)


def test_the_digest_is_that_of_the_canonical_tally_lines() -> None:
    a, b = make_model(slug="alpha"), make_model(slug="beta")
    competition = make_competition()
    make_votes(competition, (b, a, "left", 3), (a, b, "both_bad", 2), (a, b, "tie", 1))
    recompute_changed_boards()
    lines = "alpha\tbeta\t0\t0\t1\t2\nbeta\talpha\t3\t0\t0\t0\n"
    wanted = hashlib.sha256(lines.encode()).hexdigest()
    assert set(Snapshot.objects.values_list("digest", flat=True)) == {wanted}


def test_an_unchanged_board_is_left_as_it_is() -> None:
    _, _, board = make_board()
    recompute_board(board.id)
    assert recompute_board(board.id) == 0
    assert board.snapshots.count() == 3


def test_a_changed_board_gets_a_new_current_snapshot_and_keeps_the_old() -> None:
    competition, models, board = make_board()
    recompute_board(board.id)
    make_votes(competition, (models[0], models[1], "left", 1))
    assert recompute_board(board.id) == 3
    assert list(board.snapshots.filter(variant="prior=1").order_by("id").values_list("votes", "is_current")) == [
        (30, False),
        (31, True),
    ]


def test_an_older_version_of_the_method_is_replaced() -> None:
    _, _, board = make_board()
    recompute_board(board.id)
    board.snapshots.filter(variant="prior=1").update(version="0")
    assert recompute_changed_boards() >= 1
    assert board.snapshots.get(variant="prior=1", is_current=True).version == HEADLINE.version


def test_a_category_sums_its_competitions_and_a_mode_all_of_them() -> None:
    category = Category.objects.create(slug="portrait", name="Portrait", mode="text-to-image")
    models = [make_model() for _ in range(3)]
    for inside in (True, True, False):
        competition = make_competition()
        if inside:
            competition.categories.add(category)
        make_ring(competition, models)
    make_ring(make_competition(mode="image-edit"), models)
    recompute_changed_boards()
    votes = dict(Snapshot.objects.filter(variant="prior=1").values_list("board__key", "votes"))
    assert votes["category-portrait-text-to-image"] == 60
    assert votes["mode-text-to-image"] == 90
    assert votes["mode-image-edit"] == 30


def test_a_winless_model_has_a_rating_with_the_prior_and_no_fit_without() -> None:
    a, b = make_model(slug="ahead"), make_model(slug="behind")
    make_votes(make_competition(), (a, b, "left", 28))
    recompute_changed_boards()
    rows = board_table("mode-text-to-image").rows
    assert [(row.slug, row.wins, row.losses) for row in rows] == [("ahead", 28, 0), ("behind", 0, 28)]
    assert all(row.rating is not None for row in rows)
    with pytest.raises(FitMissing) as missing:
        board_table("mode-text-to-image", variant="prior=0")
    assert missing.value.models == ("behind",)
    assert not Standing.objects.filter(snapshot__variant="prior=0").exists()


def test_few_battles_and_other_components_are_listed_without_rank_or_rating() -> None:
    competition, models, board = make_board()
    rare, far, further = make_model(slug="rare"), make_model(slug="far"), make_model(slug="further")
    make_votes(competition, (rare, models[0], "left", 3), (far, further, "tie", 9))
    recompute_board(board.id)
    rows = {row.slug: row for row in board_table(board.key).rows}
    assert (rows["rare"].rank, rows["rare"].comparable) == (None, True)
    assert rows["rare"].rating is not None
    assert (rows["far"].rating, rows["far"].rank, rows["far"].comparable) == (None, None, False)
    assert board.snapshots.get(variant="prior=1").ranked_models == 3


def test_an_excluded_model_is_not_on_the_board_until_it_is_let_in_again() -> None:
    _, models, board = make_board()
    recompute_board(board.id)
    exclusion = BoardExclusion.objects.create(board=board, model=models[0], reason="withdrawn")
    Tally.objects.update(updated_at="2026-01-01T00:00Z")
    recompute_changed_boards()
    assert {row.slug for row in board_table(board.key).rows} == {models[1].slug, models[2].slug}
    exclusion.delete()
    recompute_changed_boards()
    assert len(board_table(board.key).rows) == 3


def test_a_board_without_votes_has_an_empty_snapshot() -> None:
    ensure_boards([make_competition().id])
    assert recompute_changed_boards() == 6
    table = board_table("mode-text-to-image")
    assert table.computation is not None
    assert (table.computation.votes, table.rows) == (0, ())
    assert recompute_changed_boards() == 0


def test_only_boards_with_changed_tallies_are_computed() -> None:
    competition, models, board = make_board()
    _, _, still = make_board()
    recompute_changed_boards()
    before = still.snapshots.count()
    make_votes(competition, (models[0], models[1], "tie", 1))
    assert recompute_changed_boards() == 6
    assert still.snapshots.count() == before
    assert board.snapshots.count() == 6


def test_an_exchange_of_votes_with_equal_sums_is_noticed() -> None:
    competition, _, board = make_board()
    recompute_changed_boards()
    tally = Tally.objects.filter(competition=competition).earliest("id")
    tally.left, tally.right = tally.left - 1, tally.right + 1
    tally.save()
    assert recompute_changed_boards() == 6
    assert board.snapshots.get(variant="prior=1", is_current=True).standings.count() == 3


def test_a_category_is_computed_again_when_a_competition_joins_it() -> None:
    competition, _, _ = make_board()
    category = Category.objects.create(slug="portrait", name="Portrait", mode="text-to-image")
    competition.categories.add(category)
    ensure_boards([competition.id])
    recompute_changed_boards()
    other, _, _ = make_board()
    other.categories.add(category)
    Tally.objects.update(updated_at="2026-01-01T00:00Z")
    recompute_changed_boards()
    assert Snapshot.objects.get(board__category=category, variant="prior=1", is_current=True).votes == 60


def test_an_unknown_board_is_passed_over() -> None:
    assert recompute_boards([10**9]) == 0


def test_the_tasks_may_run_twice() -> None:
    _, _, board = make_board()
    assert tasks.recompute_board.apply(args=[board.id]).get() == 3
    assert tasks.recompute_board.apply(args=[board.id]).get() == 0
    assert tasks.recompute_changed_boards.apply().get() == 3
    assert tasks.recompute_changed_boards.apply().get() == 0


def test_the_command_computes_one_board_changed_boards_or_all() -> None:
    _, _, board = make_board()

    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("recompute_leaderboards", *arguments, stdout=out)
        return out.getvalue()

    assert "6 snapshots written" in run("--board", board.key)
    assert "6 snapshots written" in run()
    assert "0 snapshots written" in run("--all")
    with pytest.raises(CommandError, match="there is no board 'nowhere'"):
        run("--board", "nowhere")


def test_boards_are_made_once_and_found_by_what_they_rank() -> None:
    category = Category.objects.create(slug="portrait", name="Portrait", mode="text-to-image")
    competition = make_competition()
    competition.categories.add(category)
    made = ensure_boards([competition.id])
    keys = [Board.objects.get(id=board).key for board in made]
    assert keys == ["mode-text-to-image", "category-portrait-text-to-image", f"competition-{competition.public_id}"]
    Category.objects.update(slug="portraits")
    assert ensure_boards([competition.id]) == made


@pytest.mark.django_db(transaction=True)
def test_a_board_that_another_session_holds_keeps_no_other_board_waiting() -> None:
    held, free = make_board()[2], make_board()[2]
    plain = {"cursor_factory": None, "context": None}
    with psycopg.connect(**connection.get_connection_params() | plain) as elsewhere, connection.cursor() as cursor:
        elsewhere.execute("SELECT 1 FROM arena_board WHERE id = %s FOR UPDATE", [held.id])
        cursor.execute("SET lock_timeout = '100ms'")
        assert recompute_boards([held.id, free.id]) == 3
        elsewhere.rollback()
        assert recompute_boards([held.id, free.id]) == 3
        cursor.execute("RESET lock_timeout")
