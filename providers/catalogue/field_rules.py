"""What a field of a sheet may hold by itself: rules of text, numbers, names, addresses; `RULES` by sheet. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from providers.adapters.registry import call_styles
from providers.names import ALLOWED_IN_MODEL_SLUG, LONGEST_MODEL_SLUG, LONGEST_NAME, MODEL_SLUG, name_problem, tidy
from providers.sheet import (
    DIRECTIONS,
    METRICS,
    MODALITIES,
    MODES,
    PARAMETER_GROUPS,
    PARAMETER_TYPES,
    ROUNDINGS,
    STATUSES,
    AliasSunsetSheet,
    CuratedImageSheet,
    EndpointSheet,
    Json,
    ModelSheet,
    Named,
    ParameterSheet,
    PriceSheet,
    ReportedPerformanceSheet,
    ReportedSheet,
    ReportedStandingSheet,
)

SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
URL: Final = re.compile(r"https?://[^\s/]+\S*")
UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST_TEXT: Final = 100_000
LARGEST_INTEGER: Final = 2_147_483_647
LARGEST_SMALL_INTEGER: Final = 32_767
SCALAR_NAMES: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}

# What is allowed, where a value is not; "" where it is.
Rule = Callable[[Any], str]


def plain_text(text: str) -> str:
    fits = len(text) <= LONGEST_TEXT and not UNWANTED.search(text)
    return "" if fits else f"text without control characters, at most {LONGEST_TEXT} characters"


def line(longest: int) -> Rule:
    def rule(text: str) -> str:
        if not 0 < len(text) <= longest or text != text.strip() or re.search(r"[\n\t]", text):
            return f"one line of 1 to {longest} characters without spaces around it"
        return plain_text(text)

    return rule


def parameter_name(name: str) -> str:
    return line(80)(name) or ("a name without spaces and backticks" if re.search(r"[\s`]", name) else "")


def visible_name(longest: int = LONGEST_NAME) -> Rule:
    allowed = f"one line of 1 to {longest} characters that can be seen, without spaces around it"
    return lambda text: allowed if text != tidy(text) or name_problem(text, longest) else ""


def slug(text: str) -> str:
    return "" if SLUG.fullmatch(text) and len(text) <= 80 else "ASCII letters, digits, - and _, 1 to 80 characters"


def model_slug(text: str) -> str:
    fits = MODEL_SLUG.fullmatch(text) and len(text) <= LONGEST_MODEL_SLUG
    return "" if fits else f"{ALLOWED_IN_MODEL_SLUG}, 1 to {LONGEST_MODEL_SLUG} characters"


def web_address(longest: int) -> Rule:
    allowed = f"an address that begins with http:// or https://, at most {longest} characters"
    return lambda url: "" if URL.fullmatch(url) and len(url) <= longest else allowed


def decimal(places: int, *, positive: bool = False) -> Rule:
    def rule(number: Decimal) -> str:
        fits = 0 <= number < Decimal(10) ** (18 - places) and number == round(number, places)
        fits = fits and not (positive and number == 0)
        return "" if fits else f"{'above 0' if positive else '0 or more'}, at most {places} decimals"

    return rule


def percent(share: Decimal) -> str:
    fits = 0 <= share <= 100 and share == round(share, 1)
    return "" if fits else "0 to 100 with at most one decimal"


def between(lowest: int, highest: int = LARGEST_INTEGER) -> Rule:
    return lambda number: "" if lowest <= number <= highest else f"{lowest} to {highest}"


def one_of(choices: Iterable[str]) -> Rule:
    return lambda value: "" if value in choices else ", ".join(choices) or "nothing"


def or_blank(rule: Rule) -> Rule:
    return lambda value: rule(value) if value else ""


def typed(kind: str) -> Rule:
    """A value of a parameter's type; of no type: text, a number or a switch."""
    allowed = SCALAR_NAMES.get(kind, "text in quotes" if kind else "text, a number, true or false")

    def rule(value: Json) -> str:
        fits = {
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "": isinstance(value, str | int | float),
        }.get(kind, isinstance(value, str))
        if isinstance(value, str) and fits:
            return plain_text(value)
        is_large = isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) < 1e30
        return "" if fits and not is_large else allowed

    return rule


RULES: Final[Mapping[type, Mapping[str, Rule]]] = {
    Named: {"slug": slug, "name": visible_name(120)},
    ModelSheet: {
        **dict.fromkeys(("slug", "aliases"), model_slug),
        **dict.fromkeys(("name", "alternative_names", "tags"), visible_name()),
        **dict.fromkeys(("tagline", "about", "example_prompt"), plain_text),
        **dict.fromkeys(("max_width_px", "max_height_px"), between(1)),
        **dict.fromkeys(("input_modalities", "output_modalities"), one_of(MODALITIES)),
        "status": one_of(STATUSES),
        "successor": or_blank(model_slug),
        "modes": one_of(MODES),
    },
    AliasSunsetSheet: {"slug": model_slug},
    EndpointSheet: {
        "provider_model_id": line(200),
        "modes": one_of(MODES),
        "call_style": one_of(("", *call_styles())),
        "source_url": or_blank(web_address(500)),
        "notes": line(2000),
    },
    PriceSheet: {
        "metric": one_of(METRICS),
        "direction": one_of(DIRECTIONS),
        "rounding": one_of(ROUNDINGS),
        "amount_usd": decimal(9),
        "minimum": decimal(6),
        **dict.fromkeys(("unit_size", "units_per_image"), decimal(6, positive=True)),
        "pixels_per_megapixel": between(1),
        "source_url": or_blank(web_address(500)),
    },
    ParameterSheet: {
        "name": parameter_name,
        "group": one_of(PARAMETER_GROUPS),
        "type": one_of(PARAMETER_TYPES),
        "description": plain_text,
        "modes": one_of(MODES),
        "only_through": or_blank(slug),
    },
    CuratedImageSheet: {"prompt": plain_text, "url": web_address(1000)},
    ReportedSheet: {"source": visible_name()},
    ReportedPerformanceSheet: {
        "provider": slug,
        "window_days": between(1, LARGEST_SMALL_INTEGER),
        **dict.fromkeys(("p50_ms", "p95_ms", "average_ms", "requests", "ttfb_p50_ms", "ttfb_p95_ms"), between(0)),
        "success_percent": percent,
    },
    ReportedStandingSheet: {
        "kind": one_of(("competition", "category")),
        "title": visible_name(),
        "rating": between(-LARGEST_INTEGER),
        **dict.fromkeys(("wins", "losses", "ties"), between(0)),
        "ranked_models": between(1),
        "image_url": or_blank(web_address(1000)),
    },
}
