"""Intervals by voter on a board: found from the votes, stored, shown, and checked by a stranger."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from arena.boards import voter_widths
from arena.boards.findings import compute_board_findings
from arena.boards.recompute import recompute_changed_boards
from arena.boards.voter_widths import compute_changed_voter_widths
from arena.models import Battle, Board, Competition, Snapshot
from arena.tasks import compute_voter_widths
from tests.arena.factories import import_text, make_competition, make_votes
from tests.arena.test_exported_votes import board_votes
from tests.dataset.moving import empty_the_site, export, restore

pytestmark = pytest.mark.django_db
MODE = "mode-text-to-image"


def make_board(voters: int = 8) -> None:
    """Voters, each for a model of their own, and some votes of nobody."""
    pairs = [("a", "b"), ("b", "c"), ("c", "a")]
    lines = [
        f"{left},{right},{'tie' if turn == 2 else 'left' if (number + turn) % 3 else 'right'},voter {number}"
        for number in range(voters)
        for turn in range(3 + number % 4)
        for left, right in pairs
    ]
    import_text("\n".join(["left,right,winner,voter", *lines, *("a,b,left,", "b,a,left,") * 5]) + "\n")
    recompute_changed_boards()


def found(key: str = MODE) -> dict:
    return Snapshot.objects.current_headline().get(board__key=key).findings["voters"]


def test_each_night_boards_have_it_and_only_changed_ones_anew(client: Client) -> None:
    make_board()
    assert compute_voter_widths() == 2
    assert compute_changed_voter_widths() == 0
    finding = found()
    assert (finding["voters"], finding["votes"]) == (8, Battle.objects.filter(voter__isnull=False).count())
    assert set(finding["models"]) == {"a", "b", "c"}
    shown = client.get(f"/api/v1/leaderboards/{MODE}").json()["findings"]["voters"]
    assert shown == finding | {"voters": None, "votes": None}
    page = client.get(f"/leaderboards/{MODE}").content.decode()
    assert f"intervals would be {finding['factor']:.1f} times as wide" in page
    assert "with the votes of each voter taken as one" in page
    assert "8 voters" not in page


def test_twenty_voters_and_more_are_counted_in_public(client: Client, tmp_path: Path) -> None:
    make_board(20)
    compute_changed_voter_widths()
    assert client.get(f"/api/v1/leaderboards/{MODE}").json()["findings"]["voters"] == found()
    assert "with the votes of each of 20 voters taken as one" in client.get(f"/leaderboards/{MODE}").content.decode()
    file = tmp_path / f"{MODE}.votes.csv"
    file.write_text(board_votes(board=MODE))
    call_command("verify_board", str(file))


def test_a_recompute_leaves_it_until_the_next_night() -> None:
    make_board()
    compute_changed_voter_widths()
    before = found()
    a, b = Battle.objects.all()[0].left_model, Battle.objects.all()[0].right_model
    make_votes(make_competition(), (a, b, "left", 2))
    recompute_changed_boards()
    compute_board_findings(Board.objects.get(key=MODE).pk)
    assert found() == before
    assert compute_changed_voter_widths() >= 1
    assert found()["digest"] != before["digest"]


def test_rows_are_read_in_parts_and_no_voter_is_torn(monkeypatch) -> None:
    make_board()
    compute_changed_voter_widths()
    whole = found()
    Snapshot.objects.update(findings={})
    monkeypatch.setattr(voter_widths, "ROWS_AT_ONCE", 2)
    compute_changed_voter_widths()
    assert found() == whole


def test_a_board_without_voters_says_nothing(client: Client) -> None:
    import_text("left,right,winner\na,b,left\nb,a,left\na,b,tie\na,b,left\n")
    recompute_changed_boards()
    compute_changed_voter_widths()
    assert found()["factor"] is None
    assert "By voter" not in client.get(f"/leaderboards/{MODE}").content.decode()


@pytest.mark.parametrize("kind", ["mode", "competition"])
def test_a_stranger_finds_the_same(tmp_path: Path, kind: str) -> None:
    make_board(20)
    compute_changed_voter_widths()
    board = MODE if kind == "mode" else f"competition-{Competition.objects.get().public_id}"
    text = board_votes(board=board)
    file = tmp_path / f"{board}.votes.csv"
    file.write_text(text)
    call_command("verify_board", str(file))
    one, other, *_ = sorted({line.split(",")[8] for line in text.splitlines()[1:]} - {""})
    file.write_text(text.replace(f",{one},", ",,"))
    call_command("verify_board", str(file))  # votes too young to name a voter
    file.write_text(text.replace(f",{one},", f",{other},"))
    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify_board", str(file))


@pytest.mark.django_db(transaction=True)
def test_a_restored_site_has_the_same_to_the_last_digit(tmp_path: Path) -> None:
    make_board()
    compute_changed_voter_widths()
    before = found()
    root = export(tmp_path / "set")
    empty_the_site()
    restore(root)
    assert found() == before
