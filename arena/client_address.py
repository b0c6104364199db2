"""Where a request truly comes from, by the number of proxies that are trusted, and its network as a keyed hash.

Not a way back to an address: the hash is all that is kept.
"""

import hmac
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV4_PREFIX = 24
IPV6_PREFIX = 48


def client_address(request: HttpRequest) -> str:
    """The address the outermost trusted proxy saw; what stands further left anyone may have written."""
    remote = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()] if settings.TRUSTED_PROXIES else []
    seen = [*hops, remote]
    return seen[max(0, len(seen) - 1 - settings.TRUSTED_PROXIES)]


def network_of(address: str) -> str:
    """The /24 or /48 an address lies in; words that are no address share one network."""
    try:
        parsed = ip_address(address.split("%", 1)[0])
    except ValueError:
        return "unknown"
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    prefix = IPV4_PREFIX if parsed.version == 4 else IPV6_PREFIX
    return str(ip_network(f"{parsed}/{prefix}", strict=False))


def network_key(request: HttpRequest) -> str:
    """The client's network as 64 hex digits that only this site's secret key can make."""
    network = network_of(client_address(request))
    return hmac.new(settings.SECRET_KEY.encode(), f"network:{network}".encode(), "sha256").hexdigest()
