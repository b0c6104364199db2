"""No link that comes from outside makes us connect to an inside, however it is spelled and whatever a name answers."""

import asyncio
import random
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import cycle
from typing import Any

import httpcore2
import pytest

from providers.dispatch.addresses import Address, is_operators, is_public
from providers.dispatch.faults import ForbiddenAddress
from providers.dispatch.guard import GuardedBackend
from providers.dispatch.wire import open_wire, origin_of

INSIDE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "100.100.100.200/32", "169.254.169.254/32"),
    *("::/96", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32"),
    *("2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "5f00::/16"),
)
OUTSIDE = ("1.1.1.1", "8.8.8.8", "151.101.1.6", "2606:4700::1111", "2a00:1450:4001:82a::200e")


def addresses(per_network: int = 18) -> list[Address]:
    """The first, the last and some in between of every network that must not be reached."""
    chosen = random.Random(20)
    found: list[Address] = []
    for network in map(ip_network, INSIDE):
        span = int(network.broadcast_address) - int(network.network_address)
        places = {0, span, *(chosen.randint(0, span) for _ in range(per_network))}
        kind = IPv6Address if isinstance(network, IPv6Network) else IPv4Address
        found += [kind(int(network.network_address) + place) for place in sorted(places)]
    return found


class Recorder(httpcore2.AsyncNetworkBackend):
    """Notes what would have been dialled."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore2.ConnectError("this is a test")


async def dial(backend: GuardedBackend, host: str) -> str:
    try:
        await backend.connect_tcp(host, 443, timeout=2.0)
    except ForbiddenAddress:
        return "forbidden"
    except httpcore2.ConnectError:
        return "dialled"
    return "connected"


def test_hundreds_of_inside_addresses_are_never_dialled() -> None:
    vectors, recorder = addresses(), Recorder()
    backend = GuardedBackend(is_public, dialler=recorder)

    async def every() -> list[str]:
        return [await dial(backend, str(address)) for address in vectors]

    verdicts = asyncio.run(every())
    assert len(vectors) >= 500
    assert set(verdicts) == {"forbidden"}
    assert recorder.dialled == []


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_dialled_as_they_were_judged(address: str) -> None:
    recorder = Recorder()
    assert asyncio.run(dial(GuardedBackend(is_public, dialler=recorder), address)) == "dialled"
    assert recorder.dialled == [address]


def test_a_name_with_one_inside_address_is_refused_and_a_name_that_changes_is_judged_each_time() -> None:
    async def mixed(host: str, port: int) -> list[Address]:
        return [ip_address("8.8.8.8"), ip_address("127.0.0.1")]

    answers = cycle([[ip_address("8.8.8.8")], [ip_address("10.0.0.1")]])

    async def rebinding(host: str, port: int) -> list[Address]:
        return next(answers)

    recorder = Recorder()

    async def both() -> list[str]:
        changing = GuardedBackend(is_public, rebinding, recorder)
        return [
            await dial(GuardedBackend(is_public, mixed, recorder), "mixed.example"),
            await dial(changing, "changing.example"),
            await dial(changing, "changing.example"),
        ]

    assert asyncio.run(both()) == ["forbidden", "dialled", "forbidden"]
    assert recorder.dialled == ["8.8.8.8"]


SPELLINGS = (
    *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "127.0.0.1."),
)


def test_no_spelling_and_no_redirect_reaches_a_listener_on_this_machine() -> None:
    async def attempt() -> tuple[list[str], int]:
        reached = 0

        async def sentinel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal reached
            reached += 1
            writer.close()

        async def redirecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 302 Found\r\nlocation: {inside}\r\ncontent-length: 0\r\n\r\n".encode())
            writer.close()

        async with (
            await asyncio.start_server(sentinel, "127.0.0.1", 0) as listener,
            await asyncio.start_server(redirecting, "127.0.0.1", 0) as provider,
            open_wire() as wire,
        ):
            port, own = (server.sockets[0].getsockname()[1] for server in (listener, provider))
            inside = f"http://127.0.0.1:{port}/latest/meta-data"
            urls = [f"http://{spelling}:{port}/" for spelling in SPELLINGS]
            base = f"http://127.0.0.1:{own}"
            urls += [f"{base}/r.png", "gopher://127.0.0.1/", "file:///etc/passwd", "http://", "//127.0.0.1/"]
            origins = frozenset({origin_of(base)})
            return [await outcome(wire, url, origins) for url in urls], reached

    verdicts, reached = asyncio.run(attempt())
    assert "fetched" not in verdicts
    assert verdicts[0] == verdicts[len(SPELLINGS)] == "ForbiddenAddress"
    assert reached == 0


async def outcome(wire: Any, url: str, origins: frozenset[str]) -> str:
    try:
        await wire.fetch(url, own_origins=origins, within_s=2.0)
    except Exception as error:
        return type(error).__name__
    return "fetched"


def test_an_operators_own_network_may_be_configured_and_a_clouds_metadata_may_not() -> None:
    own = ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::7", "100.64.0.1", "8.8.8.8"]
    never = [
        "169.254.169.254",
        "fe80::1",
        "100.100.100.200",
        "224.0.0.1",
        "0.0.0.0",
        "::ffff:127.0.0.1",
        "fd00:ec2::254",
    ]
    assert [address for address in own if not is_operators(ip_address(address))] == []
    assert [address for address in never if is_operators(ip_address(address))] == []


def test_origins_are_compared_in_one_form() -> None:
    assert origin_of("HTTPS://Fal.run/x") == origin_of("https://fal.run:443") == "https://fal.run:443"
    assert origin_of("https://user@fal.run/") == origin_of("javascript:alert(1)") == origin_of("") == ""
