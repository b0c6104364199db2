"""Every address the site answers to, with arguments that name secrets, public things and things that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from arena.models import Competition
from lumenboard.api.routes import api
from lumenboard.api.tables.resources import TABLES
from lumenboard.api.tables.streaming import FORMATS
from tests.visibility.secret_world import SECRET, SecretWorld

# answers that no query changes, and those that are asked more closely or only of operators
ASK_NOTHING: Final = (
    "api/",
    "admin/",
    "ops",
    "docs",
    "health",
    "metrics",
    "images",
    "robots",
    "battles",
    "methodology",
)
PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def patterns() -> list[str]:
    """Routes as they are written, regular expressions without their anchors."""
    return sorted(set(_routes(get_resolver().url_patterns, "")))


def _routes(found: Any, before: str) -> Iterator[str]:
    for one in found:
        route = before + str(one.pattern).replace("\\.", ".").replace("\\Z", "").strip("^$")
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def arguments(world: SecretWorld) -> dict[str, list[str]]:
    """By name of a route's parameter, its values; `prefix:name` comes before `name`."""
    slugs = [model.slug for model in world.models]
    aliases = [f"{slug}-alias" for slug in slugs[:1]]
    known = world.known
    boards = [*world.boards, f"competition-{world.merged_id}", known["board"], "mode-text-to-image"]
    competitions = [world.draft.public_id, world.merged_id, known["competition"]]
    return {
        "key": boards,
        "public_id": competitions,
        "upload": [world.upload.public_id],
        "within": competitions,
        "sha256": [*(picture.sha256 for picture in world.pictures), known["sha256"]],
        "size": ["full", "small"],
        "creator": [f"{SECRET}-works", known["creator"]],
        "models:slug": [*slugs[:2], slugs[-1], *aliases, known["models"][0]],
        "api/v1/models:slug": [*slugs, *aliases, known["models"][0]],
        "providers:slug": [known["provider"]],
        "api/v1/providers:slug": [known["provider"]],
        "docs:slug": ["tutorial", "api"],
        "first": [slugs[0], known["models"][0]],
        "second": [slugs[1], known["models"][1]],
        "api/v1/leaderboards:id": boards,
        "studies:public_id": [world.study.public_id, "nonesuch2345"],
        "number": ["MQ"],
        "token": ["c0ffee-0123456789abcdef"],
        "secret": ["a-guessed-secret"],
        "signed": ["guessed:signature"],
        "battle": [*world.battles.values(), known["battle"]],
        "side": ["a", "b", "source", "left"],
        "leaderboards:name": [f"{known['models'][0]}-{mode}" for mode in ("text-to-image", "image-edit")],
        "api/v1/parity:id": [f"parity-{known['models'][0]}-{mode}" for mode in ("text-to-image", "image-edit")],
        "ops/parity:slug": [slugs[0], known["models"][0]],
        "mode": ["text-to-image", "image-edit"],
        "pk": ["1"],
        "to": ["pause"],
        "object_id": [str(world.draft.pk)],
        "app_label": ["arena"],
        "content_type_id": [str(ContentType.objects.get_for_model(Competition).pk)],
        "url": ["nothing"],
        "name": ["nothing.webp"],
        "id": ["1"],
    }


def filled(route: str, values: dict[str, list[str]]) -> list[str]:
    """The addresses of a route. Raises LookupError for a parameter without values."""
    names = [first or second for first, second in PARAMETER.findall(route)]
    chosen = [_values(route, name, values) for name in names]
    found = []
    for combination in product(*chosen):
        words = iter(combination)
        found.append("/" + PARAMETER.sub(lambda _: quote(next(words), safe=""), route))  # noqa: B023  # used up here
    return found


def _values(route: str, name: str, values: dict[str, list[str]]) -> list[str]:
    prefixes = [key for key in values if key.endswith(f":{name}") and route.startswith(key.rpartition(":")[0] + "/")]
    best = max(prefixes, key=len, default=name)
    if best not in values:
        raise LookupError(f"{route}: there is no value for {name!r}; add it to tests/visibility/addresses.py")
    return values[best]


def questions(world: SecretWorld) -> list[dict[str, str]]:
    """Queries that ask for secrets, for every page."""
    slug, other = world.models[0].slug, world.known["models"][0]
    return [
        {"q": SECRET},
        {"a": slug, "b": other},
        {"from": world.snapshots[0], "to": world.snapshots[-1]},
        {"model": slug, "families": "strongest"},
        {"category": f"{SECRET}-case.text-to-image"},
        {"creator": f"{SECRET}-works", "sort": "newest"},
        {"tag": f"{SECRET}tag", "sort": "name"},
    ]


def page_addresses(world: SecretWorld) -> list[str]:
    """Of every pattern beside the API's operations, which `api_addresses` asks more closely."""
    values = arguments(world)
    found: list[str] = []
    for route in patterns():
        addresses = filled(route, values)
        found += addresses
        if not route.startswith(ASK_NOTHING):
            asked = questions(world)
            found += [f"{address}?{urlencode(query)}" for address in addresses[:1] for query in asked]
    boards = [*world.boards, world.known["board"]]
    found += [f"/oembed?{urlencode({'url': f'http://127.0.0.1:8000/leaderboards/{key}'})}" for key in boards]
    found += [f"/embed/mode-text-to-image/badge.svg?model={model.slug}" for model in world.models]
    found += _pairs_of_snapshots(world)
    return found


def _pairs_of_snapshots(world: SecretWorld) -> list[str]:
    numbers = world.snapshots
    boards = ["mode-text-to-image", "category-kites-text-to-image", world.known["board"]]
    return [f"/leaderboards/{key}/changes?from={one}&to={numbers[-1]}" for key in boards for one in numbers]


def reading_operations() -> Iterator[tuple[str, Any]]:
    """Of the OpenAPI document: each route as patterns are written, with its parameters."""
    for path, operations in api.get_openapi_schema()["paths"].items():
        if "get" in operations:
            yield re.sub(r"\{(\w+)\}", r"<\1>", path.lstrip("/")), operations["get"].get("parameters", ())


def api_addresses(world: SecretWorld) -> list[str]:
    """Every operation of the OpenAPI document that reads, each of its parameters asked for secrets; every table."""
    values, found = arguments(world), []
    for route, parameters in reading_operations():
        queries = [{}, *_queries(parameters, world)]
        addresses = filled(route, values)
        found += [f"{address}?{urlencode(query)}" for address in addresses for query in queries]
    return [*found, *_table_files(world)]


def _queries(parameters: Any, world: SecretWorld) -> list[dict[str, str]]:
    slug = world.models[0].slug
    secrets = {
        "competition": [world.draft.public_id],
        "category": [f"{SECRET}-case"],
        "creator": [f"{SECRET}-works"],
        "at": ["2200-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "2026-11-28T00:00:00Z"],
        "format": ["csv", "ndjson", "parquet", "json"],
        "method": ["davidson", "elo", "trueskill"],
        "prior": ["0"],
        "days": ["366"],
        "schema": ["true"],
        "by": ["model", "model,provider,endpoint"],
        "step": ["day"],
        "families": ["strongest"],
        "limit": ["1000"],
        "q": [SECRET],
        "from": ["2026-11-01T00:00:00Z"],
        "to": ["2026-11-02T00:00:00Z"],
    }
    named = [one["name"] for one in parameters if one["in"] == "query"]
    return [{name: value} for name in named for value in secrets.get(name, [slug])]


def _table_files(world: SecretWorld) -> list[str]:
    secrets = {"competition": world.draft.public_id, "model": world.models[0].slug, "category": f"{SECRET}-case"}
    found = []
    for table, form in product(TABLES, ("json", *FORMATS)):
        found.append(f"/api/v1/{table.name}?format={form}")
        asked = [(one.name, secrets[one.name]) for one in table.filters if one.name in secrets]
        found += [f"/api/v1/{table.name}?{urlencode({name: value, 'format': form})}" for name, value in asked]
    return found
