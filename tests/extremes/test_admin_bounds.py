"""Pages of /admin take few queries and stay small, however many rows their tables have and whatever these name."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.models import Competition, Entry, Tally
from providers.admin.deletions import MOST_COUNTED
from providers.admin.inlines import PER_PAGE
from providers.models import Creator, ImageModel, Provider
from tests.arena.factories import make_competition, make_entry, make_image, make_model
from tests.catalogue.forms import errors_of, form_of
from tests.extremes.every_row import admin_addresses, make_every_row
from tests.extremes.large_world import make_large_world

pytestmark = pytest.mark.django_db
MOST_QUERIES: Final = 12
ROWS: Final = 10


def test_every_page_takes_few_queries(admin_client: Client) -> None:
    make_every_row(ROWS)
    assert [model for model in site._registry if model._default_manager.count() < ROWS] == []
    wrong = []
    for address in admin_addresses():
        with CaptureQueriesContext(connection) as queries:
            answer = admin_client.get(address)
        assert answer.status_code in {200, 403}, address
        if len(queries) > MOST_QUERIES:
            wrong.append((address, len(queries), [query["sql"][:200] for query in queries]))
    assert wrong == []


def change_page(row: Any, query: str = "") -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/{query}"


def entries_on(client: Client, competition: Competition, query: str) -> list[int]:
    formsets = client.get(change_page(competition, query)).context["inline_admin_formsets"]
    return [form.instance.pk for form in formsets[0].formset.initial_forms]


def test_entries_of_a_competition_are_shown_and_saved_a_page_at_a_time(admin_client: Client) -> None:
    competition, number = make_competition(), 2 * PER_PAGE + 3
    made = [make_entry(competition, make_model(f"Model {n:04}"), image=make_image()).pk for n in range(number)]
    pages = [entries_on(admin_client, competition, query) for query in ("", "?rows=2", "?rows=3", "?rows=4")]
    assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 3, 0]
    assert [pk for page in pages for pk in page] == made
    assert entries_on(admin_client, competition, "?rows=1_0") == pages[0]
    text = admin_client.get(change_page(competition, "?rows=2")).content.decode()
    assert f"{PER_PAGE + 1}–{2 * PER_PAGE} of {number}" in text
    assert 'rel="prev" href="?rows=1"' in text
    assert 'rel="next" href="?rows=3"' in text
    address = change_page(competition, "?rows=3")
    form = form_of(admin_client, address)
    form["entries-1-status"] = ["retired"]
    answer = admin_client.post(address, form)
    assert answer.status_code == 302, errors_of(answer)
    assert list(Entry.objects.filter(status="retired").values_list("pk", flat=True)) == [made[2 * PER_PAGE + 1]]
    assert Entry.objects.filter(competition=competition).count() == number


def test_few_entries_stand_together_without_a_word_of_pages(admin_client: Client) -> None:
    competition = make_competition()
    make_entry(competition, make_model(), image=make_image())
    assert 'class="paginator"' not in admin_client.get(change_page(competition)).content.decode()


def delete_page(client: Client, row: Any) -> str:
    text = client.get(change_page(row).replace("/change/", "/delete/")).content.decode()
    return " ".join(text.split())


def test_what_goes_with_a_row_is_counted_and_what_keeps_it_is_named(admin_client: Client) -> None:
    make_large_world(MOST_COUNTED + 30)
    creator, provider, model = Creator.objects.get(), Provider.objects.first(), ImageModel.objects.first()
    assert provider is not None
    assert model is not None
    page = delete_page(admin_client, creator)
    assert f"Model: {model}" in page
    assert "and over 990 more models" in page
    assert "Are you sure" not in page
    assert "and 505 more endpoints" in delete_page(admin_client, provider)
    assert re.search(r"<li>[\d,]+ tallies</li>", delete_page(admin_client, model))
    Tally.objects.all().delete()
    assert "Entry: " in delete_page(admin_client, model)
    Entry.objects.all().delete()
    page = delete_page(admin_client, model)
    assert "Are you sure" in page
    assert "<li>Endpoints: 1</li>" in page
    assert "<li>Standings: 6</li>" in page
    admin_client.post(change_page(model).replace("/change/", "/delete/"), {"post": "yes"})
    assert not ImageModel.objects.filter(pk=model.pk).exists()
