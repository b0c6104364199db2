"""A unified request laid out for one endpoint: the calls to make, and the conversions that are ours. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from providers.adapters.capabilities import Capabilities, OutputFormat
from providers.adapters.wire import Adapter, ImageOrder, InputImage
from providers.modes import IMAGE_EDIT
from providers.planning.schema.check import listed_quality
from providers.planning.sizes import (
    Limits,
    RequestedSize,
    in_tier,
    nearest_ratio,
    nearest_size,
    nearest_tier,
    nearest_word,
    read_size,
    size_note,
    within,
)
from providers.pricing import PricingInput, Size, size_from_text
from providers.sheet import EndpointSheet, Json, ParameterSheet

STANDARD: Final = Size(width_px=1024, height_px=1024)
LOSSY: Final = frozenset({"jpeg", "webp", "avif"})
# The unified layer's own words: they are turned into something else, and go nowhere as they are.
CONVERTED: Final = frozenset(
    {
        *("prompt", "model", "n", "size", "aspect_ratio", "resolution", "seed", "image", "mask"),
        *("response_format", "output_format", "output_compression"),
    }
)
# Accepted for likeness with OpenAI's API; they reach only endpoints that list them.
OPTIONAL: Final = frozenset({"quality", "style", "background", "moderation", "input_fidelity"})


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """A request in unified words, already checked. `parameters` hold size words, seed and native ones."""

    mode: str
    prompt: str
    images: int = 1
    output_format: OutputFormat | None = None
    output_quality: int | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    inputs: tuple[InputImage, ...] = ()
    mask: InputImage | None = None


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """Calls to one endpoint. `convert_to` None leaves pictures as they come; `size` is what each is expected to have.

    `size_note` says what the model gives where another size was asked for. `price_order`
    is one request for all of them, as prices are computed from.
    """

    orders: tuple[ImageOrder, ...]
    size: Size
    convert_to: OutputFormat | None
    quality: int | None
    price_order: PricingInput
    size_note: str = ""


def plan_calls(
    request: ImageRequest,
    endpoint: EndpointSheet,
    adapter: Adapter,
    *,
    declared: Iterable[ParameterSheet] = (),
    limits: Limits | None = None,
    foreign: Collection[str] = (),
) -> CallPlan:
    """`foreign` are words that belong to other providers and stay away from this one.

    Raises SizeRefused for a size that says nothing; a size the endpoint lacks becomes the nearest it has."""
    rows = _rows(endpoint, declared, request.mode)
    requested = read_size(request.parameters, _texts(rows.get("size")))
    size, native = _size(requested, request, rows, limits or Limits())
    can = adapter.capabilities_for(endpoint)
    convert_to, drawn = _format(request, can)
    keeps_quality = convert_to is None and can.takes_quality
    order = ImageOrder(
        mode=request.mode,
        provider_model_id=endpoint.provider_model_id,
        prompt=request.prompt,
        call_style=endpoint.call_style,
        size=None if native else size,
        seed=_seed(request.parameters),
        output_format=drawn,
        output_quality=request.output_quality if keeps_quality else None,
        inputs=request.inputs,
        input_name=_input_name(endpoint),
        mask=request.mask,
        parameters={**native, **_native_parameters(request, can, rows, foreign)},
        capabilities=endpoint.capabilities,
    )
    defaults = {row.name: row.default for row in rows.values() if row.default is not None}
    tier = {"resolution": requested.tier} if requested.tier else {}
    expected = size or (within(request.inputs[0].size, limits or Limits()) if request.inputs else STANDARD)
    return CallPlan(
        orders=tuple(_split(order, request.images, can.images_per_call)),
        size=expected,
        convert_to=convert_to,
        quality=None if keeps_quality else request.output_quality,
        price_order=PricingInput(
            size=expected,
            images=request.images,
            inputs=tuple(image.size for image in request.inputs),
            parameters={**defaults, **tier, **order.parameters},
            leaves_size=size is None,
        ),
        size_note=size_note(requested.exact, expected, native),
    )


def _rows(endpoint: EndpointSheet, declared: Iterable[ParameterSheet], mode: str) -> dict[str, ParameterSheet]:
    """The endpoint's own rows; where it has none, what the model declares of its provider."""
    own = {row.name: row for row in endpoint.parameters if mode in (row.modes or endpoint.modes)}
    if own:
        return own
    here = ("", endpoint.provider.slug)
    return {row.name: row for row in declared if row.only_through in here and (not row.modes or mode in row.modes)}


def _size(
    requested: RequestedSize, request: ImageRequest, rows: Mapping[str, ParameterSheet], limits: Limits
) -> tuple[Size | None, dict[str, Json]]:
    """Pixels to ask for, and the native words to say it in where the endpoint has fixed ones; an edit may say none."""
    wanted = requested.size or (None if request.mode == IMAGE_EDIT else STANDARD)
    if wanted is None or (requested.word and requested.size is None):
        return wanted, {"size": requested.word} if requested.word else {}
    listed = [size for text in _texts(rows.get("size")) if (size := size_from_text(text))]
    if listed and not requested.word:
        return nearest_size(wanted, listed), {}
    size = within(wanted, limits)
    words: dict[str, Json] = {}
    if word := requested.word or nearest_word(size, _texts(rows.get("size"))):
        words["size"], size = word, in_tier(size, word)
    ratios, tiers = _texts(rows.get("aspect_ratio")), _texts(rows.get("resolution"))
    if ratios and (ratio := nearest_ratio(wanted.width_px / wanted.height_px, ratios)):
        words["aspect_ratio"] = ratio
    if tiers and (tier := nearest_tier(wanted.pixels**0.5, tiers)):
        words["resolution"] = tier
    return size, words


def _texts(row: ParameterSheet | None) -> list[str]:
    return [value for value in row.values if isinstance(value, str)] if row else []


def _format(request: ImageRequest, can: Capabilities) -> tuple[OutputFormat | None, OutputFormat]:
    """What to convert to, and what to ask for: a lossless picture where we convert."""
    wanted, lossless = request.output_format, "png" if "png" in can.formats else can.formats[0]
    sets_quality = request.output_quality is not None and wanted in LOSSY and not can.takes_quality
    if wanted is None:
        return None, lossless
    if wanted in can.formats and not sets_quality:
        return None, wanted
    return wanted, lossless


def _native_parameters(
    request: ImageRequest, can: Capabilities, rows: Mapping[str, ParameterSheet], foreign: Collection[str]
) -> dict[str, Json]:
    """What this endpoint is known to take, and what nobody is known to: an unknown word passes as it is."""
    taken = {
        name: value
        for name, value in request.parameters.items()
        if name not in CONVERTED and name not in foreign and (name not in OPTIONAL or name in rows)
    }
    quality = taken.get("quality")
    if isinstance(quality, str):
        known = can.quality_words.get(quality, quality)
        taken["quality"] = listed_quality(known, _texts(rows.get("quality"))) or known
    if taken.get("quality") == "auto" and "auto" not in (_texts(rows.get("quality")) or ("auto",)):
        del taken["quality"]
    return taken


def foreign_names(
    endpoint: EndpointSheet, endpoints: Iterable[EndpointSheet], declared: Iterable[ParameterSheet]
) -> frozenset[str]:
    """Native words of other providers: they are kept from this endpoint, which would refuse or misread them."""
    rows = tuple(declared)
    others = {row.name for one in endpoints if one.provider.slug != endpoint.provider.slug for row in one.parameters}
    others |= {row.name for row in rows if row.only_through not in {"", endpoint.provider.slug}}
    own = {row.name for row in endpoint.parameters}
    shared = {row.name for row in rows if row.only_through in {"", endpoint.provider.slug}}
    return frozenset(others - own - shared)


def _seed(parameters: Mapping[str, Json]) -> int | None:
    seed = parameters.get("seed")
    return seed if isinstance(seed, int) and not isinstance(seed, bool) else None


def _input_name(endpoint: EndpointSheet) -> str:
    """What the endpoint calls the picture it edits, where it has a parameter for files."""
    return next((row.name for row in endpoint.parameters if row.type == "file" and "mask" not in row.name), "")


def _split(order: ImageOrder, images: int, most: int) -> Iterable[ImageOrder]:
    """As few calls as give so many pictures; with a seed each further call takes the next one, or all were alike."""
    for place, start in enumerate(range(0, images, most)):
        seed = order.seed if order.seed is None else order.seed + place
        yield ImageOrder(**{**vars(order), "images": min(most, images - start), "seed": seed})
