"""Members log in with a password or a mailed link; a link works once, soon, and tells nobody who has an account."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from lumenboard.accounts.one_time import link_of
from tests.accounts.factories import code_of, turn_on
from tests.studies.factories import PASSWORD, Worker, broker_at, client_of, mailed_links, make_account

pytestmark = pytest.mark.django_db
ADDRESS = "ann@example.org"


@pytest.fixture
def ann() -> User:
    return make_account("ann", ADDRESS)


def log_in(client: Client, name: str = "ann", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/log-in", {"username": name, "password": password, **more})


def ask(address: str = ADDRESS, host: str = "192.0.2.1", **more: str) -> Any:
    return Client().post("/log-in/link", {"address": address, **more}, REMOTE_ADDR=host)


def is_in(client: Client) -> bool:
    return client.get("/studies").status_code == 200


def test_an_account_that_is_no_operators_logs_in_and_out(ann: User) -> None:
    client = Client()
    assert client.get("/studies")["Location"] == "/log-in?next=%2Fstudies"
    page = client.get("/log-in?next=/account")
    assert (page.status_code, page["X-Robots-Tag"]) == (200, "noindex")
    assert "no-store" in page["Cache-Control"]
    assert log_in(client, next="/account")["Location"] == "/account"
    assert is_in(client)
    assert client.post("/log-out").status_code == 303
    assert not is_in(client)
    assert client.get("/log-out").status_code == 405


def test_wrong_passwords_are_counted_as_everywhere(ann: User) -> None:
    answers = [log_in(Client(), password=f"wrong {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Too many log-ins" in answers[-1].content.decode()


def test_an_address_is_typed_in_any_case() -> None:
    make_account(ADDRESS, ADDRESS)
    client = Client()
    assert log_in(client, "Ann@Example.ORG").status_code == 303
    assert is_in(client)


def test_an_operator_needs_the_second_factor_here_too() -> None:
    operator = User.objects.create_superuser("operator", ADDRESS, PASSWORD)
    key, _ = turn_on(operator)
    client = Client()
    refused = log_in(client, "operator")
    assert refused.status_code == 400
    assert "second factor" in refused.content.decode()
    assert not is_in(client)
    assert log_in(client, "operator", code=code_of(key, 1)).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(ann: User, target: str) -> None:
    assert log_in(Client(), next=target)["Location"] == "/studies"


def test_a_mailed_link_logs_in_once(ann: User, mail_worker: Worker) -> None:
    assert ask("Ann@example.org", next="/account").status_code == 200
    assert mail_worker.run() == [True]
    assert mail.outbox[0].to == [ADDRESS]
    (link,) = mailed_links()
    first, second = Client(), Client()
    assert first.get(link).status_code == second.get(link).status_code == 200
    assert not is_in(first), "opening it logs nobody in: programs open links of mails"
    path, _, query = link.partition("?")
    assert first.post(path, {"next": "/account"})["Location"] == "/account"
    assert is_in(first)
    assert second.post(path).status_code == second.get(link).status_code == 410
    assert not is_in(second)
    assert query == "next=%2Faccount"


def test_a_link_ends_after_a_quarter_of_an_hour(ann: User, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    link = link_of(ann)
    assert Client().get(link).status_code == 200
    settings.PASSWORD_RESET_TIMEOUT = 0
    time.sleep(1.1)
    assert Client().get(link).status_code == 410


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": True}, {"email": "other@example.org"}])
def test_a_link_ends_with_what_it_was_given_for(ann: User, change: dict[str, Any]) -> None:
    link = link_of(ann)
    User.objects.filter(pk=ann.pk).update(**change)
    assert Client().post(link).status_code == 410


@pytest.mark.parametrize(
    "link", ["/log-in/x/y", "/log-in/MQ/abc-def", "/log-in/%FF/a", "/log-in/OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b"]
)
def test_what_is_no_link_is_refused(ann: User, link: str) -> None:
    assert Client().get(link).status_code in {404, 410}
    assert Client().post(link).status_code in {404, 410}


def test_nobody_learns_who_has_an_account(ann: User, mail_worker: Worker) -> None:
    known, unknown = ask(), ask("nobody@example.org")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert mail_worker.run() == [True, False]
    assert len(mail.outbox) == 1


def test_operators_get_no_link(mail_worker: Worker) -> None:
    User.objects.create_superuser("operator", ADDRESS, PASSWORD)
    assert ask().status_code == 200
    assert mail_worker.run() == [False]
    assert mail.outbox == []


def test_two_accounts_at_one_address_get_none(ann: User, mail_worker: Worker) -> None:
    make_account("bea", ADDRESS.upper())
    ask()
    assert mail_worker.run() == [False]


def test_a_mailbox_is_not_filled_and_a_network_asks_not_for_thousands(ann: User, mail_worker: Worker) -> None:
    answers = [ask(host=f"198.51.{number}.1").status_code for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    others = [ask(f"a{number}@example.org", host="203.0.113.9").status_code for number in range(12)]
    assert others == [200] * 10 + [429] * 2


def test_without_a_mail_server_no_link_is_offered(ann: User, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert "by mail" not in Client().get("/log-in").content.decode()
    assert ask().status_code == 409


def test_a_broker_that_is_down_is_said(ann: User) -> None:
    with broker_at("redis://127.0.0.1:1/0"):
        assert ask().status_code == 503


def test_a_forgotten_password_is_set_after_a_link(ann: User) -> None:
    client = Client()
    client.post(link_of(ann))
    assert 'name="old"' not in client.get("/account").content.decode()
    assert client.post("/account", {"password": "short"}).status_code == 400
    assert client.post("/account", {"password": "another long secret"}).status_code == 303
    assert is_in(client)
    assert log_in(Client()).status_code == 400
    assert log_in(Client(), password="another long secret").status_code == 303


def test_a_password_is_changed_with_the_present_one_and_other_sessions_end(ann: User) -> None:
    here, elsewhere = client_of(ann), client_of(ann)
    assert here.post("/account", {"old": "wrong", "password": "another long secret"}).status_code == 400
    assert here.post("/account", {"old": PASSWORD, "password": "another long secret"}).status_code == 303
    assert is_in(here)
    assert not is_in(elsewhere)


def test_a_second_factor_that_is_required_of_staff_is_not_asked_of_members(ann: User, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client = Client()
    assert log_in(client)["Location"] == "/studies"
    assert is_in(client)
    make_account("staff", is_staff=True)
    operator = Client()
    assert log_in(operator, "staff")["Location"] == "/account/second-factor?next=%2Fstudies"
    assert not is_in(operator)
    assert operator.get("/account/second-factor").status_code == 200
