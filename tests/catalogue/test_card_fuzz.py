"""Whatever is done to a card, it is read or refused by section; it never crashes the reader."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.catalogue.card import CardError, read_card

CARDS = Path(__file__).resolve().parents[1] / "data" / "cards"
FORMS = {form: (CARDS / f"glasswing-2{form}.llms.txt").read_text() for form in ("", ".flat")}
PIECES = [
    "## ",
    "### ",
    "- ",
    "\n",
    " > ",
    "`",
    "$",
    "%",
    "(",
    ")",
    "[",
    "](",
    "#",
    ":",
    "0",
    "-1",
    "9" * 30,
    "\u2028",
    "é",
    "",
]


def read_or_refuse(text: str) -> None:
    with suppress(CardError):
        read_card(text)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_card_is_read_or_refused(form: str, data: st.DataObject) -> None:
    card = FORMS[form]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(card)))
        length = data.draw(st.integers(0, 80))
        card = card[:start] + data.draw(st.sampled_from(PIECES)) + card[start + length :]
    read_or_refuse(card)


@pytest.mark.parametrize("form", FORMS)
def test_a_card_cut_off_anywhere_is_read_or_refused(form: str) -> None:
    card = FORMS[form]
    for end in range(0, len(card), 37):
        read_or_refuse(card[:end])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)
    read_or_refuse(f"# {text}")
