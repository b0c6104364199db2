"""Sends what waits in the outboxes: one message at a time to each receiver, to many receivers at once.

The run's own thread alone reads and writes rows; the others only wait for strangers.
"""

import asyncio
import json
import logging
import smtplib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime
from smtplib import SMTPException
from threading import Event, Lock, Timer
from typing import Any, Final

import httpx2
from django.conf import settings
from django.core.mail import send_mail
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from providers.accounts.sealing import SealedElsewhere, unseal
from providers.adapters.wire import ProviderRequest
from providers.dispatch.faults import DispatchFault, ForbiddenAddress, NotAllowed
from providers.dispatch.wire import open_wire
from providers.webhooks.attempts import AttemptEnd, DeliveryAttempt, Mail, Outbox, Webhook, claim_due, renew, settle
from providers.webhooks.signing import webhook_headers

Post = Callable[[str, dict[str, str], bytes], int]
Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 48
# A run begins nothing new after so long; the next one goes on.
SHIFT_S: Final = 20.0
LOOK_EVERY_S: Final = 0.5
RENEW_EVERY_S: Final = 10.0
GONE: Final = 410
stopping = Event()
_claiming = Lock()
WITHIN_S: Final = 20.0


class NotDelivered(Exception):
    """This attempt failed; the message says how."""

    def __init__(self, message: str, *, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_gone = is_gone


def post_message(
    url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None = None
) -> int:
    """The status it was answered with; redirects are not followed. Raises DispatchFault where there was no answer."""
    return asyncio.run(_post(url, headers, body, transport))


async def _post(url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None) -> int:
    named = {"Content-Type": "application/json", **headers}
    request = ProviderRequest(
        method="POST", url=url, headers=tuple(named.items()), content=body, read_timeout_s=WITHIN_S
    )
    async with open_wire(transport) as wire:
        try:
            return await wire.notify(request, private_allowed=settings.PRIVATE_RECEIVERS, within_s=WITHIN_S)
        except ForbiddenAddress as fault:
            hint = "" if settings.PRIVATE_RECEIVERS else "; LUMENBOARD_PRIVATE_RECEIVERS allows private networks"
            raise NotAllowed(fault.kind, fault.message + hint) from None


def deliver(
    outboxes: Sequence[Outbox], post: Post = post_message, clock: Clock = timezone.now, shift_s: float = SHIFT_S
) -> int:
    """Everything due, and what comes due meanwhile, until nothing is left or the shift ends; how many were taken.

    One run of a process claims at a time; another finds it at work and returns at once.
    """
    if not _claiming.acquire(blocking=False):
        return 0
    run = _DeliveryRun(outboxes, post, clock)
    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="deliver") as pool:
        try:
            ends_at = time.monotonic() + shift_s
            while time.monotonic() < ends_at and not stopping.is_set():
                run.begin(pool)
                if not run.under_way:
                    break
                run.collect()
        finally:
            _claiming.release()
        while run.under_way:
            run.collect()
    return run.delivered


class _DeliveryRun:
    """Messages under way and what became of the others."""

    def __init__(self, outboxes: Sequence[Outbox], post: Post, clock: Clock) -> None:
        self.outboxes, self.post, self.clock = outboxes, post, clock
        self.under_way: dict[Future[AttemptEnd], DeliveryAttempt] = {}
        self.delivered = 0
        self.renewed_at = time.monotonic()

    def begin(self, pool: ThreadPoolExecutor) -> None:
        free = MOST_AT_ONCE - len(self.under_way)
        for attempt in claim_due(self.outboxes, free, self.clock()) if free else ():
            self.under_way[pool.submit(_attempt, attempt, self.post, self.clock)] = attempt

    def collect(self) -> None:
        for future in wait(self.under_way, LOOK_EVERY_S, FIRST_COMPLETED).done:
            attempt, ended = self.under_way.pop(future), future.result()
            settle(attempt, ended, self.outboxes)
            self.delivered += not ended.problem
        if time.monotonic() - self.renewed_at >= RENEW_EVERY_S:
            renew(self.under_way.values(), self.clock())
            self.renewed_at = time.monotonic()


def _attempt(attempt: DeliveryAttempt, post: Post, clock: Clock) -> AttemptEnd:
    """Never raises: what nobody foresaw is a problem of this message alone."""
    try:
        parcel = attempt.compose()
        _send_webhook(parcel, post, clock) if isinstance(parcel, Webhook) else send_one_mail(parcel)
    except NotDelivered as problem:
        return AttemptEnd(at=clock(), problem=str(problem), is_gone=problem.is_gone)
    except Exception as error:
        log.exception("a message could not be sent")
        return AttemptEnd(at=clock(), problem=f"it could not be sent: {type(error).__name__}")
    return AttemptEnd(at=clock())


def _send_webhook(parcel: Webhook, post: Post, clock: Clock) -> None:
    """The body as JSON, signed with the time of this attempt. Raises NotDelivered."""
    body = json.dumps(parcel.body, separators=(",", ":")).encode()
    try:
        secret = unseal(parcel.sealed_secret)
        headers = webhook_headers(secret, f"msg_{parcel.message_id.hex}", int(clock().timestamp()), body)
        status = post(parcel.url, headers, body)
    except (DispatchFault, SealedElsewhere) as fault:
        raise NotDelivered(str(fault)) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"answered with status {status}", is_gone=status == GONE)


def send_one_mail(parcel: Mail) -> None:
    """Waits for the mail server. Raises NotDelivered."""
    if not (settings.EMAIL_HOST or settings.MAIL_TO_LOG):
        raise NotDelivered("no mail server is configured; set LUMENBOARD_SMTP_HOST")
    try:
        send_mail(parcel.subject, parcel.text, settings.DEFAULT_FROM_EMAIL, [parcel.to])
    except (SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server: {type(error).__name__} {error}") from None


MAIL_WITHIN_S: Final = 30.0


class BoundedSmtp(smtplib.SMTP):
    """A server that sends a byte now and then would else hold its connection for ever."""

    _cutter: Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._cutter = Timer(MAIL_WITHIN_S, self._cut)
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
