"""The operator's screens of the catalogue open in few queries, find rows and lead to the site."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from providers.catalogue.diff import differences
from providers.catalogue.exchange import import_catalogue
from providers.catalogue.rows import read_sheets
from providers.models import Creator, Endpoint, ImageModel
from tests.catalogue.factories import (
    DEMO,
    full_sheet,
    make_priced_endpoint,
    make_sheet,
    store,
)
from tests.catalogue.forms import errors_of, form_of, page_of
from tests.catalogue.wide import wide_sheet

pytestmark = pytest.mark.django_db
CATALOGUE = {"creator", "endpoint", "family", "imagemodel", "provider"}
OURS = sorted((m for m in admin.site._registry if m._meta.model_name in CATALOGUE), key=lambda m: m.__name__)
NAMES = [model._meta.model_name for model in OURS]


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return len(queries)


def test_what_an_operator_works_on_has_a_screen() -> None:
    assert set(NAMES) == CATALOGUE


@pytest.mark.parametrize("name", NAMES)
def test_a_list_takes_no_more_queries_for_more_rows(name: str, operator: Client) -> None:
    url = reverse(f"admin:providers_{name}_changelist")
    store(wide_sheet("one", 2))
    few = queries_of(operator, url)
    store(*[wide_sheet(f"more-{number}", 2) for number in range(4)])
    Creator.objects.create(slug="another", name="Another")
    assert queries_of(operator, url) <= few
    assert few <= 8


@pytest.mark.parametrize("name", NAMES)
def test_a_form_takes_no_more_queries_for_more_rows(name: str, operator: Client) -> None:
    def queries(slug: str) -> int:
        model = ImageModel.objects.get(slug=slug)
        endpoint = model.endpoints.get(provider__slug="p0")
        rows = {"imagemodel": model, "endpoint": endpoint, "creator": model.creator, "family": model.family}
        return queries_of(operator, page_of(rows.get(name, endpoint.provider)))

    store(wide_sheet("narrow", 1), wide_sheet("wide", 6))
    queries("narrow")
    assert queries("wide") <= queries("narrow") <= 20


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_form_opens(name: str, operator: Client) -> None:
    assert queries_of(operator, reverse(f"admin:providers_{name}_add")) <= 8


def test_saving_an_untouched_page_changes_nothing(operator: Client) -> None:
    import_catalogue([str(DEMO / "z-image-turbo.toml"), str(DEMO / "aster-3.toml")])
    store(full_sheet(), wide_sheet("wide", 2))
    before = read_sheets()
    for row in [*ImageModel.objects.all(), *Endpoint.objects.all()]:
        answer = operator.post(page_of(row), form_of(operator, page_of(row)))
        assert answer.status_code == 302, errors_of(answer)
    after = read_sheets()
    assert [change for slug in before for change in differences(before[slug], after[slug])] == []


def test_a_provider_with_endpoints_keeps_its_slug(operator: Client) -> None:
    provider = make_priced_endpoint().provider
    form = form_of(operator, page_of(provider))
    assert "slug" not in form
    operator.post(page_of(provider), form | {"slug": ["renamed"], "name": ["Renamed"]})
    provider.refresh_from_db()
    assert (provider.slug, provider.name) == ("fal", "Renamed")


def test_makers_in_use_are_not_deleted(operator: Client) -> None:
    endpoint = make_priced_endpoint()
    for row in (endpoint.provider, endpoint.model.creator):
        url = reverse(f"admin:providers_{row._meta.model_name}_delete", args=[row.pk])
        assert "protected" in operator.get(url).content.decode()
        operator.post(url, {"post": "yes"})
        assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=heron-latest", {"heron-2"}),
        ("mode=image-edit", {"heron-2"}),
        ("tag=open-weights", {"heron-2"}),
        ("status__exact=active", {"plain"}),
        ("q=marsh", {"heron-2", "plain"}),
    ],
)
def test_models_are_found_by_alias_mode_tag_status_and_creator(query: str, found: set, operator: Client) -> None:
    store(full_sheet(), make_sheet("plain"))
    answer = operator.get(f"{reverse('admin:providers_imagemodel_changelist')}?{query}")
    assert {model.slug for model in answer.context["cl"].result_list} == found


def test_pages_of_the_site_are_one_click_away(operator: Client) -> None:
    (model,) = store(full_sheet())
    endpoint = model.endpoints.get()
    for row, url in (
        (model, "/models/marsh-labs/heron-2"),
        (endpoint, "/models/marsh-labs/heron-2/providers"),
        (endpoint.provider, "/providers/fal"),
        (model.creator, "/models?creator=marsh-labs"),
    ):
        for page in (page_of(row), reverse(f"admin:providers_{row._meta.model_name}_changelist")):
            assert f'href="{url}"' in operator.get(page).content.decode(), page
        assert operator.get(url).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_no_page_carries_script_or_style_of_its_own(name: str, operator: Client) -> None:
    store(full_sheet())
    row = next(model for model in OURS if model._meta.model_name == name).objects.first()
    for url in (page_of(row), reverse(f"admin:providers_{name}_changelist")):
        text = operator.get(url).content.decode()
        assert "<script>" not in text
        assert ' style="' not in text
        assert " onclick=" not in text
