"""What is late is said so: queues by their oldest message, boards by their oldest vote, receivers by name."""

import json
import time
from datetime import timedelta

import pytest
from celery import Celery
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from arena.boards.rank_webhooks import OUTBOXES
from arena.boards.recompute import board_lag_s, recompute_changed_boards
from arena.models import Board, BoardExclusion, BoardMessage, BoardWebhook, Snapshot, Vote
from lumenboard import celery as site_celery
from lumenboard.pages.status import readiness
from lumenboard.pages.status.readiness import QueueDepth, queue_depths
from lumenboard.queues import DEFAULT, QUEUES
from providers.models import Receiver
from providers.webhooks.attempts import delete_unused_receivers
from providers.webhooks.deliver import deliver
from tests.arena.factories import make_competition, make_model, make_staff, make_votes
from tests.watching.test_delivery import DEAD, FINE, Strangers, make_messages, refusing, run_for

pytestmark = pytest.mark.django_db
NOW = time.time()


def message(**headers: object) -> bytes:
    return json.dumps({"body": "", "headers": headers}).encode()


@pytest.mark.parametrize(
    ("oldest", "age"),
    [
        (None, 0),
        (message(sent_at=NOW - 90), 90),
        (message(sent_at=NOW - 90, eta="2020-01-01T00:00:00+00:00"), 90),
        (message(sent_at=NOW + 5), 0),
        (message(), 0),
        (message(sent_at="soon"), 0),
        (b"\xff not json", 0),
        (b"[]", 0),
    ],
    ids=["none", "old", "past eta", "ahead", "silent", "no number", "no json", "no message"],
)
def test_a_message_is_as_old_as_it_says(oldest: bytes | None, age: float) -> None:
    assert readiness._age_s(oldest, NOW) == pytest.approx(age, abs=0.01)


def test_a_message_for_later_waits_from_then_on() -> None:
    eta = (timezone.now() - timedelta(seconds=20)).isoformat()
    assert readiness._age_s(message(sent_at=NOW - 90, eta=eta), time.time()) == pytest.approx(20, abs=1)


def test_every_message_says_when_it_was_sent() -> None:
    assert site_celery.note_the_time
    app = Celery("one", broker="memory://", set_as_current=False)
    with app.connection_for_write() as link:
        app.send_task("some.task", queue="somewhere", connection=link)
        taken = link.SimpleQueue("somewhere").get(timeout=1)
    headers = json.dumps({"headers": taken.headers}).encode()
    assert abs(json.loads(headers)["headers"]["sent_at"] - time.time()) < 5


class FakeStore:
    """Answers a pipeline as the broker's store would: a length and the oldest message of each queue."""

    def __init__(self, oldest: bytes) -> None:
        self.oldest, self.asked = oldest, []

    def pipeline(self, transaction: bool) -> "FakeStore":
        return self

    def llen(self, queue: str) -> None:
        self.asked.append(3)

    def lindex(self, queue: str, place: int) -> None:
        assert place == -1
        self.asked.append(self.oldest)

    def execute(self) -> list[object]:
        return self.asked


def test_a_queue_that_is_behind_makes_the_site_unready_in_words(client: Client, monkeypatch) -> None:
    depths = {**dict.fromkeys(QUEUES, QueueDepth(0, 0.0)), DEFAULT: QueueDepth(9, 75.4)}
    monkeypatch.setattr(readiness, "queue_depths", lambda: depths)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    detail = "9 messages wait, the oldest for 75 s; up to 60 s are usual"
    assert answer.json()["checks"]["queue celery"] == {"ok": False, "detail": detail}
    assert answer.json()["checks"]["queue outbound"] == {"ok": True, "detail": "empty"}


def test_depths_are_read_from_the_end_that_workers_take_from(monkeypatch, settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(readiness, "ask_valkey", lambda question: question(FakeStore(message(sent_at=time.time() - 7))))
    depths = queue_depths()
    assert depths
    assert {(depth.messages, round(depth.oldest_s)) for depth in depths.values()} == {(3, 7)}


def vote_on(competition, left, right) -> None:
    make_votes(competition, (left, right, "left", 5))
    Vote.objects.update(cast_at=timezone.now() - timedelta(minutes=7))


def test_votes_that_their_board_does_not_show_are_a_lag_since_the_last_computation(client: Client) -> None:
    competition, left, right = make_competition(), make_model(), make_model()
    assert board_lag_s(timezone.now()) == 0
    vote_on(competition, left, right)
    recompute_changed_boards()
    assert board_lag_s(timezone.now()) == 0
    vote_on(competition, left, right)
    assert board_lag_s(timezone.now()) < 30, "the vote says an old time, the board was computed a moment ago"
    Snapshot.objects.update(computed_at=timezone.now() - timedelta(hours=1))
    assert board_lag_s(timezone.now()) == pytest.approx(420, abs=20)
    check = client.get("/health/ready").json()["checks"]["boards"]
    assert check["ok"] is False
    assert check["detail"].startswith("oldest vote that its board does not show: 4")
    assert b"lumenboard_board_lag_seconds 4" in client.get("/metrics").content
    recompute_changed_boards()
    assert board_lag_s(timezone.now()) == 0


def test_votes_for_a_model_that_is_kept_off_a_board_are_no_lag() -> None:
    competition, left, right, third = make_competition(), make_model(), make_model(), make_model()
    vote_on(competition, left, right)
    recompute_changed_boards()
    BoardExclusion.objects.create(board=Board.objects.get(kind="mode"), model=third, reason="a test")
    vote_on(competition, left, third)
    recompute_changed_boards()
    Snapshot.objects.update(computed_at=timezone.now() - timedelta(hours=1))
    assert board_lag_s(timezone.now()) == 0


def test_operators_see_who_takes_nothing_why_and_what_waits_and_send_it_again(admin_client: Client) -> None:
    make_messages(DEAD, 3)
    make_messages(FINE, 1)
    run_for(2, Strangers(dead=refusing))
    Receiver.objects.filter(target=DEAD).update(failures=4)
    page = admin_client.get("/ops/messages").content.decode()
    assert DEAD in page
    assert "no connection: refused" in page
    assert "4 failures in a row" in page
    assert FINE not in page
    assert '<a href="/ops/messages">1 failing receiver of messages</a>' in admin_client.get("/ops").content.decode()
    receiver = Receiver.objects.get(target=DEAD)
    BoardMessage.objects.filter(pk=BoardMessage.objects.filter(receiver=receiver)[0].pk).update(state="given_up")
    url = f"/ops/messages/{receiver.pk}/again"
    asked = admin_client.get(url).content.decode()
    assert "3 messages, 1 of them given up before, for https://dead.example/hook will leave now" in asked
    assert admin_client.post(url).status_code == 303
    assert deliver(OUTBOXES, Strangers()) == 3
    assert "Every message was delivered" in admin_client.get("/ops/messages").content.decode()


def test_a_receiver_that_is_gone_is_tried_when_an_operator_says_so(admin_client: Client) -> None:
    make_messages(DEAD, 1)
    run_for(2, Strangers(dead=lambda: 410))
    assert "removed, since it answered that it is gone for good" in admin_client.get("/ops/messages").content.decode()
    admin_client.post(f"/ops/messages/{Receiver.objects.get().pk}/again")
    assert run_for(2, Strangers()) == 1
    assert Receiver.objects.get().disabled_at is None


def test_sending_again_needs_its_permission(client: Client) -> None:
    make_messages(DEAD, 1)
    staff = make_staff()
    client.force_login(staff)
    url = f"/ops/messages/{Receiver.objects.get().pk}/again"
    assert client.post(url).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="change_receiver"))
    assert client.post(url).status_code == 303


def test_receivers_nobody_writes_to_any_more_are_forgotten() -> None:
    make_messages(DEAD, 1)
    make_messages(FINE, 1)
    BoardWebhook.objects.get(url=DEAD).delete()
    assert delete_unused_receivers(OUTBOXES) == 1
    assert Receiver.objects.get().target == FINE


def test_metrics_say_how_much_waits_and_for_how_long(client: Client) -> None:
    make_messages(DEAD, 2)
    BoardMessage.objects.update(created_at=timezone.now() - timedelta(seconds=100))
    text = client.get("/metrics").content.decode()
    assert "lumenboard_messages_waiting 2.0" in text
    assert "lumenboard_message_oldest_seconds 10" in text
    assert 'lumenboard_queue_oldest_seconds{queue="outbound"} 0.0' in text
