"""Several clients vote past the bound at once: every vote counts at once, undo works, later some are set aside."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from arena.integrity.bound_votes import bound_votes
from arena.models import Tally, Vote, VoteExclusion
from arena.votes.hash_chain import differences
from arena.votes.log import VoteLogBusy
from tests.voting.factories import look, make_contest, send

CLIENTS, VOTES, LATER = 4, 7, timedelta(minutes=12)


def vote_often(client: Client) -> list[int]:
    try:
        return [send(client, look(client)).status_code for _ in range(VOTES)]
    finally:
        connection.close()


def look_at_bounds() -> int:
    taken = 0
    try:
        for _ in range(8):
            try:
                taken += bound_votes(timezone.now() + LATER)
            except VoteLogBusy:
                continue
    finally:
        connection.close()
    return taken


def votes_by_voter_and_model() -> Counter[tuple[int, int]]:
    counted = Vote.objects.filter(is_counted=True).values_list(
        "battle__voter_id", "battle__left_model_id", "battle__right_model_id"
    )
    return Counter((voter, model) for voter, *models in counted for model in models)


@pytest.mark.django_db(transaction=True)
def test_clients_at_once_past_the_bound(settings) -> None:
    settings.FASTEST_VOTE_MS = 0
    settings.VOTER_MODEL_BOUND, settings.NETWORK_MODEL_BOUND, settings.NEWCOMER_MODEL_BOUND = 3, 0, 0
    make_contest(models=3)
    clients = [Client() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(vote_often, clients))
    assert answers == [[303] * VOTES] * CLIENTS
    assert Vote.objects.filter(is_counted=True).count() == CLIENTS * VOTES
    shown = look(clients[0])
    assert send(clients[0], shown).status_code == 303
    assert bound_votes() == 0  # none is old enough
    assert send(clients[0], shown, step="undo").status_code == 303
    assert Vote.objects.filter(withdrawn_at__isnull=False).count() == 1
    assert differences() == []
    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        votes = [pool.submit(vote_often, client) for client in clients]
        looks = [pool.submit(look_at_bounds) for _ in range(2)]
        assert all(set(one.result()) == {303} for one in votes)
        taken = sum(one.result() for one in looks)
    taken += bound_votes(timezone.now() + LATER)
    assert taken == sum(VoteExclusion.objects.values_list("votes", flat=True))
    assert taken == Vote.objects.filter(exclusion__isnull=False).count() > 0
    assert max(votes_by_voter_and_model().values()) <= 3
    assert differences() == []
    assert sum(sum(row) for row in Tally.objects.values_list("left", "right", "tie", "both_bad")) == (
        Vote.objects.filter(is_counted=True).count()
    )
