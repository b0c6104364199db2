"""Logging in through a provider of OpenID Connect (code flow with PKCE, state and nonce), which authlib speaks: it
finds the provider's addresses and keys, and checks signature, issuer, audience, time and nonce of what comes back.

An identity is issuer and subject, and leads to one account. Operators' accounts are not opened this way.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase
from joserfc.errors import JoseError

from arena.models import Identity
from lumenboard.accounts.making import make_account, make_account_at
from lumenboard.accounts.one_time import account_at, members_accounts

LOG = logging.getLogger(__name__)
CALLBACK: Final = "/log-in/openid/done"
WITHIN_S: Final = 10
# a provider that is down is asked by one thread at a time, and then for a while by none
REMEMBERED_S: Final = 30
PATIENCE_S: Final = 2
_ASKING: Final = Lock()
_failed_at: dict[tuple[str, str, str], float] = {}
# no symmetric ones, whose key the provider's client has too, and not "none"
ALGORITHMS: Final = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
)
WENT_WRONG: Final = (AuthlibBaseError, JoseError, OSError, ValueError, RuntimeError, KeyError, TypeError)


class NotLoggedIn(Exception):
    """Says why, in words for who wanted to log in."""


def is_on() -> bool:
    return bool(settings.OPENID_ISSUER and settings.OPENID_CLIENT_ID)


def begin(request: HttpRequest) -> HttpResponseBase:
    """A redirect to the provider. Raises NotLoggedIn where it does not answer."""
    try:
        answer: HttpResponseBase = _provider().authorize_redirect(request, f"{settings.SITE_URL}{CALLBACK}")
        return answer
    except WENT_WRONG as error:
        LOG.warning("the provider of log-ins cannot be asked: %s", type(error).__name__, exc_info=True)
        raise NotLoggedIn("The provider of log-ins does not answer. Try again later.") from None


def finish(request: HttpRequest) -> User:
    """Of the browser that began; made at the first log-in. Raises NotLoggedIn."""
    try:
        claims = _provider().authorize_access_token(request).get("userinfo")
        issuer, subject = str(claims["iss"]), str(claims["sub"])
    except WENT_WRONG as error:
        LOG.info("a log-in through the provider failed: %s", type(error).__name__, exc_info=True)
        raise NotLoggedIn("The log-in was broken off, came too late, or is not what the provider signed.") from None
    return _account_of(issuer, subject, claims)


def _provider() -> DjangoOAuth2App:
    key = (settings.OPENID_ISSUER, settings.OPENID_CLIENT_ID, settings.OPENID_CLIENT_SECRET)
    if not _ASKING.acquire(timeout=PATIENCE_S):
        raise RuntimeError("another thread waits for the provider's addresses")
    try:
        return _client_unless_it_failed(key)
    finally:
        _ASKING.release()


def _client_unless_it_failed(key: tuple[str, str, str]) -> DjangoOAuth2App:
    if time.monotonic() - _failed_at.get(key, float("-inf")) < REMEMBERED_S:
        raise RuntimeError("the provider's addresses were not found a moment ago")
    try:
        return _client(*key)
    except WENT_WRONG:
        _failed_at[key] = time.monotonic()
        raise


@cache
def _client(issuer: str, client_id: str, secret: str) -> DjangoOAuth2App:
    """One for the process, for it remembers the provider's addresses and keys."""
    made = OAuth().register(
        "openid",
        client_id=client_id,
        client_secret=secret or None,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": WITHIN_S},
    )
    found = made.load_server_metadata()
    if str(found.get("issuer")).rstrip("/") != issuer:
        raise ValueError(f"the provider calls itself {found.get('issuer')!r}")
    offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
    found["id_token_signing_alg_values_supported"] = [name for name in offered if name in ALGORITHMS]
    return made


def _account_of(issuer: str, subject: str, claims: Mapping[str, Any]) -> User:
    known = Identity.objects.filter(issuer=issuer, subject=subject).values_list("account", flat=True)
    try:
        with transaction.atomic():
            if not known:
                first = _first_account(issuer, subject, claims)
                Identity.objects.create(account=first, issuer=issuer, subject=subject)
    except IntegrityError:
        # two at a time: the other has made it
        LOG.info("an identity was made twice at a time")
    except ValueError as error:
        raise NotLoggedIn(str(error)) from None
    account = members_accounts().filter(pk__in=known.all()).first()
    if account is None:
        raise NotLoggedIn("This account is an operator's, or was switched off. Operators log in with their password.")
    return account


def _first_account(issuer: str, subject: str, claims: Mapping[str, Any]) -> User:
    """The one at the address that the provider has proven, or a new one; an address it has not proven is nobody's, nor
    is one with letters that only look like those of another."""
    address = str(claims.get("email") or "").strip() if claims.get("email_verified") is True else ""
    if address and address.isascii():
        return account_at(address) or make_account_at(address)
    digest = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:16]
    return make_account(f"id-{digest}", "")
