"""Databases of earlier versions come up to date by `migrate`, rows and all, and are then as one that was made new."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from arena.models import Board, BoardMessage, Category, Snapshot, VoteChainLink
from arena.votes.hash_chain import broken_links, differences
from arena.votes.log import read_tallies
from providers.accounts.sealing import unopenable, unseal
from providers.models import AlertDelivery, ImageModel, ProviderAccount, RequestSample
from providers.telemetry.partitions import ensure_sample_days
from tests.upgrade.databases import (
    database,
    migrate,
    migrate_one_by_one,
    replaced_migrations,
    restore,
    row_counts,
    rows,
    schema,
)

DAYS = (date(2026, 11, 24), date(2026, 11, 25))
MIGRATIONS = "SELECT * FROM django_migrations ORDER BY id"
PERMISSIONS = (
    "SELECT app_label, model, codename, name FROM auth_permission JOIN django_content_type t ON t.id = content_type_id"
)
NOTHING_TO_DO = "No migrations to apply."


@dataclass(frozen=True)
class Made:
    """An empty database after `migrate`."""

    schema: str
    permissions: set[tuple[Any, ...]]
    migrations: set[tuple[str, str]]


@dataclass(frozen=True)
class Upgraded:
    """A database after `migrate`, twice, and what was in it before."""

    commit: str
    row_counts: dict[str, int]
    digests: dict[int, str]
    said: str
    migrations: list[tuple[Any, ...]]
    said_again: str


@pytest.fixture(scope="module")
def made(django_db_blocker) -> Made:
    with django_db_blocker.unblock(), database("made"):
        migrate()
        assert NOTHING_TO_DO in migrate()
        ensure_sample_days(DAYS)
        return Made(schema(), set(rows(PERMISSIONS)), names_of(rows(MIGRATIONS)))


@pytest.fixture(scope="module", params=["7cc288e", "d09ccde", "8bf7326"])
def upgraded(request, django_db_blocker) -> Iterator[Upgraded]:
    """8bf7326 is the last commit before the migrations were squashed: d09ccde as it brought it up to date."""
    with django_db_blocker.unblock(), database("upgraded"):
        restore("d09ccde" if request.param == "8bf7326" else request.param)
        if request.param == "8bf7326":
            migrate_one_by_one()
        counts, digests = row_counts(), dict(rows("SELECT id, digest FROM arena_snapshot WHERE is_current"))
        yield Upgraded(request.param, counts, digests, migrate(), rows(MIGRATIONS), migrate())


def names_of(migrations: list[tuple[Any, ...]]) -> set[tuple[str, str]]:
    return {(app, name) for _, app, name, _ in migrations}


def test_the_schema_is_that_of_a_new_database(made: Made, upgraded: Upgraded) -> None:
    assert schema().splitlines() == made.schema.splitlines()
    assert set(rows(PERMISSIONS)) == made.permissions
    assert names_of(rows(MIGRATIONS)) == made.migrations


def test_every_row_is_there(upgraded: Upgraded) -> None:
    filled = {"providers_receiver": 2}
    studies = [f"arena_{name}" for name in ("study", "invitation", "membership", "rightschange", "identity")]
    voters = ("raterfindings", "voterfigures")
    others = (
        *voters,
        "sentform",
        "votereach",
        "verdict",
        "entrantupload",
        "uploadfile",
        "uploadpicture",
        "refusedparityvote",
    )
    of_parity = ("board", "endpoint", "scene", "entry", "battle", "vote", "tally", "snapshot")
    parity = [f"arena_parity{name}" for name in of_parity]
    gateway = ("providers_requestinput", "providers_requestmessage")
    new = dict.fromkeys((*(f"arena_{name}" for name in others), *gateway, *studies, *parity), 0)
    assert row_counts() == {**upgraded.row_counts, **filled, **new}
    for table in ("arena_vote", "arena_tally", "arena_snapshot", "providers_requestsample"):
        assert upgraded.row_counts[table] > 10
    assert RequestSample.objects.filter(started_at__date=DAYS[1]).count() == 32


def test_boards_give_the_digests_they_gave(upgraded: Upgraded) -> None:
    stored = Snapshot.objects.filter(is_current=True, board__in=Board.objects.all())
    assert {snapshot.id: read_tallies(snapshot.board).tallies.digest for snapshot in stored} == upgraded.digests
    assert len(set(upgraded.digests.values())) > 3


def test_what_was_there_is_of_overall_and_no_row_was_rewritten_for_it(upgraded: Upgraded) -> None:
    for table in ("arena_vote", "arena_tally", "arena_board", "arena_votechainlink"):
        assert rows(f"SELECT DISTINCT criterion FROM {table}") == [("overall",)]
        column = f"attrelid = '{table}'::regclass AND attname = 'criterion'"
        assert rows(f"SELECT atthasmissing FROM pg_attribute WHERE {column}") == [(True,)]


def test_tallies_counters_and_the_chain_agree_with_the_votes(upgraded: Upgraded) -> None:
    assert differences() == []
    assert list(broken_links()) == []


def test_what_migrations_do_to_rows_is_done(upgraded: Upgraded) -> None:
    assert not User.objects.get(username="visitor").has_perm("arena.see_operations")
    assert User.objects.get(username="staff").has_perm("arena.see_operations") is (upgraded.commit == "7cc288e")
    assert ImageModel.objects.get(slug="cedar").name == "Cedar"
    assert Category.objects.get().name == "Animals"
    assert {delivery.receiver.target for delivery in AlertDelivery.objects.select_related("receiver")} == {
        "https://hooks.example/x",
        "ops@example.org",
    }
    assert {message.receiver.target for message in BoardMessage.objects.all()} == {"https://hooks.example/x"}
    assert set(ImageModel.objects.filter(is_announced=False).values_list("slug", flat=True)) == {"hidden"}
    assert set(VoteChainLink.objects.get().names.values()) >= {"aster", "birch", "cedar", "dill", "oak", "yew"}


def test_stored_keys_can_be_opened(upgraded: Upgraded, settings) -> None:
    settings.PROVIDER_SEALING_KEYS = [urlsafe_b64encode(b"the upgrade tests' sealing key..").decode()]
    assert unopenable() == []
    assert unseal(ProviderAccount.objects.get().sealed_key) == "a provider's key"


def test_a_second_run_does_nothing(upgraded: Upgraded) -> None:
    assert NOTHING_TO_DO in upgraded.said_again
    assert "not yet reflected" not in upgraded.said_again
    assert rows(MIGRATIONS) == upgraded.migrations


def test_what_was_done_one_by_one_is_not_done_again(upgraded: Upgraded) -> None:
    squashed = {f"{app}.{name}" for app, name in replaced_migrations()}
    applied = set(re.findall(r"Applying (\S+)\.\.\. OK", upgraded.said))
    assert not [name for name in applied if "_squashed_" in name]
    assert (applied & squashed == set()) is (upgraded.commit == "8bf7326")


def test_an_upgrade_can_be_undone_and_done_again(made: Made, django_db_blocker) -> None:
    with django_db_blocker.unblock(), database("undone"):
        restore("d09ccde")
        before = schema(), row_counts()
        migrate()
        migrate("arena", "0014_pair_caps")
        migrate("providers", "0015_alias_on_rename")
        assert (schema(), row_counts()) == before
        migrate()
        assert schema() == made.schema
