"""Messages to strangers: one at a time to each receiver, nobody waits for another, nothing is sent twice at once."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from arena.boards.rank_webhooks import BOARDS, enqueue_rank_messages, send_test
from arena.models import BoardMessage, BoardWebhook
from providers.accounts.sealing import seal
from providers.alerts.alert_messages import ALERTS
from providers.dispatch.faults import NotSent
from providers.models import AlertDelivery, Receiver
from providers.webhooks import deliver as delivering
from providers.webhooks.attempts import LEASE, claim_due, give_up_late, renew, settle, wait_after
from providers.webhooks.deliver import deliver, post_message
from providers.webhooks.signing import new_secret
from tests.dispatch.test_addresses import SPELLINGS
from tests.watching.test_alerts import make_delivery

pytestmark = pytest.mark.django_db
SECRET = new_secret(b"b" * 32)
SLOW, FINE, DEAD = (f"https://{name}.example/hook" for name in ("slow", "fine", "dead"))


def make_messages(url: str, count: int) -> BoardWebhook:
    webhook, _ = BoardWebhook.objects.get_or_create(name=url, defaults={"url": url, "sealed_secret": seal(SECRET)})
    for _ in range(count):
        send_test(webhook, timezone.now())
    return webhook


class Strangers:
    """Receivers by address; notes when each message came, how old its signature was and how many were there at once."""

    def __init__(self, **answers: Callable[[], int]) -> None:
        self.answers = answers
        self.came: dict[str, list[tuple[float, float]]] = {}
        self.there: dict[str, int] = {}
        self.most_at_once = 0
        self.ids: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        name = url.removeprefix("https://").partition(".")[0]
        with self.lock:
            age = time.time() - int(headers["webhook-timestamp"])
            self.came.setdefault(name, []).append((time.monotonic(), age))
            self.ids.append(headers["webhook-id"])
            self.there[url] = self.there.get(url, 0) + 1
            self.most_at_once = max(self.most_at_once, self.there[url])
        try:
            return self.answers.get(name, lambda: 204)()
        finally:
            with self.lock:
                self.there[url] -= 1


def sleeping(seconds: float, status: int = 204) -> Callable[[], int]:
    def answer() -> int:
        time.sleep(seconds)
        return status

    return answer


def refusing() -> int:
    raise NotSent("upstream", "no connection: refused")


def run_for(seconds: float, post: Any) -> int:
    return deliver((ALERTS, BOARDS), post, shift_s=seconds)


def test_a_slow_receiver_gets_one_at_a_time_and_a_healthy_one_does_not_wait_for_it() -> None:
    make_messages(SLOW, 30)
    make_messages(FINE, 10)
    strangers, began = Strangers(slow=sleeping(2)), time.monotonic()
    run_for(3.0, strangers)
    assert strangers.most_at_once == 1
    late = [came - began for came, _ in strangers.came["fine"]]
    print(f"healthy: 10 messages within {max(late):.2f} s; slow: {len(strangers.came['slow'])} within a shift of 3 s")
    assert len(late) == 10
    assert max(late) < 5
    assert len(strangers.came["slow"]) <= 2
    assert max(age for pairs in strangers.came.values() for _, age in pairs) < 2, "signed when sent, not when begun"
    assert BoardMessage.objects.filter(state="waiting").count() == 30 - len(strangers.came["slow"])


def test_dead_receivers_are_left_alone_for_longer_and_longer_and_healthy_ones_come_first() -> None:
    for number in range(20):
        make_messages(f"https://dead.example/{number}", 2)
    strangers = Strangers(dead=refusing)
    run_for(5, strangers)
    assert len(strangers.came["dead"]) == 20, "one attempt each, not one for each message"
    make_messages(FINE, 3)
    Receiver.objects.filter(failures=1).update(next_at=timezone.now())
    run_for(5, strangers)
    order = sorted((came, name) for name, pairs in strangers.came.items() for came, _ in pairs)
    assert order[20][1] == "fine"
    dead = Receiver.objects.filter(target__startswith="https://dead")
    assert set(dead.values_list("failures", flat=True)) == {2}
    assert [wait_after(n).total_seconds() for n in (1, 2, 3, 4, 5, 99)] == [5, 30, 120, 600, 3600, 3600]


def test_the_next_attempt_is_reckoned_from_the_end_of_the_last() -> None:
    make_messages(SLOW, 1)
    began = timezone.now()
    run_for(1, Strangers(slow=sleeping(0.6, 500)))
    message, receiver = BoardMessage.objects.get(), Receiver.objects.get()
    for next_at in (message.next_at, receiver.next_at):
        assert next_at >= began + timedelta(seconds=5.6)
    assert (message.last_problem, receiver.last_problem) == ("answered with status 500",) * 2
    assert receiver.lease is None


def test_a_message_that_is_always_refused_does_not_hold_up_the_others_of_its_receiver() -> None:
    make_messages(FINE, 5)
    poison = f"msg_{BoardMessage.objects.earliest('pk').message_id.hex}"

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        return 500 if headers["webhook-id"] == poison else 204

    assert run_for(2, post) == 0, "the receiver rests after a failure"
    Receiver.objects.update(next_at=None)
    assert run_for(2, post) == 4


def test_no_message_is_claimed_twice_until_the_lease_of_its_sender_has_lapsed() -> None:
    make_messages(FINE, 2)
    now = timezone.now()
    (attempt,) = claim_due([BOARDS], 10, now)
    assert claim_due([BOARDS], 10, now) == []
    renew([attempt], now + timedelta(seconds=30))
    assert claim_due([BOARDS], 10, now + LEASE) == []
    (again,) = claim_due([BOARDS], 10, now + LEASE + timedelta(seconds=30))
    assert (again.row.message_id, again.attempts) == (attempt.row.message_id, 1), "the killed sender's, the same id"
    settle(attempt, delivering.AttemptEnd(at=now, problem="late"), [BOARDS])
    assert Receiver.objects.get().lease == again.lease, "who has lost the lease changes nothing of the receiver"
    settle(again, delivering.AttemptEnd(at=now), [BOARDS])
    assert BoardMessage.objects.filter(state="delivered").count() == 1
    assert Receiver.objects.get().lease is None


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_gets_each_message() -> None:
    make_messages(FINE, 1)
    make_messages(SLOW, 1)
    claimed: list[Any] = []
    gate = threading.Barrier(6)

    def work() -> None:
        gate.wait()
        claimed.extend(claim_due([BOARDS], 10, timezone.now()))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(attempt.row.receiver.target for attempt in claimed) == [FINE, SLOW]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_stranger_is_waited_for() -> None:
    make_messages(SLOW, 1)
    states: list[str] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            states.extend(state for (state,) in cursor.fetchall())
        connection.close()
        return 204

    assert run_for(2, post) == 1
    assert "idle in transaction" not in states


def test_a_receiver_that_is_gone_hears_nothing_more() -> None:
    make_messages(DEAD, 3)
    run_for(2, Strangers(dead=lambda: 410))
    assert set(BoardMessage.objects.values_list("state", flat=True)) == {"given_up"}
    assert Receiver.objects.get().disabled_at is not None
    enqueue_rank_messages(timezone.now())
    assert not BoardWebhook.objects.get().told.exists()
    make_messages(DEAD, 1)
    assert claim_due([BOARDS], 5, timezone.now() + timedelta(hours=5)) == []
    assert give_up_late([BOARDS], timezone.now() + timedelta(hours=25)) == 1


def test_alerts_and_boards_with_one_address_share_its_turn() -> None:
    make_delivery(target=FINE)
    make_messages(FINE, 2)
    strangers = Strangers(fine=sleeping(0.05))
    assert run_for(5, strangers) == 3
    assert strangers.most_at_once == 1
    assert len(set(strangers.ids)) == 3


def test_a_row_that_cannot_be_sent_holds_up_no_other(settings) -> None:
    settings.EMAIL_HOST = "mail.example"
    broken = make_delivery(channel="email", target="ops@example.org", body={"data": {}})
    make_messages(FINE, 1)
    assert run_for(2, Strangers()) == 1
    broken.refresh_from_db()
    assert (broken.state, broken.last_problem) == ("waiting", "it could not be sent: KeyError")
    assert mail.outbox == []


def test_a_second_run_of_a_process_leaves_the_work_to_the_first() -> None:
    make_messages(FINE, 1)
    with delivering._claiming:
        assert run_for(1, Strangers()) == 0
    assert run_for(1, Strangers()) == 1


def test_a_worker_that_is_to_end_begins_nothing_new() -> None:
    make_messages(FINE, 1)
    delivering.stopping.set()
    try:
        assert run_for(1, Strangers()) == 0
    finally:
        delivering.stopping.clear()
    assert BoardMessage.objects.get().attempts == 0


def test_a_day_old_message_of_a_dead_receiver_is_given_up_with_all_that_waited_as_long() -> None:
    make_messages(DEAD, 3)
    later = timezone.now() + timedelta(hours=25)
    BoardMessage.objects.filter(pk=BoardMessage.objects.latest("pk").pk).update(give_up_at=later + timedelta(hours=9))
    deliver((ALERTS, BOARDS), Strangers(dead=refusing), lambda: later)
    assert sorted(BoardMessage.objects.values_list("state", flat=True)) == ["given_up", "given_up", "waiting"]


@pytest.fixture
def listener():
    """Counts whoever connects to a port of this machine."""
    import socket

    reached: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    client, address = server.accept()
                except TimeoutError:
                    continue
                reached.append(address)
                client.recv(65536)
                client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                client.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], reached
        ended.set()
        thread.join()


def test_no_spelling_of_this_machine_is_posted_to_unless_the_settings_allow_it(listener, settings) -> None:
    port, reached = listener
    more = ("LOCALHOST", "127.0.0.2", "127.255.255.254", "017700000001", "0x7f.1", "[::ffff:7f00:0001]", "127.00.0.1")
    for spelling in (*SPELLINGS, *more):
        for url in (f"http://{spelling}:{port}/x", f"http://user:secret@{spelling}:{port}/x"):
            with pytest.raises(Exception) as caught:
                post_message(url, {}, b"{}")
            assert type(caught.value).__name__ in {"NotAllowed", "NotSent"}, (url, caught.value)
    assert reached == []
    with pytest.raises(Exception, match="LUMENBOARD_PRIVATE_RECEIVERS"):
        post_message(f"http://127.0.0.1:{port}/x", {}, b"{}")
    settings.PRIVATE_RECEIVERS = True
    assert post_message(f"http://127.0.0.1:{port}/x", {}, b"{}") == 204
    with pytest.raises(Exception, match="user name or password"):
        post_message(f"http://user:secret@127.0.0.1:{port}/x", {}, b"{}")
    for never in ("169.254.169.254", "[fe80::1]", "100.100.100.200", "0.0.0.0"):
        with pytest.raises(Exception, match=r"not a public address|no address|no connection"):
            post_message(f"http://{never}:{port}/x", {}, b"{}")
    assert len(reached) == 1


@pytest.mark.parametrize(
    "url", ["https://user:pw@hooks.example/x", "https://user@hooks.example", "http://a\\@b.example/"]
)
def test_an_address_with_a_name_or_password_is_refused_by_field(url: str, admin_client) -> None:
    form = {"name": "news", "url": url, "quiet_minutes": 5}
    page = admin_client.post("/admin/arena/boardwebhook/add/", form).content.decode()
    assert "without a user name" in page or "Enter a valid URL" in page
    form = {"name": "slow", "metric": "p95_ms", "threshold": "900", "window": "1h", "fewest_calls": "10",
            "opens_after": "3", "closes_after": "5", "webhook_url": url, "emails": ""}  # fmt: skip
    page = admin_client.post("/admin/providers/alertrule/add/", form).content.decode()
    assert "without a user name" in page or "Enter a valid URL" in page
    assert not BoardWebhook.objects.exists()


def test_an_at_sign_in_path_or_query_is_no_password(admin_client) -> None:
    form = {"name": "news", "url": "https://hooks.example/@team?to=a@b.example", "quiet_minutes": 5}
    admin_client.post("/admin/arena/boardwebhook/add/", form)
    assert BoardWebhook.objects.exists()


def test_an_answer_is_not_read_beyond_its_status(settings) -> None:
    import socket

    settings.PRIVATE_RECEIVERS = True
    with socket.create_server(("127.0.0.1", 0)) as server:

        def flood() -> None:
            client, _ = server.accept()
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
            try:
                while True:
                    client.sendall(b"x" * 65536)
            except OSError:
                client.close()

        thread = threading.Thread(target=flood)
        thread.start()
        assert post_message(f"http://127.0.0.1:{server.getsockname()[1]}/x", {}, b"{}") == 200
        thread.join(5)
        assert not thread.is_alive()


def test_mail_ends_in_time_where_a_server_sends_a_byte_now_and_then(settings, monkeypatch) -> None:
    import socket

    from providers.webhooks import deliver as mailing

    monkeypatch.setattr(mailing, "MAIL_WITHIN_S", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            client, _ = server.accept()
            try:
                while True:
                    client.sendall(b"2")
                    time.sleep(0.1)
            except OSError:
                client.close()

        thread = threading.Thread(target=drip)
        thread.start()
        backend = mailing.BoundedEmailBackend(
            host="127.0.0.1", port=server.getsockname()[1], use_tls=False, username="", password="", timeout=5
        )
        began = time.monotonic()
        with pytest.raises(OSError):
            backend.open()
        assert time.monotonic() - began < 3
        thread.join(5)
        assert not thread.is_alive()


def test_bodies_stay_the_same_over_attempts() -> None:
    make_messages(FINE, 1)
    bodies: list[Any] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        bodies.append((headers["webhook-id"], json.loads(body)))
        return 503 if len(bodies) == 1 else 204

    run_for(1, post)
    later = timezone.now() + timedelta(minutes=1)
    assert deliver((ALERTS, BOARDS), post, lambda: later) == 1
    assert bodies[0] == bodies[1]
    assert AlertDelivery.objects.count() == 0
    assert isinstance(Receiver.objects.get().last_delivered_at, datetime)
