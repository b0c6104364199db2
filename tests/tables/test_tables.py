"""Tables over REST: pages by cursor, chosen columns, filters, files that stream, and refusals in our words."""

import csv
import json
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from arena.models import Category, Competition, Entry, PromptSuggestion, Vote
from lumenboard.api.tables.resources import TABLES
from providers.models import Endpoint, PriceComponent, Provider
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db


def get(path: str, status: int = 200, **headers: str):
    answer = Client().get(f"/api/v1/{path}", headers=headers)
    assert answer.status_code == status, answer.content
    return answer


def streamed(path: str) -> bytes:
    return b"".join(get(path).streaming_content)


def make_battles(count: int = 5):
    competition = make_competition("Tin robots")
    first, second = make_model("=Alder", slug="alder"), make_model("Birch", slug="birch")
    make_votes(competition, (first, second, "left", count - 2), (second, first, "both_bad", 2))
    return competition, first, second


def test_pages_follow_one_another_without_gap_or_repeat() -> None:
    make_battles(7)
    seen, cursor = [], ""
    while True:
        page = get(f"votes?limit=3&cursor={cursor}").json()
        seen += [vote["number"] for vote in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == list(Vote.objects.order_by("number").values_list("number", flat=True))


def test_a_page_ordered_by_a_column_with_equal_values_loses_none() -> None:
    titles = ["B", "A", "B", "A", "B"]
    made = {make_competition(title).public_id for title in titles}
    seen, cursor = [], ""
    for _ in range(5):
        page = get(f"competitions?sort=-title&limit=2&cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == 5
    assert set(seen) == made


def test_a_cursor_of_another_order_is_refused() -> None:
    for title in "ABC":
        make_competition(title)
    cursor = get("competitions?sort=title&limit=1").json()["next"]
    assert "belongs to sort=title" in get(f"competitions?limit=1&cursor={cursor}", 400).json()["detail"]


def test_columns_can_be_chosen() -> None:
    make_competition("Tin robots")
    assert get("competitions?fields=title,mode").json()["items"] == [{"title": "Tin robots", "mode": "text-to-image"}]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("fields=title,secret", "fields: 'secret' is not allowed"),
        ("sort=prompt", "sort: 'prompt' is not allowed; use created_at, -created_at"),
        ("limit=0", "limit: '0' is not allowed; use a whole number from 1 to 1000"),
        ("limit=9999", "limit:"),
        ("mode=video", "mode: 'video' is not allowed; use text-to-image, image-edit"),
        ("colour=red", "colour: is not known; allowed are"),
        ("cursor=%%%", "cursor: is none of ours"),
        ("cursor=WzEsMl0", "cursor: is none of ours"),
        ("format=xml", "format: 'xml' is not allowed"),
        ("category=%00", "category: holds the character NUL"),
    ],
)
def test_what_is_not_allowed_is_said(query: str, said: str) -> None:
    answer = get(f"competitions?{query}", 400)
    assert answer["Content-Type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_drafts_and_held_entries_are_not_public() -> None:
    competition, draft, model = make_competition("Open"), make_competition("Draft", status="draft"), make_model()
    shown = make_entry(competition, model, image=make_image(), seed=7, cost_usd=Decimal("0.005"))
    make_entry(competition, model, image=make_image(), status="held")
    make_entry(draft, model, image=make_image())
    assert [one["id"] for one in get("competitions").json()["items"]] == [competition.public_id]
    (entry,) = get("entries").json()["items"]
    assert (entry["id"], entry["cost_usd"], entry["seed"]) == (shown.public_id, "0.005000000", 7)
    assert entry["image"].endswith(f"/images/{shown.image.sha256}")


def test_votes_wait_out_the_delay_and_have_of_a_voter_a_pseudonym_alone(settings) -> None:
    make_battles(4)
    newest = Vote.objects.order_by("-number")[0]
    Vote.objects.filter(pk=newest.pk).update(cast_at=timezone.now() - timedelta(hours=3))
    assert len(get("votes").json()["items"]) == 3
    settings.VOTES_DELAY_HOURS = 2
    items = get("votes").json()["items"]
    assert len(items) == 4
    assert set(items[0]) == {
        *("number", "battle", "competition", "model_a", "model_b", "winner", "counted"),
        *("criterion", "voter", "weight_reason"),
    }
    assert {item["voter"] for item in items} == {None}


def test_csv_is_the_same_table_with_formulas_made_harmless() -> None:
    make_competition("=cmd()", prompt="a\nb, c")
    make_competition("Plain")
    make_competition("'=cmd()")
    rows = list(csv.DictReader(StringIO(streamed("competitions?format=csv&sort=title").decode())))
    titles = {row["title"]: row for row in rows}
    assert set(titles) == {"'=cmd()", "Plain", "''=cmd()"}
    assert titles["'=cmd()"]["prompt"] == "a\nb, c"
    assert rows[0]["is_demo"] == "false"


def test_ndjson_has_a_line_for_each_row_with_the_values_of_json() -> None:
    competition = make_competition('Quotes " and \\ back\u2028slashes', prompt="two\nlines\tand a tab")
    category = Category.objects.create(slug="toys", name="Toys", mode="text-to-image")
    competition.categories.add(category)
    (line,) = streamed("competitions?format=ndjson&category=toys").splitlines()
    found = json.loads(line)
    page = get("competitions?category=toys").json()["items"][0]
    assert {name: found[name] for name in ("title", "prompt", "id")} == {
        name: page[name] for name in ("title", "prompt", "id")
    }


def test_parquet_holds_the_table() -> None:
    import duckdb

    make_battles(6)
    content = streamed("votes?format=parquet")
    file = ContentFile(content)
    assert file.size > 0
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".parquet") as target:
        target.write(content)
        target.flush()
        rows = duckdb.sql(f"SELECT winner, count(*) FROM '{target.name}' GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [("model_a", 4), ("tie (bothbad)", 2)]


def test_prices_keep_their_history() -> None:
    provider = Provider.objects.create(slug="harbor", name="Harbor")
    endpoint = Endpoint.objects.create(
        key="harbor/x", model=make_model(slug="x"), provider=provider, provider_model_id="x", modes=["text-to-image"]
    )
    past = timezone.now() - timedelta(days=9)
    PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd="0.02", valid_to=past)
    PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd="0.015", valid_from=past)
    items = get("prices?endpoint=harbor/x").json()["items"]
    assert [one["amount_usd"] for one in items] == ["0.020000000", "0.015000000"]
    assert get("endpoints?model=x&fields=key,modes").json()["items"] == [
        {"key": "harbor/x", "modes": ["text-to-image"]}
    ]


def test_a_suggestion_is_public_with_the_competition_made_of_it() -> None:
    PromptSuggestion.objects.create(prompt="yes", mode="text-to-image", status="accepted")
    PromptSuggestion.objects.create(prompt="no", mode="text-to-image")
    made = make_competition(prompt="yes", status="draft")
    assert get("suggestions").json()["items"] == []
    Competition.objects.filter(pk=made.pk).update(status="open")
    assert [one["prompt"] for one in get("suggestions").json()["items"]] == ["yes"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_one_query_in_every_form(table, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_battles()
    with django_assert_num_queries(1):
        get(table.name)
    for form in ("csv", "ndjson"):
        assert streamed(f"{table.name}?format={form}") is not None
    for sort in table.sorts:
        get(f"{table.name}?sort=-{sort}&limit=1")


def test_the_entries_of_a_model_can_be_asked_for() -> None:
    competition = make_competition()
    for slug in ("alder", "birch"):
        make_entry(competition, make_model(slug=slug), image=make_image())
    assert [one["model"] for one in get("entries?model=alder").json()["items"]] == ["alder"]
    assert Entry.objects.count() == 2


def test_bytes_are_what_the_file_says() -> None:
    make_battles()
    answer = get("votes?format=csv")
    assert answer["Content-Disposition"] == 'attachment; filename="votes.csv"'
    assert BytesIO(b"".join(answer.streaming_content)).readline().startswith(b"number,battle,")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_file_of_many_rows_passes_through_in_little_memory(form: str) -> None:
    make_battles(30_000)
    blocks = get(f"votes?format={form}").streaming_content
    next(blocks)
    tracemalloc.start()
    try:
        rest = sum(len(block) for block in blocks)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rest > 2_000_000
    assert most < 500_000


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_filter_takes_every_value_it_allows(table) -> None:
    for one in table.filters:
        for value in one.allowed or ({"time": "2026-11-01T00:00:00Z"}.get(one.kind, "some text"),):
            get(f"{table.name}?{one.name}={value}")
