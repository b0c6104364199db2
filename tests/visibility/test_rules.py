"""What becomes of votes, pairs, messages and caches when a competition goes back to draft."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from arena.boards.methods import FITTED
from arena.boards.rank_webhooks import enqueue_rank_messages
from arena.boards.recompute import recompute_boards, recompute_changed_boards
from arena.boards.table import board_table
from arena.models import Board, BoardMessage, BoardWebhook, Competition, Entry, Vote, Voter
from arena.models.competitions import public_models
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes
from tests.facts.factories import make_endpoint
from tests.voting.factories import look, make_contest, make_picture, send

pytestmark = pytest.mark.django_db
MODE = "mode-text-to-image"


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def put_back(competition: Competition) -> None:
    Competition.objects.filter(pk=competition.pk).update(status="draft")


def board_votes(key: str) -> int:
    made = board_table(key).computation
    return made.votes if made else 0


def test_votes_of_a_draft_leave_the_wider_boards_and_come_back_with_it() -> None:
    a, b, c = make_model(), make_model(), make_model()
    first, second = make_competition(), make_competition("Another")
    make_votes(first, (a, b, "left", 6))
    make_votes(second, (b, c, "left", 5))
    recompute_changed_boards()
    assert board_votes(MODE) == 11
    before = board_table(MODE).computation
    put_back(second)
    assert [row.slug for row in board_table(MODE).rows] == [a.slug, b.slug]  # at once, without the draft's model
    recompute_changed_boards()
    assert board_votes(MODE) == 6
    assert Client().get(f"/api/v1/leaderboards/{MODE}/votes").getvalue().count(b"\n") == 1 + 6
    Competition.objects.filter(pk=second.pk).update(status="open")
    recompute_changed_boards()
    after = board_table(MODE).computation
    assert before is not None
    assert after is not None
    assert (after.votes, after.digest) == (11, before.digest)


def test_places_are_counted_anew_where_the_leader_is_unannounced() -> None:
    a, b, c = make_model(), make_model(), make_model()
    make_votes(make_competition(), (b, c, "left", 6))
    draft = make_competition("Another")
    make_votes(draft, (a, b, "left", 9))
    recompute_changed_boards()
    assert board_table(MODE).rows[0].slug == a.slug
    put_back(draft)
    shown = board_table(MODE)
    assert [(row.slug, row.rank) for row in shown.rows] == [(b.slug, 1), (c.slug, 2)]
    assert shown.computation is not None
    assert shown.computation.ranked_models == 2
    for page in ("/", f"/leaderboards/{MODE}", f"/embed/{MODE}/badge.svg", f"/api/v1/leaderboards/{MODE}"):
        answer = Client().get(page)
        assert answer.status_code == 200
        assert a.name.encode() not in answer.content


def test_a_draft_keeps_a_board_of_its_own_for_its_operators(admin_client: Client) -> None:
    a, b = make_model(), make_model()
    draft = make_competition(status="draft")
    make_votes(draft, (a, b, "left", 5))
    key = f"competition-{draft.public_id}"
    recompute_changed_boards()
    assert Board.objects.get(key=key).snapshots.filter(is_current=True).count() == len(FITTED)
    answer = admin_client.get(f"/leaderboards/{key}")
    assert a.name in answer.content.decode()
    assert "not public" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"
    assert Client().get(f"/leaderboards/{key}").status_code == 404


def test_a_model_is_unannounced_before_its_first_draft_and_after_its_last() -> None:
    early = make_model(is_announced=False)
    assert early not in public_models()
    draft = make_competition(status="draft")
    make_entry(draft, early)
    assert early not in public_models()
    draft.delete()
    assert early not in public_models()
    make_entry(make_competition(), early)
    assert early in public_models()


def test_the_upgrade_leaves_the_models_of_drafts_unannounced() -> None:
    catalogued, draft_only, shown, sold = (make_model() for _ in range(4))
    for model in (draft_only, shown, sold):
        make_entry(make_competition(status="draft"), model)
    make_entry(make_competition(), shown)
    make_endpoint(sold)
    with connection.cursor() as cursor:
        cursor.execute(import_module("arena.migrations.0017_unannounced_models").NOT_ANNOUNCED)
    marked = ImageModel.objects.filter(is_announced=True)
    assert set(marked) == {catalogued, shown, sold}


def test_a_waiting_pair_of_a_draft_is_void() -> None:
    contest, _ = make_contest()
    client = Client()
    shown = look(client)
    put_back(contest)
    assert client.get(f"/battles/{shown.battle}/a").status_code == 404
    assert client.get(f"/battles/{shown.battle}").headers["Location"] == "/vote"
    refused = send(client, shown, accept="application/json")
    assert (refused.status_code, refused.json()["reason"]) == (410, "void")
    assert Vote.objects.count() == 0
    assert "Tin robots" not in client.get("/vote").content.decode()
    assert client.get(f"/vote/{contest.public_id}").status_code == 404


def test_a_pair_whose_entry_is_held_again_is_void() -> None:
    make_contest(2)
    client = Client()
    shown = look(client)
    Entry.objects.filter(pk=Entry.objects.first().pk).update(status="held")  # type: ignore[union-attr]
    assert send(client, shown, accept="application/json").status_code == 410
    assert client.get(f"/battles/{shown.battle}/b").status_code == 404


def test_a_revealed_pair_of_a_draft_names_nobody() -> None:
    contest, models = make_contest(2)
    client = Client()
    shown = look(client)
    send(client, shown)
    send(client, shown, step="reveal")
    assert models[0].name in client.get(f"/battles/{shown.battle}").content.decode()
    put_back(contest)
    answer = client.get(f"/battles/{shown.battle}", follow=True)
    assert models[0].name not in answer.content.decode()


def test_receivers_hear_of_public_boards_alone() -> None:
    a, b = make_model(), make_model()
    draft = make_competition(status="draft")
    make_votes(draft, (a, b, "left", 5))
    recompute_boards(Board.objects.values_list("pk", flat=True))
    hook = BoardWebhook.objects.create(name="all", url="https://receiver.example/", quiet_minutes=0)
    enqueue_rank_messages(timezone.now())
    make_votes(draft, (b, a, "left", 20))
    recompute_boards(Board.objects.values_list("pk", flat=True))
    enqueue_rank_messages(timezone.now())
    assert not hook.told.filter(board__kind="competition").exists()
    assert BoardMessage.objects.count() == 0


def test_a_retired_picture_is_shown_no_more_and_its_record_stays() -> None:
    competition, model, image = make_competition(), make_model(), make_picture(1)
    entry = make_entry(competition, model, image=image, wins=3)
    assert Client().get(image.get_absolute_url()).getvalue()
    Entry.objects.filter(pk=entry.pk).update(status="retired")
    assert Client().get(image.get_absolute_url()).status_code == 404
    page = Client().get(competition.get_absolute_url()).content.decode()
    assert model.name in page
    assert image.sha256 not in page
    row = Client().get("/api/v1/entries").json()["items"][0]
    assert (row["id"], row["status"], row["image"], row["wins"]) == (entry.public_id, "retired", None, 3)


def test_a_picture_in_a_draft_and_in_the_open_is_public() -> None:
    image = make_picture(1)
    make_entry(make_competition(status="draft"), make_model(), image=image)
    assert Client().get(image.get_absolute_url()).status_code == 404
    make_entry(make_competition(), make_model(), image=image)
    answer = Client().get(image.get_absolute_url())
    assert answer.getvalue()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


def test_a_log_in_without_the_permission_is_a_stranger() -> None:
    draft = make_competition(status="draft")
    user = User.objects.create_user("staff", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(draft.get_absolute_url()).status_code == 404
    user.user_permissions.add(Permission.objects.get(codename="view_competition"))
    assert client.get(draft.get_absolute_url()).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(draft.get_absolute_url()).status_code == 404


def test_a_public_page_depends_on_no_session() -> None:
    competition = make_competition()
    make_entry(competition, make_model(), image=make_image())
    for path in (competition.get_absolute_url(), "/leaderboards", "/gallery", "/models"):
        assert "Cookie" not in Client().get(path).headers.get("Vary", ""), path


def test_models_are_public_by_endpoint_entry_report_or_as_catalogue() -> None:
    bare, held, drafted, retired = (make_model(slug) for slug in ("bare", "held", "drafted", "retired"))
    draft, opened = make_competition(status="draft"), make_competition()
    make_entry(opened, held, status="held")
    make_entry(draft, drafted)
    make_entry(opened, retired, status="retired")
    assert set(public_models()) == {bare, retired}


def test_a_stranger_without_a_vote_leaves_no_voter_for_a_draft() -> None:
    draft = make_competition(status="draft")
    assert Client().get(f"/vote/{draft.public_id}").status_code == 404
    assert Voter.objects.count() == 0
