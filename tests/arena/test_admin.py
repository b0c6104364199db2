"""The operator's screens: every list and form opens in few queries, and the actions do what they say."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from arena.boards.rank_webhooks import send_test
from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import (
    Board,
    BoardExclusion,
    BoardWebhook,
    Category,
    Competition,
    Entry,
    PairReport,
    PromptSuggestion,
    RefusedVote,
    Snapshot,
    Tally,
    Vote,
    VoteFlag,
    VoteImport,
)
from providers.models import ImageModel
from tests.arena.factories import import_text, make_competition, make_entry, make_image, make_model, make_votes
from tests.parity.factories import make_parity_rows

pytestmark = pytest.mark.django_db
OURS = sorted((m for m in admin.site._registry if m._meta.app_label == "arena"), key=lambda m: m.__name__)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def make_world(competitions: int = 2) -> list[ImageModel]:
    models = [make_model() for _ in range(4)]
    category = Category.objects.get_or_create(slug="portrait", mode="text-to-image", defaults={"name": "Portrait"})[0]
    for number in range(competitions):
        competition = make_competition(f"Prompt {number}")
        competition.categories.add(category)
        for model in models:
            make_entry(competition, model, image=make_image())
        make_votes(competition, *[(a, b, "left", 2) for a in models for b in models if a != b])
    recompute_changed_boards()
    return models


def make_integrity() -> None:
    """A row of each kind that the night, the gates and visitors leave."""
    vote = Vote.objects.latest("number")
    span = {"first_vote_number": vote.number, "last_vote_number": vote.number}
    VoteFlag.objects.create(cohort="network", subject="n", test="fisher", p_value=0.001, votes=1, **span)
    exclude_votes([vote.number], reason="A ring")
    RefusedVote.objects.create(battle=vote.battle, reason="expired")
    PairReport.objects.create(battle=vote.battle)
    PromptSuggestion.objects.create(prompt="A lighthouse in a storm", mode="text-to-image")
    webhook = BoardWebhook.objects.create(name=f"news {vote.number}", url="https://hooks.example")
    send_test(webhook, timezone.now())
    make_parity_rows(make_model(f"Parity {vote.number}"), vote.battle.competition)


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return len(queries)


@pytest.mark.parametrize("name", [model._meta.model_name for model in OURS])
def test_a_list_takes_no_more_queries_for_more_rows(name: str, operator: Client) -> None:
    url = reverse(f"admin:arena_{name}_changelist")
    import_text("left,right,winner\nA,B,left\n")
    make_world(1)
    make_integrity()
    few = queries_of(operator, url)
    make_world(3)
    assert queries_of(operator, url) <= few
    assert few <= 16


def test_every_form_opens(operator: Client) -> None:
    import_text("left,right,winner\nA,B,left\n")
    make_world(1)
    make_integrity()
    for model in OURS:
        row = model.objects.first()
        queries_of(operator, reverse(f"admin:arena_{model._meta.model_name}_change", args=[row.pk]))


def test_the_vote_log_and_computed_rows_cannot_be_changed(operator: Client) -> None:
    import_text("left,right,winner\nA,B,left\n")
    recompute_changed_boards()
    for model in (Vote, Tally, VoteImport, Snapshot):
        name, row = model._meta.model_name, model.objects.first()
        assert operator.get(reverse(f"admin:arena_{name}_add")).status_code == 403
        assert operator.post(reverse(f"admin:arena_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert operator.post(reverse(f"admin:arena_{name}_change", args=[row.pk]), {}).status_code == 403


def act(client: Client, name: str, action: str, rows: list[int]) -> str:
    url = reverse(f"admin:arena_{name}_changelist")
    answer = client.post(url, {"action": action, "_selected_action": rows}, follow=True)
    return str(next(iter(answer.context["messages"])))


def test_entries_are_retired_and_shown_again_but_only_with_an_image(operator: Client) -> None:
    competition = make_competition()
    pictured = make_entry(competition, make_model(), image=make_image())
    bare = make_entry(competition, make_model())
    assert act(operator, "entry", "retire_selected", [pictured.id, bare.id]) == "2 entries retired."
    assert act(operator, "entry", "show_selected", [pictured.id, bare.id]) == "1 entries are live."
    assert dict(Entry.objects.values_list("id", "status")) == {pictured.id: "live", bare.id: "retired"}


def test_competitions_are_closed_and_opened(operator: Client) -> None:
    competition = make_competition()
    assert act(operator, "competition", "close_selected", [competition.id]) == "1 competitions closed."
    assert Competition.objects.get().status == "closed"
    assert act(operator, "competition", "open_selected", [competition.id]) == "1 competitions opened."


def test_boards_are_computed_on_request(operator: Client, django_capture_on_commit_callbacks) -> None:
    a, b = make_model(), make_model()
    make_votes(make_competition(), (a, b, "left", 5))
    with django_capture_on_commit_callbacks(execute=True):
        act(operator, "board", "recompute_selected", list(Board.objects.values_list("id", flat=True)))
    assert Snapshot.objects.filter(is_current=True, votes=5).count() == 6


def test_a_new_competition_gets_its_board(operator: Client, django_capture_on_commit_callbacks) -> None:
    category = Category.objects.create(slug="portrait", name="Portrait", mode="text-to-image")
    form = {
        "title": "A red fox",
        "mode": "text-to-image",
        "status": "open",
        "visibility": "public",
        "prompt": "A red fox in snow",
        "categories": [category.pk],
        "entries-TOTAL_FORMS": 0,
        "entries-INITIAL_FORMS": 0,
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(reverse("admin:arena_competition_add"), form)
    assert answer.status_code == 302
    assert set(Board.objects.values_list("kind", flat=True)) == {"mode", "category", "competition"}
    assert Snapshot.objects.filter(votes=0).count() == 9


def test_an_exclusion_takes_the_model_off_the_board_at_once(
    operator: Client, django_capture_on_commit_callbacks
) -> None:
    models = make_world(1)
    board = Board.objects.get(kind="mode")
    form = {
        "exclusions-TOTAL_FORMS": 1,
        "exclusions-INITIAL_FORMS": 0,
        "exclusions-0-board": board.pk,
        "exclusions-0-model": models[0].pk,
        "exclusions-0-reason": "withdrawn by its creator",
        "snapshots-TOTAL_FORMS": 0,
        "snapshots-INITIAL_FORMS": 0,
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(reverse("admin:arena_board_change", args=[board.pk]), form)
    assert answer.status_code == 302
    assert BoardExclusion.objects.get().model == models[0]
    current = board.snapshots.get(variant="prior=1", is_current=True)
    assert set(current.standings.values_list("model", flat=True)) == {model.id for model in models[1:]}


def test_a_competition_is_deleted_with_its_votes_after_saying_how_many(operator: Client) -> None:
    make_world(2)
    first = Competition.objects.earliest("id")
    url = reverse("admin:arena_competition_delete", args=[first.pk])
    assert "8 entries, 24 votes" in operator.get(url).content.decode()
    operator.post(url, {"post": "yes"})
    assert (Competition.objects.count(), Vote.objects.count(), Board.objects.count()) == (1, 24, 3)
    recompute_changed_boards()
    assert Snapshot.objects.get(board__kind="mode", variant="prior=1", is_current=True).votes == 24


def test_a_competition_whose_pairs_were_reported_and_refused_is_deleted_and_the_refusal_stays_counted(
    operator: Client,
) -> None:
    make_world(2)
    first = Competition.objects.earliest("id")
    for battle in first.battles.all()[:3]:
        PairReport.objects.create(battle=battle, reason="the left picture is broken")
        RefusedVote.objects.create(battle=battle, reason="unknown_battle")
    url = reverse("admin:arena_competition_delete", args=[first.pk])
    assert operator.post(url, {"post": "yes"}).status_code == 302
    # what points at a deleted row is looked at when the transaction ends, which a test's never does
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert (Competition.objects.count(), PairReport.objects.count()) == (1, 0)
    assert [row.battle_id for row in RefusedVote.objects.all()] == [None, None, None]


def test_what_a_thing_leaves_behind_goes_with_it_and_votes_are_named_as_what_stays(operator: Client) -> None:
    make_world(1)
    webhook = BoardWebhook.objects.create(name="chat", url="https://example.com/in")
    send_test(webhook, timezone.now())
    assert webhook.messages.exists()
    category, entry = Category.objects.get(), Entry.objects.filter(image=None).earliest("id")
    for gone in (webhook, category):
        url = reverse(f"admin:arena_{gone._meta.model_name}_delete", args=[gone.pk])
        assert "Cannot delete" not in operator.get(url).content.decode()
        assert operator.post(url, {"post": "yes"}).status_code == 302
        assert not type(gone).objects.filter(pk=gone.pk).exists()
    url = reverse("admin:arena_entry_delete", args=[entry.pk])
    for page in (operator.get(url), operator.post(url, {"post": "yes"})):
        assert page.status_code == 200
        assert "have permission" not in page.content.decode()
        assert "12 votes" in page.content.decode()
    assert Entry.objects.filter(pk=entry.pk).exists()
