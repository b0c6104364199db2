"""What nobody should send: clear errors in one envelope, nothing parsed before the key, nothing without bounds."""

import asyncio
import json

import pytest

from providers.models import GatewayRequest, Intent
from tests.gateway.client import EDITS, GENERATIONS, Client, Providers, make_sellers, refusal, with_gateway
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

pytestmark = pytest.mark.usefixtures("shared_database")
JSON = "application/json"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


def refused(work, providers: Providers | None = None):
    make_sellers("alpha", modes=("text-to-image", "image-edit"))
    told = with_gateway(providers or Providers(), work)
    assert set(told.error) == {"message", "type", "param", "code"}
    assert told.headers["x-request-id"].startswith("req_")
    assert Intent.objects.count() == 0
    return told


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "a\u0000b"}, "prompt"),
        ({"prompt": "a\u001b[31mb"}, "prompt"),
        ({"prompt": "x" * 40_000}, "prompt"),
        ({"model": ["boat"]}, "model"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": True}, "n"),
        ({"size": "huge"}, "size"),
        ({"size": "99999x2"}, "size"),
        ({"output_format": "exe"}, "output_format"),
        ({"output_compression": 101}, "output_compression"),
        ({"response_format": "xml"}, "response_format"),
        ({"stream": "maybe"}, "stream"),
        ({"provider": {"sort": "best"}}, "provider.sort"),
        ({"provider": {"only": ["nobody"]}}, "provider"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(fields, param) -> None:
    told = refused(lambda client: client.generate(**fields))
    assert (told.status, told.error["param"], told.error["code"]) == (400, param, "INVALID_REQUEST")


@pytest.mark.parametrize("model", ["nothing", "alpha/nothing", "beta/boat", "a/b/c", "../boat", "boat'--", "B" * 200])
def test_a_model_that_does_not_exist_is_not_found(model) -> None:
    told = refused(lambda client: client.generate(model=model))
    assert (told.status, told.error["code"]) == (404, "MODEL_NOT_FOUND")


def test_a_near_name_is_suggested() -> None:
    assert "did you mean 'boat'" in refused(lambda client: client.generate(model="boats")).error["message"]


def test_a_mode_that_nobody_serves_says_which_are() -> None:
    make_sellers("alpha", modes=("image-edit",))
    told = with_gateway(Providers(), lambda client: client.generate())
    assert told.error["message"] == "Model 'boat' does not support text-to-image. Supported modes: image-edit"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, JSON, 400),
        (b"model=boat", "application/x-www-form-urlencoded", 415),
        (b"x" * (1 << 20) + b"x", JSON, 413),
    ],
)
def test_a_body_that_is_no_request(body, kind, status) -> None:
    assert refused(lambda client: client.call("POST", GENERATIONS, body, content_type=kind)).status == status


@pytest.mark.parametrize("key", ["", "Bearer nothing", "Basic eDp5", "Bearer lb_aaaaaaaaaaaa." + "x" * 43])
def test_without_a_key_no_byte_of_a_body_is_read(key) -> None:
    make_sellers("alpha")

    async def work(client: Client):
        kind = "multipart/form-data; boundary=b"
        return await client.call("POST", EDITS, [b"x" * 1000], authorization=key, content_type=kind)

    told = with_gateway(Providers(), work)
    assert (told.status, told.headers["www-authenticate"]) == (401, "Bearer")


def test_an_endless_form_is_given_up_at_its_bound() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    endless = [head, *[bytes(1 << 20)] * 200]

    async def work(client: Client):
        return await client.call("POST", EDITS, endless, content_type="multipart/form-data; boundary=b")

    assert refused(work).status == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1", b"garbage", b"--b--\r\n"],
)
def test_a_form_that_is_cut_off_or_none(body) -> None:
    told = refused(lambda client: client.call("POST", EDITS, body, content_type="multipart/form-data; boundary=b"))
    assert told.status == 400


def test_markup_and_long_prompts_go_through_as_they_are() -> None:
    make_sellers("alpha")
    prompt = "<script>alert(1)</script>{{7*7}} " + "é" * 10_000
    providers = Providers()
    told = with_gateway(providers, lambda client: client.generate(prompt=prompt))
    assert told.status == 200, told.content
    assert json.loads(providers.asked[0].content)["prompt"] == prompt
    assert "script" not in json.dumps(Intent.objects.get().order)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", GENERATIONS, 405),
        ("POST", "/openai/v1/images/variations", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/requests/req_nothing", 404),
        ("DELETE", "/v1/requests/%00/payloads", 404),
        ("GET", "/media/../../etc/passwd", 404),
        ("GET", "/media/x.png", 404),
    ],
)
def test_every_other_path_answers_in_the_envelope(method, path, status) -> None:
    assert refused(lambda client: client.call(method, path)).status == status


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "status=odd", "created_after=soon", "starting_after=req_x"])
def test_a_wrong_filter_of_the_log_is_named(query) -> None:
    assert refused(lambda client: client.call("GET", "/v1/requests", query=query)).status in {400, 404}


def test_a_client_that_hangs_up_gets_no_second_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_BETA", "k")
    make_sellers("alpha", "beta")
    proto: list[FakeProtocol] = []

    async def fails(request):
        proto[0].gone.set()
        await asyncio.sleep(0.05)
        return refusal(500)

    async def work(client: Client):
        body = json.dumps({"model": "boat", "prompt": "x", "provider": {"sort": "price"}}).encode()
        proto.append(FakeProtocol([body]))
        headers = [("authorization", f"Bearer {client.key}"), ("content-type", JSON)]
        await client.gateway(FakeScope("POST", GENERATIONS, "", FakeHeaders(headers)), proto[0])

    providers = Providers({"alpha.example": fails})
    with_gateway(providers, work)
    assert providers.hosts == ["alpha.example"]
    assert GatewayRequest.objects.get().status == "cancelled"
