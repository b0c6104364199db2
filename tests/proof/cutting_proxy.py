"""A proxy that passes bytes on and cuts every connection once it has stood for so many seconds."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 1 << 16


@dataclass
class CuttingProxy:
    """`cut` and `whole` count connections by their end; `longest_s` is how long one stood at most."""

    port: int
    cut: int = 0
    whole: int = 0
    longest_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, stood_s: float, was_cut: bool) -> None:
        with self.lock:
            self.cut += was_cut
            self.whole += not was_cut
            self.longest_s = max(self.longest_s, stood_s)


@contextmanager
def cutting_proxy(upstream_port: int, after_s: float) -> Iterator[CuttingProxy]:
    """Listens until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = CuttingProxy(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=carry, args=(client,), daemon=True).start()

        def carry(client: socket.socket) -> None:
            began, was_cut = time.monotonic(), threading.Event()
            with client, socket.create_connection(("127.0.0.1", upstream_port)) as server:

                def end() -> None:
                    was_cut.set()
                    for one in (client, server):
                        with suppress(OSError):
                            one.shutdown(socket.SHUT_RDWR)

                knife = threading.Timer(after_s, end)
                knife.start()
                back = threading.Thread(target=pump, args=(server, client))
                back.start()
                pump(client, server)
                back.join()
                knife.cancel()
            proxy.count(time.monotonic() - began, was_cut.is_set())

        threading.Thread(target=accept, daemon=True).start()
        yield proxy
        # wakes the one that waits for a client
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Until one side has ended; the other is told."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
