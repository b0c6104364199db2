"""Template names for formatting, and the tags that need geometry or the request; what other sites read of a page."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from arena.boards.standings import StandingRow, interval_scope
from lumenboard import formatting
from lumenboard.formatting import interval_axis
from lumenboard.markdown import render_markdown
from providers.pricing import StartingPrice

register = template.Library()
# As json_script escapes: nothing in the data can end the element.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
# A figure and its unit, which a line end must not part.
UNIT = re.compile(r"(?<=\d) (?=(?:s|ms|h|px)\b|%)")


def _present(value: Any) -> Any:
    # Django hands "" for a name a template could not resolve.
    return None if value == "" else value


def _register(write: Callable[[Any], str]) -> None:
    register.filter(write.__name__, lambda value: write(_present(value)))


for _write in (
    *(formatting.usd, formatting.usd_short, formatting.usd_exact, formatting.rating, formatting.rating_exact),
    *(formatting.percent, formatting.ms, formatting.seconds, formatting.count, formatting.compact),
):
    _register(_write)

register.filter("record", formatting.record)
register.filter("web_address", formatting.web_address)
register.filter("mode_label", formatting.mode_label)


@register.simple_tag(takes_context=True)
def page_address(context: dict[str, Any], number: int, query: str = "") -> str:
    """This page's address with another page of the list that `query` names, `page` where it has no name."""
    wanted = context["request"].GET.copy()
    wanted[query or "page"] = str(number)
    return f"?{wanted.urlencode()}"


@register.filter
def margin(lower: float | None, upper: float | None) -> str:
    """`{{ row.lower|margin:row.upper }}` is `±25`."""
    return formatting.margin(_present(lower), _present(upper))


@register.filter
def rank_range(best: int | None, worst: int | None) -> str:
    """`{{ row.rank_best|rank_range:row.rank_worst }}` is `1–3`."""
    return formatting.rank_range(_present(best), _present(worst))


@register.filter
def percent_width(fraction: float | None) -> str:
    """A share as an SVG length, so that a bar needs no style attribute."""
    return f"{min(1.0, max(0.0, float(_present(fraction) or 0))) * 100:.2f}%"


@register.filter
def held(text: str) -> str:
    """A sentence whose figures stay on one line with their units."""
    return UNIT.sub("\N{NO-BREAK SPACE}", str(text))


@register.filter
def as_json(value: Any) -> str:
    """A value as JSON text, escaped by the template like any text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML, headings under the page's own."""
    return mark_safe(render_markdown(text))  # noqa: S308 - sanitised by nh3


@register.simple_tag
def local_time(moment: datetime | None) -> SafeString | str:
    """A time that scripts turn into the reader's zone; without them it reads as UTC."""
    if not moment:
        return formatting.ABSENT
    full = formatting.full_time(moment)
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}" data-local>{}</time>', stamp, full, full)


@register.simple_tag
def moment(when: datetime | None) -> SafeString | str:
    """A time with its hour, in the reader's zone once scripts run: for what is to come, where an age says nothing."""
    if not when:
        return formatting.ABSENT
    full, stamp = formatting.full_time(when), when.astimezone(UTC).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}" data-moment>{}</time>', stamp, full, full)


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: dict[str, Any], url: str, label: str) -> dict[str, Any]:
    """A link of the main navigation that knows when the reader is in its part of the site."""
    # The 500 page is rendered without a request.
    path = getattr(context.get("request"), "path", "")
    return {"url": url, "label": label, "current": path == url or path.startswith(f"{url}/")}


@register.inclusion_tag("components/board_table.html")
def board_table(
    rows: Sequence[StandingRow],
    caption: str = "",
    prices: Mapping[str, StartingPrice] | None = None,
    speeds_ms: Mapping[str, float] | None = None,
    marks_demo: bool = False,
) -> dict[str, Any]:
    """The full board of comparable models; two lines per row on a phone. Prices and speeds, by slug, have a column each
    where they are given."""
    axis = interval_axis(rows)
    return {
        "axis": axis,
        "placed": [
            (row, mark, (prices or {}).get(row.slug), (speeds_ms or {}).get(row.slug))
            for row, mark in zip(rows, axis.marks, strict=True)
        ],
        "caption": caption,
        "price": prices is not None,
        "speed": speeds_ms is not None,
        "marks_demo": marks_demo,
        # where all are, the page says it once
        "marks_scope": not all(row.on_these_prompts_only for row in rows),
    }


@register.inclusion_tag("components/mini_board.html")
def mini_board(rows: Sequence[StandingRow], caption: str = "", *, says_scope: bool = True) -> dict[str, Any]:
    """A few rows of a board for a card: rank, name, interval, rating; what intervals are about where they say less."""
    axis = interval_axis(rows)
    scope = interval_scope(rows) if says_scope and any(row.on_these_prompts_only for row in rows) else ""
    return {"axis": axis, "placed": list(zip(rows, axis.marks, strict=True)), "caption": caption, "scope": scope}


@register.simple_tag
def structured_data(data: Any) -> SafeString | str:
    """schema.org data as a block that browsers do not execute; nothing for empty data."""
    if not data:
        return ""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


@register.inclusion_tag("embeds/preview.html", takes_context=True)
def link_preview(context: dict[str, Any], title: str, description: str, path: str, picture: str = "") -> dict[str, Any]:
    """What a link to the page shows elsewhere; `path` and `picture` are addresses on this site."""
    return {
        "title": title,
        "description": description,
        "path": path,
        "picture": picture,
        "site_name": context.get("site_name", ""),
        "site_url": context.get("site_url", ""),
    }
