"""Boards of hundreds and thousands of models: every page and every answer stays within bounds, whoever asks."""

from __future__ import annotations

import re
from time import monotonic
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lumenboard.api.tables.resources import TABLES
from lumenboard.api.tables.table import MOST_PER_PAGE
from lumenboard.pages.base import invalidate_freshness
from tests.extremes.every_row import admin_addresses
from tests.extremes.large_world import LargeWorld, make_large_world
from tests.visibility.addresses import filled, patterns, reading_operations

pytestmark = pytest.mark.django_db
MOST_BYTES: Final = 1_500_000
MOST_QUERIES: Final = 12
# what is decided about a board: the board, its models, up to where it is judged, decisions, fits without a prompt; and
# whether the endpoints of a model are compared
FOR_CLAIMS: Final = {"/": 5, "/compare/model-0003/model-0004": 2, "/models/atelier/model-0003/providers": 1}
# pictures have no files here; pages of /admin are found by their tables
NOT_WALKED: Final = ("admin/", "images/", "battles/", "__debug__")
FOR_OPERATORS: Final = ("/ops", "/admin")
# it may be asked whether there is one, and for parts of it: whole it is 32 MB for 2,000 models
WHOLE_COVARIANCE: Final = re.compile(r'"covariance"(?! IS )')
EVERY_DIMENSION: Final = "model,provider,endpoint,mode,source"
NEXT: Final = re.compile(r'<([^>]+)>; rel="next"')


def arguments(world: LargeWorld) -> dict[str, list[str]]:
    """By name of a route's parameter, its values."""
    slugs = [model.slug for model in world.models]
    return {
        "key": [board.key for board in world.boards.values()],
        "id": ["1"],
        "public_id": [world.competition.public_id],
        "within": [world.competition.public_id],
        "creator": ["atelier"],
        "models:slug": [slugs[3]],
        "api/v1/models:slug": [slugs[3]],
        "providers:slug": ["fal"],
        "api/v1/providers:slug": ["fal"],
        "docs:slug": ["tutorial"],
        "api/v1/leaderboards:id": [board.key for board in world.boards.values()],
        "first": [slugs[3]],
        "second": [slugs[4]],
        "leaderboards:name": [f"{slugs[3]}-text-to-image"],
        "api/v1/parity:id": [f"parity-{slugs[3]}-text-to-image"],
        "ops/parity:slug": [slugs[3]],
        "mode": ["text-to-image"],
        "battle": [str(uuid4())],
        **{name: ["nothing"] for name in ("upload", "secret", "signed", "number", "token")},
        "pk": ["1"],
        "side": ["left"],
        "to": ["pause"],
        "url": ["nothing"],
        "name": ["nothing.webp"],
    }


def addresses_of(world: LargeWorld) -> list[str]:
    """Every pattern and every operation that reads, and what their queries can make large."""
    values = arguments(world)
    routes = [*patterns(), *(route for route, _ in reading_operations())]
    walked = {one for route in routes if not route.startswith(NOT_WALKED) for one in filled(route, values)}
    before, after = world.snapshots
    asked = {
        f"/leaderboards/{world.boards['competition'].key}/changes": [{"from": before, "to": after}],
        "/compare": [{"a": "model-0003", "b": "model-0004"}],
        "/search": [{"q": "model"}],
        "/models": [{"sort": sort} for sort in ("price", "newest", "name")],
        "/api/v1/performance": [{"by": EVERY_DIMENSION}, {"by": "model", "step": "hour"}],
        "/api/v1/incidents": [{"by": EVERY_DIMENSION}],
        "/compare/model-0003/model-0004": [{"page": "3"}],
        "/leaderboards": [{"page": "4"}],
        f"/leaderboards/{world.boards['mode'].key}": [{"competitions": "4", "page": "2"}],
        "/methodology": [{"board": board.key} for board in world.boards.values()],
        "/analytics": [{"provider": "fal"}, {"model": "model-0003"}],
        "/api/v1/models": [{"limit": "100"}],
        **{f"/api/v1/{table.name}": [{"limit": str(MOST_PER_PAGE)}] for table in TABLES},
        "/oembed": [{"url": f"http://127.0.0.1:8000/leaderboards/{world.boards['mode'].key}"}],
    }
    large = [f"{address}?{urlencode(query)}" for address, queries in asked.items() for query in queries]
    return [*sorted(walked), *large, *admin_addresses()]


@pytest.mark.parametrize("models", [500, 2000])
def test_every_page_and_answer_is_bounded_however_many_models(
    models: int, client: Client, admin_client: Client
) -> None:
    world = make_large_world(models)
    wrong, seen = [], 0
    for address in addresses_of(world):
        invalidate_freshness()
        asking = admin_client if address.startswith(FOR_OPERATORS) else client
        if address.startswith("/vote"):  # greets, then learns what may be drawn, which each process keeps
            asking.get(address)
            asking.get(address)
        began = monotonic()
        with CaptureQueriesContext(connection) as queries:
            answer = asking.get(address)
            size = len(answer.getvalue())
        print(f"{address:90} {answer.status_code} {size:>9,} {len(queries):>2} {monotonic() - began:5.1f} s")
        most = MOST_QUERIES + FOR_CLAIMS.get(address.partition("?")[0], 0)
        seen += answer.status_code == 200
        # it says 503 where workers are away, as in tests they are
        is_broken = answer.status_code >= 500 and address != "/health/ready"
        reads_whole = any(WHOLE_COVARIANCE.search(query["sql"]) for query in queries)
        if is_broken or reads_whole or size > MOST_BYTES or len(queries) > most:
            wrong.append((address, answer.status_code, size, len(queries), "covariance" if reads_whole else ""))
    assert wrong == [], "\n".join(map(str, wrong))
    assert seen > 100


def test_pages_of_pairs_are_all_pairs_once(client: Client) -> None:
    board = make_large_world(120).boards["competition"]
    address = f"/api/v1/leaderboards/{board.key}/pairs"
    first = client.get(address)
    assert first["X-Total-Count"] == str(120 * 119 // 2)
    seen = [(one["first"], one["second"]) for one in first.json()["items"]]
    seen += [(one["first"], one["second"]) for one in client.get(f"{address}?offset=5000").json()["items"]]
    assert len(seen) == len(set(seen)) == 120 * 119 // 2
    own = client.get(f"{address}?model=model-0050").json()["items"]
    assert len(own) == 119
    assert own[0]["first"] == "model-0000"
    assert own[-1] == {**own[-1], "first": "model-0050", "second": "model-0119"}
    for wrong in ("limit=0", "limit=5001", "limit=1_0", "offset=-1", "offset=%C2%B2"):
        assert client.get(f"{address}?{wrong}").status_code == 400


def rows_by_links(client: Client, address: str, rows: str) -> list[dict[str, object]]:
    """All there are, from page to page."""
    found: list[dict[str, object]] = []
    while address:
        answer = client.get(address)
        found += answer.json()[rows]
        link = NEXT.fullmatch(answer.get("Link", ""))
        address = link[1] if link else ""
        assert len(found) <= int(answer["X-Total-Count"])
    assert len(found) == int(answer["X-Total-Count"])
    return found


def test_a_board_of_more_than_a_thousand_models_comes_in_parts(client: Client) -> None:
    board = make_large_world(1003).boards["competition"]
    address = f"/api/v1/leaderboards/{board.key}"
    first, rest = client.get(address), client.get(f"{address}?offset=1000")
    assert (len(first.json()["standings"]), len(rest.json()["standings"])) == (1000, 3)
    assert first.json() | {"standings": []} == rest.json() | {"standings": []}
    assert "Link" not in rest
    slugs = [one["slug"] for one in rows_by_links(client, address, "standings")]
    assert slugs == [f"model-{n:04}" for n in range(1003)]
    assert client.get(f"{address}?format=csv").content.count(b"\n") == 1004
    part = client.get(f"{address}?format=csv&limit=1&offset=1001")
    assert "model-1001" in part.content.decode().split("\n")[1]
    assert (part["X-Total-Count"], "offset=1002" in part["Link"]) == ("1003", True)
    assert len(rows_by_links(client, f"{address}?families=strongest&limit=500", "standings")) == 1003


def test_the_list_of_boards_and_their_pairs_come_in_parts(client: Client) -> None:
    board = make_large_world(40).boards["competition"]
    whole = client.get("/api/v1/leaderboards").json()
    assert (len(whole["items"]), whole["count"]) == (43, 43)
    assert rows_by_links(client, "/api/v1/leaderboards?limit=10", "items") == whole["items"]
    assert client.get("/api/v1/leaderboards?limit=1&offset=1").json() == {"items": whole["items"][1:2], "count": 43}
    assert client.get(f"/api/v1/leaderboards?offset={2**63 - 1}").json()["items"] == []
    assert client.get("/api/v1/leaderboards?limit=2&format=csv").content.count(b"\n") == 3
    assert len(rows_by_links(client, f"/api/v1/leaderboards/{board.key}/pairs?limit=300", "items")) == 40 * 39 // 2
    for address in ("/api/v1/leaderboards", f"/api/v1/leaderboards/{board.key}"):
        for wrong in ("limit=0", "limit=1001", "limit=1_0", "offset=-1", "offset=%C2%B2", "offset=", f"offset={2**63}"):
            answer = client.get(f"{address}?{wrong}")
            assert answer.status_code == 400
            assert answer.json()["detail"].startswith(wrong.partition("=")[0] + ": ")


def test_a_matrix_is_of_the_models_one_names(client: Client) -> None:
    board = make_large_world(120).boards["competition"]
    address = f"/api/v1/leaderboards/{board.key}/matrix"
    whole = client.get(address)
    assert (len(whole.json()["models"]), whole["X-Total-Count"]) == (100, "120")
    named = client.get(f"{address}?models=model-0004,model-0003").json()
    assert named["models"] == ["model-0003", "model-0004"]
    assert named["battles"] == [[0, 4], [4, 0]]
    assert client.get(f"{address}?models=nobody").status_code == 400
