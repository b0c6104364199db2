"""What operations of every API share: the form of an error, whole numbers as parameters, long answers in parts."""

from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
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


# For every parameter that is a whole number.
Whole = Annotated[int, BeforeValidator(_whole)]


class Problem(Schema):
    """What was wrong with a request; the form of every error of the API (RFC 9457)."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str


MOST_ROWS: Final = 1_000
TOTAL: Final = "X-Total-Count"
LIMIT_TEXT: Final = f"Most rows, 1 to {MOST_ROWS}; {MOST_ROWS} in JSON where it is not given, all in CSV."
OFFSET_TEXT: Final = "How many rows are left out before the first."


class PartRefused(ValueError):
    """A limit or an offset that is not allowed; the message names it and what is."""


def chosen_part(limit: str, offset: str, most: int = MOST_ROWS, *, whole: bool = False) -> slice:
    """Which rows; without a limit the first `most`, or with `whole` all. Raises PartRefused."""
    start, length = whole_number(offset), whole_number(limit, 1, most) if limit else most
    if length is None:
        raise PartRefused(f"limit: {limit!r:.60} is not allowed; use a whole number from 1 to {most}")
    if start is None:
        raise PartRefused(f"offset: {offset!r:.60} is not allowed; use a whole number from 0")
    return slice(start, None if whole and not limit else start + length)


def say_part(request: HttpRequest, response: HttpResponse, part: slice, total: int) -> None:
    """X-Total-Count, and before the last part a link to the next."""
    response[TOTAL] = str(total)
    if part.stop is None or part.stop >= total:
        return
    query = request.GET.copy()
    query["limit"], query["offset"] = str(part.stop - part.start), str(part.stop)
    response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
