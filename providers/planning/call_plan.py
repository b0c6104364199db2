"""A unified request laid out for one endpoint: the calls to make, and the conversions that are ours. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from providers.adapters.capabilities import Capabilities, OutputFormat
from providers.adapters.wire import Adapter, ImageOrder, InputImage
from providers.planning.checks import is_among, listed_quality
from providers.planning.notices import LOSSY, Notice, format_notice, left_out, partial_notice, quality_notices, shown
from providers.planning.sizes import (
    Limits,
    RequestedSize,
    in_tier,
    native_size,
    nearest_ratio,
    nearest_size,
    nearest_tier,
    nearest_word,
    read_size,
    size_note,
    size_notices,
    uncounted,
    within,
)
from providers.pricing import PricingInput, Size, size_from_text
from providers.sheet import IMAGE_EDIT, EndpointSheet, Json, ParameterSheet

STANDARD: Final = Size(width_px=1024, height_px=1024)
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
    """A request in unified words, already checked. `parameters` hold size words, seed and native ones.

    Those in `addressed` were said to this provider alone and are sent to it as they are.
    """

    mode: str
    prompt: str
    images: int = 1
    output_format: OutputFormat | None = None
    output_quality: int | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    addressed: frozenset[str] = frozenset()
    inputs: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    partial_images: int = 0


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """Calls to one endpoint. `convert_to` None leaves pictures as they come; `size` is what each is expected to have.

    `size_note` says what the model gives where another size was asked for. `price_order`
    is one request for all of them, as prices are computed from. `notices` tell of every parameter that is not sent as
    it was asked for, `unlisted` names those that are sent although the endpoint is not known to take them.
    """

    orders: tuple[ImageOrder, ...]
    size: Size
    convert_to: OutputFormat | None
    quality: int | None
    price_order: PricingInput
    size_note: str = ""
    notices: tuple[Notice, ...] = ()
    unlisted: tuple[str, ...] = ()


def plan_calls(
    request: ImageRequest,
    endpoint: EndpointSheet,
    adapter: Adapter,
    *,
    declared: Iterable[ParameterSheet] = (),
    limits: Limits | None = None,
    foreign: Collection[str] = (),
) -> CallPlan:
    """A size the endpoint lacks becomes the nearest it has; `foreign` are words of others. Raises SizeRefused."""
    rows, can = _rows(endpoint, declared, request.mode), adapter.capabilities_for(endpoint)
    counts = native_size(request.parameters, adapter.words, rows) if _says_size(request, can) else None
    requested = read_size(request.parameters, _texts(rows.get("size")), counts)
    size, native = _size(requested, request, rows, limits or Limits())
    convert_to, drawn, keeps_quality = _format(request, can)
    ordered = None if native or not _says_size(request, can) else size
    words = uncounted(request.parameters, adapter.words, rows, ordered)
    taken, left = _native_parameters(request, can, rows, foreign, words)
    order = ImageOrder(
        mode=request.mode,
        provider_model_id=endpoint.provider_model_id,
        prompt=request.prompt,
        call_style=endpoint.call_style,
        size=ordered,
        seed=_seed(request.parameters),
        output_format=drawn,
        output_quality=request.output_quality if keeps_quality else None,
        inputs=request.inputs,
        input_name=_input_name(endpoint),
        mask=request.mask,
        parameters={**native, **taken},
        capabilities=endpoint.capabilities,
        # of several pictures nobody could tell which one is on the way
        partial_images=min(request.partial_images, can.partial_images) if request.images == 1 else 0,
    )
    expected = size or (within(request.inputs[0].size, limits or Limits()) if request.inputs else STANDARD)
    leaves_size = size is None or (order.size is None and not native)
    return CallPlan(
        orders=tuple(_split(order, request.images, can.images_per_call)),
        size=expected,
        convert_to=convert_to,
        quality=None if keeps_quality else request.output_quality,
        price_order=_price_order(request, expected, _priced_by(rows, requested, order), leaves_size=leaves_size),
        size_note=size_note(requested.exact, expected, native),
        notices=(*_notices(request, can, order, native), *_outspoken(order, adapter.words), *left),
        unlisted=tuple(name for name in taken if name not in rows and name not in request.addressed),
    )


def _price_order(
    request: ImageRequest, size: Size, parameters: Mapping[str, Json], *, leaves_size: bool
) -> PricingInput:
    return PricingInput(
        size=size,
        images=request.images,
        inputs=tuple(image.size for image in request.inputs),
        parameters=parameters,
        leaves_size=leaves_size,
    )


def _says_size(request: ImageRequest, can: Capabilities) -> bool:
    return can.takes_edit_size or request.mode != IMAGE_EDIT


def _priced_by(rows: Mapping[str, ParameterSheet], requested: RequestedSize, order: ImageOrder) -> Mapping[str, Json]:
    """What conditions of prices are held against: parameters, and the defaults of those that are not sent."""
    defaults = {row.name: row.default for row in rows.values() if row.default is not None}
    tier = {"resolution": requested.tier} if requested.tier else {}
    return {**defaults, **tier, **order.parameters}


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


def _format(request: ImageRequest, can: Capabilities) -> tuple[OutputFormat | None, OutputFormat, bool]:
    """What to convert to, what to ask for (lossless where we convert), and whether a quality is asked for with it."""
    wanted, lossless = request.output_format, "png" if "png" in can.formats else can.formats[0]
    sets_quality = request.output_quality is not None and wanted in LOSSY and not can.takes_quality
    # lines are not made into pixels here, nor pixels into lines
    if wanted is None or (wanted not in can.formats and "svg" in {lossless, wanted}):
        return None, lossless, can.takes_quality
    if wanted in can.formats and not sets_quality:
        return None, wanted, can.takes_quality
    return wanted, lossless, False


def _native_parameters(
    request: ImageRequest,
    can: Capabilities,
    rows: Mapping[str, ParameterSheet],
    foreign: Collection[str],
    words: Mapping[str, str],
) -> tuple[dict[str, Json], list[Notice]]:
    """What this endpoint is known to take, and what nobody is known to: an unknown word passes as it is. Of the rest,
    and of what is said in another word, a notice; `auto` leaves it to the provider, as saying nothing does.
    """
    taken: dict[str, Json] = {}
    notices: list[Notice] = []
    for name, value in request.parameters.items():
        if name in CONVERTED:
            continue
        row, sent = rows.get(name), value
        why = f"here it is said as {words[name]}" if name in words else ""
        if name == "quality" and isinstance(value, str):
            known = can.quality_words.get(value, value)
            sent = listed_quality(known, _texts(row)) or known
        if not why and name not in request.addressed:
            why = _why_not(name, sent, row, foreign) or _why_opaque(name, sent, request, can)
        if not why:
            taken[name] = sent
        if value != "auto" and why:
            notices.append(left_out(name, value, why))
        elif sent != value:
            notices.append(Notice(parameter=name, kind="converted", wanted=shown(value), done=shown(sent)))
    return taken, notices


def _why_not(name: str, value: Json, row: ParameterSheet | None, foreign: Collection[str]) -> str:
    """Why a parameter is not sent to an endpoint; empty where it is."""
    if name in foreign:
        return "it belongs to other providers"
    if name in OPTIONAL and row is None:
        return "the endpoint does not list it"
    if row and row.values and not is_among(value, row.values):
        return f"the endpoint takes {', '.join(map(shown, row.values))}"
    return ""


def _why_opaque(name: str, value: Json, request: ImageRequest, can: Capabilities) -> str:
    is_opaque = (request.output_format or _format(request, can)[1]) == "jpeg"
    return "a JPEG has no transparency" if name == "background" and value == "transparent" and is_opaque else ""


def _notices(
    request: ImageRequest, can: Capabilities, order: ImageOrder, native: Mapping[str, Json]
) -> Iterator[Notice]:
    """Of the unified parameters."""
    yield from size_notices(request.parameters, order.size, native)
    if request.images > can.images_per_call:
        done = f"it is made of calls of {can.images_per_call} at most"
        yield Notice(parameter="n", kind="emulated", wanted=str(request.images), done=done)
    if order.seed is not None and not can.takes_seed:
        yield left_out("seed", order.seed, "the endpoint takes none")
    if request.mask and not can.takes_mask:
        yield left_out("mask", "a mask", "the endpoint takes none")
    if len(request.inputs) > can.most_inputs:
        yield left_out("image", f"{len(request.inputs)} pictures", f"the endpoint takes {can.most_inputs} at most")
    if request.output_format not in {None, order.output_format}:
        yield format_notice(request.output_format or "", order.output_format)
    if request.output_quality is not None:
        yield from quality_notices(
            request.output_quality, request.output_format, order.output_format, is_sent=order.output_quality is not None
        )
    if request.partial_images > order.partial_images:
        yield partial_notice(request.partial_images, order.partial_images, request.images)


def _outspoken(order: ImageOrder, words: Mapping[str, str]) -> Iterator[Notice]:
    """Where a listed word of the provider's says something else than the unified one, which it goes before."""
    quality = order.output_quality
    for name, value in order.parameters.items():
        if words.get(name) == "output_compression" and quality is not None and shown(value) != shown(quality):
            yield left_out("output_compression", quality, f"{name} says {shown(value)} in its place")


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
