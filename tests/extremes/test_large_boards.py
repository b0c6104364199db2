"""Boards of hundreds and thousands of models: every page and every answer stays within bounds, whoever asks."""

from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.models import Board, Competition, Entry, Snapshot, Standing, Tally
from providers.models import ImageModel
from tests.arena.factories import make_creator

pytestmark = pytest.mark.django_db
MOST_BYTES = 1_500_000
MOST_QUERIES = 12
PARTS = ("", "/charts", "/changes", "/value", "/planner", "/changes.atom")
READS = ("", "/history", "/pairs", "/matrix")
EVERYWHERE = (
    "/",
    "/leaderboards",
    "/models",
    "/gallery",
    "/compare",
    "/search?q=model",
    "/llms.txt",
    "/providers",
    "/methodology",
)


def make_large_board(models: int) -> Board:
    """Written at once: models, a competition, tallies in a ring and across, one headline snapshot."""
    creator = make_creator()
    made = ImageModel.objects.bulk_create(
        ImageModel(name=f"Model {n:04}", slug=f"model-{n:04}", creator=creator, modes=["text-to-image"])
        for n in range(models)
    )
    competition = Competition.objects.create(title="Large", mode="text-to-image", status="closed")
    Entry.objects.bulk_create(
        Entry(competition=competition, model=one, status="live", wins=3, losses=3, ties=1) for one in made
    )
    Tally.objects.bulk_create(
        Tally(
            competition=competition, left_model=made[n], right_model=made[(n + step) % models], left=2, right=1, tie=1
        )
        for n in range(models)
        for step in (1, 7)
    )
    board = Board.objects.create(
        key=f"competition-{competition.public_id}", kind="competition", mode="text-to-image", competition=competition
    )
    snapshot = Snapshot.objects.create(
        board=board,
        method="bradley-terry",
        variant="prior=1",
        version="1",
        digest="0" * 64,
        votes=8 * models,
        ranked_models=models,
        covariance=(np.eye(models) * 0.01).astype("<f8").tobytes(),
        fitted_models=sorted(one.slug for one in made),
        computed_at=datetime(2026, 11, 28, tzinfo=UTC),
    )
    Standing.objects.bulk_create(
        Standing(
            **{"snapshot": snapshot, "model": one, "position": place, "rank": place, "rank_best": place},
            **{"rank_worst": place, "rating": 1500.0 - place / 4, "lower": 1400.0, "upper": 1600.0},
            **{"wins": 3, "losses": 3, "ties": 1, "both_bad": 0, "mean_opponent": 1000.0, "expected_wins": 3.0},
        )
        for place, one in enumerate(made, start=1)
    )
    return board


@pytest.mark.parametrize("models", [500, 2000])
def test_every_page_and_answer_of_a_large_board_is_bounded(client: Client, models: int) -> None:
    board = make_large_board(models)
    addresses = [f"/leaderboards/{board.key}{part}" for part in PARTS]
    addresses += [f"/api/v1/leaderboards/{board.key}{read}" for read in READS]
    addresses += [
        f"/embed/{board.key}",
        f"/embed/{board.key}/badge.svg",
        f"/competitions/{board.competition.public_id}",
    ]
    addresses += [
        "/models/atelier/model-0003",
        "/compare/model-0003/model-0004",
        "/api/v1/leaderboards",
        "/api/v1/models",
    ]
    wrong = []
    for address in (*addresses, *EVERYWHERE):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        size = len(answer.getvalue())
        print(f"{address:60} {answer.status_code} {size:>9,} {len(queries)}")
        if answer.status_code != 200 or size > MOST_BYTES or len(queries) > MOST_QUERIES:
            wrong.append((address, answer.status_code, size, len(queries)))
    assert not wrong


def test_pages_of_pairs_are_all_pairs_once(client: Client) -> None:
    board = make_large_board(120)
    address = f"/api/v1/leaderboards/{board.key}/pairs"
    first = client.get(address)
    assert first["X-Total-Count"] == str(120 * 119 // 2)
    seen = [(one["first"], one["second"]) for one in first.json()["items"]]
    seen += [(one["first"], one["second"]) for one in client.get(f"{address}?offset=5000").json()["items"]]
    assert len(seen) == len(set(seen)) == 120 * 119 // 2
    own = client.get(f"{address}?model=model-0050").json()["items"]
    assert len(own) == 119
    assert own[0]["first"] == "model-0000"
    assert own[-1] == {**own[-1], "first": "model-0050", "second": "model-0119"}
    for wrong in ("limit=0", "limit=5001", "limit=1_0", "offset=-1", "offset=%C2%B2"):
        assert client.get(f"{address}?{wrong}").status_code == 400


def test_a_matrix_is_of_the_models_one_names(client: Client) -> None:
    board = make_large_board(120)
    address = f"/api/v1/leaderboards/{board.key}/matrix"
    whole = client.get(address)
    assert (len(whole.json()["models"]), whole["X-Total-Count"]) == (100, "120")
    named = client.get(f"{address}?models=model-0004,model-0003").json()
    assert named["models"] == ["model-0003", "model-0004"]
    assert named["battles"] == [[0, 4], [4, 0]]
    assert client.get(f"{address}?models=nobody").status_code == 400
