"""Webhooks of boards: told when a rank moved and not else, once, signed, with what moved and why."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from arena.boards.rank_webhooks import BOARDS, delete_old_messages, enqueue_rank_messages, send_test
from arena.boards.recompute import recompute_changed_boards
from arena.boards.snapshots import thin_history
from arena.models import Board, BoardMessage, BoardWebhook, Snapshot, ToldBoard
from providers.accounts.sealing import seal, unseal
from providers.models import ImageModel, Receiver
from providers.webhooks.deliver import deliver
from providers.webhooks.signing import new_secret, webhook_headers
from tests.arena.factories import make_competition, make_model, make_votes
from tests.docs.pages import ROOT

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECRET = new_secret(b"b" * 32)
MODE = "mode-text-to-image"


def make_webhook(*boards: str, **fields) -> BoardWebhook:
    known = {"name": "news", "url": "https://hooks.example/ranks", "sealed_secret": seal(SECRET), "quiet_minutes": 15}
    webhook = BoardWebhook.objects.create(**{**known, **fields})
    webhook.boards.set(Board.objects.filter(key__in=boards))
    return webhook


class World:
    """A competition of two models, Aster ahead of Birch."""

    def __init__(self) -> None:
        self.competition = make_competition("Tin robots")
        self.first, self.second = make_model("Aster", slug="aster"), make_model("Birch", slug="birch")
        self.vote(self.first, self.second, 6)

    def vote(self, winner: ImageModel, loser: ImageModel, n: int) -> None:
        make_votes(self.competition, (winner, loser, "left", n))
        recompute_changed_boards()


def take_messages(now: datetime) -> list[tuple[dict[str, str], dict]]:
    taken = []

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        taken.append((headers, json.loads(body)))
        assert headers == webhook_headers(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        return 204

    deliver([BOARDS], post, lambda: now)
    return taken


def test_a_receiver_starts_from_the_ranks_of_the_moment_and_hears_of_what_moves_after() -> None:
    world, _ = World(), make_webhook(MODE)
    assert enqueue_rank_messages(NOW) == 0
    world.vote(world.second, world.first, 20)
    assert enqueue_rank_messages(NOW) == 1
    ((headers, message),) = take_messages(NOW)
    assert headers["webhook-id"] == f"msg_{BoardMessage.objects.get().message_id.hex}"
    assert (message["type"], message["timestamp"]) == ("board.ranks_changed", NOW.isoformat())
    data = message["data"]
    assert (data["board"], data["url"]) == (MODE, f"http://127.0.0.1:8000/leaderboards/{MODE}")
    assert (data["before"]["votes"], data["after"]["votes"]) == (6, 26)
    assert [(row["slug"], row["rank_before"], row["rank"]) for row in data["models"]] == [
        ("birch", 2, 1),
        ("aster", 1, 2),
    ]
    assert data["models"][0]["reasons"] == [
        "its own battles since: +20 wins, +0 losses, +0 ties",
        "it is rated above Aster now",
    ]
    assert data["after"]["digest"] == Snapshot.objects.get(id=int(data["changes_url"].partition("to=")[2])).digest


def test_votes_that_move_no_rank_say_nothing_and_the_newer_snapshot_is_what_is_known() -> None:
    world, webhook = World(), make_webhook(MODE)
    enqueue_rank_messages(NOW)
    world.vote(world.first, world.second, 5)
    assert enqueue_rank_messages(NOW) == 0
    assert webhook.told.get().snapshot == Snapshot.objects.get(
        board__key=MODE, is_current=True, method="bradley-terry", variant="prior=1"
    )


def test_nothing_is_told_twice() -> None:
    world, _ = World(), make_webhook(MODE)
    enqueue_rank_messages(NOW)
    world.vote(world.second, world.first, 20)
    assert [enqueue_rank_messages(NOW), enqueue_rank_messages(NOW + timedelta(days=1))] == [1, 0]
    assert (len(take_messages(NOW)), len(take_messages(NOW))) == (1, 0)


def test_a_board_that_swings_is_told_once_in_its_quiet_time_and_then_as_a_sum() -> None:
    world, _ = World(), make_webhook(MODE)
    enqueue_rank_messages(NOW)
    world.vote(world.second, world.first, 20)
    assert enqueue_rank_messages(NOW) == 1
    world.vote(world.first, world.second, 40)
    assert enqueue_rank_messages(NOW + timedelta(minutes=14)) == 0
    world.vote(world.second, world.first, 80)
    assert enqueue_rank_messages(NOW + timedelta(minutes=16)) == 0, (
        "back where it was: no rank differs from what was told"
    )
    world.vote(world.first, world.second, 160)
    assert enqueue_rank_messages(NOW + timedelta(minutes=17)) == 1


def test_without_chosen_boards_all_are_heard_of_and_a_board_taken_out_is_forgotten() -> None:
    world, webhook = World(), make_webhook()
    enqueue_rank_messages(NOW)
    assert webhook.told.count() == Board.objects.count() == 2
    webhook.boards.set(Board.objects.filter(key=MODE))
    world.vote(world.second, world.first, 20)
    assert enqueue_rank_messages(NOW) == 1
    assert [told.board.key for told in webhook.told.all()] == [MODE]


def test_a_webhook_that_is_switched_off_tells_and_carries_nothing() -> None:
    world, webhook = World(), make_webhook(MODE)
    enqueue_rank_messages(NOW)
    world.vote(world.second, world.first, 20)
    enqueue_rank_messages(NOW)
    BoardWebhook.objects.update(is_enabled=False)
    assert take_messages(NOW) == []
    world.vote(world.first, world.second, 40)
    assert enqueue_rank_messages(NOW + timedelta(days=1)) == 0
    assert webhook.messages.get().state == "waiting"


def test_what_a_receiver_knows_is_not_thinned_out_of_history() -> None:
    world, webhook = World(), make_webhook(MODE)
    enqueue_rank_messages(NOW)
    known = webhook.told.get().snapshot_id
    world.vote(world.second, world.first, 20)
    world.vote(world.second, world.first, 20)
    Snapshot.objects.update(computed_at=NOW - timedelta(days=30))
    assert thin_history(NOW) > 0
    assert ToldBoard.objects.get().snapshot_id == known
    assert enqueue_rank_messages(NOW) == 1


class Listener(BaseHTTPRequestHandler):
    """Answers the first try of each message with 503."""

    taken: ClassVar[list[tuple[Message, bytes]]]

    def do_POST(self) -> None:
        self.taken.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204 if len(self.taken) > 1 else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[Message, bytes]]]]:
    Listener.taken = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ranks", Listener.taken
        server.shutdown()


def test_a_receiver_that_checks_as_the_handbook_prints_takes_the_message_over_http(settings) -> None:
    settings.PRIVATE_RECEIVERS = True
    (printed,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/embeds.md").read_text(), re.DOTALL)
    place: dict[str, Any] = {}
    exec(printed, place)
    with receiver() as (url, taken):
        message = send_test(make_webhook(url=url), timezone.now())
        assert deliver([BOARDS]) == 0
        message.refresh_from_db()
        assert (message.state, message.last_problem) == ("waiting", "answered with status 503")
        BoardMessage.objects.update(next_at=NOW)
        Receiver.objects.update(next_at=None)
        assert deliver([BOARDS]) == 1
    (first, _), (headers, body) = taken
    assert first["webhook-id"] == headers["webhook-id"]
    assert place["is_genuine"](SECRET, headers, body)
    assert not place["is_genuine"](SECRET, headers, body.replace(b"news", b"fake"))
    assert not place["is_genuine"](new_secret(b"x" * 32), headers, body)
    headers.replace_header("webhook-timestamp", str(int(headers["webhook-timestamp"]) - 400))
    assert not place["is_genuine"](SECRET, headers, body)


def test_messages_that_ended_long_ago_are_forgotten_and_waiting_ones_are_not() -> None:
    webhook = make_webhook()
    for state in ("delivered", "given_up", "waiting"):
        message = send_test(webhook, NOW)
        delivered_at = NOW if state == "delivered" else None
        BoardMessage.objects.filter(pk=message.pk).update(
            state=state, delivered_at=delivered_at, created_at=NOW - timedelta(days=31)
        )
    send_test(webhook, NOW)
    assert delete_old_messages(NOW) == 2
    assert BoardMessage.objects.filter(state="waiting").count() == 2


def test_looking_for_changes_costs_the_same_for_many_boards_that_stand_still(django_assert_num_queries) -> None:
    for _ in range(4):
        make_votes(make_competition(), (make_model(), make_model(), "left", 5))
    recompute_changed_boards()
    make_webhook()
    enqueue_rank_messages(NOW)
    with django_assert_num_queries(5):
        enqueue_rank_messages(NOW)


def test_an_operator_makes_a_webhook_sees_its_secret_once_and_sends_a_test(admin_client) -> None:
    World()
    form = {"name": "news", "is_enabled": "on", "url": "https://hooks.example/ranks", "boards": [], "quiet_minutes": 5}
    page = admin_client.post("/admin/arena/boardwebhook/add/", form, follow=True).content.decode()
    webhook = BoardWebhook.objects.get()
    assert unseal(webhook.sealed_secret) in page
    assert len(base64.b64decode(unseal(webhook.sealed_secret).removeprefix("whsec_"))) == 32
    assert "whsec_" not in admin_client.get(f"/admin/arena/boardwebhook/{webhook.pk}/change/").content.decode()
    action = {"action": "send_tests", "_selected_action": [webhook.pk]}
    assert "1 test message" in admin_client.post("/admin/arena/boardwebhook/", action, follow=True).content.decode()
    assert BoardMessage.objects.get().body["type"] == "webhook.test"
    assert admin_client.get("/admin/arena/boardmessage/").status_code == 200


def test_an_address_that_is_none_is_refused_by_name(admin_client) -> None:
    form = {"name": "news", "url": "ftp://hooks.example", "quiet_minutes": "99999"}
    page = admin_client.post("/admin/arena/boardwebhook/add/", form).content.decode()
    assert "Enter a valid URL" in page
    assert "less than or equal to 10080" in page
    assert not BoardWebhook.objects.exists()
