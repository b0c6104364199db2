"""A prompt has at most 32,000 characters wherever it is given, and the refusal says so."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django import forms
from django.test import Client

from arena.exchange import dataset_files
from arena.exchange.restore_rows import restore_rows
from arena.models import Competition
from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.openapi import document
from lumenboard.gateway.request_spec import read_request_spec
from lumenboard.pages.playground.page import CannotSend, send_to_draft
from providers.catalogue.checks import problems_in
from providers.names import LONGEST_PROMPT
from providers.sheet import CuratedImageSheet
from tests.accounts.factories import make_operator
from tests.catalogue.factories import make_sheet
from tests.extremes.every_form import every_form

pytestmark = pytest.mark.django_db
LONG, TOO_LONG = "é" * 32_000, "é" * 32_001


def test_the_gateway() -> None:
    assert len(read_request_spec({"model": "heron", "prompt": LONG}, "text-to-image").prompt) == 32_000
    with pytest.raises(GatewayError, match="32,001 characters; allowed are 32,000"):
        read_request_spec({"model": "heron", "prompt": TOO_LONG}, "text-to-image")


def test_the_gateways_document() -> None:
    bounds = [schema["maxLength"] for schema in prompts_of(document())]
    assert bounds
    assert set(bounds) == {LONGEST_PROMPT}


def prompts_of(part: Any) -> Iterator[dict[str, Any]]:
    """What the document says of every property called prompt."""
    for name, inner in part.items() if isinstance(part, dict) else ():
        if name == "properties" and "prompt" in inner:
            yield inner["prompt"]
        yield from prompts_of(inner)
    for inner in part if isinstance(part, list) else ():
        yield from prompts_of(inner)


def test_every_form_that_asks_for_a_prompt_bounds_it() -> None:
    fields = {
        f"{name}: {field}": made.base_fields[field]  # type: ignore[attr-defined]
        for name, made in every_form().items()
        for field in ("prompt", "example_prompt")
        if field in made.base_fields  # type: ignore[attr-defined]
    }
    assert {re.split("[ :]", name)[0] for name in fields} >= {
        "Competition",
        "ImageModel",
        "NewCompetitionForm",
        "ArrangeForm",
    }
    for name, field in fields.items():
        assert isinstance(field, forms.CharField), name
        assert field.max_length is not None, name
        assert field.max_length <= LONGEST_PROMPT, name


def test_the_form_of_a_competition_says_so_beside_the_field(client: Client) -> None:
    client.force_login(make_operator())
    asked = {"title": "A red fox", "mode": "text-to-image", "prompt": TOO_LONG, "visibility": "public"}
    answer = client.post("/ops/competitions/new", asked)
    assert "at most 32000 characters (it has 32001)" in answer.content.decode()
    assert not Competition.objects.exists()
    client.post("/ops/competitions/new", asked | {"prompt": LONG})
    assert Competition.objects.get().prompt == LONG


def test_pictures_of_the_playground_are_not_sent_with_a_cut_prompt() -> None:
    with pytest.raises(CannotSend, match="prompt: it has 32,001 characters"):
        send_to_draft(["req_1", "req_2"], TOO_LONG, "text-to-image")


def test_a_sheet_of_the_catalogue() -> None:
    picture = CuratedImageSheet(prompt=TOO_LONG, url="https://example.org/a.png")
    sheet = replace(make_sheet(), example_prompt=TOO_LONG, curated_images=(picture,))
    problems = {one.field: one.allowed for one in problems_in(sheet)}
    assert problems == dict.fromkeys(("example_prompt", "curated_images[1].prompt"), "at most 32,000 characters")
    fine = replace(sheet, example_prompt=LONG, curated_images=(replace(picture, prompt=LONG),))
    assert problems_in(fine) == []


def test_a_dataset_brings_back_what_was_stored_before_there_was_a_bound(tmp_path: Any) -> None:
    row = {"public_id": "abc", "title": "A red fox", "prompt": TOO_LONG, "mode": "text-to-image"}
    row |= {"categories": [], "source_image": None, "created_at": "2026-11-01T00:00:00Z", "status": "open"}
    for name in (dataset_files.CATEGORIES, dataset_files.ENTRIES, dataset_files.EXCLUSIONS):
        (tmp_path / name).write_text("")
    dataset_files.write_lines(tmp_path / dataset_files.COMPETITIONS, [row])
    restore_rows(tmp_path, lambda _: None)
    assert Competition.objects.get(public_id="abc").prompt == TOO_LONG
