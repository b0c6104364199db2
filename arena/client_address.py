"""Where a request truly comes from, by the number of proxies that are trusted, and its network as a keyed hash.

Not a way back to an address: the hash is all that is kept.
"""

import hmac
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV4_PREFIX = 24
IPV6_PREFIX = 48
IPV6_HOST_PREFIX = 64


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
