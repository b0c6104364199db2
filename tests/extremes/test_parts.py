"""What comes page by page is all there is, once and in order: over REST and on pages."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arena.boards.rank_webhooks import enqueue_rank_messages
from arena.models import Board, BoardMessage, BoardWebhook, Competition, Schedule, ToldBoard
from tests.extremes.large_world import LargeWorld, make_large_world, make_snapshot

pytestmark = pytest.mark.django_db
NEXT: Final = re.compile(r'<([^>]+)>; rel="next"')
NUMBER: Final = 260


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


def pages(client: Client, address: str, name: str = "page") -> str:
    """The text of all pages, as their links lead on."""
    texts, number = [], 1
    while True:
        text = client.get(f"{address}?{name}={number}").content.decode()
        texts.append(text)
        number += 1
        if not re.search(rf'rel="next" href="\?{name}={number}["#]', text):
            return "".join(texts)


@pytest.fixture
def world() -> LargeWorld:
    return make_large_world(NUMBER)


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


def test_every_competition_is_on_the_lists_of_boards_once(client: Client, world: LargeWorld) -> None:
    keys = sorted(Board.objects.filter(kind="competition").values_list("key", flat=True))
    assert len(keys) == NUMBER + 1
    index = pages(client, "/leaderboards")
    assert sorted(re.findall(r'class="row-title"><a href="/leaderboards/(competition-\w+)"', index)) == keys
    assert index.count('href="/leaderboards/category-large-text-to-image"') == index.count("<h1")
    for kind in ("mode", "category"):
        text = pages(client, f"/leaderboards/{world.boards[kind].key}", "competitions")
        assert sorted(re.findall(r'class="row-title"><a href="/leaderboards/(competition-\w+)"', text)) == keys
        assert f"1–250 of {NUMBER + 1}" in text
    # rows and competitions turn by themselves
    text = client.get(f"/leaderboards/{world.boards['mode'].key}?page=2&competitions=2").content.decode()
    assert f"251–{NUMBER} of {NUMBER}" in text
    assert f"251–{NUMBER + 1} of {NUMBER + 1}" in text
    assert 'href="?page=2&amp;competitions=1#competitions"' in text
    assert 'href="?page=1&amp;competitions=2"' in text


def test_what_a_model_has_and_shares_with_another_is_all_there_once(client: Client, world: LargeWorld) -> None:
    text = pages(client, "/compare/model-0003/model-0004")
    titles = {f"Competition {n:04}" for n in range(NUMBER)}
    tallies, pictures, boards = (
        re.findall(expression, text)
        for expression in (
            r'<th scope="row"><a href="/competitions/\w+">(Competition \d+)</a>',
            r'<h3><a href="/competitions/\w+">(Competition \d+)</a></h3>',
            r'<th scope="row"><a href="/leaderboards/competition-\w+">(Competition \d+)</a>',
        )
    )
    for found in (tallies, pictures, boards):
        assert (len(found), set(found)) == (NUMBER, titles)
    # all battles, on every page: those of the large competition too
    assert text.count(f'data-label="n">{9 * NUMBER + 4:,}<') == 3
    # and on pages of one of them
    for page in ("benchmarks", "gallery"):
        found = re.findall(r">(Competition \d+)</a>", pages(client, f"/models/atelier/model-0003/{page}"))
        assert (len(found), set(found)) == (NUMBER, titles), page


def test_what_moved_on_a_large_board_is_named_from_the_top_and_counted(client: Client, world: LargeWorld) -> None:
    board = world.boards["competition"]
    for days in range(4, 14):  # there and back; the one of three days ago stands as that of four
        make_snapshot(
            board, world.models[:: -1 if days % 2 == 0 else 1], timezone.now() - timedelta(days=days), is_current=False
        )
    with CaptureQueriesContext(connection) as queries:
        feed = client.get(f"/leaderboards/{board.key}/changes.atom").content.decode()
    assert (feed.count(f"{NUMBER - 25} others moved."), feed.count(": #"), feed.count("<entry>")) == (10, 250, 10)
    assert len(queries) <= 8
    webhook = BoardWebhook.objects.create(name="Hook", url="https://hooks.example/1")
    webhook.boards.set([board])
    ToldBoard.objects.create(webhook=webhook, board=board, snapshot_id=world.snapshots[0])
    assert enqueue_rank_messages(timezone.now()) == 1
    told = BoardMessage.objects.get().body["data"]
    assert (told["moved"], [one["rank"] for one in told["models"]]) == (NUMBER, list(range(1, 251)))
    # the numbers of a provider's models
    texts = [client.get(f"/analytics?provider=fal&page={page}").content.decode() for page in (1, 2)]
    lines = [re.findall(r'<th scope="row"><a href="(/models/atelier/model-\d+)/', text) for text in texts]
    assert [len(one) for one in lines] == [100, 30]
    assert len({*lines[0], *lines[1]}) == NUMBER // 2
    assert "Charts are of the 40 with most calls." in texts[1]


def test_a_competition_among_very_many_is_merged_by_its_id_and_shows_its_schedules_by_the_page(
    admin_client: Client,
) -> None:
    alike = {"mode": "text-to-image", "prompt": "A heron", "status": "closed"}
    kept, *others = Competition.objects.bulk_create(Competition(title=f"C {n}", **alike) for n in range(502))
    page = f"/ops/competitions/{kept.public_id}/merge"
    text = admin_client.get(page).content.decode()
    assert 'name="gone"' in text
    assert "<option" not in text
    assert admin_client.post(page, {"gone": "nothing"}).status_code == 400
    assert admin_client.post(page, {"gone": others[-1].public_id}).status_code == 303
    assert not Competition.objects.filter(pk=others[-1].pk).exists()
    Schedule.objects.bulk_create(
        Schedule(competition=kept, cadence="daily", width_px=64, height_px=64) for _ in "a" * 30
    )
    text = pages(admin_client, f"/ops/competitions/{kept.public_id}", "schedules")
    assert len(set(re.findall(r'href="(/ops/schedules/\d+)"', text))) == 30


def test_a_map_of_the_site_too_long_for_one_file_is_several(client: Client) -> None:
    made = Competition.objects.bulk_create(
        Competition(title=f"C {n}", mode="text-to-image", status="open") for n in range(2501)
    )
    index = client.get("/sitemap.xml").content.decode()
    files = [unescape(one) for one in re.findall("<loc>(.*?)</loc>", index)]
    assert len(files) == 7
    found = [one for file in files for one in re.findall("<loc>(.*?)</loc>", client.get(file).content.decode())]
    assert {f"http://127.0.0.1:8000{one.get_absolute_url()}" for one in made} <= set(found)
    assert len(found) == len(set(found))
    for wrong in ("section=nothing", "section=competitions&p=4", "section=competitions&p=x"):
        assert client.get(f"/sitemap.xml?{wrong}").status_code == 404


def test_operators_turn_the_pages_of_a_run_and_of_budgets_and_see_the_first_of_a_plan(
    admin_client: Client, world: LargeWorld
) -> None:
    for address in ("/ops/runs/1", "/ops/runs/1/progress"):
        texts = [admin_client.get(f"{address}?page={number}").content.decode() for number in (1, 2)]
        found = [re.findall(r'id="picture-(\d+)"', text) for text in texts]
        assert [len(one) for one in found] == [250, NUMBER - 250]
        assert len({*found[0], *found[1]}) == NUMBER
        assert f"of {NUMBER} pictures have ended" in texts[1]
    assert 'hx-get="/ops/runs/1/progress?page=2"' in admin_client.get("/ops/runs/1?page=2").content.decode()
    text = pages(admin_client, "/ops/spending", "budgets")
    assert text.count("<small>Schedule</small>") + text.count("<small>schedule</small>") == NUMBER
    # a plan shows the first and counts all
    page = f"/ops/competitions/{world.competition.public_id}/schedules/1"
    text = admin_client.get(page).content.decode()
    assert text.count('data-label="Pictures"') + text.count('colspan="3"') == 251  # and the total
    assert f"and the others, {NUMBER} models in all" in text
    assert text.count('type="hidden" name="model"') == NUMBER
    assert 'type="hidden" name="endpoint-' not in text


def test_texts_and_choices_name_the_first_and_lead_to_the_rest(client: Client) -> None:
    make_large_world(520)
    parts = [client.get(f"/api/v1/models/model-0003?page={page}") for page in (1, 2, 3)]
    assert [len(part.json()["standings"]) for part in parts] == [500, 23, 0]
    assert {part["X-Total-Count"] for part in parts} == {"523"}
    kinds = [one["kind"] for one in parts[0].json()["standings"][:3]]
    assert kinds == ["mode", "category", "competition"]
    text = client.get("/models/atelier/model-0003/llms.txt").content.decode()
    assert "22 more: http://127.0.0.1:8000/models/atelier/model-0003/benchmarks" in text
    text = client.get("/llms.txt").content.decode()
    assert "23 more boards](http://127.0.0.1:8000/api/v1/leaderboards?offset=500)" in text
    assert text.count("/leaderboards/competition-") == 498
    last = Board.objects.get(competition__title="Competition 0519").key
    assert f'value="{last}"' not in client.get("/methodology").content.decode()
    assert f'value="{last}" selected' in client.get(f"/methodology?board={last}").content.decode()
    assert client.get("/methodology?board=nowhere").status_code == 200
