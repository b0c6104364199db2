"""Logging in through a provider of OpenID Connect that speaks the protocol over HTTP, and what it may get wrong."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from joserfc.jwk import RSAKey

from arena.models import Identity
from lumenboard.accounts.making import NameTaken, make_account_at
from lumenboard.accounts.one_time import account_at
from tests.studies.factories import PASSWORD, make_account
from tests.studies.openid_provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    made = Provider()
    settings.OPENID_ISSUER, settings.OPENID_CLIENT_ID, settings.OPENID_CLIENT_SECRET = made.issuer, CLIENT, SECRET
    yield made
    made.close()


class Stays(HTTPErrorProcessor):
    """Redirects are answers."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response


def through(client: Client, after: str = "/account") -> Any:
    """The site, the provider as a browser would ask it, and back."""
    there = client.get(f"/log-in/openid?next={after}")
    assert there.status_code == 302, there.content
    with build_opener(Stays).open(there["Location"]) as answer:
        back = urlsplit(answer.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def test_it_is_off_unless_it_is_set() -> None:
    assert Client().get("/log-in/openid").status_code == Client().get("/log-in/openid/done").status_code == 404
    assert "openid" not in Client().get("/log-in").content.decode()


def test_a_first_log_in_makes_an_account_and_the_next_finds_it(provider: Provider) -> None:
    assert "Log in with OpenID Connect" in Client().get("/log-in").content.decode()
    client = Client()
    assert through(client)["Location"] == "/account"
    assert client.get("/account").status_code == 200
    provider.claims["email"] = "ann.smith@example.org"
    assert through(Client()).status_code == 303
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.is_staff) == ("ann@example.org", False, False)
    assert Identity.objects.get().account == user


def test_an_account_at_the_proven_address_is_the_same(provider: Provider) -> None:
    ann = make_account("ann", "Ann@example.org")
    client = Client()
    through(client)
    assert client.get("/account").wsgi_request.user == ann
    assert User.objects.count() == 1


@pytest.mark.parametrize("verified", [False, "true", None, 1])
def test_an_address_that_is_not_proven_is_nobodys(provider: Provider, verified: Any) -> None:
    ann = make_account("ann", "ann@example.org")
    provider.claims["email_verified"] = verified
    client = Client()
    through(client)
    user = client.get("/account").wsgi_request.user
    assert user != ann
    assert (user.username[:3], user.email) == ("id-", "")


LOOK_ALIKE = "bob@g\u0131thub.com"  # a dotless i, which is I in capitals


def test_an_address_that_looks_like_anothers_opens_nothing(provider: Provider) -> None:
    bob = make_account("bob", "bob@github.com")
    for address in (LOOK_ALIKE, "bob@github.\u212aom"):
        provider.claims |= {"email": address, "sub": address}
        client = Client()
        through(client)
        user = client.get("/account").wsgi_request.user
        assert user != bob
        assert (user.username[:3], user.email) == ("id-", "")


def test_an_address_opens_no_account_that_looks_like_it(provider: Provider) -> None:
    other = make_account_at(LOOK_ALIKE, PASSWORD)
    provider.claims["email"] = "Bob@GitHub.com"
    client = Client()
    through(client)
    user = client.get("/account").wsgi_request.user
    assert user != other
    assert user.email == "bob@github.com"
    assert account_at("BOB@github.com") == user
    assert account_at(LOOK_ALIKE) == other


def test_an_address_abroad_is_found_in_any_case() -> None:
    user = make_account_at("Ann@B\u00dcCHER.example", PASSWORD)
    assert account_at("ann@B\u00fccher.example") == account_at("ANN@b\u00dccher.EXAMPLE") == user
    with pytest.raises(NameTaken):
        make_account_at("ann@b\u00fccher.example")


@pytest.mark.parametrize("more", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_operators_and_accounts_that_are_off_are_not_opened(provider: Provider, more: dict[str, bool]) -> None:
    make_account("ann", "ann@example.org", **more)
    client = Client()
    answer = through(client)
    assert answer.status_code == 403
    assert client.get("/account").status_code == 302
    assert not Identity.objects.exists()


def test_an_account_that_became_an_operators_is_not_opened(provider: Provider) -> None:
    through(Client())
    User.objects.update(is_staff=True)
    answer = through(Client())
    assert answer.status_code == 403
    assert "operator" in answer.content.decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"iss": "https://elsewhere.example"},
        {"nonce": "another"},
        {"exp": 1_700_000_000},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_this_log_in_is_refused(provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims |= claims
    client = Client()
    assert through(client).status_code == 403
    assert client.get("/account").status_code == 302
    assert not User.objects.exists()


def test_a_token_of_another_key_is_refused(provider: Provider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert through(Client()).status_code == 403


def test_a_token_that_nobody_signed_is_refused_whatever_the_provider_lists(provider: Provider) -> None:
    provider.algorithm = "none"
    assert through(Client()).status_code == 403


def test_another_browser_cannot_end_it_and_nobody_twice(provider: Provider) -> None:
    client = Client()
    there = client.get("/log-in/openid")
    with build_opener(Stays).open(there["Location"]) as answer:
        back = urlsplit(answer.headers["Location"])
    address = f"{back.path}?{back.query}"
    assert Client().get(address).status_code == 403
    assert client.get(address).status_code == 303
    assert client.get(address).status_code == 403


def test_a_provider_that_refuses_or_is_down_is_said(provider: Provider, settings: Any) -> None:
    client = Client()
    client.get("/log-in/openid")
    refused = client.get("/log-in/openid/done?error=access_denied&state=x")
    assert refused.status_code == 403
    settings.OPENID_ISSUER = "http://127.0.0.1:9"
    assert "does not answer" in Client().get("/log-in/openid").content.decode()
    settings.OPENID_ISSUER = provider.issuer.replace("127.0.0.1", "localhost")
    assert Client().get("/log-in/openid").status_code == 403, "it calls itself otherwise"


def test_nobody_is_led_elsewhere_afterwards(provider: Provider) -> None:
    assert through(Client(), "https://elsewhere.example/")["Location"] == "/studies"


def test_a_provider_that_is_down_is_asked_once_and_strangers_leave_no_sessions(
    provider: Provider, settings: Any
) -> None:
    settings.OPENID_ISSUER = provider.issuer.replace("127.0.0.1", "localhost")
    answers = [Client().get(path) for path in ("/log-in/openid", "/log-in/openid", "/log-in/openid/done?state=x")]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert provider.discoveries == 1
    assert not Session.objects.exists()
    settings.OPENID_ISSUER = provider.issuer
    assert Client().get("/log-in/openid").status_code == 302, "another one is asked"


def test_a_network_begins_no_log_ins_without_end(provider: Provider) -> None:
    answers = [Client().get("/log-in/openid", REMOTE_ADDR="203.0.113.9") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [302] * 30 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert Session.objects.count() == 30
    assert Client().get("/log-in/openid", REMOTE_ADDR="198.51.100.1").status_code == 302
