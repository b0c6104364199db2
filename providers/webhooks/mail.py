"""Mail over SMTP within a time for the whole conversation, not for each of its lines."""

import smtplib
import socket
from contextlib import suppress
from threading import Timer
from typing import Any, Final

from django.core.mail.backends.smtp import EmailBackend

WITHIN_S: Final = 30.0


class BoundedSmtp(smtplib.SMTP):
    """A server that sends a byte now and then would else hold its connection for ever."""

    _cutter: Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._cutter = Timer(WITHIN_S, self._cut)
        self._cutter.daemon = True
        self._cutter.start()
        return found

    def _cut(self) -> None:
        with suppress(OSError, AttributeError):
            # whoever reads from it wakes with an error; to close it from here would not wake them
            self.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def close(self) -> None:
        if self._cutter:
            self._cutter.cancel()
        super().close()


class BoundedEmailBackend(EmailBackend):
    """Django's own, over connections that end in time."""

    @property
    def connection_class(self) -> Any:
        return BoundedSmtp
