"""Log-ins are slowed down per account and address, and per network; logged without what was typed; never for good."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory

from lumenboard.accounts import log_in_limits
from lumenboard.accounts.log_in_limits import wait_in_words
from lumenboard.counters import forget_counters
from tests.accounts.factories import PASSWORD, log_in, make_operator

pytestmark = pytest.mark.django_db
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def operator(settings) -> User:
    settings.PASSWORD_HASHERS = CHEAP
    forget_counters()
    return make_operator()


def fail(client: Client, times: int, **more: str) -> list[int]:
    return [log_in(client, password=f"wrong {number}", **more).status_code for number in range(times)]


def test_150_wrong_log_ins_are_slowed_down_and_logged_and_elsewhere_the_right_one_works(caplog) -> None:
    caplog.set_level(logging.INFO)
    client = Client()
    assert fail(client, 150) == [200] * 5 + [429] * 145
    locked = log_in(client)
    assert locked.status_code == 429
    assert 1 <= int(locked["Retry-After"]) <= 60
    assert "Too many log-ins were tried. Try again in" in locked.content.decode()
    assert log_in(Client(), host="198.51.100.9").status_code == 302
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("lumenboard.accounts")]
    assert lines.count("log-in as operator from 192.0.2.1 failed: wrong password") == 5
    refused = [line for line in lines if "are refused for" in line]
    assert len(refused) == 1
    assert "wrong 1" not in caplog.text
    assert PASSWORD not in caplog.text


def test_the_waits_grow_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    forget_counters()
    waits = []
    for _ in range(8):
        while (answer := log_in(Client(), password="wrong")).status_code == 200:
            pass
        waits.append(int(answer["Retry-After"]))
        now[0] += waits[-1] + 1
    assert max(waits[:2]) <= 60 < waits[2] <= 600 < max(waits) <= 3600
    now[0] += 3600
    assert log_in(Client()).status_code == 302


def test_a_log_in_that_succeeds_forgets_the_wrong_ones() -> None:
    for _ in range(4):
        assert fail(Client(), 4) == [200] * 4
        assert log_in(Client()).status_code == 302


def test_others_on_the_line_and_other_accounts_of_the_address_are_not_shut_out() -> None:
    make_operator("second")
    assert fail(Client(), 6)[-1] == 429
    assert log_in(Client(), "second").status_code == 302
    assert fail(Client(), 6, host="2001:db8:1:2::1")[-1] == 429
    assert log_in(Client(), host="2001:db8:1:2:ffff::9").status_code == 429
    assert log_in(Client(), host="2001:db8:1:3::9").status_code == 302


def test_a_network_that_tries_many_accounts_is_slowed_down_too() -> None:
    answers = [log_in(Client(), f"name{n}", "wrong", host=f"203.0.113.{n}").status_code for n in range(40)]
    assert answers == [200] * 30 + [429] * 10
    assert log_in(Client(), host="203.0.113.250").status_code == 429
    assert log_in(Client(), host="203.0.114.1").status_code == 302


def test_what_is_no_account_is_not_written_to_the_log(caplog) -> None:
    caplog.set_level(logging.INFO)
    for typed in ("my password by mistake", "x\x00", "two\nlines"):
        log_in(Client(), typed, "wrong")
    assert "my password" not in caplog.text
    assert caplog.text.count("log-in as an unknown account from 192.0.2.1 failed") >= 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_tries() -> None:
    def attempt(number: int) -> int:
        try:
            return log_in(Client(), password=f"wrong {number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(60)))
    assert answers.count(200) <= 5
    assert set(answers) == {200, 429}


def test_passwords_take_no_more_threads_than_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(log_in_limits.CHECKED_AT_ONCE):
        assert log_in_limits.checking.acquire(blocking=False)
    try:
        answer = log_in(Client())
        assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    finally:
        for _ in range(log_in_limits.CHECKED_AT_ONCE):
            log_in_limits.checking.release()
    assert log_in(Client()).status_code == 302


def test_every_form_that_checks_a_password_is_counted() -> None:
    request = RequestFactory().post("/another/form", REMOTE_ADDR="192.0.2.1")
    for _ in range(5):
        assert authenticate(request, username="operator", password="wrong") is None
    assert authenticate(request, username="operator", password=PASSWORD) is None
    assert authenticate(username="operator", password=PASSWORD) is not None


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_a_log_in_with_a_foreign_address_to_go_to_ends_on_a_page_that_exists(target: str) -> None:
    client = Client()
    answer = client.post("/admin/login/", {"username": "operator", "password": PASSWORD, "next": target}, follow=True)
    assert answer.redirect_chain == [("/ops", 302)]
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("wait_s", "words"), [(1, "1 second"), (99, "99 seconds"), (101, "2 minutes"), (3600, "60 minutes")]
)
def test_a_wait_in_words(wait_s: int, words: str) -> None:
    assert wait_in_words(wait_s) == words
