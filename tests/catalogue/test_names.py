"""What a name may be: evened out, refused, repaired, and what looks alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.names import is_misread, looks, name_problem, repaired, tidy


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("Cafe ", "Cafe"),
        ("\u00a0Cafe\u3000", "Cafe"),
        ("Z  Image\u2003Turbo", "Z Image Turbo"),
        ("Cafe\u0301", "Café"),
        ("A\u030angström", "Ångström"),
        ("\u212bngström", "Ångström"),
        ("CAFÉ", "CAFÉ"),
        ("FLUX.1 [dev]", "FLUX.1 [dev]"),
    ],
)
def test_harmless_differences_are_evened_out(given_name: str, stored: str) -> None:
    assert tidy(given_name) == stored
    assert name_problem(stored) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        ("\u200b", "U+200B ZERO WIDTH SPACE, which is invisible"),
        ("\u2060", "U+2060"),
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("\u2800", "U+2800"),
        ("Base\u200b", "U+200B"),
        ("Ba\u200dse", "U+200D"),
        ("Ba\u200cse", "U+200C"),
        ("Base\ufe0f", "U+FE0F"),
        ("\u202eevil", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a\u2066b", "U+2066"),
        ("soft\u00adhyphen", "U+00AD"),
        ("\ufeffBase", "U+FEFF"),
        ("a\U000e0041b", "U+E0041"),
        ("a\nb", "a control character (U+000A)"),
        ("a\x85b", "a control character"),
        ("a\u2028b", "a line separator"),
        ("\ue000", "U+E000, which is not a character of text"),
        ("a\ud800", "U+D800"),
        ("a\ufffe", "U+FFFE"),
        ("\u0301", "no visible character"),
        ("n" * 201, "has 201 characters; at most 200"),
    ],
)
def test_what_nobody_sees_is_refused_with_its_reason(name: str, said: str) -> None:
    assert said in name_problem(name)


@pytest.mark.parametrize(
    "name", ["نانو\u200cبنانا", "क्\u200dष", "👩\u200d💻 Coder", "⚡\ufe0f Flash", "1\ufe0f\u20e3 First"]
)
def test_joiners_and_selectors_that_shape_what_is_seen_are_fine(name: str) -> None:
    assert name_problem(tidy(name)) == ""


def test_names_that_readers_take_for_one() -> None:
    alike = ["Café", "Cafe\u0301", "CAFÉ", "café", " Café", "Ｃａｆé", "Ca\u200bfé"]
    assert len({looks(name) for name in alike}) == 1
    assert looks("Straße") == looks("STRASSE")
    assert looks("Café") != looks("Cafe")


@given(st.text(max_size=250))
def test_a_repaired_name_is_allowed_and_stays_as_it_is(text: str) -> None:
    name = repaired(text, "model-1")
    assert name_problem(name) == ""
    assert tidy(name) == repaired(name, "model-1") == name


@given(st.text(max_size=60))
def test_a_tidy_name_is_tidy(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize("slug", ["nan", "NULL", "none", "na", "n-a", "true", "007", "1e5", "5", "1.5", "inf", "-1"])
def test_slugs_that_tables_misread(slug: str) -> None:
    assert is_misread(slug)
    assert not is_misread(f"model-{slug}")
