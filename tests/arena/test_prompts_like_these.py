"""Boards of several competitions say how sure they are for prompts like theirs, and for one more."""

import csv
import math

import pytest
from django.db.models import F
from django.test import Client

from arena.boards.methods import HEADLINE
from arena.boards.recompute import recompute_changed_boards
from arena.competitions.change_competitions import close_competitions, merge_competitions
from arena.models import Board, BoardExclusion, Competition, Snapshot, Standing, Tally
from arena.rating import prompts
from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.chances import POINTS_PER_LOG_ODDS, to_elo
from arena.rating.fit import standard_errors
from arena.rating.prompts import delete_each, fit_scenes, new_prompt
from arena.votes.log import read_competitions, read_tallies
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db

MODE = "mode-text-to-image"


def make_board(competitions: int = 6) -> list[ImageModel]:
    """Three models on every prompt, one on the first alone."""
    a, b, c, newcomer = (make_model(slug=slug) for slug in ("alpha", "beta", "gamma", "newcomer"))
    for number in range(competitions):
        battles = [(a, b, "left", 9 + number % 3), (a, b, "right", 5), (b, c, "left", 7), (b, c, "right", 4 + number)]
        if not number:
            battles += [(newcomer, a, "left", 3), (newcomer, a, "right", 3)]
        make_votes(make_competition(), *battles)
    recompute_changed_boards()
    return [a, b, c, newcomer]


def standings() -> dict[str, Standing]:
    found = Standing.objects.current_headline().filter(snapshot__board__key=MODE).select_related("model")
    return {standing.model.slug: standing for standing in found}


def test_the_headline_of_a_mode_has_the_engines_bounds() -> None:
    make_board()
    read = read_competitions(Board.objects.get(key=MODE))
    fit = fit_bradley_terry(read.tallies)
    ratings = delete_each(read.competitions, fit).ratings
    for spread, name in (
        (ratings, "prompts"),
        (new_prompt(fit, ratings, fit_scenes(read.competitions, fit)), "new_prompt"),
    ):
        wide = POINTS_PER_LOG_ODDS * spread.half_widths()
        for place, slug in enumerate(fit.models[:3]):
            stored = standings()[slug]
            rating = to_elo(fit.strengths)[place]
            assert stored.competitions == 6
            assert getattr(stored, f"{name}_lower") == round(rating - wide[place], 2)
            assert getattr(stored, f"{name}_upper") == round(rating + wide[place], 2)
    sandwich = 1.96 * POINTS_PER_LOG_ODDS * standard_errors(fit.covariance)
    for place, slug in enumerate(fit.models[:3]):
        stored = standings()[slug]
        assert (stored.lower, stored.upper) == (stored.prompts_lower, stored.prompts_upper)
        assert stored.conditional_upper == round(to_elo(fit.strengths)[place] + sandwich[place], 2)


def test_who_is_in_too_few_competitions_has_no_bounds_and_the_reason() -> None:
    make_board()
    newcomer = standings()["newcomer"]
    assert (newcomer.competitions, newcomer.prompts_lower, newcomer.new_prompt_upper) == (1, None, None)
    assert newcomer.prompts_withheld == "cut_off"
    assert (newcomer.lower, newcomer.upper) == (newcomer.conditional_lower, newcomer.conditional_upper)
    assert newcomer.lower is not None


def test_a_board_of_four_prompts_says_nothing_of_others() -> None:
    make_board(4)
    assert {row.prompts_withheld for slug, row in standings().items() if slug != "newcomer"} == {"few_competitions"}
    assert all(row.prompts_lower is None for row in standings().values())


def test_a_board_too_large_to_be_fitted_without_each_has_its_ratings_and_says_so(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(prompts, "MOST_WORK", 0)
    make_board()
    alpha = standings()["alpha"]
    assert alpha.rating is not None
    assert (alpha.competitions, alpha.prompts_upper, alpha.prompts_withheld) == (6, None, "too_large")
    assert "too many models and prompts" in client.get(f"/leaderboards/{MODE}").content.decode()


def test_a_merge_of_competitions_is_one_prompt_less(django_capture_on_commit_callbacks) -> None:
    make_board()
    first, second = Competition.objects.order_by("id")[:2]
    close_competitions([second.pk])
    before = standings()["alpha"]
    with django_capture_on_commit_callbacks(execute=True):
        merge_competitions(first.pk, second.pk)
    after = standings()["alpha"]
    assert (after.rating, after.competitions) == (before.rating, 5)
    assert after.prompts_upper != before.prompts_upper
    assert recompute_changed_boards() == 0


def test_what_was_computed_before_boards_said_it_is_computed_again() -> None:
    make_board()
    Tally.objects.update(updated_at="2026-01-01T00:00Z")
    Snapshot.objects.filter(method=HEADLINE.name).update(version="1", competitions_digest="")
    Standing.objects.update(competitions=None, prompts_lower=None, prompts_upper=None)
    assert recompute_changed_boards() > 0
    assert standings()["alpha"].prompts_upper is not None


def test_a_competitions_own_board_and_other_methods_have_none() -> None:
    make_board()
    others = Standing.objects.exclude(snapshot__board__key=MODE, snapshot__variant="prior=1")
    assert others.exists()
    assert not others.exclude(competitions=None, prompts_lower=None, prompts_withheld="").exists()
    intervals = others.filter(lower__isnull=False)
    assert intervals.exists()
    assert not intervals.exclude(lower=F("conditional_lower"), upper=F("conditional_upper")).exists()


def test_the_parts_are_what_the_board_is_the_sum_of() -> None:
    models = make_board()
    board = Board.objects.get(key=MODE)
    BoardExclusion.objects.create(board=board, model=models[2], reason="withdrawn")
    whole, by_competition = read_tallies(board), read_competitions(board)
    assert by_competition.tallies.digest == whole.tallies.digest
    assert (by_competition.model_ids, by_competition.last_vote_number) == (whole.model_ids, whole.last_vote_number)
    assert len(by_competition.competitions) == 6


def test_the_bounds_are_in_json_and_csv(client: Client) -> None:
    make_board()
    items = {item["slug"]: item for item in client.get(f"/api/v1/leaderboards/{MODE}").json()["standings"]}
    alpha = items["alpha"]
    assert alpha["competitions"] == 6
    assert alpha["new_prompt_lower"] < alpha["prompts_lower"] < alpha["rating"] < alpha["prompts_upper"]
    assert (alpha["lower"], alpha["upper"]) == (alpha["prompts_lower"], alpha["prompts_upper"])
    assert alpha["conditional_lower"] is not None
    assert items["newcomer"]["lower"] == items["newcomer"]["conditional_lower"]
    assert items["newcomer"]["prompts_withheld"] == "cut_off"
    text = client.get(f"/api/v1/leaderboards/{MODE}", {"format": "csv"}).content.decode()
    line = next(line for line in csv.DictReader(text.splitlines()) if line["slug"] == "alpha")
    assert math.isclose(float(line["prompts_upper"]), alpha["prompts_upper"])
    assert line["competitions"] == "6"


def test_the_page_says_how_much_wider_the_intervals_are(client: Client) -> None:
    make_board()
    page = client.get(f"/leaderboards/{MODE}").content.decode()
    assert "times as wide" in page
    assert "up to 6 prompts a model" in page
    assert "95% intervals for prompts like these, of 1 model on these prompts only." in page
    assert page.count("<small>on these prompts only</small>") == 1
    competition = Board.objects.filter(kind="competition").first()
    assert "rompts like these" not in client.get(f"/leaderboards/{competition.key}").content.decode()


def test_an_interval_of_no_width_is_compared_with_nothing(client: Client) -> None:
    make_board()
    Standing.objects.filter(model__slug="alpha").update(conditional_upper=F("conditional_lower"))
    answer = client.get(f"/leaderboards/{MODE}")
    assert answer.status_code == 200
    assert "times as wide" in answer.content.decode()


def test_a_page_of_few_prompts_says_that_nothing_is_known_of_others(client: Client) -> None:
    make_board(4)
    page = client.get(f"/leaderboards/{MODE}").content.decode()
    assert "not known yet" in page
    assert "95% intervals on these prompts only." in page
    assert "<small>on these prompts only</small>" not in page
    assert "Intervals on these prompts only" not in page


@pytest.mark.parametrize(("competitions", "words"), [(4, "on these prompts only"), (6, "for prompts like these")])
def test_wherever_an_interval_stands_it_says_what_it_is_about(client: Client, competitions: int, words: str) -> None:
    alpha, *_ = make_board(competitions)
    assert f"95% intervals {words}" in client.get(f"/embed/{MODE}").content.decode()
    assert f"(95%, {words})" in client.get(f"{alpha.get_absolute_url()}/llms.txt").content.decode()
    narrow = competitions < 5
    for path in (f"/embed/{MODE}/badge.svg", "/leaderboards", alpha.get_absolute_url(), "/models", "/"):
        page = client.get(path).content.decode()
        assert not narrow or words in page, path
        assert narrow or "95% intervals on these prompts only" not in page, path
    standing = client.get(f"/api/v1/models/{alpha.slug}").json()["standings"][0]
    assert standing["prompts_withheld"] == ("few_competitions" if narrow else "")
    assert (standing["lower"] == standing["conditional_lower"]) == narrow
