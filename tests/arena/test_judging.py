"""Judging as a replay of the vote log: where it goes on, when it starts anew, and which board has its turn."""

from datetime import timedelta
from time import sleep

import pytest
from django.db import connection
from django.utils import timezone

from arena.boards import judging
from arena.boards.findings import complete_changed_boards
from arena.boards.judging import judge_board, judge_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.boards.replay import replay_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import SequentialState, Verdict, Vote
from tests.arena.factories import make_model, make_votes
from tests.arena.test_replay import withdraw
from tests.arena.test_verdicts import from_scratch, make_board, mode_board, stored, verdicts

pytestmark = pytest.mark.django_db


def test_going_on_decides_what_all_votes_from_the_start_would() -> None:
    (competition,), (a, b, c) = make_board(clear=6)
    complete_changed_boards()
    before = stored()
    make_votes(competition, (a, b, "left", 30), (c, make_model(slug="new"), "left", 9), (b, c, "tie", 3))
    complete_changed_boards()
    gone_on = stored()
    assert before == [row for row in gone_on if row in before]
    assert len(gone_on) > len(before)
    assert gone_on == from_scratch()


def test_a_run_that_cannot_judge_all_votes_goes_on_next_time(monkeypatch) -> None:
    make_board()
    complete_changed_boards()
    whole = stored()
    SequentialState.objects.filter(method="verdicts").delete()
    Verdict.objects.all().delete()
    board, runs = mode_board(), 0
    while judge_board(board.pk, 9 * 20):
        runs += 1
        if SequentialState.objects.get(board=board, method="verdicts").state["digest"]:
            break
    assert runs == 4  # the mode's board has 68 votes of three models, 20 a run
    assert stored() == whole
    monkeypatch.setattr(judging, "WORK_OF_A_RUN", 1)
    SequentialState.objects.filter(method="verdicts").delete()
    assert judge_changed_boards() == 1


def test_decisions_stand_while_votes_are_judged_anew_over_several_runs(settings) -> None:
    make_board()
    complete_changed_boards()
    before, judged = stored(), verdicts().judged
    withdraw(Vote.objects.earliest("number"))
    recompute_changed_boards()
    replay_changed_boards()
    board, runs = mode_board(), 0
    while (
        judge_board(board.pk, 9 * 20)
        and not SequentialState.objects.get(board=board, method="verdicts").state["digest"]
    ):
        runs += 1
        assert (stored(), verdicts().judged) == (before, judged)
        assert verdicts().outlooks([("alpha", "beta")], 0.8)[0].better == 0
    assert runs == 3
    assert stored() == from_scratch() != before
    settings.VERDICT_MARGIN = 300
    judge_board(board.pk, 9)
    assert stored() == []  # of another margin nothing stands


def test_each_board_gets_its_turn(monkeypatch) -> None:
    make_board()
    complete_changed_boards()
    SequentialState.objects.filter(method="verdicts").delete()
    monkeypatch.setattr(judging, "WORK_OF_A_RUN", 1)  # a vote a run, so that no board is ever done
    turns = []
    for _ in range(4):
        judge_changed_boards()
        states = SequentialState.objects.filter(method="verdicts")
        turns.append(sorted(states.values_list("state__tip__battles", flat=True)))
    assert turns == [[1], [1, 1], [1, 2], [2, 2]]


def test_no_more_is_judged_between_two_queries_than_a_session_may_rest(monkeypatch) -> None:
    make_board()
    complete_changed_boards()
    whole, parts = stored(), []
    replay = judging.replay_verdicts
    monkeypatch.setattr(judging, "WORK_OF_A_PAGE", 9 * 20)
    monkeypatch.setattr(judging, "replay_verdicts", lambda *asked: parts.append(asked[1].battles) or replay(*asked))
    assert from_scratch() == whole
    assert parts == [20, 20, 20, 8] * 2


@pytest.mark.django_db(transaction=True)
def test_a_board_whose_session_was_ended_keeps_no_other_from_its_turn(monkeypatch) -> None:
    make_board()
    replay_changed_boards()
    replay, rests = judging.replay_verdicts, [0.6]
    monkeypatch.setattr(judging, "replay_verdicts", lambda *asked: sleep(rests.pop() if rests else 0) or replay(*asked))
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 200")
    assert judge_changed_boards() == 1
    assert judge_changed_boards() == 1
    assert judge_changed_boards() == 0


def test_votes_taken_out_take_their_decisions_along() -> None:
    make_board()
    complete_changed_boards()
    decided = verdicts().of([("alpha", "beta")])[0].better
    exclude_votes(Vote.objects.filter(number__lte=decided.number).values_list("number", flat=True), reason="a test")
    recompute_changed_boards()
    complete_changed_boards()
    later = verdicts().of([("alpha", "beta")])[0].better
    assert later is None or later.number > decided.number
    assert stored() == from_scratch()


def test_a_vote_that_may_be_undone_is_not_in_the_stored_state() -> None:
    (competition,), (a, b, _) = make_board()
    Vote.objects.update(cast_at=timezone.now() - timedelta(days=1))
    young = make_votes(competition, (a, b, "left", 3))
    Vote.objects.filter(number__gte=young.first_number).update(cast_at=timezone.now())
    recompute_changed_boards()
    complete_changed_boards()
    state = SequentialState.objects.get(board=mode_board(), method="verdicts")
    assert (state.last_vote_number, state.state["judged"]) == (young.first_number - 1, young.first_number + 2)
    withdraw(Vote.objects.get(number=young.first_number))
    make_votes(competition, (b, a, "right", 1))
    complete_changed_boards()
    assert SequentialState.objects.get(pk=state.pk).last_vote_number == young.first_number - 1
    assert stored() == from_scratch()


def test_young_votes_that_are_set_aside_leave_the_stored_state(monkeypatch) -> None:
    (competition,), (a, b, _) = make_board()
    Vote.objects.update(cast_at=timezone.now() - timedelta(days=1))
    young = make_votes(competition, (a, b, "left", 3))
    Vote.objects.filter(number__gte=young.first_number).update(cast_at=timezone.now())
    recompute_changed_boards()
    complete_changed_boards()
    exclude_votes([young.first_number], reason="a test")
    recompute_changed_boards()
    judged = []
    replay = judging.replay_verdicts
    monkeypatch.setattr(
        judging,
        "replay_verdicts",
        lambda state, votes, numbers: judged.append(votes.battles) or replay(state, votes, numbers),
    )
    complete_changed_boards()
    assert judged == [2, 2]  # of either board the young ones that stayed
    assert SequentialState.objects.get(board=mode_board(), method="verdicts").last_vote_number == young.first_number - 1
    assert stored() == from_scratch()


def test_a_withdrawn_vote_that_was_judged_starts_it_anew() -> None:
    make_board()
    complete_changed_boards()
    withdraw(Vote.objects.earliest("number"))
    complete_changed_boards()
    assert stored() == from_scratch()
