"""What an answer says of a parameter that did not reach the provider just as it was asked for. Pure values."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from providers.sheet import Json

NoticeKind = Literal["unsupported", "converted", "emulated", "deprecated"]
LONGEST: Final = 80
# Formats that take a number for their quality.
LOSSY: Final = frozenset({"jpeg", "webp", "avif"})


@dataclass(frozen=True, kw_only=True)
class Notice:
    """`unsupported` is left out, `converted` is asked of the provider in other words or as the nearest it has,
    `emulated` is done here in its place.

    `wanted` and `done` are texts; `why` says more of what is left out.
    """

    parameter: str
    kind: NoticeKind
    wanted: str
    done: str
    why: str = ""

    @property
    def message(self) -> str:
        """One sentence of it all."""
        joined = " and became" if self.kind == "converted" else ","
        why = f": {self.why}" if self.why else ""
        return f"{self.parameter}: {self.wanted} was asked for{joined} {self.done}{why}"


def shown(value: Json) -> str:
    """A value as a text of bounded length."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def format_notice(wanted: str, ordered: str) -> Notice:
    """Of `output_format`, where the provider draws another."""
    if "svg" in {wanted, ordered}:
        return left_out("output_format", wanted, f"the endpoint draws {ordered}, which cannot be converted to it here")
    done = f"{ordered} is drawn and converted here"
    return Notice(parameter="output_format", kind="emulated", wanted=wanted, done=done)


def quality_notices(quality: int, wanted: str | None, ordered: str, *, is_sent: bool) -> Iterator[Notice]:
    """Of `output_compression`: `wanted` is the format that was asked for, `ordered` the one the provider draws."""
    drawn = wanted or ordered
    if drawn not in LOSSY:
        yield left_out("output_compression", quality, f"{drawn} has no such number")
    elif not is_sent and wanted is None:
        yield left_out("output_compression", quality, "it needs an output_format beside it")
    elif not is_sent:
        done = "the picture is drawn anew here"
        yield Notice(parameter="output_compression", kind="emulated", wanted=str(quality), done=done)


def partial_notice(wanted: int, ordered: int, images: int) -> Notice:
    """Of `partial_images`, where fewer are asked for than the caller wants."""
    if ordered:
        return Notice(parameter="partial_images", kind="converted", wanted=str(wanted), done=str(ordered))
    why = "the endpoint gives none on the way" if images == 1 else "they come with n = 1 alone"
    return left_out("partial_images", wanted, why)


def left_out(parameter: str, value: Json, why: str) -> Notice:
    """One that is not sent."""
    return Notice(parameter=parameter, kind="unsupported", wanted=shown(value), done="left out", why=why)
