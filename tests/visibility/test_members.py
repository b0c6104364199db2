"""A competition of a study for its members: who sees results sees it, and nothing knows of it for anybody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards, recompute_changed_boards
from arena.boards.table import board_table
from arena.competitions.change_competitions import CannotMerge, merge_competitions
from arena.models import Board, Competition, Study, Vote
from arena.studies.people import add_member, make_study
from arena.voting.draw_pools import open_contests
from tests.visibility.addresses import page_addresses
from tests.visibility.secret_world import SECRET, SecretWorld, make_secret_world
from tests.visibility.test_privacy_walk import all_addresses, ask, client_of, forget_everything, seen_by, sightings
from tests.voting.factories import look, make_contest, send

pytestmark = pytest.mark.django_db
MODE = "mode-text-to-image"
# of the account, which name its studies
LISTED = ("/studies", "/account")


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> SecretWorld:
    """Its secrets hang on an open competition of an open study; the stranger is a rater of another one."""
    settings.MEDIA_ROOT = tmp_path
    settings.VOTES_DELAY_HOURS = 0
    made = make_secret_world()
    Competition.objects.filter(pk=made.draft.pk).update(study=made.study)
    other = make_study(Study(title="Covers", question="Which?", status="open"), made.operator.pk)
    add_member(other, made.stranger.pk, "rater")
    forget_everything()
    boards = list(Board.objects.values_list("pk", flat=True))
    recompute_boards(boards)
    complete_boards(boards)
    return made


def member(world: SecretWorld, role: str) -> Client:
    user = User.objects.create_user(role)
    add_member(world.study, user.pk, role)
    client = client_of(world, "anonymous")
    client.force_login(user)
    return client


def own_pages(world: SecretWorld) -> list[str]:
    board = f"/leaderboards/competition-{world.draft.public_id}"
    pages = [f"{board}{part}" for part in ("", "/charts", "/value", "/changes", "/planner")]
    return [f"/competitions/{world.draft.public_id}", *pages]


def pictures(world: SecretWorld) -> list[str]:
    """Of live entries and the source."""
    entered = world.draft.entries.filter(status="live").values_list("image__sha256", flat=True)
    assert world.draft.source_image
    return [f"/images/{one}" for one in (world.draft.source_image.sha256, *entered)]


def test_status_and_visibility_are_the_studys(world: SecretWorld) -> None:
    def stored() -> tuple[str, str]:
        found = Competition.objects.get(pk=world.draft.pk)
        return found.status, found.visibility

    assert stored() == ("open", "members")
    Study.objects.filter(pk=world.study.pk).update(status="closed", visibility="link")
    assert stored() == ("closed", "link")
    Competition.objects.filter(pk=world.draft.pk).update(status="open", visibility="public")
    assert stored() == ("closed", "link")
    world.draft.status = "draft"
    world.draft.study = world.study
    world.draft.save()
    assert stored() == ("closed", "link")
    assert Competition.objects.create(title="New", mode="text-to-image", study=world.study).pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT status, visibility FROM arena_competition WHERE study_id = %s", [world.study.pk]
        )
        assert cursor.fetchall() == [("closed", "link")]
    Competition.objects.filter(pk=world.draft.pk).update(study=None)
    assert stored() == ("closed", "link")


@pytest.mark.parametrize("who", ["anonymous", "stranger"])
def test_nobody_else_sees_a_secret_at_any_address(world: SecretWorld, who: str) -> None:
    addresses = [one for one in all_addresses(world) if who == "anonymous" or not one.startswith("/admin/")]
    assert len(addresses) > 1_000
    assert seen_by(world, who, addresses) == {}


def test_nobody_else_sees_what_members_see(world: SecretWorld) -> None:
    for who in (
        client_of(world, "anonymous"),
        client_of(world, "stranger"),
        member(world, "rater"),
        member(world, "editor"),
    ):
        every = [f"/images/{one.sha256}" for one in world.pictures]
        for address in (*own_pages(world), *every, f"/vote/{world.draft.public_id}"):
            assert ask(who, address).status == 404, address


@pytest.mark.parametrize("role", ["analyst", "owner"])
def test_who_sees_results_sees_it_and_no_cache_or_index_stores_it(world: SecretWorld, role: str) -> None:
    client = member(world, role)
    for address in (*own_pages(world), *pictures(world)):
        answer = client.get(address)
        answer.getvalue()  # closes its file
        assert answer.status_code == 200, address
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex"), address
    page = client.get(own_pages(world)[0]).content.decode()
    assert SECRET in page.lower()
    assert "members of the study alone" in client.get(own_pages(world)[1]).content.decode()
    assert world.draft.title in client.get(world.study.get_absolute_url()).content.decode()
    hidden = [f"/images/{one.sha256}" for one in world.hidden]
    assert [client.get(one).status_code for one in hidden] == [404, 404]


def test_members_see_it_at_its_own_addresses_alone(world: SecretWorld) -> None:
    client, contents = member(world, "analyst"), world.contents
    own = (world.draft.public_id, world.merged_id, world.study.public_id, *(one.sha256 for one in world.pictures))
    named = [one for one in page_addresses(world) if not one.startswith("/admin/")]
    addresses = [one for one in named if not one.startswith(LISTED) and not any(word in one for word in own)]
    found = {one: sightings(world, ask(client, one), contents) for one in addresses}
    assert {one: seen for one, seen in found.items() if seen} == {}


def test_a_draft_study_is_its_owners(world: SecretWorld) -> None:
    Study.objects.filter(pk=world.study.pk).update(status="draft")
    assert ask(member(world, "owner"), own_pages(world)[0]).status == 200
    assert ask(member(world, "analyst"), own_pages(world)[0]).status == 404


def test_it_counts_on_no_other_board_and_is_drawn_for_nobody(world: SecretWorld) -> None:
    assert {one.competition_id for one in open_contests()} == {world.open.pk}
    table = board_table(MODE).computation
    assert table
    assert table.votes == Vote.objects.filter(battle__competition=world.open, is_counted=True).count()


def test_a_pair_that_waits_is_void_once_it_is_for_members() -> None:
    contest, _ = make_contest(2)
    client = Client()
    shown = look(client)
    owner = User.objects.create_user("owner")
    study = make_study(Study(title="Posters", question="Which?", status="open"), owner.pk)
    Competition.objects.filter(pk=contest.pk).update(study=study)
    forget_everything()
    assert client.get(f"/battles/{shown.battle}/a").status_code == 404
    assert send(client, shown, accept="application/json").status_code == 410
    assert Vote.objects.count() == 0


def test_a_study_that_becomes_public_counts_everywhere(world: SecretWorld) -> None:
    Study.objects.filter(pk=world.study.pk).update(visibility="public")
    recompute_changed_boards()
    forget_everything()
    assert Client().get(own_pages(world)[0]).status_code == 200
    assert board_table(MODE).computation.votes == Vote.objects.filter(is_counted=True).count()  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [{"visibility": "link"}, {"status": "draft"}])
def test_boards_follow_at_once_where_the_form_of_the_study_says_otherwise(
    world: SecretWorld, change: dict[str, str]
) -> None:
    """Its votes count everywhere while it is public, and nowhere else from the moment it is not."""
    form = {"title": "Posters", "question": "Which?", "instructions": "", "status": "open", "visibility": "public"}
    operator, address = client_of(world, "operator"), f"{world.study.get_absolute_url()}/edit"
    own = Vote.objects.filter(battle__competition=world.open, is_counted=True).count()
    seen = []
    for sent in (form, {**form, **change}):
        assert operator.post(address, sent).status_code == 303
        computation = board_table(MODE).computation
        assert computation
        seen.append(computation.votes)
    assert seen == [Vote.objects.filter(is_counted=True).count(), own]
    assert seen[0] > own


def test_operators_put_it_into_a_study_and_open_it_with_the_study(world: SecretWorld) -> None:
    operator, address = client_of(world, "operator"), f"/ops/competitions/{world.open.public_id}"
    form = {"title": world.open.title, "prompt": world.open.prompt, "visibility": "public", "categories": []}
    assert operator.post(f"{address}/edit", {**form, "study": world.study.pk}).status_code == 303
    assert Client().get(f"/competitions/{world.open.public_id}").status_code == 404
    assert "belongs to a study" in operator.post(f"{address}/close", follow=True).content.decode()
    assert Competition.objects.get(pk=world.open.pk).status == "open"


def test_a_competition_of_a_study_merges_into_no_other(world: SecretWorld) -> None:
    Study.objects.filter(pk=world.study.pk).update(status="closed")
    with pytest.raises(CannotMerge, match="study"):
        merge_competitions(world.open.pk, world.draft.pk)
