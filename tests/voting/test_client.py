"""The true client by trusted hops; the network by prefix; the hash by key."""

import pytest
from django.test import RequestFactory

from arena.client import client_address, host_of, network_key, network_of


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (0, None, "192.0.2.1"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, None, "192.0.2.1"),
    ],
)
def test_only_trusted_hops_are_believed(settings, hops: int, forwarded: str | None, address: str) -> None:
    settings.TRUSTED_PROXIES = hops
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_a_network_is_a_prefix(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_key_tells_networks_apart_and_keeps_no_address(settings) -> None:
    one, near, far = (
        network_key(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("203.0.113.9", "203.0.113.200", "203.0.114.9")
    )
    assert one == near != far
    settings.SECRET_KEY = "y" * 60
    assert network_key(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")) != one


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9%eth0", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_a_host_is_an_address_or_what_one_line_is_given(address: str, host: str) -> None:
    assert host_of(address) == host
