"""Links that log an account in once, within minutes: asked for by address, mailed, used. No table: a link is a
signature over the account as it is, and its log-in changes that.

Operators' accounts get none: they log in with their password and second factor.
"""

import hashlib
from math import ceil
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from arena.client import client_address, network_of
from arena.studies.addresses import with_address
from lumenboard.counters import count_with
from providers.plain_values import whole_number

# of an address, whoever asks, so that nobody's mailbox is filled; of a network, whatever the address
OF_AN_ADDRESS: Final = (RateLimitItemPerMinute(3, 15), RateLimitItemPerHour(6))
OF_A_NETWORK: Final = (RateLimitItemPerMinute(10), RateLimitItemPerHour(60))


class _Links(PasswordResetTokenGenerator):
    """Django's own, which end with the password, the address and, here to the microsecond, the last log-in."""

    key_salt = "lumenboard.accounts.one_time"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        last = user.last_login.isoformat() if user.last_login else ""
        return f"{user.pk} {user.password} {last} {timestamp} {user.email} {user.is_active}"


LINKS: Final = _Links()


class UsedOrOld(ValueError):
    """The link was used, has expired, or was never given."""


def members_accounts() -> QuerySet[User]:
    """Accounts that a mailed link or another site's log-in may open: no operators'."""
    return User.objects.filter(is_active=True, is_staff=False, is_superuser=False)


def account_at(address: str) -> User | None:
    """The one account with this address; None where there is none, or several."""
    found = list(with_address(members_accounts(), "email", address)[:2])
    return found[0] if len(found) == 1 else None


def link_of(user: User) -> str:
    """The path of a new link."""
    return f"/log-in/{urlsafe_base64_encode(str(user.pk).encode())}/{LINKS.make_token(user)}"


def use_link(number: str, token: str) -> User:
    """Its account, once: of two at a time one gets it. Raises UsedOrOld."""
    with transaction.atomic():
        user = members_accounts().select_for_update().filter(pk=_key(number)).first()
        if user is None or not LINKS.check_token(user, token):
            raise UsedOrOld("This link was used, or is older than a quarter of an hour. Ask for a new one.")
        user.last_login = timezone.now()
        user.save(update_fields=["last_login"])
    return user


def is_usable(number: str, token: str) -> bool:
    """Whether it would log somebody in now; using it up is another step, for some programs open links of mails."""
    user = members_accounts().filter(pk=_key(number)).first()
    return user is not None and LINKS.check_token(user, token)


def _key(number: str) -> int:
    try:
        return whole_number(force_str(urlsafe_base64_decode(number))) or 0
    except ValueError:
        return 0


def wait_before_mail(request: HttpRequest, address: str) -> int:
    """Counts a mail that is asked for; seconds to wait, or 0. Whether the address has an account plays no part."""
    digest = hashlib.sha256(address.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
    network = network_of(client_address(request))
    limits: list[tuple[RateLimitItem, tuple[str, str]]] = [
        *((limit, ("mails-to", digest)) for limit in OF_AN_ADDRESS),
        *((limit, ("mails-by", network)) for limit in OF_A_NETWORK),
    ]

    def take(limiter: FixedWindowRateLimiter) -> int:
        for limit, key in limits:
            if not limiter.hit(limit, *key):
                left = limiter.get_window_stats(limit, *key).reset_time - timezone.now().timestamp()
                return max(1, ceil(left))
        return 0

    return count_with(take)


def mail_is_sent() -> bool:
    """Whether this site writes mails at all."""
    return bool(settings.EMAIL_HOST or settings.MAIL_TO_LOG)
