"""What every answer of the API has: limits, ETags, problems, cross-origin reads."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import pytest
from django.core.files.base import ContentFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from django.utils import timezone

from arena.boards.recompute import recompute_changed_boards
from arena.models import Snapshot
from lumenboard.counters import forget_counters
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes
from tests.docs.pages import ROOT

pytestmark = pytest.mark.django_db
BOARD = "/api/v1/leaderboards/mode-text-to-image"


def make_board() -> None:
    make_votes(make_competition("Tin robots"), (make_model(slug="a"), make_model(slug="b"), "left", 6))
    recompute_changed_boards()


def make_board_anew() -> None:
    make_votes(make_competition("Anew"), (make_model(slug="y"), make_model(slug="z"), "left", 6))
    recompute_changed_boards()


def test_a_board_that_is_known_costs_no_fit_and_three_queries(django_assert_max_num_queries) -> None:
    make_board()
    first = Client().get(BOARD)
    with django_assert_max_num_queries(3):
        again = Client().get(BOARD, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Last-Modified"]


def called_files(task: Callable[[], object]) -> set[str]:
    """Every file in which a function of ours began meanwhile."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename.removeprefix(f"{ROOT}/"))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        task()
    finally:
        sys.setprofile(before)
    return files


def test_a_board_that_is_known_runs_nothing_of_the_rating_code() -> None:
    make_board()
    etag = Client().get(BOARD)["ETag"]
    during = called_files(lambda: Client().get(BOARD, headers={"if-none-match": etag}))
    assert "arena/boards/api/routes.py" in during
    assert not [name for name in during if name.startswith("arena/rating/")]
    assert "arena/rating/bradley_terry.py" in called_files(make_board_anew)


def test_a_board_that_moved_is_sent_anew() -> None:
    make_board()
    first = Client().get(BOARD)
    make_votes(make_competition("Later"), (make_model(slug="c"), make_model(slug="d"), "left", 6))
    recompute_changed_boards()
    assert Client().get(BOARD, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back(settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    forget_counters()
    answers = [Client().get("/api/v1/leaderboards", REMOTE_ADDR="192.0.2.7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit"].startswith('"client";r=1;t=')
    assert answers[0]["RateLimit-Policy"] == '"client";q=2;w=60'
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert answers[2].json()["title"] == "Too Many Requests"
    assert Client().get("/api/v1/leaderboards", REMOTE_ADDR="192.0.2.8").status_code == 200


UNREADABLE = (
    ("/api/v1/leaderboards/a%00b", 404),
    ("/api/v1/no%00where", 404),
    ("/api/v1/leaderboards?a=%00", 400),
    ("/api/v1/nowhere?%00=a", 400),
    ("/api/v1/models?" + "a&" * 1001, 400),
)


@pytest.mark.parametrize(("path", "status"), UNREADABLE)
def test_what_cannot_be_read_is_a_problem_and_counts(settings, path: str, status: int) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    forget_counters()
    answer, beyond = (Client().get(path, REMOTE_ADDR="192.0.2.9") for _ in range(2))
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer["RateLimit"].startswith('"client";r=0;t=')
    assert (beyond.status_code, beyond["Content-Type"]) == (429, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v1/leaderboards", "/api/v1/votes"])
def test_a_form_is_read_for_no_address_of_the_api(settings, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def read(_: object) -> None:
        raise AssertionError("the form was read")

    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", read)
    settings.API_REQUESTS_PER_MINUTE = 1
    forget_counters()
    form = {"file": ContentFile(b"much", name="much.png"), "csrfmiddlewaretoken": "none"}
    client = Client(enforce_csrf_checks=True)
    first, beyond = (client.post(path, form, REMOTE_ADDR="192.0.2.10") for _ in range(2))
    assert first.status_code in {404, 405}
    assert beyond.status_code == 429


def test_any_site_may_read() -> None:
    answer = Client().get("/api/v1/leaderboards", headers={"origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    page = Client().get("/leaderboards", headers={"origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in page


def test_errors_are_problem_details() -> None:
    for path, status in (("/api/v1/nowhere", 404), ("/api/v1/leaderboards/none", 404), (f"{BOARD}?prior=7", 400)):
        answer = Client().get(path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert {"type", "title", "status", "detail"} <= set(answer.json())
    refused = Client().post("/api/v1/leaderboards")
    assert (refused.status_code, refused.json()["title"]) == (405, "Method Not Allowed")


def test_a_query_that_does_not_fit_names_its_fields() -> None:
    answer = Client().get("/api/v1/models?limit=many")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"
    assert answer.json()["detail"].startswith("limit: ")


def test_a_board_can_be_asked_for_as_it_stood() -> None:
    make_board()
    Snapshot.objects.update(computed_at=timezone.now() - timedelta(days=2))
    then = (timezone.now() - timedelta(days=1)).isoformat()
    make_votes(make_competition("Later"), (make_model(slug="c"), ImageModel.objects.get(slug="a"), "left", 6))
    recompute_changed_boards()
    assert len(Client().get(BOARD).json()["standings"]) == 3
    assert len(Client().get(BOARD, {"at": then}).json()["standings"]) == 2
    assert Client().get(BOARD, {"at": "2020-01-01T00:00:00Z"}).json()["standings"] == []
    assert "use a time with its zone" in Client().get(BOARD, {"at": "yesterday"}).json()["detail"]


def test_the_matrix_holds_every_pair_from_both_sides() -> None:
    make_board()
    found = Client().get(f"{BOARD}/matrix").json()
    assert found["models"] == ["a", "b"]
    assert found["battles"] == [[0, 6], [6, 0]]
    assert found["points"] == [[0.0, 6.0], [0.0, 0.0]]
    assert found["sides"] == [{"left": "a", "right": "b", "left_wins": 6, "right_wins": 0, "ties": 0, "both_bad": 0}]
