"""What clients of other gateways send and expect: headers, spellings, forms of every kind, browsers."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from lumenboard.settings import environment
from providers.models import ImageModel
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, GENERATIONS, Client, Providers, Told, make_sellers, with_gateway
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

pytestmark = pytest.mark.usefixtures("shared_database")
JSON = "application/json"
BODY = {"model": "boat", "prompt": "a boat", "size": "64x64"}
SITE = "https://app.example.org"


@pytest.fixture(autouse=True)
def _seller(monkeypatch: pytest.MonkeyPatch, shared_database: None) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha", modes=("text-to-image", "image-edit"))


async def post(client: Client, body: bytes = b"", path: str = GENERATIONS, **headers: str) -> Told:
    body = body or json.dumps(BODY).encode()
    return await client.call("POST", path, body, **{"content_type": JSON, **headers})


def told(work: Any) -> Told:
    answer: Told = with_gateway(Providers(), work)
    return answer


def test_the_key_may_come_as_azure_sends_it() -> None:
    async def work(client: Client) -> tuple[Told, Told]:
        right = await client.call("GET", "/v1/balance", authorization="", api_key=client.key)
        return right, await client.call("GET", "/v1/balance", authorization="Bearer wrong", api_key=client.key)

    right, wrong = with_gateway(Providers(), work)
    assert (right.status, wrong.status) == (200, 401)


def test_a_trailing_slash_leads_on() -> None:
    async def work(client: Client) -> list[Told]:
        return [await post(client, path=f"{GENERATIONS}/"), await client.call("GET", "/openai/v1/models/boat/")]

    made, model = with_gateway(Providers(), work)
    assert (made.status, model.json["id"]) == (200, "boat")


def test_names_are_known_in_capitals_and_behind_their_creator() -> None:
    creator = ImageModel.objects.get().creator.slug

    async def work(client: Client) -> list[Told]:
        names = ("BOAT", f"{creator}/boat", "Alpha/Boat", "nobody/boat")
        made = [await client.generate(model=name) for name in names]
        return [*made, await client.call("GET", f"/openai/v1/models/{creator}/Boat")]

    assert [one.status for one in with_gateway(Providers(), work)] == [200, 200, 200, 404, 200]


def test_a_body_with_a_byte_order_mark_is_read() -> None:
    assert told(lambda client: post(client, b"\xef\xbb\xbf" + json.dumps(BODY).encode())).status == 200


@pytest.mark.parametrize(
    ("path", "kind"), [(GENERATIONS, JSON), (EDITS, JSON), (EDITS, "multipart/form-data; boundary=b")]
)
def test_a_compressed_body_is_refused_by_its_name(path: str, kind: str) -> None:
    answer = told(lambda client: post(client, b"\x1f\x8b", path, content_type=kind, content_encoding="gzip"))
    assert (answer.status, answer.error["param"]) == (415, "Content-Encoding")


def form(*parts: tuple[str, bytes]) -> bytes:
    heads = [b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + body for head, body in parts]
    return b"\r\n".join([*heads, b"--b--\r\n"])


PARTS = (('name="model"', b"boat"), ('name="prompt"', b"repaint it"))


@pytest.mark.parametrize(
    "body",
    [
        form(*PARTS, ('name="n"', b""), ('name="size"', b""), ('name="image"; filename="a"', png(64, 64))),
        form(*PARTS, ("name=\"image\"; filename*=UTF-8''b%C3%B6at.png", png(64, 64))),
        b"This is a message in several parts.\r\n" + form(*PARTS, ('name="image"; filename="a"', png(64, 64))),
        b"\r\n" + form(*PARTS, ('name="image"; filename="a"', png(64, 64))),
    ],
)
def test_forms_of_every_kind_are_read(body: bytes) -> None:
    async def work(client: Client) -> Told:
        pieces = [body[:30], body[30:50], body[50:]]
        return await client.call("POST", EDITS, pieces, content_type="multipart/form-data; boundary=b")

    answer = told(work)
    assert answer.status == 200, answer.content


def test_a_form_that_never_begins_is_given_up() -> None:
    async def work(client: Client) -> Told:
        return await client.call("POST", EDITS, [b"x" * 5000] * 3, content_type="multipart/form-data; boundary=b")

    assert told(work).status == 400


@pytest.mark.parametrize(("length", "taken"), [("3000", 3), (str(1 << 40), 0), ("", 0)])
def test_a_refused_upload_is_read_away_within_bounds(length: str, taken: int) -> None:

    proto = FakeProtocol([b"x" * 1000] * 3)
    headers = [("authorization", "Bearer wrong"), ("content-type", JSON), ("content-length", length)]

    async def work(client: Client) -> None:
        await client.gateway(FakeScope("POST", EDITS, "", FakeHeaders(headers)), proto)

    with_gateway(Providers(), work)
    assert (proto.status, proto.taken) == (401, taken)


async def asked_by_a_page(client: Client) -> tuple[Told, Told, Told]:
    question = {"origin": SITE, "access_control_request_method": "POST"}
    wanted = {"access_control_request_headers": "authorization,content-type,x-stainless-lang"}
    before = await client.call("OPTIONS", GENERATIONS, authorization="", **question, **wanted)
    return before, await post(client, origin=SITE), await post(client, authorization="", origin=SITE)


def test_browsers_of_other_sites_are_not_let_in_by_default() -> None:
    before, made, wrong = with_gateway(Providers(), asked_by_a_page)
    assert (before.status, made.status, wrong.status) == (405, 200, 401)
    assert not any("access-control-allow-origin" in one.headers for one in (before, made, wrong))


@pytest.mark.parametrize("origins", [{SITE}, {"*"}, {"https://other.example", SITE}])
def test_browsers_of_sites_that_are_named_are_let_in(origins: set[str], settings: Any) -> None:
    settings.GATEWAY_ORIGINS = frozenset(origins)
    before, made, wrong = with_gateway(Providers(), asked_by_a_page)
    assert (before.status, made.status, wrong.status) == (204, 200, 401)
    assert {one.headers["access-control-allow-origin"] for one in (before, made, wrong)} == {SITE}
    assert "authorization, content-type, x-stainless-lang" in before.headers["access-control-allow-headers"]
    assert (made.headers["vary"], made.headers["access-control-expose-headers"]) == ("Origin", "*")


def test_other_origins_stay_out(settings: Any) -> None:
    settings.GATEWAY_ORIGINS = frozenset({"https://other.example"})
    before, made, _ = with_gateway(Providers(), asked_by_a_page)
    assert before.status == 405
    assert "access-control-allow-origin" not in made.headers


def test_what_is_no_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> frozenset[str]:
        monkeypatch.setenv("LUMENBOARD_GATEWAY_ORIGINS", text)
        return environment.origins("LUMENBOARD_GATEWAY_ORIGINS", "Origins, for this test.")

    assert read("https://App.example.org, http://[::1]:8080") == {"https://app.example.org", "http://[::1]:8080"}
    for wrong in ("app.example.org", "https://a.example/path", "https://a.example, ftp://b"):
        with pytest.raises(ImproperlyConfigured, match="is no origin"):
            read(wrong)
