import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from arena.boards.standings import StandingRow
from providers.pricing import Size, StartingPrice

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static").rglob("*.css"))


def make_row(**changes: object) -> StandingRow:
    row = StandingRow(
        model="Aster 3",
        slug="aster-3",
        creator="Nordlicht",
        creator_slug="nordlicht",
        rating=1232.4,
        lower=1207.0,
        upper=1257.0,
        wins=58,
        losses=21,
        ties=11,
        both_bad=0,
        rank=1,
        rank_best=1,
        rank_worst=3,
    )
    return replace(row, **changes)


def render(source: str, **context: object) -> str:
    return Template("{% load look %}" + source).render(Context(context))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_needs_inline_styles_or_scripts(path: Path):
    source = path.read_text()

    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"\son[a-z]+\s*=|hx-on|javascript:", source)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_colours_of_pages_come_from_tokens(path: Path):
    if path.name != "tokens.css":
        text = path.read_text()
        # With a value to fall back on, a script may set it.
        named = re.findall(r"var\((--[a-z0-9-]+)\)", text)
        known = (ROOT / "static/css/tokens.css").read_text() + text

        assert [name for name in named if f"{name}:" not in known] == []


def test_board_row_reads_in_one_line():
    size = Size(width_px=1024, height_px=1024)
    prices = {"aster-3": StartingPrice(amount_usd=Decimal("0.0052"), size=size, mode="text-to-image", endpoint_keys=())}
    table = "{% board_table rows prices=prices speeds_ms=speeds %}"
    text = words(render(table, rows=[make_row()], prices=prices, speeds={}))

    assert "1 1–3 Aster 3 Nordlicht 1232 ±25 58W / 21L / 11T 90 battles 64.4% $0.0052 1024×1024 –" in text


def test_board_leaves_out_price_and_speed_unless_asked():
    assert "Speed" not in render("{% board_table rows %}", rows=[make_row()])


def test_a_row_without_rank_says_so():
    row = make_row(rank=None, rank_best=None, rank_worst=None)

    assert "– unranked Aster 3" in words(render("{% board_table rows %}", rows=[row]))


def test_intervals_are_told_to_readers_who_do_not_see_them():
    html = render("{% board_table rows %}", rows=[make_row(), make_row(lower=None, upper=None)])

    assert 'aria-label="95% interval 1207 to 1257"' in html
    assert 'aria-label="no interval"' in html


def test_names_cannot_smuggle_markup_into_a_board():
    assert "<b>x</b>" not in render("{% board_table rows %}{% mini_board rows %}", rows=[make_row(model="<b>x</b>")])


def test_an_empty_board_renders_its_head():
    assert "Rating and 95% interval" in render("{% board_table rows %}", rows=[])


def test_times_carry_the_moment_for_scripts_and_words_for_all():
    html = render("{% local_time at %}", at=datetime(2026, 11, 22, 14, 3, tzinfo=UTC))

    assert 'datetime="2026-11-22T14:03:00+00:00"' in html
    assert ">22 Nov 2026, 14:03 UTC</time>" in html


def test_unknown_time_is_a_dash():
    assert render("{% local_time at %}", at=None) == "–"


@pytest.mark.parametrize(
    ("path", "current"),
    [("/models", True), ("/models/a/b", True), ("/modelsx", False), ("/", False)],
)
def test_navigation_marks_the_part_of_the_site_one_is_in(rf, path: str, current: bool):
    html = Template('{% load look %}{% nav_link "/models" "Models" %}').render(Context({"request": rf.get(path)}))

    assert ("aria-current" in html) is current


def test_bars_stay_within_their_track():
    assert render("{{ a|percent_width }} {{ b|percent_width }} {{ c|percent_width }}", a=0.644, b=1.2) == (
        "64.40% 100.00% 0.00%"
    )


def test_error_page_stands_without_request_or_database():
    assert "Something failed on our side" in render_to_string("500.html")


def test_reported_figures_are_labelled():
    figures = {"p50_ms": 2169, "success_rate": 0.753, "requests": 20, "label": "reported"}
    rows = [("fal", "/providers/fal", figures)]
    text = words(render_to_string("components/performance_table.html", {"rows": rows, "subject": "Provider"}))

    assert text.startswith("Provider p50")
    assert "fal reported 2,169 ms – – – – 75.3% 20" in text


def test_a_price_nobody_knows_is_unknown_and_not_zero():
    endpoint = {"provider": "fal", "key": "fal/x", "provider_model_id": "x", "example_usd": None}
    text = words(render_to_string("components/price_table.html", {"endpoints": [endpoint]}))

    assert text.endswith("unknown unknown")


def test_a_line_end_does_not_part_a_figure_from_its_unit() -> None:
    assert render("{{ text|held }}", text="2.2 s at 99 % of 3 models") == "2.2\xa0s at 99\xa0% of 3 models"
