"""`python -m bench [--quick] [--only PART]`: prints every figure beside what it is to be read against."""

from __future__ import annotations

import os

# before numpy loads: two threads on two busy processors make a short fit many times slower
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bench.beside import RivalsMissing, measure_rivals
from bench.database import measure_database
from bench.export import measure_export
from bench.ratings import measure_ratings
from bench.report import Line, summary, table
from bench.telemetry import measure_telemetry

PARTS: dict[str, Callable[..., list[Line]]] = {
    "ratings": measure_ratings,
    "rivals": measure_rivals,
    "database": measure_database,
    "telemetry": measure_telemetry,
    "export": measure_export,
}


def main(arguments: Sequence[str]) -> int:
    """Run the parts asked for; 0 even when a target is missed, for a figure depends on the machine's day."""
    parser = argparse.ArgumentParser(prog="bench", description="Figures of ratings and votes, as ratios.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: that it runs, not how fast")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    options = parser.parse_args(arguments)
    sys.stdout.write(f"{_machine()}\n\n")
    lines: list[Line] = []
    for name in [options.only] if options.only else list(PARTS):
        sys.stderr.write(f"measuring: {name}\n")
        try:
            lines += PARTS[name](quick=options.quick)
        except RivalsMissing as missing:
            sys.stdout.write(f"{missing}\n")
            lines += missing.alone
    sys.stdout.write(f"{table(lines)}\n\n{summary(lines)}\n")
    return 0


def _machine() -> str:
    """What to hold the milliseconds against."""
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{at}, {os.cpu_count()} processors, {os.getloadavg()[0]:.1f} tasks wanting them before the start"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
