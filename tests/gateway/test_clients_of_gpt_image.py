"""Clients made for OpenAI's gpt-image models expect pictures within the answer; those of other models a link."""

import base64
import json

import pytest

from lumenboard.facts.request_code import request_code
from lumenboard.facts.texts import code_examples
from lumenboard.facts.types import Site
from providers.models import Endpoint, ImageModel, ModelAlias
from providers.planning.schema.compile import compile_schema
from providers.sheet import EndpointSheet, Named
from tests.dispatch.plain import png
from tests.gateway.client import Providers, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
SITE = Site(name="Lumenboard", url="https://example.org")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


def _sells(what: str) -> str:
    """A model of the family by its slug, an alias or the provider's name alone; the name it is called by."""
    make_sellers("alpha", modes=("text-to-image", "image-edit"))
    if what == "slug":
        ImageModel.objects.update(slug="gpt-image-1.5")
        return "gpt-image-1.5"
    if what == "alias":
        ModelAlias.objects.create(model=ImageModel.objects.get(), slug="chatgpt-image-latest")
    elif what == "upstream":
        Endpoint.objects.update(provider_model_id="openai/gpt-image-1-mini")
    return "boat"


@pytest.mark.parametrize("what", ["slug", "alias", "upstream"])
def test_the_family_answers_with_the_picture_itself(what: str) -> None:
    name = _sells(what)

    async def work(client):
        plain = await client.generate(model=name)
        edited = await client.edit([("image", png(64, 64))], model=name)
        return plain, edited, await client.generate(model=name, response_format="url")

    plain, edited, link = with_gateway(Providers(), work)
    assert [base64.b64decode(told.json["data"][0]["b64_json"]) for told in (plain, edited)] == [png(64, 64)] * 2
    assert set(link.json["data"][0]) == {"url"}


def test_all_others_answer_with_a_link() -> None:
    name = _sells("none of them")
    told = with_gateway(Providers(), lambda client: client.generate(model=name))
    assert set(told.json["data"][0]) == {"url"}


@pytest.mark.parametrize("asked", [{}, {"response_format": "url"}])
def test_events_of_a_stream_always_carry_the_picture(asked: dict[str, str]) -> None:
    name = _sells("none of them")

    async def work(client):
        made = await client.generate(model=name, stream=True, n=2, **asked)
        return made, await client.edit([("image", png(64, 64))], model=name, stream="true", **asked)

    for told, kind in zip(with_gateway(Providers(), work), ("generation", "edit"), strict=True):
        lines = [line.removeprefix("data: ") for line in told.content.decode().splitlines() if line.startswith("data")]
        events = [json.loads(line) for line in lines if line != "[DONE]"]
        assert {event["type"] for event in events} == {f"image_{kind}.completed"}
        assert all(base64.b64decode(event["b64_json"]) == png(64, 64) for event in events)
        assert told.headers.get("x-lumenboard-warnings") == ("1" if asked else None)


def test_printed_examples_read_what_the_model_answers() -> None:
    for as_base64 in (False, True):
        written = [
            *code_examples(SITE, "m", ("text-to-image", "image-edit"), "a boat", as_base64=as_base64),
            *request_code(SITE, "text-to-image", {"model": "m", "prompt": "a boat"}, as_base64=as_base64),
        ]
        for example in written:
            prints_link, takes_picture = "[0].url" in example.code, "b64_json" in example.code
            says_nothing = example.language == "curl" and "Response" not in example.code
            assert (prints_link or "url:" in example.code) <= (not as_base64), example.code
            assert takes_picture == (as_base64 and not says_nothing), example.code
            if example.language == "python":
                compile(example.code, "example", "exec")


def test_the_schema_states_the_default() -> None:
    def default(upstream: str) -> object:
        provider = Named(slug="alpha", name="Alpha")
        sheet = EndpointSheet(key="alpha/m", provider=provider, provider_model_id=upstream, modes=("text-to-image",))
        rows = [one for group in compile_schema([], [sheet]) for one in group.parameters]
        return next(one.default for one in rows if one.name == "response_format")

    assert (default("gpt-image-1.5"), default("flux-2")) == ("b64_json", "url")


@pytest.mark.parametrize("modes", [("text-to-image",), ("text-to-image", "image-edit")])
@pytest.mark.parametrize("field", ["image", "mask", "images"])
def test_a_picture_where_none_is_taken_is_refused_by_name(field: str, modes: tuple[str, ...]) -> None:
    make_sellers("alpha", modes=modes)
    providers = Providers()

    async def work(client):
        plain = await client.generate(**{field: "data:image/png;base64,AAAA"})
        return plain, await client.generate(provider={"options": {"alpha": {field: "data:,"}}})

    plain, optional = with_gateway(providers, work)
    assert (plain.status, plain.error["param"]) == (400, field)
    assert (optional.status, optional.error["param"]) == (400, f"provider.options.alpha.{field}")
    assert providers.asked == []
