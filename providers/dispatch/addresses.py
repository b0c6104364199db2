"""Which addresses may be connected to. Pure; names are resolved elsewhere, and what was resolved is judged here."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

# Global by Python's registry, yet ways to any IPv4 address or to none: NAT64, 6to4 and its relay, Teredo, mapped ones,
# protocol assignments.
NOT_PUBLIC: Final = tuple(
    ip_network(prefix)
    for prefix in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "192.88.99.0/24", "2001::/32", "192.0.0.0/24"),
        *("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "fec0::/10", "5f00::/16"),
    )
)
# Where clouds answer their machines; some of it lies in ranges that are otherwise harmless.
METADATA: Final = frozenset(
    ip_address(text) for text in ("100.100.100.200", "169.254.169.254", "fd00:ec2::254", "192.0.0.192")
)
OWN_NETWORKS: Final = tuple(
    ip_network(prefix)
    for prefix in (
        *("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)


def is_public(address: Address) -> bool:
    """Whether a link that came from outside may lead there."""
    if isinstance(address, IPv6Address) and address.scope_id:
        return False
    if address in METADATA or any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_operators(address: Address) -> bool:
    """Whether an address the operator configured may lead there: networks of their own too, never link-local ones."""
    own = address not in METADATA and any(address in network for network in OWN_NETWORKS)
    return own or is_public(address)
