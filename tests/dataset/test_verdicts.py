"""Verdicts of a site written out and taken in again: the same decisions at the same votes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.exchange.verdict_file import other_verdicts
from arena.models import Board, SequentialState, Standing, Verdict, Vote
from tests.arena.factories import make_competition, make_model, make_votes
from tests.dataset.moving import empty_the_site, export, restore

pytestmark = pytest.mark.django_db(transaction=True)
SETS = ("rank_set_best", "rank_set_worst", "prompts_rank_set_best", "prompts_rank_set_worst")


def make_world() -> None:
    first, second, third = (make_model(slug=f"m-{letter}") for letter in "abc")
    for number in range(6):
        battles = [(first, second, "left", 20 + number), (third, first, "right", 15), (second, third, "tie", 2)]
        make_votes(make_competition(f"Robots {number}"), *battles)
    Vote.objects.update(cast_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))


def decided() -> list[tuple]:
    columns = ("board__key", "kind", "first__slug", "second__slug", "number", "decided_at")
    return list(Verdict.objects.order_by("board__key", "number", "kind", "first__slug").values_list(*columns))


def published() -> list[tuple]:
    rows = Standing.objects.filter(snapshot__is_current=True, snapshot__variant="prior=1")
    return list(rows.order_by("snapshot__board__key", "model__slug").values_list("model__slug", *SETS))


def states() -> list[tuple]:
    rows = SequentialState.objects.filter(method="verdicts").order_by("board__key")
    return list(rows.values_list("board__key", "last_vote_number", "state__state"))


def test_a_restored_site_has_decided_the_same_at_the_same_votes(tmp_path: Path) -> None:
    make_world()
    before = decided(), published(), states()
    assert len(before[0]) > 2
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert (decided(), published(), states()) == before


def test_another_decision_is_told(tmp_path: Path) -> None:
    make_world()
    path = export(tmp_path / "set") / "verdicts.ndjson"
    assert other_verdicts(tmp_path / "set") == set()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["decisions"][0]["number"] += 1
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert other_verdicts(tmp_path / "set") == {(lines[0]["board"], "verdicts", "margin=25")}
    lines[0]["margin"] = 50
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert other_verdicts(tmp_path / "set") == set()
    path.unlink()
    assert other_verdicts(tmp_path / "set") == set()


def test_decisions_after_the_last_judged_vote_may_come(tmp_path: Path) -> None:
    make_world()
    path = export(tmp_path / "set") / "verdicts.ndjson"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line["decisions"] = []
        line["judged"] = 0
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert other_verdicts(tmp_path / "set") == set()
