"""No parameter is dropped in silence: over the demo catalogue, what is compiled for a provider is read back, and
everything a caller said is found in it, in a warning or in a refusal. Nothing here asks the planner what it meant.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes
from email.policy import HTTP
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumenboard.gateway.choosing import offers_for, warnings_on
from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.request_spec import RequestSpec, read_request_spec
from providers.accounts.access import ProviderAccess
from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account, InputImage, ProviderRequest
from providers.planning.offers import EndpointOffer
from providers.planning.reading import foreign_names
from providers.planning.routing import Catalogue, ServedEndpoint, ServedModel
from providers.planning.schema.compile import compile_schema
from providers.pricing import Size
from providers.sheet import ModelSheet
from tests.simulator.test_demo_endpoints import PROTOCOLS, sheets

ACCOUNT = Account(base_url="https://provider.example", key="k")
PICTURES = [
    InputImage(content=b"picture %d" % n, media_type="image/png", size=Size(width_px=640, height_px=512))
    for n in range(3)
]
MASK = InputImage(content=b"a mask", media_type="image/png", size=Size(width_px=640, height_px=512))
VALUES: dict[str, list[Any]] = {
    "n": [1, 3, 10],
    "size": ["auto", "1024x1024", "512x768", "4096x2048", "16:9", "2K"],
    "aspect_ratio": ["auto", "1:1", "9:16"],
    "resolution": ["1K", "2K", "4K"],
    "seed": [0, 7],
    "quality": ["auto", "low", "high", "standard", "hd"],
    "style": ["vivid"],
    "background": ["auto", "transparent", "opaque"],
    "moderation": ["low"],
    "input_fidelity": ["high"],
    "output_format": ["png", "jpeg", "jpg", "webp", "gif", "avif"],
    "output_compression": [0, 70],
    "response_format": ["url", "b64_json"],
    "stream": [True],
    "partial_images": [0, 2],
    "user": ["somebody"],
    "safety_identifier": ["a-hash"],
    "complexity": ["low"],
    "frame_count": [9],
    "svg": [{"model": "x"}],
    "negative_prompt": ["no boats"],
    "brand_new": [[1, 2]],
    # words in which a provider says the number and the size
    "num_images": [4],
    "num_outputs": [4],
    "image_size": ["square"],
    # of the demo's providers alone
    "acceleration": ["regular", "high"],
    "cfg_scale": [0.5],
    "enable_prompt_expansion": [True],
    "enable_safety_checker": [False],
    "go_fast": [False],
    "num_inference_steps": [8],
    "output_quality": [70],
    "prompt_extend": [True],
    "strength": [0.5],
    "sync_mode": [True],
    "width": [512],
}
SIDES = {"1K": 1024, "2K": 2048, "4K": 4096}
WORDS = ("size", "aspect_ratio", "resolution")
Compile = Callable[[EndpointOffer], list[ProviderRequest]]


def served(sheet: ModelSheet) -> ServedModel:
    def access(provider: str) -> ProviderAccess:
        adapter = ADAPTERS[PROTOCOLS[provider]]
        return ProviderAccess(
            provider_id=1, slug=provider, adapter=adapter, account=ACCOUNT, simulated=False, key_source="stored"
        )

    endpoints = tuple(
        ServedEndpoint(
            id=number,
            sheet=one,
            worst_case_usd=Decimal(1),
            access=access(one.provider.slug),
            foreign=foreign_names(one, sheet.endpoints, sheet.parameters),
        )
        for number, one in enumerate(sheet.endpoints)
    )
    groups = compile_schema(sheet.parameters, sheet.endpoints)
    return ServedModel(id=1, created=0, sheet=sheet, endpoints=endpoints, groups=groups)


@cache
def demo() -> Catalogue:
    return Catalogue(by_name={sheet.slug: served(sheet) for sheet in sheets()})


def cases() -> list[tuple[str, str]]:
    return [(model.slug, mode) for model in demo().models for mode in model.modes]


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every value under its own name; lists and tables whole too."""
    yield name, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(name, inner)


def read_back(request: ProviderRequest) -> list[tuple[str, Any]]:
    """Names and values of a body, pictures as their bytes."""
    kind = dict(request.headers)["content-type"]
    if kind == "application/json":
        found = list(leaves("", json.loads(request.content)))
        return [(name, _bytes(value)) for name, value in found]
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.content, policy=HTTP).get_payload()
    found = []
    for part in parts:
        head, content = dict(part.get_params(header="content-disposition")), part.get_payload(decode=True)
        found.append((head["name"], content if "filename" in head else content.decode()))
    return found


def _bytes(value: Any) -> Any:
    is_picture = isinstance(value, str) and value.startswith("data:")
    return base64.b64decode(value.partition(",")[2]) if is_picture else value


def written(name: str, value: Any) -> list[tuple[str, str | bytes]]:
    """As forms have it: lists as `name[]`, tables as `name[key]`, numbers and switches as text."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in written(f"{name}[{key}]", inner)]
    if isinstance(value, list):
        return [pair for inner in value for pair in written(f"{name}[]", inner)]
    return [(name, value if isinstance(value, str | bytes) else json.dumps(value))]


def alike(name: str, value: Any, body: list[tuple[str, Any]]) -> bool:
    """Whether a body has the value under the name."""
    wanted = written(name, value)
    return any(key == name and written(name, one) == wanted for key, one in body) or (
        all(pair in body for pair in wanted)
    )


def pixels_in(body: list[tuple[str, Any]]) -> tuple[int, int] | None:
    found = dict(body)
    if "width" in found and "height" in found:
        return found["width"], found["height"]
    match = re.fullmatch(r"(\d+)[x*](\d+)", str(found.get("size", "")))
    return (int(match[1]), int(match[2])) if match else None


def near(one: float, other: float) -> bool:
    return abs(math.log(one / other)) < 0.02


def honours_size(asked: str, body: list[tuple[str, Any]]) -> bool:
    if any(name in WORDS and str(value).lower() == asked.lower() for name, value in body):
        return True
    if (drawn := pixels_in(body)) is None:
        return False
    if match := re.fullmatch(r"(\d+)x(\d+)", asked):
        return drawn == (int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d+):(\d+)", asked):
        return near(int(match[1]) / int(match[2]), drawn[0] / drawn[1])
    return asked in SIDES and near(SIDES[asked], math.sqrt(drawn[0] * drawn[1]))


def arrives(name: str, value: Any, spec: RequestSpec, bodies: list[list[tuple[str, Any]]]) -> bool:
    """Whether the provider is told so, or the answer has that form."""
    first = bodies[0]
    if name == "response_format":
        return spec.as_base64 == (value == "b64_json")
    if name == "stream":
        return spec.streams
    if name == "n":
        counts = [next((int(v) for key, v in body if key in {"n", "num_images"}), 1) for body in bodies]
        return sum(counts) == int(value) and len(bodies) == 1
    if name in WORDS:
        return honours_size(value, first)
    if name == "output_format":
        asked = [v for key, v in first if key == "output_format"]
        return (
            asked == ["jpeg" if value == "jpg" else value]
            or asked == ["jpg"] == [value[:2] + "g"]
            or (
                # what every protocol draws that is not asked for a format
                value == "png" and not asked
            )
        )
    if name == "output_compression":
        return alike("output_compression", value, first) or alike("output_quality", value, first)
    if name in {"image", "mask"}:
        return all(any(content == v for _, v in body) for body in bodies for content in value)
    # with a seed each further call has the next one
    return all(alike(name, value, body) for body in (bodies[:1] if name == "seed" else bodies))


def says_nothing(name: str, value: Any) -> bool:
    return value == "auto" or (name, str(value)) == ("partial_images", "0")


def compiled(offer: EndpointOffer) -> list[ProviderRequest]:
    assert offer.endpoint.access is not None
    return [offer.endpoint.access.adapter.submit(call.order, ACCOUNT, 60) for call in offer.calls]


def read_spec(slug: str, mode: str, fields: dict[str, Any], inputs: int, masked: bool) -> RequestSpec:
    said = {"model": slug, "prompt": "a boat", **fields}
    pictures = tuple(PICTURES[:inputs]) if mode == "image-edit" else ()
    return read_request_spec(said, mode, pictures, MASK if masked and pictures else None)


def unaccounted(
    slug: str,
    mode: str,
    fields: dict[str, Any],
    inputs: int = 1,
    masked: bool = False,
    by: Compile = compiled,
    seen: Callable[[EndpointOffer], EndpointOffer] = lambda offer: offer,
) -> set[str]:
    """`endpoint parameter` of all that is neither sent, nor warned of, nor refused."""
    try:
        spec = read_spec(slug, mode, fields, inputs, masked)
        route = offers_for(demo(), spec)
    except GatewayError as error:
        names = {name for name in fields if name != "provider"} | {"mask", "image"}
        return set() if any(name in error.message for name in names) else {f"a refusal: {error.message}"}
    said = dict(fields.items())
    said |= {"image": [one.content for one in spec.inputs]} if spec.inputs else {}
    said |= {"mask": [MASK.content]} if spec.mask else {}
    lost = set()
    for offer in map(seen, route.offers):
        bodies = [read_back(request) for request in by(offer)]
        warnings = warnings_on([offer], route.warnings, ()).get("warnings", [])
        warned = {one["parameter"] for one in warnings}
        for name, value in said.items():
            if name == "provider":
                continue
            sent = arrives(name, value, spec, bodies)
            if not (sent or name in warned or says_nothing(name, value)):
                lost.add(f"{offer.endpoint.key} {name}")
        dropped = {one["parameter"] for one in warnings if one["kind"] == "unsupported"}
        assert not {name for name in dropped & set(said) if arrives(name, said[name], spec, bodies)}
        assert not (spec.preference.require_parameters and dropped)
    return lost


@pytest.mark.parametrize("name", VALUES)
def test_every_endpoint_accounts_for(name: str) -> None:
    for slug, mode in cases():
        for value in VALUES[name]:
            assert unaccounted(slug, mode, {name: value}) == set(), value


# Where it lists its own words for output_compression and size, Replicate would be taken to be told these.
OF_ANOTHER_NAME = {"output_quality", "width"}
REQUESTS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(VALUES[name]) for name in VALUES if name not in OF_ANOTHER_NAME}
)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(cases()), REQUESTS, st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
def test_so_does_it_for_whole_requests(
    case: tuple[str, str], fields: dict[str, Any], inputs: int, masked: bool, as_form: bool, requires: bool
) -> None:
    slug, mode = case
    if as_form and mode == "image-edit":
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    provider = {"provider": {"require_parameters": requires}} if requires else {}
    assert unaccounted(slug, mode, fields | provider, inputs, masked) == set()


def without(field: str) -> Compile:
    """A protocol that forgets a field."""

    def compile_without(offer: EndpointOffer) -> list[ProviderRequest]:
        def forget(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: forget(inner) for key, inner in value.items() if key != field}
            return value

        requests = compiled(offer)
        return [replace(one, content=json.dumps(forget(json.loads(one.content))).encode()) for one in requests]

    return compile_without


@pytest.mark.parametrize("field", ["seed", "prompt_extend", "brand_new"])
def test_an_adapter_that_forgets_a_field_is_found_out(field: str) -> None:
    lost = unaccounted("z-image-turbo", "text-to-image", {field: VALUES[field][-1]}, by=without(field))
    assert {place.rpartition(" ")[2] for place in lost} == {field}
    assert any(place.startswith("alibaba/") for place in lost)


def test_a_plan_that_says_nothing_is_found_out() -> None:
    asked = ("kestrel-2", "text-to-image", {"style": "vivid"})
    assert unaccounted(*asked) == set()
    assert unaccounted(*asked, seen=lambda offer: replace(offer, notices=())) == {"harbor/kestrel-2 style"}
