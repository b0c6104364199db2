"""The signed cookie a voter is known by: no login, no name, a year.

A newcomer's cookie says `new:` and an id to be; the row comes once the browser has brought it back.
"""

from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

NAME = "voter"
SALT = "lumenboard.voter"
YEAR_S = 365 * 24 * 3600
NEW = "new:"


def voter_id_of(request: HttpRequest) -> int | None:
    """None without a cookie of ours, and for a newcomer."""
    try:
        return int(_value(request))
    except ValueError:
        return None


def newcomer_of(request: HttpRequest) -> UUID | None:
    """The public id that a newcomer's row will have."""
    value = _value(request)
    return UUID(value.removeprefix(NEW)) if value.startswith(NEW) else None


def remember_voter(response: HttpResponse, voter_id: int) -> None:
    """Set or prolong the cookie; scripts cannot read it and other sites' posts do not carry it."""
    _remember(response, str(voter_id))


def greet_newcomer(response: HttpResponse) -> None:
    """A cookie that nothing stands behind yet."""
    _remember(response, f"{NEW}{uuid4()}")


def _value(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(NAME, salt=SALT, max_age=YEAR_S) or ""
    except (KeyError, BadSignature):
        return ""


def _remember(response: HttpResponse, value: str) -> None:
    response.set_signed_cookie(
        NAME,
        value,
        salt=SALT,
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
