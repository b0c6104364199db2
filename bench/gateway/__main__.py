"""`python -m bench.gateway`: the gateway, LiteLLM, a bare proxy and an earlier commit over one simulator, by turns."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.gateway.earlier import BEFORE, CommitMissing, check_out
from bench.gateway.goals import figures, goals, memory_goal
from bench.gateway.rounds import Shape, beside, idle_shares, in_flight, memory
from bench.gateway.servers import LITELLM, OURS, Server, bare_proxy, litellm, simulator, stack
from bench.report import Line, summary, table

SERVERS: Final = ("direct", "bare", "ours", "before", "litellm")
LOADS: Final = ("1", "16", "slow", "flight")


def main(arguments: Sequence[str]) -> int:
    """Prints figures; 0 whatever they are."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="lumenboard-bench-gateway-") as place, ExitStack() as running:
        Path(place).chmod(0o711)
        servers = _started(options, Path(place), running)
        _say(f"{os.cpu_count()} processors, {os.getloadavg()[0]:.1f} tasks wanting them")
        lines = _measured(servers, options)
        _say(f"\n{table(lines)}\n\n{summary(lines)}")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.gateway", description=__doc__)
    parser.add_argument("--only", type=_among(SERVERS), default=SERVERS, help=f"of {','.join(SERVERS)}")
    parser.add_argument("--loads", type=_among(LOADS), default=LOADS, help=f"of {','.join(LOADS)}")
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help="the commit that stands beside ours")
    parser.add_argument("--rounds", type=int, help="5, with --quick 2")
    parser.add_argument("--calls", type=int, help="of one client in a round; 300, with --quick 100")
    parser.add_argument("--quick", action="store_true", help="that it runs, not how fast")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.calls = options.calls or (100 if options.quick else 300)
    return options


def _started(options: argparse.Namespace, place: Path, running: ExitStack) -> list[Server]:
    """Those asked for that start here; the others are named with the reason."""
    upstream = running.enter_context(simulator())
    servers = [upstream]
    if "bare" in options.only:
        servers.append(running.enter_context(bare_proxy(place, upstream.url)))
    if "ours" in options.only:
        servers.append(running.enter_context(stack("lumenboard", OURS, place, upstream.url)))
    if "before" in options.only:
        try:
            checkout = check_out(options.before, place)
            servers.append(running.enter_context(stack("before", checkout, place, upstream.url)))
        except (CommitMissing, TimeoutError) as missing:
            _say(f"no commit beside it: {missing}")
    if "litellm" in options.only:
        servers += _litellm(place, upstream.url, running)
    return servers


def _litellm(place: Path, upstream: str, running: ExitStack) -> list[Server]:
    if not LITELLM.exists():
        _say("LiteLLM is not beside it: make bench installs it into .venv-litellm")
        return []
    try:
        return [running.enter_context(litellm(place, upstream))]
    except TimeoutError as error:
        _say(f"LiteLLM: {error}")
        return []


def _measured(servers: list[Server], options: argparse.Namespace) -> list[Line]:
    lines: list[Line] = []
    idle = idle_shares(servers, 2.0 if options.quick else 10.0)
    for name, share in idle.items():
        _say(f"{name} idle keeps {100 * share.total:.1f} % of a processor busy")
    for clients, calls in ((1, options.calls), (16, options.calls * 2)):
        if str(clients) in options.loads:
            shape = Shape(clients, 0.0, calls)
            results = beside(servers, shape, options.rounds, idle)
            _say("\n".join(figures(shape, results)))
            lines += goals(shape, results)
    if "slow" in options.loads:
        shape = Shape(16, 2.0, 32)
        _say("\n".join(figures(shape, beside(servers, shape, 1, idle))))
    for server in servers:
        if "flight" in options.loads and server.name == "lumenboard":
            _say_flight(server, 50 if options.quick else 500)
    held = memory(servers[1:])
    for name, megabytes in held.items():
        _say(f"{name} holds {megabytes.total:.0f} MB, {megabytes.web:.0f} of them in its web server")
    return [*lines, *memory_goal(held)]


def _say_flight(server: Server, calls: int) -> None:
    flight = in_flight(server, calls)
    _say(
        f"{calls} calls of 5 s at once: {len(flight.calls.seconds)} answered, {flight.calls.refused} refused, "
        f"p50 {flight.calls.quantile(0.5) / 1000:.2f} s, p99 {flight.calls.quantile(0.99) / 1000:.2f} s; pages p50 "
        f"{flight.pages_before.quantile(0.5):.0f} ms before, {flight.pages_during.quantile(0.5):.0f} ms meanwhile"
    )


def _among(allowed: Sequence[str]) -> object:
    def chosen(text: str) -> list[str]:
        words = text.split(",")
        if unknown := [word for word in words if word not in allowed]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(allowed)}")
        return words

    return chosen


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
