"""Which size a request means, and which of an endpoint's sizes comes nearest. Pure."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from providers.planning.notices import Notice, left_out
from providers.pricing import Size, size_from_text
from providers.pricing.choice import PIXELS, TIERS
from providers.sheet import Json

RATIO: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?):([0-9]{1,3}(?:\.[0-9]{1,2})?)")
SIDES: Final = {**dict(TIERS), "512": 512, "768": 768, "1024": 1024, "2048": 2048, "1.5K": 1536, "4096": 4096}
STANDARD_SIDE_PX: Final = 1024
LONGEST_SIDE_PX: Final = 16_384
SHORTEST_SIDE_PX: Final = 16
# Beyond it a picture is a stripe, and no provider draws one.
WIDEST_RATIO: Final = 8.0
# In which endpoints that draw fixed sizes are given one.
SIZE_WORDS: Final = ("aspect_ratio", "resolution", "size")
# Rounded sides of one shape and size differ by less.
NEAR: Final = 0.02
# As fal names them.
NAMED: Final[Mapping[str, Size]] = {
    "square_hd": Size(width_px=1024, height_px=1024),
    "square": Size(width_px=512, height_px=512),
    "portrait_4_3": Size(width_px=768, height_px=1024),
    "portrait_16_9": Size(width_px=576, height_px=1024),
    "landscape_4_3": Size(width_px=1024, height_px=768),
    "landscape_16_9": Size(width_px=1024, height_px=576),
}


class SizeRefused(ValueError):
    """`field` is the parameter, the message says what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True, kw_only=True)
class RequestedSize:
    """What a request says of the size. All None: nothing. `exact` hides the others; `word` is an endpoint's own."""

    exact: Size | None = None
    ratio: float | None = None
    tier: str | None = None
    word: str | None = None

    @property
    def size(self) -> Size | None:
        """Pixels: exact ones, or those of ratio and tier; a ratio alone keeps about one megapixel."""
        if self.exact or (self.ratio is None and self.tier is None):
            return self.exact
        return dimensions(self.ratio or 1.0, SIDES[self.tier] if self.tier else STANDARD_SIDE_PX)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest sides; None where nobody says."""

    width_px: int | None = None
    height_px: int | None = None


def read_size(parameters: Mapping[str, Json], listed: Iterable[str] = (), native: Size | None = None) -> RequestedSize:
    """`size` in pixels comes before ratio and tier, `size` as a ratio or tier is one; `listed` are an endpoint's own
    words for it, `native` is what other words of the provider say, where ours say nothing. Raises SizeRefused.
    """
    size = parameters.get("size")
    word = _listed_word(size, listed)
    if word and not any(read(word) for read in READ):
        return RequestedSize(word=word)
    if _is_open(size):
        said = RequestedSize(ratio=_ratio("aspect_ratio", parameters), tier=_tier("resolution", parameters))
        return RequestedSize(exact=native) if native and said == RequestedSize() else said
    if isinstance(size, str) and (pixels := PIXELS.fullmatch(size.strip())):
        return RequestedSize(exact=_bounded(int(pixels[1]), int(pixels[2])))
    if isinstance(size, str) and RATIO.fullmatch(size.strip()):
        return RequestedSize(ratio=_ratio("size", parameters), tier=_tier("resolution", parameters), word=word)
    if isinstance(size, str) and is_tier(size):
        return RequestedSize(ratio=_ratio("aspect_ratio", parameters), tier=_tier("size", parameters), word=word)
    raise SizeRefused("size", f"{str(size)[:40]!r} is not allowed; use 1024x1024, a ratio such as 16:9, or auto")


def native_size(parameters: Mapping[str, Json], words: Mapping[str, str], listed: Collection[str]) -> Size | None:
    """Of what is said in those of `words` that stand for the size and are listed; None where that is no whole size,
    or where two of them differ.
    """
    said = {name: value for name, value in parameters.items() if words.get(name) == "size" and name in listed}
    found = {size for value in (said, *said.values()) if (size := _read(value))}
    return found.pop() if len(found) == 1 else None


def uncounted(
    parameters: Mapping[str, Json], words: Mapping[str, str], listed: Collection[str], size: Size | None
) -> dict[str, str]:
    """Native words that are not sent, with the unified one for each: what they order would not be counted. Listed ones
    pass: those for the size where they say what is counted, those for the number never.
    """
    is_counted = size is not None and native_size(parameters, words, listed) == size
    passing = {name for name in listed if words.get(name) != "n" and (is_counted or words.get(name) != "size")}
    return {name: unified for name, unified in words.items() if name not in passing}


def _read(value: object) -> Size | None:
    """A size within our bounds."""
    if isinstance(value, str):
        named = NAMED.get(value) or size_from_text(value)
        sides = [named.width_px, named.height_px] if named else [0, 0]
    else:
        sides = [_side(value.get(name)) for name in ("width", "height")] if isinstance(value, Mapping) else [0, 0]
    try:
        return _bounded(*sides) if all(sides) else None
    except SizeRefused:
        return None


def _side(value: object) -> int:
    """Forms send numbers as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def dimensions(ratio: float, side_px: float) -> Size:
    """Width over height `ratio` at about the pixels of a square; the shorter side is rounded first."""
    shorter = round(math.sqrt(side_px * side_px / max(ratio, 1 / ratio)))
    longer = round(shorter * max(ratio, 1 / ratio))
    return Size(width_px=longer, height_px=shorter) if ratio >= 1 else Size(width_px=shorter, height_px=longer)


def within(size: Size, limits: Limits) -> Size:
    """The size, or the largest of its shape that fits."""
    shrink = max(1.0, size.width_px / (limits.width_px or math.inf), size.height_px / (limits.height_px or math.inf))
    if shrink == 1.0:
        return size
    width, height = (max(SHORTEST_SIDE_PX, int(side / shrink)) for side in (size.width_px, size.height_px))
    return Size(width_px=width, height_px=height)


def nearest_size(size: Size, allowed: Sequence[Size]) -> Size:
    """By shape first, then by pixels; ties go to the first."""
    return min(allowed, key=lambda one: (round(_apart(_shape(size), _shape(one)), 6), _apart(size.pixels, one.pixels)))


def nearest_ratio(ratio: float, allowed: Iterable[str]) -> str | None:
    """The allowed ratio closest in proportion; None where none can be read."""
    readable = {text: value for text in allowed if (value := ratio_from_text(text)) is not None}
    return min(readable, key=lambda text: _apart(ratio, readable[text]), default=None)


def nearest_tier(side_px: float, allowed: Iterable[str]) -> str | None:
    """The allowed tier closest in proportion; None where none can be read."""
    readable = {text: SIDES[text.upper()] for text in allowed if text.upper() in SIDES}
    return min(readable, key=lambda text: _apart(side_px, readable[text]), default=None)


def size_note(asked: Size | None, given: Size, native: Mapping[str, Json]) -> str:
    """Says what a model gives in place of the pixels that were asked for; empty where it gives just these.

    `native` are the words a size is said in where an endpoint has fixed ones; what it draws then is only as near.
    """
    if asked is None:
        return ""
    if not native:
        return "" if asked == given else f"size: {asked} was asked for, the model gives {given}"
    ratio, tier, word = (str(native.get(name) or "") for name in SIZE_WORDS)
    ratio, tier = ratio or (word if ratio_from_text(word) else ""), tier or (word if is_tier(word) else "")
    drawn = dimensions(
        ratio_from_text(ratio) or _shape(asked), SIDES[tier.upper()] if tier else math.sqrt(asked.pixels)
    )
    is_near = _apart(_shape(drawn), _shape(asked)) < NEAR and _apart(drawn.pixels, asked.pixels) < NEAR
    said = " ".join(word for word in (ratio, tier) if word)
    return "" if is_near else f"size: {asked} was asked for, the model gives {said}"


def size_notices(parameters: Mapping[str, Json], sent: Size | None, native: Mapping[str, Json]) -> Iterator[Notice]:
    """Of each word for the size that a call does not honour, whether it says pixels (`sent`) or `native` words."""
    for name in SIZE_WORDS:
        asked = parameters.get(name)
        if _is_open(asked) or not isinstance(asked, str):
            continue
        honoured = _is_honoured(asked.strip(), sent, [word for word in native.values() if isinstance(word, str)])
        if honoured is None:
            yield left_out(name, asked, "the endpoint has no word for it")
        elif not honoured:
            done = str(sent) if sent else " ".join(str(native[word]) for word in SIZE_WORDS if word in native)
            yield Notice(parameter=name, kind="converted", wanted=asked, done=done)


def _is_honoured(asked: str, sent: Size | None, words: Sequence[str]) -> bool | None:
    """None where a call says nothing of the kind."""
    if asked.lower() in {word.lower() for word in words}:
        return True
    drawn = [sent] if sent else []
    ratios = [ratio for word in words if (ratio := ratio_from_text(word))] + [_shape(size) for size in drawn]
    sides = [float(SIDES[word.upper()]) for word in words if is_tier(word)] + [math.sqrt(one.pixels) for one in drawn]
    if pixels := size_from_text(asked):
        if sent or not (ratios and sides):
            return sent == pixels if sent or words else None
        return _apart(ratios[0], _shape(pixels)) < NEAR and _apart(sides[0], math.sqrt(pixels.pixels)) < NEAR
    wanted, found = ratio_from_text(asked), ratios
    if wanted is None:
        wanted, found = SIDES.get(asked.upper()), sides
    return _apart(wanted, found[0]) < NEAR if wanted and found else None


def nearest_word(size: Size, listed: Sequence[str]) -> str | None:
    """Of an endpoint that lists no pixels: the tier or the ratio that comes nearest; None where none can be read."""
    return nearest_tier(math.sqrt(size.pixels), filter(is_tier, listed)) or nearest_ratio(_shape(size), listed)


def in_tier(size: Size, word: str) -> Size:
    """The shape with the pixels of a tier; as it is for other words."""
    return dimensions(_shape(size), SIDES[word.upper()]) if is_tier(word) else size


def is_convertible(size: Json, listed: Iterable[Json]) -> bool:
    """Whether a size that is not in the list is one from which the nearest in it is found."""
    if _is_open(size):
        return True
    texts = [word for word in listed if isinstance(word, str)]
    is_readable = isinstance(size, str) and any(read(size) for read in READ)
    return is_readable and any(read(word) for read in READ for word in texts)


def is_tier(word: str) -> bool:
    """`2K`: numbers alone are none, they could be pixels of anything."""
    return word.strip().upper() in SIDES and word.strip()[-1] in "kK"


def ratio_from_text(text: str) -> float | None:
    """`16:9` as a number."""
    match = RATIO.fullmatch(text.strip())
    if not match or not float(match[1]) or not float(match[2]):
        return None
    return float(match[1]) / float(match[2])


READ: Final = (size_from_text, ratio_from_text, is_tier)


def _listed_word(size: Json, listed: Iterable[str]) -> str | None:
    """Such as `2K` or `square_hd`, where it is asked for; None for pixels."""
    asked = size.strip().lower() if isinstance(size, str) else ""
    if _is_open(asked) or size_from_text(asked):
        return None
    return next((word for word in listed if word.lower() == asked), None)


def _is_open(word: Json) -> bool:
    """The request leaves it to us."""
    return word is None or (isinstance(word, str) and word in {"", "auto"})


def _bounded(width_px: int, height_px: int) -> Size:
    sides = (width_px, height_px)
    if min(sides) < SHORTEST_SIDE_PX or max(sides) > LONGEST_SIDE_PX:
        raise SizeRefused("size", f"each side is {SHORTEST_SIDE_PX} to {LONGEST_SIDE_PX:,} pixels long")
    if max(sides) / min(sides) > WIDEST_RATIO:
        raise SizeRefused("size", f"one side is at most {WIDEST_RATIO:g} times the other")
    return Size(width_px=width_px, height_px=height_px)


def _ratio(field: str, parameters: Mapping[str, Json]) -> float | None:
    text = parameters.get(field)
    if _is_open(text):
        return None
    ratio = ratio_from_text(text) if isinstance(text, str) else None
    if ratio is None or not 1 / WIDEST_RATIO <= ratio <= WIDEST_RATIO:
        raise SizeRefused(field, f"{str(text)[:40]!r} is not allowed; use a ratio such as 16:9, 8:1 at the widest")
    return ratio


def _tier(field: str, parameters: Mapping[str, Json]) -> str | None:
    text = parameters.get(field)
    if _is_open(text):
        return None
    if not isinstance(text, str) or text.strip().upper() not in SIDES:
        tiers = ", ".join(name for name, _ in TIERS)
        raise SizeRefused(field, f"{str(text)[:40]!r} is not allowed; use {tiers}")
    return text.strip().upper()


def _shape(size: Size) -> float:
    return size.width_px / size.height_px


def _apart(one: float, other: float) -> float:
    return abs(math.log(one / other))
