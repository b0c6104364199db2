"""The playground's page, its code, and its pictures as a draft competition."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.models import Competition
from lumenboard.facts.request_code import request_code
from lumenboard.facts.types import Site
from providers.models import Endpoint, GatewayRequest
from tests.dispatch.factories import make_endpoint, make_intent
from tests.dispatch.plain import png
from tests.gateway.test_traces import make_request

SITE = Site(name="lumenboard", url="http://127.0.0.1:8000")
HOSTILE = 'it\'s "a" boat\n</code><script>$(rm)'


def make_answered(endpoint: Endpoint) -> GatewayRequest:
    row = make_request(model=endpoint.model)
    name = default_storage.save(f"media/{row.uuid.hex}.png", ContentFile(png(64, 64)))
    at = row.created_at
    ends = {"submitting_at": at, "fetched_at": at, "finished_at": at, "cost_usd": 0, "cost_basis": "price"}
    make_intent(endpoint, source="gateway", state="done", request_id=row.uuid, results=[{"name": name}], **ends)
    return row


@pytest.mark.django_db
def test_the_form_is_drawn_from_the_schema_within_few_queries(client: Client) -> None:
    endpoint = make_endpoint()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/playground?model={endpoint.model.slug}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert len(queries) <= 12
    assert 'data-operation="/openai/v1/images/generations"' in text
    for name in ("prompt", "seed", "size", "n"):
        assert f'name="{name}"' in text
    assert f'data-target="{endpoint.provider.slug}/{endpoint.model.slug}"' in text
    assert "playground/send" not in text


@pytest.mark.django_db
def test_without_a_model_one_is_picked_and_an_unknown_one_is_not_found(client: Client) -> None:
    assert "No model can be called" in client.get("/playground").content.decode()
    make_endpoint()
    assert "Open</button>" in client.get("/playground").content.decode()
    assert client.get("/playground?model=nobody%25").status_code == 404


@pytest.mark.django_db
def test_the_code_follows_the_form_and_never_holds_markup(client: Client) -> None:
    slug = make_endpoint().model.slug
    fields = {"model": slug, "mode": "text-to-image", "prompt": HOSTILE, "seed": "7", "n": "2", "made_up": "x"}
    text = client.get("/playground/code", fields).content.decode()
    assert "&quot;seed&quot;: 7" in text
    assert "<script>" not in text
    assert "made_up" not in text


@pytest.mark.parametrize("mode", ["text-to-image", "image-edit"])
def test_python_code_compiles_and_says_what_was_asked(mode: str) -> None:
    python = request_code(SITE, mode, {"model": "boat", "prompt": HOSTILE, "seed": 7})[2].code
    compile(python, "example", "exec")
    assert json.dumps(HOSTILE) in python
    assert 'extra_body={"seed": 7}' in python


@pytest.mark.django_db
def test_pictures_of_two_models_become_a_draft(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    rows = [make_answered(make_endpoint()) for _ in range(2)]
    sent = {"requests": " ".join(row.public_id for row in rows), "prompt": "a boat", "mode": "text-to-image"}
    answer = client.post("/playground/send", sent)
    made = Competition.objects.get()
    assert answer["Location"] == f"/ops/competitions/{made.public_id}"
    assert made.status == "draft"
    assert made.entries.filter(image__isnull=False, status="held").count() == 2


@pytest.mark.django_db
def test_one_model_alone_makes_no_draft_and_strangers_make_none(client: Client) -> None:
    row = make_answered(make_endpoint())
    sent = {"requests": row.public_id, "prompt": "a boat", "mode": "text-to-image"}
    assert client.post("/playground/send", sent).status_code == 302
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    assert client.post("/playground/send", sent)["Location"] == "/playground"
    assert not Competition.objects.exists()


@pytest.mark.django_db
def test_a_models_page_leads_to_the_playground(client: Client) -> None:
    model = make_endpoint().model
    model.modes = ["text-to-image"]
    model.save()
    path = f"/playground?model={model.slug}&amp;mode=text-to-image"
    assert f'href="{path}"' in client.get(f"{model.get_absolute_url()}/api").content.decode()
