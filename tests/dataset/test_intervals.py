"""Intervals for prompts like these travel with a site, and come from earlier formats too."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.models import Board, Snapshot, Standing
from arena.rating.board import FIGURES
from tests.arena.factories import make_competition, make_model, make_votes
from tests.dataset.moving import empty_the_site, export, published, restore, rewritten

pytestmark = pytest.mark.django_db(transaction=True)


def make_world() -> None:
    """A board of six competitions; the last model is on too few of them."""
    a, b, c, new = (make_model(f"Model {letter}", slug=f"m-{letter.lower()}") for letter in "ABCD")
    for number in range(6):
        battles = [(a, b, "left", 9 + number % 3), (b, a, "tie", number), (b, c, "left", 7), (c, b, "left", 3 + number)]
        make_votes(make_competition(), *battles, *([(new, a, "right", 4)] if number < 2 else []))
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))


def test_every_figure_is_the_same_to_its_last_digit(tmp_path: Path) -> None:
    make_world()
    before = published()
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert published() == before
    assert Standing.objects.filter(prompts_lower__isnull=False, new_prompt_upper__isnull=False).exists()
    assert Standing.objects.filter(prompts_withheld="few_competitions").exists()


def test_a_board_that_has_no_snapshot_of_these_votes_is_exported_with_the_same_figures(tmp_path: Path) -> None:
    make_world()
    stored = (export(tmp_path / "stored") / "standings.ndjson").read_text()
    Snapshot.objects.filter(method="bradley-terry").update(version="1")
    assert (export(tmp_path / "computed") / "standings.ndjson").read_text() == stored


def before_two_intervals(line: str) -> str:
    row = json.loads(line)
    bounds = {"lower": row["conditional_lower"], "upper": row["conditional_upper"]}
    kept = ("board", "method", "variant", "model", *FIGURES[: FIGURES.index("mean_opponent")])
    return json.dumps({name: row[name] for name in kept} | (bounds if row["method"] != "elo" else {}))


@pytest.mark.parametrize("changed", [False, True])
def test_bounds_of_an_earlier_format_are_held_against_those_on_the_boards_own_prompts(
    tmp_path: Path, changed: bool
) -> None:
    make_world()
    root = export(tmp_path / "set")
    lines = [before_two_intervals(line) for line in (root / "standings.ndjson").read_text().splitlines()]
    if changed:
        lines[0] = json.dumps(json.loads(lines[0]) | {"lower": 1.0})
    rewritten(root, "standings.ndjson", "\n".join(lines) + "\n")
    manifest = json.loads((root / "manifest.json").read_text())
    (root / "manifest.json").write_text(json.dumps(manifest | {"format": 3}))
    empty_the_site()
    if changed:
        with pytest.raises(CommandError, match=r"these boards differ: mode-text-to-image bradley-terry prior=1$"):
            restore(root)
    else:
        assert "are the exported ones" in restore(root)
