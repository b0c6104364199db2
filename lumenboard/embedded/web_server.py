"""Runs granian so that its worker processes die with it; arguments are granian's own."""

import os
import signal
from functools import partial

from lumenboard.embedded.process import die_with_parent


def main() -> None:
    """Serve until it is stopped.

    Killed without a word, granian would leave its workers to themselves, holding the port.
    """
    from granian.cli import entrypoint

    os.register_at_fork(after_in_child=partial(die_with_parent, signal.SIGKILL))
    entrypoint()


if __name__ == "__main__":
    main()
