"""Characters that no database and no provider takes are refused before anything is paid, wherever they stand."""

import json
from typing import Any

import pytest

from providers.models import GatewayRequest, Intent
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, GENERATIONS, Client, Providers, Told, form, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
NUL, LONE = "\x00", "\ud800"
FORM = "multipart/form-data; boundary=b"


@pytest.fixture(autouse=True)
def _sold(shared_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha", modes=("text-to-image", "image-edit"))


def send(path: str, kind: str, bodies: list[bytes], *queries: str) -> list[Told]:
    async def work(client: Client) -> list[Told]:
        return [
            await client.call("POST", path, body, query, content_type=kind)
            for body in bodies
            for query in queries or [""]
        ]

    return with_gateway(Providers(), work)


def all_refused(told: list[Told], params: list[str]) -> None:
    found = [(one.status, one.json["error"]["param"], "control characters" in one.error["message"]) for one in told]
    assert found == [(400, param, True) for param in params]
    assert Intent.objects.count() == 0
    # as far as it was a request, it stands in the log
    assert {(row.status, row.http_status) for row in GatewayRequest.objects.all()} <= {("rejected", 400)}


def placed(bad: str) -> list[tuple[dict[str, Any], str]]:
    shown = repr(bad)[1:-1]
    return [
        ({"model": f"bo{bad}at"}, "model"),
        ({"prompt": f"a{bad}b"}, "prompt"),
        ({"user": f"me{bad}"}, "user"),
        ({"safety_identifier": bad}, "safety_identifier"),
        ({"user": {"name": bad}}, "user.name"),
        ({"brand_new": f"x{bad}"}, "brand_new"),
        ({f"brand{bad}new": 1}, f"brand{shown}new"),
        ({"brand_new": {"deep": [1, {"er": bad}]}}, "brand_new.deep[1].er"),
        ({"brand_new": {"deep": [{bad: 1}]}}, f"brand_new.deep[0].{shown}"),
        ({"quality": bad}, "quality"),
        ({"provider": {"options": {"alpha": {"word": bad}}}}, "provider.options.alpha.word"),
        ({"provider": {"order": [bad]}}, "provider.order[0]"),
        ({"provider": {"options": {"alpha": {bad: 1}}}}, f"provider.options.alpha.{shown}"),
    ]


@pytest.mark.parametrize("bad", [NUL, LONE, "\x1b"])
def test_in_json(bad: str) -> None:
    cases = placed(bad)
    bodies = [json.dumps({"model": "boat", "prompt": "a boat", **fields}).encode() for fields, _ in cases]
    told = send(GENERATIONS, "application/json", bodies, "", "dryRun=true", "async=true")
    all_refused(told, [param for _, param in cases for _ in range(3)])


@pytest.mark.parametrize("bad", [NUL, LONE])
def test_in_an_edit_as_json(bad: str) -> None:
    cases = placed(bad)
    asked = {"model": "boat", "prompt": "repaint it", "images": [{"image_url": "data:image/png;base64,AAAA"}]}
    bodies = [json.dumps({**asked, **fields}).encode() for fields, _ in cases]
    all_refused(send(EDITS, "application/json", bodies), [param for _, param in cases])


def test_in_a_form() -> None:
    cases = [
        ({"user": "a\x00"}, "user"),
        ({"brand_new": "\x00"}, "brand_new"),
        ({"brand\x00new": "1"}, "brand\\x00new"),
        ({"brand_new[]": "\x00"}, "brand_new[0]"),
        ({"brand_new[a]": "\x00"}, "brand_new.a"),
        ({"brand_new[\x00]": "1"}, "brand_new.\\x00"),
    ]
    asked = {"model": "boat", "prompt": "repaint it"}
    bodies = [form({**asked, **fields}, [("image", png())]) for fields, _ in cases]
    all_refused(send(EDITS, FORM, bodies), [param for _, param in cases])


def test_in_the_name_of_a_file() -> None:
    told = with_gateway(Providers(), lambda client: client.edit([("image", png()), ("ima\x00ge", png())]))
    assert (told.status, Intent.objects.count(), GatewayRequest.objects.get().status) == (400, 0, "rejected")


def test_in_queries_and_paths_of_what_is_read() -> None:
    queries = [f"{name}=%00" for name in ("status", "model", "created_after", "starting_after", "limit")]

    async def work(client: Client) -> list[int]:
        found = [await client.call("GET", "/v1/requests", query=query) for query in queries]
        found += [
            await client.call("GET", f"{path}\x00") for path in ("/v1/requests/", "/v1/models/", "/media/", "/v1/")
        ]
        return [told.status for told in found]

    assert set(with_gateway(Providers(), work)) <= {200, 400, 404}


def test_broken_json_that_holds_half_a_character_is_still_broken_json() -> None:
    body = b'{"model": "boat", "user": "\\ud800"'
    told = with_gateway(
        Providers(), lambda client: client.call("POST", GENERATIONS, body, content_type="application/json")
    )
    assert (told.status, told.error["param"]) == (400, None)
    assert "not valid JSON" in told.error["message"]


def test_what_any_text_may_hold_passes() -> None:
    async def work(client: Client) -> Told:
        return await client.generate(user="Zoë\t", brand_new={"é": "a\r\nb 🎨"}, prompt="two\nlines")

    assert with_gateway(Providers(), work).status == 200
