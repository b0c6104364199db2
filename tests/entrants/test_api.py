"""POST /api/v1/entries, and what becomes of it."""

import json
from base64 import b64encode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from arena.entrants.run_apply import apply_upload, read_upload
from arena.models import Competition, EntrantUpload, Entry
from providers.accounts.api_keys import create_api_key
from providers.models import ApiKey
from tests.arena.factories import make_competition, make_model
from tests.entrants.factories import nothing_written, picture

pytestmark = pytest.mark.django_db
URL = "/api/v1/entries"


@pytest.fixture
def key() -> str:
    return create_api_key("ci", scopes=["entries:write"]).text


def data_uri(content: bytes) -> str:
    return f"data:image/png;base64,{b64encode(content).decode()}"


def send(client: Client, key: str, word: str, *entries: dict[str, str], **fields):
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": word}
    body = json.dumps({"entries": entries, **fields})
    return client.post(URL, body, content_type="application/json", headers=headers)


def run(public_id: str) -> EntrantUpload:
    upload = EntrantUpload.objects.get(public_id=public_id)
    read_upload(upload.pk)
    apply_upload(upload.pk)
    upload.refresh_from_db()
    return upload


def test_pictures_become_held_entries_once(client: Client, key: str) -> None:
    competition, model = make_competition("Fox"), make_model("Alder", slug="alder", modes=["text-to-image"])
    entries = (
        {"model": "alder", "competition": competition.public_id, "image": data_uri(picture())},
        {"model": "Birch", "prompt": "A kite over the sea", "image": data_uri(picture("red"))},
        {"model": "alder", "prompt": "A kite over the sea", "image": data_uri(picture("blue"))},
    )
    answer = send(client, key, "a", *entries)
    assert (answer.status_code, answer.json()["status"], answer.json()["total"]) == (202, "reading", 3)
    assert Entry.objects.count() == 0
    assert run(answer.json()["id"]).status == "applied"
    again = send(client, key, "a", *entries)
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    assert [one["problem"] for one in again.json()["entries"]] == ["", "", ""]
    assert Entry.objects.get(model=model, competition=competition).status == "held"
    assert Competition.objects.get(prompt="A kite over the sea").status == "draft"
    assert Entry.objects.count() == 3
    other = send(client, key, "a", entries[0])
    assert (other.status_code, other.json()["detail"]) == (422, "Idempotency-Key: was used before for another request")
    answer = client.get(f"/api/v1/uploads/{again.json()['id']}", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["entries"][0]["competition"] == competition.public_id


def test_with_a_fault_nothing_is_made_and_the_fault_is_said(client: Client, key: str) -> None:
    entries = (
        {"model": "Alder", "prompt": "A kite", "image": data_uri(picture())},
        {"model": "Birch", "prompt": "A kite", "image": data_uri(b"no picture")},
    )
    upload = run(send(client, key, "a", *entries).json()["id"])
    assert upload.status == "refused"
    assert "entries[1]: The file is not a PNG" in upload.problem
    assert nothing_written()


def test_it_waits_for_a_person_where_that_is_asked(client: Client, key: str) -> None:
    entry = {"model": "Alder", "prompt": "A kite", "image": data_uri(picture())}
    assert run(send(client, key, "a", entry, apply=False).json()["id"]).status == "read"
    assert nothing_written()


@pytest.mark.parametrize(
    "change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}, {"scopes": ["images"]}]
)
def test_a_key_that_ended_while_its_upload_was_read_makes_nothing(client: Client, key: str, change) -> None:
    competition, _ = make_competition("Fox"), make_model("Alder", slug="alder", modes=["text-to-image"])
    entry = {"model": "alder", "competition": competition.public_id, "image": data_uri(picture())}
    answer = send(client, key, "a", entry)
    ApiKey.objects.update(**change)
    upload = run(answer.json()["id"])
    assert (upload.status, Entry.objects.count()) == ("refused", 0)
    assert upload.problem.startswith("The key that brought it is revoked, has expired")


def test_a_form_brings_one(client: Client, key: str) -> None:
    sent = {"model": "Alder", "prompt": "A kite", "image": SimpleUploadedFile("a.png", picture())}
    answer = client.post(URL, sent, headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "a"})
    assert answer.status_code == 202
    assert run(answer.json()["id"]).status == "applied"
    assert str(Entry.objects.get()) == "Alder in A kite"


def test_addresses_of_own_networks_are_not_fetched(client: Client, key: str) -> None:
    entry = {"model": "Alder", "prompt": "A kite", "image": "https://127.0.0.1/a.png"}
    assert "The address is not fetched" in run(send(client, key, "a", entry).json()["id"]).problem
    assert nothing_written()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": ""}, "entries[0].model: needs a name"),
        ({"model": 7}, "entries[0].model: needs text"),
        ({"model": "a\0b"}, "entries[0].model: needs text"),
        ({"prompt": ""}, "entries[0].competition: needs its public id"),
        ({"competition": "none"}, "entries[0].competition: needs its public id"),
        ({"competition": "none", "prompt": ""}, "entries[0].competition: there is none"),
        ({"model": ["Alder"]}, "entries[0].model: needs text"),
        ({"competition": {"a": 1}}, "entries[0].competition: needs text"),
        ({"image": ["https://a"]}, "entries[0].image: a data URI"),
        ({"image": "https://a/\0"}, "entries[0].image: a data URI"),
        ({"image": "ftp://a"}, "entries[0].image: a data URI"),
        ({"image": "data:image/png;base64,%"}, "entries[0].image: a data URI"),
        ({"prompt": "x" * 32_001}, "entries[0].prompt: has 32,001"),
    ],
)
def test_wrong_entries_are_refused_with_their_field(client: Client, key: str, change, said: str) -> None:
    entry = {"model": "Alder", "prompt": "A kite", "image": data_uri(picture()), **change}
    answer = send(client, key, "a", entry)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(said)
    assert not EntrantUpload.objects.exists()


def test_wrong_bodies_are_refused(client: Client, key: str, settings) -> None:
    entry = {"model": "Alder", "prompt": "A kite", "image": data_uri(picture())}
    assert send(client, key, "a").json()["detail"].startswith("entries: 0 at once")
    assert send(client, key, "a", {}, mode="x").status_code == 422
    for wrong in ([], {}, None, 7):
        assert send(client, key, "a", entry, mode=wrong).json()["detail"].startswith("mode: allowed are")
        assert send(client, key, "a", entry, apply=wrong).json()["detail"].startswith("apply: allowed are")
    assert send(client, key, "").status_code == 400
    settings.MAX_UPLOAD_BYTES = 500_000
    assert send(client, key, "a", {"image": "x" * 1_720_000}).status_code == 413


def test_only_a_live_key_with_the_scope_brings_and_sees_its_own_alone(client: Client, key: str) -> None:
    entry = {"model": "Alder", "prompt": "A kite", "image": data_uri(picture())}
    lacking = create_api_key("third", scopes=["images"]).text
    assert send(client, "lb_nothing", "a", entry).status_code == 401
    assert send(client, lacking, "a", entry).status_code == 403
    address = f"/api/v1/uploads/{send(client, key, 'a', entry).json()['id']}"
    other = create_api_key("other", scopes=["entries:write"]).text
    codes = [client.get(address, headers={"Authorization": f"Bearer {one}"}).status_code for one in (key, other, "")]
    assert codes == [200, 404, 401]
