"""In place of docker-compose for a compose_host: up, stop, exec and run, as the handbook uses them."""

import argparse
import os
import sys
from pathlib import Path

from tests.proof.compose_host import Host


def main() -> int:
    """docker-compose, as far as the handbook uses it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("verb", choices=["up", "stop", "exec", "run"])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    said = parser.parse_args()
    host = Host(Path(os.environ["COMPOSE_PLACE"]))
    words = list(said.rest)
    options = {words.pop(0) for _ in range(len(words)) if words and words[0].startswith("-")}
    if said.verb == "up":
        host.up(*words, profiles=said.profile)
        return 0
    if said.verb == "stop":
        for name in words:
            host.services[name].stop()
        return 0
    name, *command = words
    if said.verb == "exec":
        return host.services[name].exec(*command)
    if "--no-deps" not in options:
        for other in host.services[name].said.get("depends_on") or {}:
            host.up(other)
    return host.services[name].run(*command)


if __name__ == "__main__":
    sys.exit(main())
