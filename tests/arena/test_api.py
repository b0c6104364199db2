"""Boards over REST: figures, CSV, and an answer in words for everything that cannot be answered."""

import csv
from collections.abc import Callable
from io import StringIO
from itertools import pairwise

import pytest
from django.test import Client

from arena.boards.recompute import recompute_changed_boards
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
BOARDS = "/api/v1/leaderboards"
BOARD = f"{BOARDS}/mode-text-to-image"


def make_board() -> None:
    a, b = make_model("Alpha", slug="alpha"), make_model("Beta", slug="beta")
    make_votes(make_competition("A red fox"), (a, b, "left", 10), (b, a, "left", 5), (a, b, "both_bad", 1))
    recompute_changed_boards()


def test_the_list_names_every_board(client: Client) -> None:
    make_board()
    answer = client.get(BOARDS).json()
    assert answer["count"] == 2
    mode, competition = answer["items"]
    assert (mode["id"], mode["kind"], mode["title"]) == ("mode-text-to-image", "mode", "Text to Image")
    assert (competition["kind"], competition["title"], competition["mode"], competition["votes"]) == (
        "competition",
        "A red fox",
        "text-to-image",
        16,
    )
    assert mode["leader"]["slug"] == "alpha"
    assert client.get(f"{BOARDS}/{competition['id']}").json()["title"] == "A red fox"


def test_the_list_can_be_narrowed_and_read_as_csv(client: Client) -> None:
    make_board()
    assert client.get(BOARDS, {"kind": "mode"}).json()["count"] == 1
    assert client.get(BOARDS, {"mode": "image-edit"}).json()["items"] == []
    answer = client.get(BOARDS, {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [(row["title"], row["votes"]) for row in rows] == [("Text to Image", "16"), ("A red fox", "16")]


def test_a_board_tells_its_standings_and_how_they_were_computed(client: Client) -> None:
    make_board()
    answer = client.get(BOARD).json()
    assert {key: answer[key] for key in ("id", "kind", "mode", "votes", "ranked_models", "method", "version")} == {
        "id": "mode-text-to-image",
        "kind": "mode",
        "mode": "text-to-image",
        "votes": 16,
        "ranked_models": 2,
        "method": "bradley-terry",
        "version": "4",
    }
    assert answer["parameters"]["prior"] == 1
    assert len(answer["digest"]) == 64
    assert answer["last_vote_number"] > 0
    assert answer["computed_at"]
    first = answer["standings"][0]
    assert first["lower"] < first["rating"] < first["upper"]
    figures = ("model", "slug", "creator", "rank", "rank_best", "rank_worst", "wins", "losses", "ties", "both_bad")
    assert [first[key] for key in figures] == ["Alpha", "alpha", "Atelier", 1, 1, 2, 10, 5, 1, 1]
    assert (first["battles"], first["win_rate"], first["comparable"]) == (16, 62.5, True)


def test_prior_0_is_answered_from_its_own_snapshot(client: Client) -> None:
    make_board()
    plain, headline = client.get(BOARD, {"prior": "0"}).json(), client.get(BOARD, {"prior": "1"}).json()
    assert (plain["parameters"]["prior"], headline["parameters"]["prior"]) == (0, 1)
    assert plain["standings"][0]["rating"] > headline["standings"][0]["rating"]
    assert client.get(BOARD, {"prior": "0.0", "method": "bradley-terry"}).json() == plain


def test_csv_has_the_same_figures(client: Client) -> None:
    make_board()
    answer = client.get(BOARD, {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    for row, standing in zip(rows, client.get(BOARD).json()["standings"], strict=True):
        assert list(row) == list(standing)
        assert row["rating"] == f"{standing['rating']:.2f}"
        assert row["win_rate"] == f"{standing['win_rate']:.1f}"
        assert {key: row[key] for key in ("model", "wins", "battles", "rank")} == {
            key: str(standing[key]) for key in ("model", "wins", "battles", "rank")
        }


def test_csv_names_are_no_formulas_and_negative_ratings_stay_numbers(client: Client) -> None:
    names = ["=1+1", "+1", "-1", "@sum", "plain, with comma"]
    models = [make_model(name) for name in names]
    competition = make_competition()
    ladder = [(a, b, "left", 400) for a, b in pairwise(models)]
    make_votes(competition, *ladder)
    recompute_changed_boards()
    rows = list(csv.DictReader(StringIO(client.get(BOARD, {"format": "csv"}).content.decode())))
    assert [row["model"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@sum", "plain, with comma"]
    assert float(rows[-1]["rating"]) < 0
    assert rows[-1]["rating"].startswith("-")
    assert [row["model"] for row in client.get(BOARD).json()["standings"]] == names


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        (BOARD, {"prior": "2"}, "prior: '2' is not allowed; use 1 or 0"),
        (BOARD, {"prior": "nan"}, "prior: 'nan' is not allowed; use 1 or 0"),
        (BOARD, {"prior": ""}, "prior: '' is not allowed; use 1 or 0"),
        (
            BOARD,
            {"method": "glicko"},
            "method: 'glicko' is not allowed; use bradley-terry or davidson or elo or trueskill or every-vote or "
            "rater-weighted",
        ),
        (BOARD, {"method": "elo", "k": "16"}, "k: '16' is not allowed; use 4 or 32"),
        (BOARD, {"method": "davidson", "prior": "1"}, "prior: method davidson has none; only bradley-terry does"),
        (BOARD, {"k": "4"}, "k: method bradley-terry has none; only elo does"),
        (f"{BOARD}/history", {"days": "0"}, "days: '0' is not allowed; use a whole number from 1 to 366"),
        (f"{BOARD}/votes", {"format": "xml"}, "format: 'xml' is not allowed; use csv or ndjson"),
        (BOARD, {"format": "xml"}, "format: 'xml' is not allowed; use json or csv"),
        (BOARDS, {"format": "xml"}, "format: 'xml' is not allowed; use json or csv"),
        (BOARDS, {"kind": "planet"}, "kind: 'planet' is not allowed; use mode or category or competition"),
        (BOARDS, {"mode": "video"}, "mode: 'video' is not allowed; use text-to-image or image-edit"),
    ],
)
def test_other_values_are_refused_by_name(client: Client, path: str, query: dict[str, str], message: str) -> None:
    make_board()
    answer = client.get(path, query)
    assert (answer.status_code, answer.json()["detail"]) == (400, message)


def test_a_fit_that_does_not_exist_names_the_models(client: Client) -> None:
    a, b = make_model(slug="ahead"), make_model(slug="behind")
    make_votes(make_competition(), (a, b, "left", 9))
    recompute_changed_boards()
    answer = client.get(BOARD, {"prior": "0", "format": "csv"})
    assert answer.status_code == 409
    assert answer.json()["models"] == ["behind"]
    assert answer.json()["detail"].startswith("prior=0: the fit does not exist")
    assert client.get(BOARD).status_code == 200


def test_an_unknown_board_is_not_found(client: Client) -> None:
    answer = client.get(f"{BOARDS}/competition-nowhere")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("id: there is no board 'competition-nowhere'")


def test_a_board_before_its_first_computation_is_empty(client: Client) -> None:
    make_votes(make_competition(), (make_model(), make_model(), "left", 1))
    answer = client.get(BOARD)
    assert answer.status_code == 200
    assert (answer.json()["standings"], answer.json()["computed_at"], answer.json()["votes"]) == ([], None, 0)
    assert client.get(BOARD, {"format": "csv"}).content.decode().count("\n") == 1


def test_an_answer_takes_three_queries_at_most(client: Client, django_assert_max_num_queries: Callable) -> None:
    make_board()
    for path in (BOARD, BOARDS, f"{BOARD}?prior=0&format=csv"):
        with django_assert_max_num_queries(3):
            assert client.get(path).status_code == 200


def test_every_status_is_documented(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    board, listed = paths["/api/v1/leaderboards/{id}"]["get"], paths["/api/v1/leaderboards"]["get"]
    assert set(board["responses"]) == {"200", "400", "404", "409", "422", "429"}
    assert set(listed["responses"]) == {"200", "400", "422", "429"}
    assert set(board["responses"]["409"]["content"]) == {"application/problem+json"}
    assert set(board["responses"]["200"]["content"]) == {"application/json", "text/csv"}
