"""The sentence over a board says who leads and how sure that is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lumenboard.pages.boards.parts import board_lede

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    model: str
    rank: int | None
    rank_best: int | None


def lede(*rows: tuple[str, int | None, int | None]) -> str:
    return board_lede([Row(*row) for row in rows], 1284, NOON)


def test_a_clear_leader_leads_beyond_doubt() -> None:
    said = "As of 23 November, Ada leads beyond doubt. 2 ranked models, 1,284 votes."
    assert lede(("Ada", 1, 1), ("Bo", 2, 2)) == said


def test_one_ranked_model_leads_nobody() -> None:
    said = "As of 23 November, Ada is the only ranked model: there is no other to compare it with yet. 1,284 votes."
    assert lede(("Ada", 1, 1), ("Bo", None, None)) == said


def test_rivals_are_named_up_to_three() -> None:
    assert "Ada leads; Bo and Cy cannot be told apart from it yet." in lede(("Ada", 1, 1), ("Bo", 2, 1), ("Cy", 3, 1))


def test_many_rivals_are_counted() -> None:
    rows = [("Ada", 1, 1), *((name, 2 + i, 1) for i, name in enumerate("BCDE"))]
    assert "but 4 others cannot be told apart" in lede(*rows)


def test_a_shared_first_place_is_said() -> None:
    assert "Ada and Bo share first place." in lede(("Ada", 1, 1), ("Bo", 1, 1))


def test_nothing_ranked_is_said() -> None:
    assert lede(("Ada", None, None)).startswith("No rankings yet")
