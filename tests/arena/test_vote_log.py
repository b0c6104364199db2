"""How far the vote log is complete while others write to it."""

import psycopg
import pytest
from django.db import connection

from arena.boards.replay import replay_changed_boards
from arena.models import Snapshot, Vote
from arena.votes.append import VOTE_LOG_LOCK
from arena.votes.hash_chain import chain_votes
from arena.votes.log import VoteLogBusy, complete_up_to
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db(transaction=True)


def another_connection() -> psycopg.Connection:
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None})


def make_board() -> int:
    return make_votes(make_competition(), (make_model(), make_model(), "left", 3)).last_number


def test_a_vote_that_is_being_written_holds_the_log_open() -> None:
    last = make_board()
    assert complete_up_to() == last
    with another_connection() as writer:
        writer.execute("UPDATE arena_vote SET outcome = outcome WHERE number = %s", [last])
        with pytest.raises(VoteLogBusy, match="written"):
            complete_up_to()
        assert replay_changed_boards() == 0
        writer.rollback()
    assert replay_changed_boards() == 6
    assert Snapshot.objects.filter(method="elo").count() == 4


def test_an_import_that_runs_is_not_waited_for() -> None:
    make_board()
    with another_connection() as writer:
        writer.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [VOTE_LOG_LOCK])
        with pytest.raises(VoteLogBusy, match="imported"):
            chain_votes()


def test_reading_how_far_leaves_no_lock_behind() -> None:
    make_board()
    complete_up_to()
    with another_connection() as writer:
        writer.execute("SET lock_timeout = 500")
        writer.execute("UPDATE arena_vote SET outcome = outcome")
    assert Vote.objects.count() == 3
