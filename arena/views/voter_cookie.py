"""The signed cookie a voter is known by: no login, no name, a year."""

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

NAME = "voter"
SALT = "lumenboard.voter"
YEAR_S = 365 * 24 * 3600


def voter_id_of(request: HttpRequest) -> int | None:
    """None without a cookie of ours."""
    try:
        return int(request.get_signed_cookie(NAME, salt=SALT, max_age=YEAR_S) or "")
    except (KeyError, BadSignature, ValueError):
        return None


def remember_voter(response: HttpResponse, voter_id: int) -> None:
    """Set or prolong the cookie; scripts cannot read it and other sites' posts do not carry it."""
    response.set_signed_cookie(
        NAME,
        str(voter_id),
        salt=SALT,
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
