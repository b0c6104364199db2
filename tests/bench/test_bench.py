"""The benchmark's arithmetic, its drawn votes, and that its pure part runs. Its speeds are no matter of tests."""

import mmap
import subprocess
import sys

import numpy as np
import pytest

from arena.rating.tallies import OUTCOMES
from bench.beside import RivalsMissing, measure_rivals
from bench.export_memory import highest_added
from bench.report import Line, Target, shown_ratio, shown_seconds, summary, table, times_as_long, times_faster, within
from bench.timing import Taken, take_turns
from bench.votes import count, draw_tallies, draw_votes
from tests.docs.pages import ROOT


def taken(seconds: float) -> Taken:
    return Taken(seconds, seconds)


def test_a_time_is_read_against_its_limit() -> None:
    line = within("refit", Taken(0.0015, 0.001), 2.0)
    assert (line.ratio, line.verdict) == (0.75, "met")
    assert line.cells == ("refit", "1.50 ms, best 1.00 ms", "0.75 ×", "≤ 2 ms", "met")
    assert within("refit", taken(0.002001), 2.0).verdict == "not met"


def test_faster_and_as_long_are_each_others_inverse() -> None:
    assert times_faster("fit", taken(0.002), taken(0.8), 300).cells == (
        "fit",
        "2.00 ms : 800 ms",
        "400 ×",
        "≥ 300 ×",
        "met",
    )
    assert times_as_long("fit", taken(0.8), taken(0.002), 300).verdict == "not met"
    assert times_faster("fit", taken(0.003), taken(0.8), 300).verdict == "not met"
    assert times_as_long("elo", taken(1.6), taken(1.0), 1.6).verdict == "met"


def test_a_line_without_a_target_is_not_judged() -> None:
    assert times_as_long("cast", taken(3.0), taken(1.0)).cells[2:] == ("3.00 ×", "–", "")
    assert Line("apart", "0.1 points").cells[2:] == ("–", "–", "")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.000_5, "0.50 ms"), (0.0163, "16.3 ms"), (0.25, "250 ms"), (2.5, "2.50 s")]
)
def test_seconds_are_shown_in_the_unit_that_suits(seconds: float, shown: str) -> None:
    assert shown_seconds(seconds) == shown


def test_ratios_have_three_digits() -> None:
    assert [shown_ratio(ratio) for ratio in (0.294, 46.92, 980.3)] == ["0.29 ×", "46.9 ×", "980 ×"]


def test_the_table_is_aligned_and_the_summary_names_what_was_missed() -> None:
    lines = [
        within("short", taken(0.001), 2.0),
        Line("a longer name", "9 %", 2.0, Target(1.0, False, "≤ 10 %")),
        Line("x", "y"),
    ]
    heading, *rows = table(lines).splitlines()
    assert {row.index(cell) for row, cell in zip(rows, ("1.00 ms", "9 %", "y"), strict=True)} == {
        heading.index("figure")
    }
    assert summary(lines) == "1 of 2 targets met; not met: a longer name"
    assert summary(lines[:1]) == "1 of 1 targets met"


def test_tasks_take_turns_and_the_first_round_is_not_counted() -> None:
    order: list[str] = []
    seconds = {"a": iter([100.0, 3.0, 1.0, 2.0]), "b": iter([100.0, 6.0, 5.0, 4.0])}

    def task(name: str):
        return lambda: (order.append(name), next(seconds[name]))[1]

    assert take_turns({"a": task("a"), "b": task("b")}, 3) == {"a": Taken(2.0, 1.0), "b": Taken(5.0, 4.0)}
    assert "".join(order) == "abababab"


@pytest.mark.parametrize("models", [2, 25, 200, 300])
def test_counting_in_arrays_agrees_with_counting_one_by_one(models: int) -> None:
    votes = draw_votes(models, 3_000)
    plain = np.zeros((len(OUTCOMES), models, models), dtype=np.int64)
    for left, right, outcome in zip(votes.left, votes.right, votes.outcomes, strict=True):
        plain[outcome, left, right] += 1
    counted = count(votes)
    assert [(getattr(counted, outcome) == layer).all() for outcome, layer in zip(OUTCOMES, plain, strict=True)] == [
        True
    ] * 4
    assert counted.battles == 3_000


def test_drawn_tallies_have_their_votes_and_are_the_same_again() -> None:
    assert draw_tallies(25, 10_000_000).battles == 10_000_000
    assert draw_tallies(25, 10_000).digest == draw_tallies(25, 10_000).digest


def test_the_tally_statement_is_found_in_the_one_that_counts_votes() -> None:
    from bench.voting import tally_upsert

    assert "ON CONFLICT (competition_id, left_model_id, right_model_id, criterion) DO UPDATE" in tally_upsert()


def test_memory_that_is_held_for_a_moment_is_measured() -> None:
    def hold() -> None:
        # pages of its own: what other tests have freed may be used again
        with mmap.mmap(-1, 48 << 20) as held:
            for _ in range(48):
                held.write(b"x" * (1 << 20))

    # the kernel counts pages in batches: one of three is enough
    assert max(highest_added(hold) for _ in range(3)) >= 40 << 20
    assert highest_added(lambda: b"x" * (1 << 16)) < 8 << 20


def test_the_pure_part_runs_quickly_from_the_command_line() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "ratings"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr
    rows = answer.stdout.splitlines()
    assert [row.split("  ")[0] for row in rows if row.startswith("refit")] == [
        "refit with intervals, 25 models",
        "refit with intervals, 200 models",
        "refit of 1M votes : of 10k",
        "refit of 10M votes : of 10k",
    ]
    assert "of 7 targets met" in rows[-1]


def test_without_the_other_engines_ours_stands_alone(tmp_path) -> None:
    with pytest.raises(RivalsMissing, match="not here") as missing:
        measure_rivals(quick=True, environment=tmp_path)
    assert [line.verdict for line in missing.value.alone] == ["", ""]


def test_the_engines_are_pinned_by_hash_and_no_index_is_named() -> None:
    locked = (ROOT / "bench/rivals/requirements.txt").read_text()
    asked = (ROOT / "bench/rivals/requirements.in").read_text().split()
    assert asked == ["arena-rank==0.1.1", "evalica==0.4.2"]
    assert all(f"{pin} \\\n    --hash=sha256:" in locked for pin in asked)
    assert "://" not in locked
