"""Who sends a request: the true address by trusted proxies, its network as a keyed hash, the cookie of a voter, and
what its browser says of device and language, coarsely.

Not a way back to an address: the hash is all that is kept. The cookie is signed and lasts a year, without log-in or
name; a newcomer's says `new:` and an id to be, and the row comes once the browser has brought it back.
"""

import hmac
import re
from ipaddress import ip_address, ip_network
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

IPV4_PREFIX = 24
IPV6_PREFIX = 48
IPV6_HOST_PREFIX = 64
VOTER_COOKIE = "voter"
VOTER_SALT = "lumenboard.voter"
YEAR_S = 365 * 24 * 3600
NEW = "new:"


def client_address(request: HttpRequest) -> str:
    """The address the outermost trusted proxy saw; what stands further left anyone may have written."""
    return seen_address(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def seen_address(remote: str, forwarded: str) -> str:
    """The same of a connection's other end and what the header of the request says."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()] if settings.TRUSTED_PROXIES else []
    seen = [*hops, remote]
    return seen[max(0, len(seen) - 1 - settings.TRUSTED_PROXIES)]


def network_of(address: str) -> str:
    """The /24 or /48 an address lies in; words that are no address share one network."""
    return _within(address, IPV4_PREFIX, IPV6_PREFIX)


def host_of(address: str) -> str:
    """An IPv4 address itself, of IPv6 the /64 that one line is given."""
    return _within(address, 32, IPV6_HOST_PREFIX).removesuffix("/32")


def _within(address: str, ipv4_prefix: int, ipv6_prefix: int) -> str:
    try:
        parsed = ip_address(address.split("%", 1)[0])
    except ValueError:
        return "unknown"
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    prefix = ipv4_prefix if parsed.version == 4 else ipv6_prefix
    return str(ip_network(f"{parsed}/{prefix}", strict=False))


def network_key(request: HttpRequest) -> str:
    """The client's network as 64 hex digits that only this site's secret key can make."""
    network = network_of(client_address(request))
    return hmac.new(settings.SECRET_KEY.encode(), f"network:{network}".encode(), "sha256").hexdigest()


def voter_id_of(request: HttpRequest) -> int | None:
    """None without a cookie of ours, and for a newcomer."""
    try:
        return int(_voter_cookie(request))
    except ValueError:
        return None


def newcomer_of(request: HttpRequest) -> UUID | None:
    """The public id that a newcomer's row will have."""
    value = _voter_cookie(request)
    return UUID(value.removeprefix(NEW)) if value.startswith(NEW) else None


def device_of(request: HttpRequest) -> str:
    """phone, tablet or desktop, by what the browser calls itself; empty where it says nothing."""
    agent = request.headers.get("User-Agent", "")
    if not agent:
        return ""
    if re.search(r"iPad|Tablet|PlayBook|Silk(?!.*Mobile)", agent) or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    return "phone" if re.search(r"Mobi|iPhone|iPod", agent) else "desktop"


def language_of(request: HttpRequest) -> str:
    """Of the languages asked for the first one, without its region; empty where none is one."""
    first = re.match(r"\s*([A-Za-z]{2,3})(?=[-,;\s]|$)", request.headers.get("Accept-Language", ""))
    return first[1].lower() if first else ""


def remember_voter(response: HttpResponse, voter_id: int) -> None:
    """Set or prolong the cookie; scripts cannot read it and other sites' posts do not carry it."""
    _remember(response, str(voter_id))


def greet_newcomer(response: HttpResponse) -> None:
    """A cookie that nothing stands behind yet."""
    _remember(response, f"{NEW}{uuid4()}")


def _voter_cookie(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(VOTER_COOKIE, salt=VOTER_SALT, max_age=YEAR_S) or ""
    except (KeyError, BadSignature):
        return ""


def _remember(response: HttpResponse, value: str) -> None:
    response.set_signed_cookie(
        VOTER_COOKIE,
        value,
        salt=VOTER_SALT,
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
