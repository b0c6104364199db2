"""What a sheet's values may be, so that every sheet accepted here fits the tables. Pure; collects all problems."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from providers.adapters.capabilities import faults_in
from providers.adapters.registry import call_styles
from providers.catalogue.errors import Problem, SheetError
from providers.modes import (
    DIRECTIONS,
    METRICS,
    MODALITIES,
    MODES,
    PARAMETER_GROUPS,
    PARAMETER_TYPES,
    ROUNDINGS,
    STATUSES,
)
from providers.names import LONGEST_NAME, problem_of, tidy
from providers.prompts import ALLOWED_PROMPT, problem_of_prompt
from providers.sheet import (
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
from providers.slugs import ALLOWED_IN_MODEL_SLUG, LONGEST_MODEL_SLUG, MODEL_SLUG

SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
KEY: Final = re.compile(r"[^\s/]+/\S+")
URL: Final = re.compile(r"https?://[^\s/]+\S*")
UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST_TEXT: Final = 100_000
LARGEST_INTEGER: Final = 2_147_483_647
LARGEST_SMALL_INTEGER: Final = 32_767
SCALAR_NAMES: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


Part = ModelSheet | EndpointSheet | PriceSheet | ParameterSheet


def check_sheet(sheet: ModelSheet) -> ModelSheet:
    """The sheet itself, or SheetError with everything that is wrong with it."""
    problems = Checker().model(sheet)
    if problems:
        raise SheetError(problems)
    return sheet


def problems_of(part: Part) -> list[Problem]:
    """What is wrong with one row by itself, its fields named from there; the rows below it are not needed."""
    checker = Checker()
    if isinstance(part, ModelSheet):
        return checker.model(part)
    if isinstance(part, EndpointSheet):
        checker._endpoint("", part)
    elif isinstance(part, PriceSheet):
        checker._price("", part)
    else:
        checker._parameter("", part)
    return [Problem(problem.field.lstrip("."), problem.found, problem.allowed) for problem in checker.problems]


class Checker:
    """Collects problems while it walks a sheet; paths read as in a catalogue file."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def model(self, sheet: ModelSheet) -> list[Problem]:
        """Walk the whole sheet."""
        self._model_slug("slug", sheet.slug)
        self._name("name", sheet.name)
        self._named("creator", sheet.creator)
        if sheet.family:
            self._named("family", sheet.family)
        self._each("aliases", sheet.aliases, self._model_slug)
        self._once("aliases", (sheet.slug, *sheet.aliases), "each slug once, and not the model's own")
        for field in ("alternative_names", "tags"):
            self._each(field, getattr(sheet, field), self._name)
        for index, tag in enumerate(sheet.tags, start=1):
            if "," in tag:
                self._add(f"tags[{index}]", tag, "a tag without commas, which part tags on a card")
        self._choice("status", sheet.status, STATUSES)
        if sheet.sunset_on and sheet.status != "deprecated":
            self._add("sunset_on", sheet.sunset_on, "a date only where the status is deprecated")
        for field in ("tagline", "about", "example_prompt"):
            self._text(field, getattr(sheet, field))
        self._prompt("example_prompt", sheet.example_prompt)
        self._size(sheet)
        for field in ("input_modalities", "output_modalities"):
            self._choices(field, getattr(sheet, field), MODALITIES)
        self._choices("modes", sheet.modes, MODES)
        self._parameters("parameters", sheet.parameters)
        self._each("endpoints", sheet.endpoints, self._endpoint)
        named = {endpoint.provider for endpoint in sheet.endpoints}
        self._once("endpoints", (provider.slug for provider in named), "one name for each provider")
        self._once("endpoints", (endpoint.key for endpoint in sheet.endpoints), "each key once")
        for index, image in enumerate(sheet.curated_images, start=1):
            self._text(f"curated_images[{index}].prompt", image.prompt)
            self._prompt(f"curated_images[{index}].prompt", image.prompt)
            self._url(f"curated_images[{index}].url", image.url, 1000, required=True)
        if sheet.reported:
            self._reported(sheet.reported)
        return self.problems

    def _size(self, sheet: ModelSheet) -> None:
        if (sheet.max_width_px is None) != (sheet.max_height_px is None):
            self._add("max_width_px", sheet.max_width_px, "both sides, or neither")
        for field in ("max_width_px", "max_height_px"):
            if (side := getattr(sheet, field)) is not None:
                self._range(field, side, 1, LARGEST_INTEGER)

    def _endpoint(self, path: str, endpoint: EndpointSheet) -> None:
        self._named(f"{path}.provider", endpoint.provider)
        if not KEY.fullmatch(endpoint.key) or len(endpoint.key) > 160:
            self._add(f"{path}.key", endpoint.key, "provider/name without spaces, at most 160 characters")
        elif endpoint.key.partition("/")[0] != endpoint.provider.slug:
            self._add(f"{path}.key", endpoint.key, f"a key that begins with its provider, {endpoint.provider.slug}/")
        self._line(f"{path}.provider_model_id", endpoint.provider_model_id, 200, required=True)
        self._choices(f"{path}.modes", endpoint.modes, MODES)
        self._choice(f"{path}.call_style", endpoint.call_style, ("", *call_styles()))
        for name, found, allowed in faults_in(endpoint.capabilities):
            self._add(f"{path}.capabilities.{name}", found, allowed)
        self._url(f"{path}.source_url", endpoint.source_url, 500)
        self._each(f"{path}.notes", endpoint.notes, lambda place, note: self._line(place, note, 2000, required=True))
        self._each(f"{path}.prices", endpoint.prices, self._price)
        self._parameters(f"{path}.parameters", endpoint.parameters)
        for index, parameter in enumerate(endpoint.parameters, start=1):
            if parameter.only_through:
                field = f"{path}.parameters[{index}].only_through"
                self._add(field, parameter.only_through, "nothing; an endpoint's parameter is its own")
        opened = [p for p in endpoint.prices if p.valid_to is None and p.condition_stated]
        kinds = (f"{p.metric} {p.direction} {sorted(p.conditions.items(), key=str)}" for p in opened)
        self._once(f"{path}.prices", kinds, "one open price for each metric, direction and condition")

    def _price(self, path: str, price: PriceSheet) -> None:
        self._choice(f"{path}.metric", price.metric, METRICS)
        self._choice(f"{path}.direction", price.direction, DIRECTIONS)
        self._choice(f"{path}.rounding", price.rounding, ROUNDINGS)
        self._decimal(f"{path}.amount_usd", price.amount_usd, 9)
        self._decimal(f"{path}.unit_size", price.unit_size, 6, positive=True)
        self._decimal(f"{path}.minimum", price.minimum, 6)
        self._range(f"{path}.pixels_per_megapixel", price.pixels_per_megapixel, 1, LARGEST_INTEGER)
        if price.units_per_image is not None:
            self._decimal(f"{path}.units_per_image", price.units_per_image, 6, positive=True)
            if price.metric not in {"token", "second"}:
                self._add(f"{path}.units_per_image", price.units_per_image, "nothing; only tokens and seconds have it")
        for key, value in price.conditions.items():
            self._line(f"{path}.conditions", key, 80, required=True)
            for item in value if isinstance(value, list) else [value]:
                self._scalar(f"{path}.conditions.{key}", item, "")
        self._url(f"{path}.source_url", price.source_url, 500)
        if price.valid_from and price.valid_to and price.valid_to <= price.valid_from:
            self._add(f"{path}.valid_to", price.valid_to, "a moment after valid_from")

    def _parameters(self, path: str, parameters: tuple[ParameterSheet, ...]) -> None:
        self._each(path, parameters, self._parameter)
        self._once(path, (parameter.name for parameter in parameters), "each name once")

    def _parameter(self, path: str, parameter: ParameterSheet) -> None:
        self._line(f"{path}.name", parameter.name, 80, required=True)
        if re.search(r"[\s`]", parameter.name):
            self._add(f"{path}.name", parameter.name, "a name without spaces and backticks")
        self._choice(f"{path}.group", parameter.group, PARAMETER_GROUPS)
        self._choice(f"{path}.type", parameter.type, PARAMETER_TYPES)
        self._text(f"{path}.description", parameter.description)
        if parameter.default is not None:
            self._scalar(f"{path}.default", parameter.default, parameter.type)
        self._each(f"{path}.values", parameter.values, lambda place, v: self._scalar(place, v, parameter.type))
        self._choices(f"{path}.modes", parameter.modes, MODES)
        self._choices(f"{path}.required_modes", parameter.required_modes, parameter.modes)
        if parameter.only_through:
            self._slug(f"{path}.only_through", parameter.only_through, 80)

    def _scalar(self, path: str, value: Json, kind: str) -> None:
        fits = {
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "": isinstance(value, str | int | float),
        }.get(kind, isinstance(value, str))
        if isinstance(value, str) and fits:
            self._text(path, value)
        elif not fits or (not isinstance(value, bool) and isinstance(value, int | float) and not abs(value) < 1e30):
            self._add(
                path, value, SCALAR_NAMES.get(kind, "text in quotes" if kind else "text, a number, true or false")
            )

    def _reported(self, reported: ReportedSheet) -> None:
        self._name("reported.source", reported.source)
        self._each("reported.performance", reported.performance, self._performance)
        self._once("reported.performance", (row.provider for row in reported.performance), "each provider once")
        self._each("reported.standings", reported.standings, self._standing)
        if not (reported.performance or reported.standings):
            self._add("reported", "empty", "at least one figure, or no such table")

    def _performance(self, path: str, row: ReportedPerformanceSheet) -> None:
        self._slug(f"{path}.provider", row.provider, 80)
        self._range(f"{path}.window_days", row.window_days, 1, LARGEST_SMALL_INTEGER)
        for field in ("p50_ms", "p95_ms", "average_ms", "requests", "ttfb_p50_ms", "ttfb_p95_ms"):
            if (figure := getattr(row, field)) is not None:
                self._range(f"{path}.{field}", figure, 0, LARGEST_INTEGER)
        percent = row.success_percent
        if percent is not None and not (0 <= percent <= 100 and percent == round(percent, 1)):
            self._add(f"{path}.success_percent", percent, "0 to 100 with at most one decimal")

    def _standing(self, path: str, row: ReportedStandingSheet) -> None:
        self._choice(f"{path}.kind", row.kind, ("competition", "category"))
        self._name(f"{path}.title", row.title)
        if row.kind == "category":
            self._choice(f"{path}.mode", row.mode, MODES)
        elif row.mode:
            self._add(f"{path}.mode", row.mode, "no mode for a competition")
        self._range(f"{path}.rating", row.rating, -LARGEST_INTEGER, LARGEST_INTEGER)
        for field in ("wins", "losses", "ties"):
            self._range(f"{path}.{field}", getattr(row, field), 0, LARGEST_INTEGER)
        self._range(f"{path}.ranked_models", row.ranked_models, 1, LARGEST_INTEGER)
        self._range(f"{path}.rank", row.rank, 1, min(row.ranked_models, LARGEST_INTEGER))
        self._url(f"{path}.image_url", row.image_url, 1000)

    def _named(self, path: str, named: Named) -> None:
        self._slug(f"{path}.slug", named.slug, 80)
        self._name(f"{path}.name", named.name, 120)

    def _model_slug(self, path: str, slug: str) -> None:
        if not MODEL_SLUG.fullmatch(slug) or len(slug) > LONGEST_MODEL_SLUG:
            self._add(path, slug, f"{ALLOWED_IN_MODEL_SLUG}, 1 to {LONGEST_MODEL_SLUG} characters")

    def _slug(self, path: str, slug: str, longest: int) -> None:
        if not SLUG.fullmatch(slug) or len(slug) > longest:
            self._add(path, slug, f"ASCII letters, digits, - and _, 1 to {longest} characters")

    def _name(self, path: str, text: str, longest: int = LONGEST_NAME) -> None:
        if text != tidy(text) or problem_of(text, longest):
            self._add(path, text, f"one line of 1 to {longest} characters that can be seen, without spaces around it")

    def _line(self, path: str, text: str, longest: int, *, required: bool = False) -> None:
        if len(text) > longest or (required and not text.strip()) or text != text.strip() or re.search(r"[\n\t]", text):
            self._add(path, text, f"one line of {int(required)} to {longest} characters without spaces around it")
        self._text(path, text)

    def _text(self, path: str, text: str) -> None:
        if len(text) > LONGEST_TEXT or UNWANTED.search(text):
            self._add(path, text, f"text without control characters, at most {LONGEST_TEXT} characters")

    def _prompt(self, path: str, prompt: str) -> None:
        if problem_of_prompt(prompt):
            self._add(path, f"{len(prompt):,} characters", ALLOWED_PROMPT)

    def _url(self, path: str, url: str, longest: int, *, required: bool = False) -> None:
        if (url or required) and (not URL.fullmatch(url) or len(url) > longest):
            self._add(path, url, f"an address that begins with http:// or https://, at most {longest} characters")

    def _decimal(self, path: str, number: Decimal, places: int, *, positive: bool = False) -> None:
        fits = 0 <= number < Decimal(10) ** (18 - places) and number == round(number, places)
        if not fits or (positive and number == 0):
            least = "above 0" if positive else "0 or more"
            self._add(path, number, f"{least}, at most {places} decimals")

    def _range(self, path: str, number: int, lowest: int, highest: int) -> None:
        if not lowest <= number <= highest:
            self._add(path, number, f"{lowest} to {highest}")

    def _choice(self, path: str, value: str, choices: Iterable[str]) -> None:
        if value not in choices:
            self._add(path, value, ", ".join(choices) or "nothing")

    def _choices(self, path: str, values: tuple[str, ...], choices: Iterable[str]) -> None:
        self._each(path, values, lambda place, value: self._choice(place, value, choices))
        self._once(path, values, "each once")

    def _each(self, path: str, items: Iterable[Any], check: Callable[[str, Any], None]) -> None:
        for index, item in enumerate(items, start=1):
            check(f"{path}[{index}]", item)

    def _once(self, path: str, keys: Iterable[str], allowed: str) -> None:
        for key, times in Counter(keys).items():
            if times > 1:
                self._add(path, f"{key} stands {times} times", allowed)

    def _add(self, path: str, found: Any, allowed: str) -> None:
        text = found if isinstance(found, str) else str(found)
        self.problems.append(Problem(path, repr(text if len(text) <= 60 else f"{text[:59]}…"), allowed))
