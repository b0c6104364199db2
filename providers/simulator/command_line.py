"""The simulator's options, for its command and for starting it without Django."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from providers.simulator.pictures import KINDS
from providers.simulator.server import Serving, serve
from providers.simulator.world import Conditions

USUAL_HOST = "127.0.0.1"
USUAL_PORT = 8001


def add_arguments(parser: ArgumentParser, certificate_dir: Path) -> None:
    parser.add_argument("--host", default=USUAL_HOST, help=f"address to listen on, default {USUAL_HOST}")
    parser.add_argument("--port", type=_port, default=USUAL_PORT, help=f"for http, default {USUAL_PORT}")
    parser.add_argument("--tls-port", type=_port, help="for https besides, with a certificate made anew")
    parser.add_argument("--speed", type=_speed, default=1.0, help="times every latency: 1 lifelike, 0 at once")
    parser.add_argument("--pictures", choices=KINDS, default="plain", help="painted ones take a fifth of a second")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other latencies")
    parser.add_argument("--file-lifetime", type=float, default=3600.0, metavar="S", help="how long links work")
    parser.add_argument("--certificate-dir", type=Path, default=certificate_dir, help="where its certificate goes")


def serve_with(options: Namespace) -> None:
    """Serve as the options say until told to stop."""
    conditions = Conditions(
        speed=options.speed,
        pictures=options.pictures,
        seed=options.seed,
        tls_port=options.tls_port,
        file_lifetime_s=options.file_lifetime,
    )
    serve(Serving(host=options.host, port=options.port, conditions=conditions, certificate_dir=options.certificate_dir))


def _port(raw: str) -> int:
    if not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise ArgumentTypeError(f"{raw!r}: a port from 1 to 65535 is wanted")
    return int(raw)


def _speed(raw: str) -> float:
    try:
        speed = float(raw)
    except ValueError:
        speed = -1.0
    if not 0 <= speed <= 100:
        raise ArgumentTypeError(f"{raw!r}: a number from 0 to 100 is wanted")
    return speed
