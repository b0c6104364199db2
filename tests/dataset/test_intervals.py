"""Intervals for prompts like these and voters travel with a site, and come from earlier formats too."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Battle, Board, Snapshot, Standing, Vote, VoteExclusion, Voter
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


def voters_of_votes() -> dict[int, int | None]:
    return dict(Vote.objects.order_by("number").values_list("number", "battle__voter_id"))


def test_voters_and_reasons_travel_and_no_voter_gets_an_id_that_a_cookie_may_name(tmp_path: Path) -> None:
    make_world()
    voters = [Voter.objects.create() for _ in range(3)]
    for place, voter in enumerate(voters):
        ids = [pk for pk in Battle.objects.values_list("id", flat=True) if pk % 4 == place]
        Battle.objects.filter(id__in=ids).update(voter=voter)
    last = Vote.objects.order_by("-number")[0]
    exclude_votes([last.number], reason="fast")
    VoteExclusion.objects.update(gate="too_fast", day="2026-11-23")
    recompute_changed_boards()
    before = voters_of_votes()
    root = export(tmp_path / "set")
    with (root / "votes.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert rows[-1]["weight_reason"] == "too_fast"
    other = (export(tmp_path / "other") / "votes.csv").read_text().splitlines()
    assert not {row["voter"] for row in rows} & {row["voter"] for row in csv.DictReader(other)} - {""}
    empty_the_site()
    restore(root)
    after = voters_of_votes()
    names = {voter: after[number] for number, voter in before.items()}
    assert [names[before[number]] for number in before] == list(after.values())
    assert len(set(after.values())) == 4
    assert min(voter for voter in after.values() if voter) > 1 << 40
    assert sum(Voter.objects.values_list("votes", flat=True)) == sum(voter is not None for voter in after.values())
    restored = Vote.objects.get(number=last.number)
    assert (restored.exclusion.gate, str(restored.exclusion.day)) == ("too_fast", "2026-11-23")
