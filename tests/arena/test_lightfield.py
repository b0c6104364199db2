"""The light field votes end to end: the command, the boards it leaves, and the figures of other engines."""

import pytest
from django.core.management import call_command
from django.test import Client

from arena.boards.standings import BoardTable
from arena.boards.table import board_table, list_boards
from arena.models import Board, Competition, Snapshot, Tally, Vote
from providers.models import ImageModel
from tests.arena.factories import LIGHTFIELD, row_counts
from tests.rating.lightfield import WHOLE, references

pytestmark = pytest.mark.django_db

METHODS = {"prior=1": "bt_virtual_eps1", "prior=0": "bt_mle"}
POINTS, WIDTH_SHARE = 0.01, 0.005


def import_lightfield() -> None:
    call_command(
        "import_votes", str(LIGHTFIELD), "--mode", "image-edit", "--competition-column", "category", verbosity=0
    )


def differences(table: BoardTable, reference: dict, key: str) -> list[str]:
    """Where the board leaves the tolerance, in words."""
    place = {name: index for index, name in enumerate(reference["models"])}
    wanted = reference[key]
    found = []
    for row in table.rows:
        index = place[row.model]
        if abs(row.rating - wanted["ratings"][index]) > POINTS:
            found.append(f"{table.board.title} {key} {row.model}: rating {row.rating}")
        lower, upper = wanted["lower"][index], wanted["upper"][index]
        allowed = WIDTH_SHARE * (upper - lower)
        if abs(row.conditional_lower - lower) > allowed or abs(row.conditional_upper - upper) > allowed:
            found.append(f"{table.board.title} {key} {row.model}: {row.conditional_lower} to {row.conditional_upper}")
        if [row.wins, row.losses, row.ties] != reference["record"][row.model]:
            found.append(f"{table.board.title} {row.model}: record {row.wins}/{row.losses}/{row.ties}")
    return found


def test_counts_and_fifteen_boards_as_in_the_reference() -> None:
    import_lightfield()
    assert (Competition.objects.count(), ImageModel.objects.count(), Vote.objects.count()) == (14, 37, 26_580)
    boards = list_boards()
    assert len(boards) == 15
    found = []
    for summary in boards:
        reference = references()[WHOLE if summary.board.kind == "mode" else summary.board.title]
        for variant, key in METHODS.items():
            table = board_table(summary.board.id, variant=variant)
            assert len(table.rows) == len(reference["models"])
            assert table.computation is not None
            assert table.computation.votes == reference["votes"]
            found += differences(table, reference, key) if key in reference else []
    assert found == []


def test_votes_stand_in_file_order() -> None:
    import_lightfield()
    with LIGHTFIELD.open() as file:
        lines = [line.rstrip("\n").split(",") for line in file][1:]
    votes = Vote.objects.order_by("number").values_list(
        "battle__left_model__name", "battle__right_model__name", "outcome", "battle__competition__title"
    )
    assert [list(vote) for vote in votes] == lines


def test_importing_again_changes_nothing() -> None:
    import_lightfield()
    before, snapshots = row_counts(), set(Snapshot.objects.values_list("id", "is_current", "computed_at"))
    import_lightfield()
    assert row_counts() == before
    assert set(Snapshot.objects.values_list("id", "is_current", "computed_at")) == snapshots


def test_tallies_agree_with_a_recount_of_the_votes() -> None:
    import_lightfield()
    counted: dict[tuple[int, int, int], list[int]] = {}
    outcomes = ("left", "right", "tie", "both_bad")
    columns = ("battle__competition", "battle__left_model", "battle__right_model", "outcome")
    for competition, left, right, outcome in Vote.objects.values_list(*columns):
        counted.setdefault((competition, left, right), [0, 0, 0, 0])[outcomes.index(outcome)] += 1
    kept = Tally.objects.values_list("competition", "left_model", "right_model", *outcomes)
    assert {tuple(row[:3]): list(row[3:]) for row in kept} == counted


def test_the_cut_off_is_the_last_vote_of_the_board() -> None:
    import_lightfield()
    last = Vote.objects.order_by("-number").values_list("number", flat=True).first()
    mode = Snapshot.objects.get(board__kind="mode", variant="prior=1")
    assert mode.last_vote_number == last
    board = Board.objects.filter(kind="competition").select_related("competition").first()
    assert board is not None
    of_board = Vote.objects.filter(battle__competition=board.competition).order_by("-number").first()
    assert board.snapshots.get(variant="prior=1").last_vote_number == of_board.number


def elo_and_trueskill(client: Client, board: str) -> dict[str, dict[str, float]]:
    """Published ratings by model name, as REST answers them."""
    queries = {
        "elo_k4": {"method": "elo"},
        "elo_k32": {"method": "elo", "k": "32"},
        "trueskill": {"method": "trueskill"},
    }
    answers = {key: client.get(f"/api/v1/leaderboards/{board}", query).json() for key, query in queries.items()}
    return {key: {row["model"]: row["rating"] for row in answer["standings"]} for key, answer in answers.items()}


def test_methods_that_replay_agree_with_the_reference_on_every_board(client: Client) -> None:
    import_lightfield()
    compared, found = 0, []
    for summary in list_boards():
        reference = references()[WHOLE if summary.board.kind == "mode" else summary.board.title]
        published = elo_and_trueskill(client, summary.board.id)
        for key, ratings in published.items():
            if key not in reference:
                continue
            compared += 1
            wanted = reference[key].get("ratings") or [
                1000 + 10 * (mu - 3 * sigma)
                for mu, sigma in zip(reference[key]["mu"], reference[key]["sigma"], strict=True)
            ]
            pairs = zip(reference["models"], wanted, strict=True)
            found += [f"{summary.board.title} {key} {m}" for m, rating in pairs if abs(ratings[m] - rating) > POINTS]
    assert found == []
    assert compared == 2 * 15 + 1


def test_davidson_without_ties_orders_as_bradley_terry(client: Client) -> None:
    import_lightfield()
    boards = {
        method: client.get("/api/v1/leaderboards/mode-image-edit", {"method": method}).json()
        for method in ("davidson", "bradley-terry")
    }
    ranks = [[(row["slug"], row["rank"]) for row in board["standings"]] for board in boards.values()]
    assert ranks[0] == ranks[1]
    assert boards["davidson"]["digest"] == boards["bradley-terry"]["digest"]
