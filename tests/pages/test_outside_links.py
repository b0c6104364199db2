"""Addresses that others gave are links only where they lead to a web page, however they came into the table."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client

from lumenboard.formatting import web_address
from tests.catalogue.factories import full_sheet, store
from tests.facts.factories import make_reported_standing

HREF = re.compile(r'(?:href|src|action)="\s*(?!https?:|/|\?|#|data:image/|mailto:|")([^"]+)"', re.IGNORECASE)
BAD = "JavaScript:alert(document.domain)"


def address_fields() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.URLField) and model.__module__.startswith(("arena", "providers"))
    ]


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTP://a.example", "HTTP://a.example"),
        *(
            (bad, "")
            for bad in (BAD, "", None, "data:text/html,x", " https://a.example", "java\nscript:x", "//a.example")
        ),
    ],
)
def test_only_web_addresses_are_links(address: str | None, link: str) -> None:
    assert web_address(address) == link


@pytest.mark.django_db
def test_no_page_links_what_is_no_web_address(client: Client) -> None:
    model = store(full_sheet())[0]
    make_reported_standing(model, image_url="https://pictures.example/1")
    path = model.get_absolute_url()
    parts = ("", "/about", "/providers", "/api", "/benchmarks", "/use-cases", "/gallery")
    provider = model.endpoints.first().provider
    pages = [*(path + part for part in parts), provider.get_absolute_url(), "/providers", "/models"]
    before = "".join(client.get(page).content.decode() for page in pages)
    stored = {
        (model, field): model.objects.exclude(**{field: ""}).values_list(field, flat=True)
        for model, field in address_fields()
    }
    shown = [str(value) for values in stored.values() for value in values if f'href="{value}"' in before]
    assert len(set(shown)) >= 3, "the pages of a full model show addresses as links"
    for model_class, field in address_fields():
        model_class.objects.update(**{field: BAD})
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert HREF.findall(answer.content.decode()) == [], page


def test_templates_link_stored_addresses_by_the_filter_alone() -> None:
    names = "|".join({field for _, field in address_fields()} - {"url"})
    raw = re.compile(r'(?:href|src)="\{\{ *(?:[\w.]*\.)?(?:' + names + r") *\}\}")
    found = [page.name for page in (settings.BASE_DIR / "templates").rglob("*.html") if raw.search(page.read_text())]
    assert found == []
