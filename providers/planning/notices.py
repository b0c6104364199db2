"""What an answer says of a parameter that did not reach the provider just as it was asked for. Pure values."""

import json
from dataclasses import dataclass
from typing import Final, Literal

from providers.sheet import Json

NoticeKind = Literal["unsupported", "converted", "emulated", "deprecated"]
LONGEST: Final = 80


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


def left_out(parameter: str, value: Json, why: str) -> Notice:
    """One that is not sent."""
    return Notice(parameter=parameter, kind="unsupported", wanted=shown(value), done="left out", why=why)
