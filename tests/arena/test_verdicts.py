"""Verdicts of boards: judged after every vote, stored, and read for pairs."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from arena.boards import judging
from arena.boards.findings import complete_boards, complete_changed_boards
from arena.boards.judging import judge_board, judge_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.boards.replay import replay_changed_boards
from arena.boards.verdicts import BoardVerdicts, board_verdicts
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Board, Entry, SequentialState, Snapshot, Verdict, Vote
from arena.rating.outlooks import UNKNOWN
from arena.votes.log import pages, read_tallies_up_to
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
URL = "/api/v1/leaderboards/mode-text-to-image/verdicts"


def make_board(competitions: int = 1, clear: int = 30, even: int = 4):
    """Alpha beats beta and gamma, who are much alike."""
    models = [make_model(slug=slug) for slug in ("alpha", "beta", "gamma")]
    a, b, c = models
    made = [make_competition(title=f"Fox {number}") for number in range(competitions)]
    for competition in made:
        battles = [(a, b, "left", clear), (c, a, "right", clear), (b, c, "left", even), (c, b, "left", even)]
        make_votes(competition, *battles)
    recompute_changed_boards()
    return made, models


def mode_board() -> Board:
    return Board.objects.get(kind="mode")


def verdicts() -> BoardVerdicts:
    return board_verdicts(mode_board())


def stored() -> list[tuple]:
    rows = Verdict.objects.filter(board=mode_board()).order_by("number", "kind", "first__slug")
    return list(rows.values_list("kind", "first__slug", "second__slug", "number", "decided_at"))


def from_scratch() -> list[tuple]:
    SequentialState.objects.filter(method="verdicts").delete()
    Verdict.objects.all().delete()
    judge_changed_boards()
    return stored()


def test_who_is_better_is_decided_at_a_vote_with_its_day() -> None:
    make_board()
    Vote.objects.update(cast_at=datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    complete_changed_boards()
    (found,) = verdicts().of([("beta", "alpha")])
    assert (found.first, found.second, found.several) == ("alpha", "beta", True)
    assert (found.better.winner, found.better.decided_on) == ("alpha", date(2026, 11, 20))
    assert Vote.objects.order_by("number")[5].number < found.better.number <= Vote.objects.order_by("number")[29].number
    assert found.ahead > 100


def test_one_competition_claims_on_its_prompt_and_a_wider_board_withholds_under_five() -> None:
    make_board(2)
    complete_changed_boards()
    pair = [("alpha", "beta")]
    (wide,) = verdicts().of(pair)
    (own,) = board_verdicts(Board.objects.filter(kind="competition").first()).of(pair)
    assert (wide.kind, wide.for_prompts.reason, wide.for_prompts.competitions) == ("withheld", "few_competitions", 2)
    assert (own.kind, own.winner, own.for_prompts) == ("better", "alpha", None)
    assert wide.better.winner == own.better.winner == "alpha"
    assert verdicts().first_place().headline == ""
    assert verdicts().first_place().on_these == "alpha"
    assert board_verdicts(Board.objects.filter(kind="competition").first()).first_place().headline == "alpha"


def test_over_many_competitions_the_claim_is_for_prompts_like_these() -> None:
    make_board(6)
    complete_changed_boards()
    better, open_pair = verdicts().of([("alpha", "gamma"), ("gamma", "beta")])
    assert (better.kind, better.winner, better.for_prompts.competitions) == ("better", "alpha", 6)
    assert 0 < better.for_prompts.lower < better.ahead < better.for_prompts.upper
    assert (open_pair.kind, open_pair.on_these) == ("undecided", None)
    assert verdicts().first_place().headline == "alpha"
    ranks = mode_board().snapshots.current_headline().get().standings
    sets = ranks.values_list("rank_set_best", "rank_set_worst", "prompts_rank_set_best", "prompts_rank_set_worst")
    assert list(sets) == [(1, 1, 1, 1), (2, 3, 2, 3), (2, 3, 2, 3)]


def test_prompts_that_disagree_leave_it_open_for_prompts_like_these() -> None:
    a, b = make_model(slug="alpha"), make_model(slug="beta")
    for number in range(6):
        make_votes(make_competition(title=f"Fox {number}"), (a, b, "left" if number < 4 else "right", 60))
    recompute_changed_boards()
    complete_changed_boards()
    (found,) = verdicts().of([("alpha", "beta")])
    assert (found.better.winner, found.kind, found.winner) == ("alpha", "undecided", "")
    assert found.for_prompts.lower < 0
    assert verdicts().first_place().for_prompts == ""


def test_a_board_of_too_many_models_says_so(monkeypatch) -> None:
    make_board()
    complete_changed_boards()
    monkeypatch.setattr(judging, "MOST_MODELS", 2)
    SequentialState.objects.filter(method="verdicts").delete()
    assert judge_changed_boards() == 2
    found = verdicts()
    assert (found.withheld, stored()) == ("too_large", [])
    (pair,) = found.of([("alpha", "beta")])
    assert (pair.kind, pair.withheld, pair.better) == ("withheld", "too_large", None)
    assert found.outlooks([("alpha", "beta")], 0.8) == [UNKNOWN]
    assert found.first_place().on_these == ""
    assert judge_changed_boards() == 0


def test_before_the_first_judgement_nothing_is_claimed() -> None:
    make_board()
    found = verdicts()
    (pair,) = found.of([("alpha", "beta")])
    assert (found.withheld, pair.kind, pair.for_prompts.kind) == ("not_judged", "withheld", "withheld")
    replay_changed_boards()
    assert verdicts().withheld == "not_judged"


def test_another_margin_judges_anew(settings) -> None:
    make_board(even=30)
    complete_changed_boards()
    before = stored()
    settings.VERDICT_MARGIN = 300
    assert verdicts().withheld == "not_judged"
    complete_changed_boards()
    assert {row[0] for row in stored()} == {"better", "equivalent"}
    assert {row for row in stored() if row[0] == "better"} == set(before)
    assert SequentialState.objects.filter(method="verdicts", board=mode_board()).count() == 1
    assert verdicts().margin == 300


def test_outlooks_say_how_many_votes_are_missing() -> None:
    make_board(clear=6)
    complete_changed_boards()
    found = verdicts()
    near, far = found.outlooks([("alpha", "beta"), ("beta", "gamma")], 0.8)
    assert far.better is None or far.better > near.better > 0
    assert far.equivalent > 1000
    assert found.outlooks([("alpha", "beta")], 0.95)[0].better > near.better
    assert found.outlooks([("alpha", "nobody")], 0.8) == [UNKNOWN]


def test_outlooks_know_the_youngest_votes() -> None:
    make_board()
    Vote.objects.update(cast_at=timezone.now())
    complete_changed_boards()
    state = SequentialState.objects.get(board=mode_board(), method="verdicts")
    assert (state.last_vote_number, verdicts().of([("alpha", "beta")])[0].better.winner) == (0, "alpha")
    decided, open_pair = verdicts().outlooks([("alpha", "beta"), ("beta", "gamma")], 0.8)
    assert decided.better == 0
    assert open_pair.better != 0
    Vote.objects.update(cast_at=timezone.now() - timedelta(days=1))
    from_scratch()
    assert verdicts().outlooks([("alpha", "beta"), ("beta", "gamma")], 0.8) == [decided, open_pair]


def test_a_state_that_says_nothing_of_the_youngest_votes_is_brought_up_to_date() -> None:
    make_board()
    complete_changed_boards()
    before = verdicts().outlooks([("beta", "gamma")], 0.8)
    for state in SequentialState.objects.filter(method="verdicts"):
        del state.state["tip"]
        state.save()
    assert verdicts().outlooks([("beta", "gamma")], 0.8) == [UNKNOWN]
    assert judge_changed_boards() == 2
    assert verdicts().outlooks([("beta", "gamma")], 0.8) == before
    assert judge_changed_boards() == 0


def test_pairs_are_read_in_few_queries(django_assert_num_queries) -> None:
    make_board(6)
    complete_changed_boards()
    board = mode_board()
    pairs = [("alpha", "beta"), ("beta", "gamma"), ("alpha", "gamma")]
    with django_assert_num_queries(2):
        found = board_verdicts(board)
    with django_assert_num_queries(2):
        found.of(pairs)
    with django_assert_num_queries(1):
        found.outlooks(pairs, 0.8)
    with django_assert_num_queries(3):
        found.first_place()


def test_unannounced_models_are_in_no_pair() -> None:
    _, (_, b, _) = make_board()
    complete_changed_boards()
    Entry.objects.filter(model=b).update(status="held")
    assert "beta" not in verdicts().order


def test_quiet_boards_are_left_alone() -> None:
    make_board()
    complete_changed_boards()
    assert judge_changed_boards() == 0
    assert judging.judge_boards([mode_board().pk]) == 0
    assert complete_boards([mode_board().pk]) == 0
    assert judge_board(10**6) is None


def test_rest_gives_verdicts_pair_by_pair(client: Client) -> None:
    make_board(6)
    complete_changed_boards()
    answer = client.get(URL)
    found = answer.json()
    assert (answer["X-Total-Count"], len(found["items"]), found["withheld"]) == ("3", 3, "")
    assert found["first_place"] == {"on_these": "alpha", "for_prompts": "alpha"}
    best = found["items"][0]
    assert (best["kind"], best["winner"], best["votes_for_better"]) == ("better", "alpha", 0)
    assert best["for_prompts"]["lower"] < best["ahead"] < best["for_prompts"]["upper"]
    (later,) = client.get(URL, {"limit": "1", "offset": "2", "power": "0.95"}).json()["items"]
    assert later["votes_for_equivalent"] > found["items"][2]["votes_for_equivalent"] > 0
    assert len(client.get(URL, {"model": "beta"}).json()["items"]) == 2
    assert client.get(f"{URL}?model=nobody").json()["items"] == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"power": "1"}, "power: '1' is not allowed"), ({"power": "x"}, "0.5 to 0.99"), ({"limit": "501"}, "limit")],
)
def test_what_rest_cannot_give_is_refused(client: Client, asked: dict[str, str], said: str) -> None:
    make_board()
    answer = client.get(URL, asked)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert client.get("/api/v1/leaderboards/nowhere/verdicts").status_code == 404


def test_rest_asks_a_fixed_number_of_queries(client: Client, django_assert_num_queries) -> None:
    make_board(6)
    complete_changed_boards()
    with django_assert_num_queries(10):
        client.get(URL)


def test_a_stranger_finds_the_same_decisions_at_the_same_votes(client: Client, tmp_path: Path) -> None:
    make_board(6)
    exclude_votes(Vote.objects.order_by("number").values_list("number", flat=True)[:3], reason="a test")
    recompute_changed_boards()
    complete_changed_boards()
    path = tmp_path / "mode-text-to-image.votes.csv"
    answer = client.get("/api/v1/leaderboards/mode-text-to-image/votes")
    path.write_bytes(b"".join(answer.streaming_content))
    call_command("verify_board", str(path))
    Verdict.objects.filter(board=mode_board(), second__slug="beta").update(number=F("number") + 1)
    with pytest.raises(CommandError, match="2 differences on mode-text-to-image"):
        call_command("verify_board", str(path))


def test_pages_of_votes_know_their_numbers() -> None:
    make_board()
    board = mode_board()
    read = read_tallies_up_to(board, 10**9)
    (page,) = pages(board, 0, 10**9, read.slugs)
    assert page.numbers[-1] == page.votes.last_number == Snapshot.objects.current_headline().first().last_vote_number
