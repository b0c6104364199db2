"""What operations of every API share: the form of an error, and whole numbers as parameters."""

from __future__ import annotations

from typing import Annotated, Final

from ninja import Schema
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from providers.plain_values import whole_number

NOT_WHOLE: Final = "{shown} is not a whole number; allowed are the digits 0 to 9 alone"


def _whole(value: object) -> object:
    """Query parameters come as text, and pydantic takes `1_0` for 10."""
    if isinstance(value, str) and (number := whole_number(value)) is not None:
        return number
    if isinstance(value, str):
        raise PydanticCustomError("whole_number", NOT_WHOLE, {"shown": repr(value[:40])})
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
"""For every parameter that is a whole number."""


class Problem(Schema):
    """What was wrong with a request; the form of every error of the API (RFC 9457)."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str
