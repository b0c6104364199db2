"""What comes page by page is all there is, once and in order: over REST."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any, Final

import pytest
from django.test import Client

from tests.extremes.large_world import make_large_world

pytestmark = pytest.mark.django_db
NEXT: Final = re.compile(r'<([^>]+)>; rel="next"')


def answers(client: Client, address: str) -> list[Any]:
    """From one part to the next."""
    found = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, address
        found.append(answer)
        link = NEXT.fullmatch(answer.get("Link", ""))
        address = link[1] if link else ""
    assert len({answer["X-Total-Count"] for answer in found}) == 1
    return found


def test_performance_is_all_lines_all_points_and_all_rows(client: Client) -> None:
    make_large_world(9)
    address = "/api/v1/performance?by=model"
    whole = client.get(address).json()
    lines = [one for answer in answers(client, f"{address}&limit=4") for one in answer.json()["items"]]
    assert lines == whole["items"]
    assert len(lines) == 9
    whole = client.get(f"{address}&step=day&window=7d").json()["series"]
    assert len(whole) == 9
    parts = [answer.json()["series"] for answer in answers(client, f"{address}&step=day&window=7d&limit=5")]
    assert max(sum(len(one["points"]) for one in part) for part in parts) == 5
    joined: dict[str, list[Any]] = {}
    for part in parts:
        for one in part:
            joined.setdefault(one["model"], []).extend(one["points"])
    assert joined == {one["model"]: one["points"] for one in whole}
    table = f"{address}&step=hour&format=csv"
    rows = [list(csv.reader(StringIO(one.content.decode()))) for one in answers(client, f"{table}&limit=4")]
    assert [row for part in rows for row in part[1:]] == list(csv.reader(StringIO(client.get(table).content.decode())))[
        1:
    ]
    assert [len(part) - 1 for part in rows] == [4, 4, 1]
    for wrong in ("limit=0", "limit=1001", "step=hour&limit=1501", "format=csv&limit=5001", "offset=-1", "limit=1_0"):
        assert client.get(f"{address}&{wrong}").status_code == 400, wrong
    assert client.get("/api/v1/incidents?limit=1001").status_code == 400
    assert client.get("/api/v1/incidents")["X-Total-Count"] == "0"


def test_models_without_a_call_follow_those_with_calls(client: Client) -> None:
    make_large_world(9)
    address = "/api/v1/performance?by=model&window=1h&limit=4"
    found = [one["model"] for answer in answers(client, address) for one in answer.json()["without_data"]]
    assert found == [f"model-{n:04}" for n in range(9)]
