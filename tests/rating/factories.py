"""Small tallies for tests, and hypothesis strategies that draw them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from arena.rating.tallies import Tallies, TallyRow

SLUGS = ["amber", "birch", "cedar", "dune", "ember", "fjord"]

# the same examples on every machine and every run
steady = settings(deadline=None, derandomize=True, max_examples=60)


def make_row(
    left: str = "amber", right: str = "birch", won: int = 0, lost: int = 0, tie: int = 0, both_bad: int = 0
) -> TallyRow:
    return left, right, won, lost, tie, both_bad


def make_tallies(*rows: TallyRow) -> Tallies:
    return Tallies.from_rows(rows)


def make_ring(slugs: list[str], won: int = 5, lost: int = 3) -> list[TallyRow]:
    """Everyone beats and loses to the next: strongly connected."""
    return [make_row(slugs[i], slugs[(i + 1) % len(slugs)], won=won, lost=lost) for i in range(len(slugs))]


@st.composite
def rows(draw: st.DrawFn, highest: int = 9) -> list[TallyRow]:
    """Any rows over up to six models; pairs may repeat, in both orders."""
    pair = st.lists(st.sampled_from(SLUGS), min_size=2, max_size=2, unique=True)
    counts = st.lists(st.integers(0, highest), min_size=4, max_size=4)
    drawn = draw(st.lists(st.tuples(pair, counts), min_size=1, max_size=12))
    return [(left, right, *numbers) for (left, right), numbers in drawn]


@st.composite
def strong_rows(draw: st.DrawFn) -> list[TallyRow]:
    """Rows for which the fit exists without a prior: any rows on top of a ring."""
    size = draw(st.integers(2, len(SLUGS)))
    return make_ring(SLUGS, draw(st.integers(1, 6)), draw(st.integers(0, 6))) + draw(rows())[:size]
