"""What is said of a board's voters: on its page and over REST of all together, of single ones to operators alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.boards.recompute import recompute_changed_boards
from arena.models import Board, RaterFindings, Voter, VoterFigures
from arena.raters.examine_raters import examine_changed_raters
from lumenboard.pages.boards.voter_words import voter_items
from tests.arena.factories import make_staff
from tests.arena.test_raters import make_crowd

pytestmark = pytest.mark.django_db
PAGE, REST = "/leaderboards/mode-text-to-image", "/api/v1/leaderboards/mode-text-to-image/raters"


def examined(**crowd) -> list[Voter]:
    voters = make_crowd(**crowd)
    recompute_changed_boards()
    examine_changed_raters()
    return voters


def test_a_board_says_how_far_its_voters_agree_and_who_is_compared() -> None:
    examined(competitions=6)
    page = Client().get(PAGE).content.decode()
    assert "Who voted" in page
    assert "Krippendorff’s α of 18 pairs" in page
    assert "of voters seem to answer by chance" in page
    assert "no difference seen (p 0." in page
    assert "desktop 20+, phone 20+ voters" in page
    assert "share of the lead not shown" in page
    assert "Languages" not in page  # all have one
    RaterFindings.objects.all().delete()
    assert "Who voted" not in Client().get(PAGE).content.decode()


def test_findings_come_with_the_board_in_one_query() -> None:
    examined()
    with CaptureQueriesContext(connection) as asked:
        Client().get(PAGE)
    (found,) = [query["sql"] for query in asked if "arena_raterfindings" in query["sql"]]
    assert 'FROM "arena_board"' in found


def test_rest_has_the_figures_and_nothing_of_single_voters() -> None:
    voters = examined(competitions=6)
    answer = Client().get(REST).json()
    assert answer["alpha"]["ordinal_lower"] < answer["alpha"]["ordinal"] < answer["alpha"]["ordinal_upper"]
    assert (answer["alpha"]["raters"], answer["care"]["weighed"]) == (45, 45)
    assert [one["voters"] for one in answer["device"]["segments"]] == [20, 20]  # of 23 and 22
    assert (answer["language"], answer["looks"]["withheld"]) == (None, "few_pictures")
    assert answer["digest"] == Client().get("/api/v1/leaderboards/mode-text-to-image").json()["digest"]
    assert not [voter for voter in voters if str(voter.public_id)[:8] in str(answer)]
    assert Client().get("/api/v1/leaderboards/nowhere/raters").status_code == 404


def test_counts_of_fewer_than_twenty_voters_are_shown_to_nobody() -> None:
    examined(voters=18)
    answer = Client().get(REST).json()
    assert (answer["care"], answer["consistency"], answer["device"]) == (None, None, None)
    assert answer["alpha"]["raters"] is None
    assert answer["alpha"]["nominal"] is not None
    page = Client().get(PAGE).content.decode()
    assert "Krippendorff" in page
    assert "seem to answer by chance" not in page


def test_before_the_first_night_nothing_is_known() -> None:
    make_crowd(voters=2)
    recompute_changed_boards()
    answer = Client().get(REST).json()
    assert {value for key, value in answer.items() if key != "id"} == {None}


def test_operators_see_who_agrees_least_first(client: Client) -> None:
    voters = examined()
    client.force_login(make_staff())
    page = client.get("/ops/voters").content.decode()
    first = VoterFigures.objects.order_by("distance").first()
    assert first.voter_id in {voter.id for voter in voters[:5]}
    shown = [page.index(str(one.voter.public_id)[:12]) for one in VoterFigures.objects.order_by("distance")[:3]]
    assert shown == sorted(shown)
    assert "far off" in page
    assert "Phone" in page
    assert "desktop 23, phone 22 voters" in page
    assert client.get("/ops/voters?page=2").content.decode() != page
    assert client.get("/ops/voters?mode=nothing").status_code == 200
    assert Client().get("/ops/voters").status_code == 302


def test_the_operators_page_stands_without_boards(client: Client) -> None:
    client.force_login(make_staff())
    assert "No voter has ten votes yet" in client.get("/ops/voters").content.decode()


def test_words_for_groups_that_differ_and_for_looks() -> None:
    segment = {"name": "en", "voters": 40, "votes": 900, "model": "fox", "points": -31.4, "error": 8.0}
    other = {"name": "de", "voters": 30, "votes": 700, "model": None, "points": None, "error": None}
    looks = {"leader": "fox", "withheld": "", "lead": 81.0, "share": 0.12, "lower": -0.051, "upper": 0.3}
    found = {
        "language": {"p_value": 0.002, "segments": [segment, other]},
        "looks": {**looks, "entries": 40, "competitions": 12},
    }
    languages, pictures = voter_items(found, {"fox": "Fox 2"})
    assert languages["value"] == "they vote differently (p 0.002)"
    assert "English 40+, German 30+ voters; most for Fox 2, 31 points lower among English voters" in languages["note"]
    assert pictures["value"] == "12% of the lead (−5 to 30%)"
    assert pictures["note"].startswith("of the 81 points between Fox 2 and the average of the others")
    assert voter_items({"looks": {**looks, "leader": "gone"}}, {"fox": "Fox 2"}) == []


def test_a_model_that_is_not_shown_is_not_named() -> None:
    examined(competitions=6)
    found = Board.objects.get(kind="mode").rater_findings
    shown = found.about({"beta"})
    assert shown["looks"] is None
    assert {one["model"] for one in shown["device"]["segments"]} <= {None, "beta"}
