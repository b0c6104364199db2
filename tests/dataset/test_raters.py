"""What was found about voters follows from the export: a method from one board's votes, all from a dataset."""

import csv
import io
from pathlib import Path

import pytest
from django.test import Client

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.images.handover import store_image
from arena.images.imaging import encode
from arena.models import Board, Entry, RaterFindings, Snapshot, StoredImage, Voter, VoterFigures
from arena.raters.examine_raters import examine_changed_raters
from arena.rating.raters.answers import Answers
from arena.rating.raters.board import rank_rater_board
from arena.rating.tallies import OUTCOMES, Tallies
from tests.arena.test_raters import make_crowd
from tests.dataset.moving import empty_the_site, export, published, restore
from tests.intake.test_looks import drawn

pytestmark = pytest.mark.django_db(transaction=True)
BOARD = "/api/v1/leaderboards/mode-text-to-image"


def make_world() -> None:
    make_crowd(voters=25, competitions=6)
    for seed, entry in enumerate(Entry.objects.order_by("id")):
        entry.image = store_image(encode(drawn(seed, amount=20 + 8 * seed % 120)))
        entry.save()
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))
    assert examine_changed_raters() == 7


def found() -> list[tuple[object, ...]]:
    """Without groups: where voters come from leaves in no export."""
    rows = RaterFindings.objects.order_by("board__key").values_list("board__key", "digest", "findings")
    return [
        (key, digest, {name: part for name, part in findings.items() if name not in {"device", "language", "group"}})
        for key, digest, findings in rows
    ]


def figures() -> list[tuple[object, ...]]:
    names = ("votes", "decided", "agreed", "expected", "distance", "care", "repeated", "same")
    return list(VoterFigures.objects.order_by("id").values_list(*names))


def test_a_restored_site_finds_the_same_of_its_voters_to_the_last_digit(tmp_path: Path) -> None:
    make_world()
    before = published(), found(), figures()
    assert Snapshot.objects.filter(method="rater-weighted", is_current=True).count() == 7
    assert RaterFindings.objects.get(board__kind="mode").findings["looks"]["withheld"] == ""
    written = export(tmp_path / "set")
    said = "".join(path.read_text() for path in written.rglob("*.ndjson"))
    assert "phone" not in said
    assert "desktop" not in said
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert (published(), found(), figures()) == before
    assert {voter.device for voter in Voter.objects.all()} == {""}


def test_boards_whose_voters_were_not_examined_are_not_after_a_move(tmp_path: Path) -> None:
    make_crowd(voters=3)
    recompute_changed_boards()
    export(tmp_path / "set")
    empty_the_site()
    restore(tmp_path / "set")
    assert not RaterFindings.objects.exists()


def test_looks_that_are_none_are_refused(tmp_path: Path) -> None:
    make_crowd(voters=3)
    Entry.objects.filter(id=Entry.objects.first().id).update(image=store_image(encode(drawn())))
    StoredImage.objects.update(contrast=300.0)
    written = export(tmp_path / "set")
    empty_the_site()
    with pytest.raises(Exception, match="looks must be 3 numbers"):
        restore(written)


def test_the_weighing_method_follows_from_the_votes_of_one_board_alone() -> None:
    make_crowd(voters=25)
    recompute_changed_boards()
    examine_changed_raters()
    sent = b"".join(Client().get(f"{BOARD}/votes")).decode()
    votes = [vote for vote in csv.DictReader(io.StringIO(sent)) if vote["counted"] == "true"]
    slugs = sorted({vote[side] for vote in votes for side in ("left", "right")})
    rows = [
        (
            vote["voter"] or None,
            slugs.index(vote["left"]),
            slugs.index(vote["right"]),
            vote["left"],
            vote["right"],
            vote["outcome"],
        )
        for vote in votes
    ]
    tallies = Tallies.from_rows(
        (vote["left"], vote["right"], *(int(vote["outcome"] == name) for name in OUTCOMES)) for vote in votes
    )
    board = rank_rater_board(tallies, Answers.from_rows(rows))
    answer = Client().get(f"{BOARD}?method=rater-weighted").json()
    assert answer["digest"] == board.digest
    assert [(row["slug"], row["rating"], row["lower"], row["upper"], row["rank"]) for row in answer["standings"]] == [
        (row.model, row.rating, row.lower, row.upper, row.rank) for row in board.rows
    ]
