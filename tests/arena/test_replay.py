"""Methods that replay votes: where they go on, when they start anew, and what they leave."""

from datetime import UTC, datetime

import pytest

from arena import tasks
from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_changed_boards, compute_changed_findings
from arena.boards.recompute import recompute_changed_boards
from arena.boards.replay import replay_board, replay_changed_boards
from arena.boards.snapshots import thin_history
from arena.integrity.exclude_votes import exclude_votes, restore_votes
from arena.models import Board, Competition, Entry, SequentialState, Snapshot, Tally, Vote
from providers.models import ImageModel, ModelAlias
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db


def make_board() -> tuple[Competition, list[ImageModel]]:
    competition, models = make_competition(), [make_model(slug=slug) for slug in ("alpha", "beta", "gamma")]
    a, b, c = models
    make_votes(competition, (a, b, "left", 4), (b, c, "right", 3), (c, a, "tie", 2), (b, a, "left", 1))
    return competition, models


def ratings(method: str, variant: str = "") -> dict[str, float]:
    found = Snapshot.objects.get(board__kind="mode", method=method, variant=variant, is_current=True)
    return dict(found.standings.values_list("model__slug", "rating"))


def everything() -> list[dict[str, float]]:
    return [ratings("elo", "k=4"), ratings("elo", "k=32"), ratings("trueskill")]


def from_scratch() -> list[dict[str, float]]:
    SequentialState.objects.all().delete()
    Snapshot.objects.exclude(method="bradley-terry").delete()
    replay_changed_boards()
    return everything()


def withdraw(vote: Vote) -> None:
    """As the voter's undo leaves it."""
    Vote.objects.filter(pk=vote.pk).update(is_counted=False, withdrawn_at=datetime.now(UTC))
    battle = vote.battle
    tally = Tally.objects.get(left_model=battle.left_model, right_model=battle.right_model)
    setattr(tally, vote.outcome, getattr(tally, vote.outcome) - 1)
    tally.save()


def test_elo_by_hand() -> None:
    a, b = make_model(slug="alpha"), make_model(slug="beta")
    make_votes(make_competition(), (a, b, "left", 1))
    assert replay_changed_boards() == 6
    assert ratings("elo", "k=32") == {"alpha": 1016.0, "beta": 984.0}
    assert ratings("trueskill")["beta"] == 990.9
    found = Snapshot.objects.get(board__kind="mode", variant="k=4")
    assert (found.votes, found.parameters["k"], found.standings.get(position=1).lower) == (1, 4, None)


def test_going_on_gives_the_digits_of_all_votes_from_the_start() -> None:
    competition, (a, b, c) = make_board()
    replay_changed_boards()
    make_votes(competition, (c, b, "left", 5), (a, make_model(slug="new"), "both_bad", 1))
    replay_changed_boards()
    gone_on = everything()
    assert gone_on == from_scratch()
    assert set(gone_on[0]) == {"alpha", "beta", "gamma", "new"}


@pytest.mark.parametrize("beside", ["verdicts", "a variant of before"])
def test_states_of_others_do_not_keep_a_replay_from_going_on(beside: str) -> None:
    competition, (a, b, _) = make_board()
    recompute_changed_boards()
    complete_changed_boards() if beside == "verdicts" else replay_changed_boards()
    for days in SequentialState.objects.filter(method="votes-by-day"):
        if beside != "verdicts":
            SequentialState.objects.create(board=days.board, method="elo", variant="k=99", version="1")
        days.state["state"]["days"] = {"2001-01-01": 10}  # no vote says so: only what goes on can still know it
        days.save()
    make_votes(competition, (a, b, "left", 1))
    recompute_changed_boards()
    complete_changed_boards()
    states = SequentialState.objects.filter(method="votes-by-day").values_list("state__state__days", flat=True)
    assert [(days["2001-01-01"], sum(days.values())) for days in states] == [(10, 11)] * 2


def test_a_board_without_votes_has_empty_snapshots_of_every_method() -> None:
    ensure_boards([make_competition().id])
    recompute_changed_boards()
    assert replay_changed_boards() == 6
    assert compute_changed_findings() == 2
    assert everything() == [{}, {}, {}]
    assert Snapshot.objects.get(board__kind="mode", variant="prior=1").findings["fragility"] is None


def test_nothing_is_written_when_nothing_changed() -> None:
    make_board()
    assert replay_changed_boards() == 6
    assert replay_changed_boards() == 0


@pytest.mark.parametrize("undo", [False, True])
def test_votes_taken_out_start_the_replay_anew(undo: bool) -> None:
    make_board()
    replay_changed_boards()
    before = everything()
    exclusion = exclude_votes(Vote.objects.order_by("number")[:2].values_list("number", flat=True), reason="a test")
    if undo:
        restore_votes(exclusion)
    replay_changed_boards()
    assert (everything() == before) is undo
    assert everything() == from_scratch()


def test_a_withdrawn_vote_that_was_replayed_starts_it_anew() -> None:
    make_board()
    replay_changed_boards()
    withdraw(Vote.objects.earliest("number"))
    replay_changed_boards()
    assert everything() == from_scratch()
    assert Snapshot.objects.get(board__kind="mode", variant="k=4", is_current=True).votes == 9


def test_a_vote_undone_and_cast_again_takes_its_later_place() -> None:
    competition, (a, b, _) = make_board()
    replay_changed_boards()
    withdraw(Vote.objects.earliest("number"))
    make_votes(competition, (a, b, "left", 1))
    replay_changed_boards()
    assert everything() == from_scratch()


def test_models_that_trade_their_slugs_start_it_anew() -> None:
    competition, (a, b, c) = make_board()
    replay_changed_boards()
    for model, slug in ((a, "between"), (b, "alpha"), (a, "beta")):
        ImageModel.objects.filter(pk=model.pk).update(slug=slug)
        ModelAlias.objects.all().delete()
    make_votes(competition, (b, c, "left", 1))
    replay_changed_boards()
    assert everything() == from_scratch()


def test_votes_after_the_cut_off_wait_with_their_tallies() -> None:
    competition, (a, b, _) = make_board()
    made = make_votes(competition, (a, b, "left", 3))
    board = Board.objects.get(kind="mode")
    assert replay_board(board.id, made.first_number - 1) == 3
    snapshot = board.snapshots.get(variant="k=4")
    assert (snapshot.votes, snapshot.last_vote_number) == (10, made.first_number - 1)
    assert replay_changed_boards() == 6
    assert board.snapshots.get(variant="k=4", is_current=True).votes == 13


def test_days_of_votes_are_counted_along() -> None:
    make_board()
    Vote.objects.filter(outcome="left").update(cast_at=datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    replay_changed_boards()
    state = SequentialState.objects.get(board__kind="mode", method="votes-by-day").state["state"]
    assert state == {"days": {"": 5, "2026-11-20": 5}, "battles": 10}


def test_findings_are_of_the_snapshot_and_written_once() -> None:
    competition, (a, b, _) = make_board()
    recompute_changed_boards()
    assert compute_changed_findings() == 2
    assert compute_changed_findings() == 0
    snapshot = Snapshot.objects.get(board__kind="mode", variant="prior=1", method="bradley-terry")
    found = snapshot.findings
    assert (found["digest"], found["votes"]) == (snapshot.digest, 10)
    assert found["fragility"]["votes"] >= 1
    assert set(found["side_bias"]) == {"log_odds", "error", "points", "left_share", "shows"}
    assert found["tie_policies"]["gamma"] == {"half": 1, "dropped": None, "davidson": 1}
    make_votes(competition, (a, b, "left", 1))
    recompute_changed_boards()
    assert compute_changed_findings() == 2


def test_the_slow_task_may_run_twice() -> None:
    make_board()
    recompute_changed_boards()
    assert tasks.deepen_boards.apply().get() == 6
    assert tasks.deepen_boards.apply().get() == 0
    assert tasks.chain_votes.apply().get() == 10
    assert tasks.chain_votes.apply().get() == 0


def test_history_is_thinned_to_hours_then_days() -> None:
    competition = make_competition()
    make_votes(competition, (make_model(), make_model(), "left", 1))
    board = Board.objects.get(competition=competition)
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    moments = {
        "all": ["2026-11-23T10:01Z", "2026-11-23T10:02Z"],
        "hourly": ["2026-11-15T10:01Z", "2026-11-15T10:59Z", "2026-11-15T11:00Z"],
        "daily": ["2026-10-01T10:01Z", "2026-10-01T23:59Z", "2026-10-02T01:00Z"],
    }
    for moment in (one for some in moments.values() for one in some):
        board.snapshots.create(method="elo", variant="k=4", version="1", computed_at=moment, is_current=False)
    board.snapshots.create(method="elo", variant="k=4", version="1", computed_at="2026-10-01T00:00Z")
    assert thin_history(now) == 2
    kept = {f"{at:%Y-%m-%dT%H:%M}Z" for at in board.snapshots.values_list("computed_at", flat=True)}
    gone = {"2026-11-15T10:01Z", "2026-10-01T10:01Z"}
    assert kept == {one for some in moments.values() for one in some} - gone | {"2026-10-01T00:00Z"}
    assert thin_history(now) == 0


def test_thinning_takes_standings_along() -> None:
    competition = make_competition()
    make_votes(competition, (make_model(), make_model(), "left", 4))
    recompute_changed_boards()
    board = Board.objects.get(competition=competition)
    Snapshot.objects.filter(board=board).update(is_current=False, computed_at="2026-01-01T00:00Z")
    Entry.objects.update(wins=9)
    make_votes(competition, (make_model(), make_model(), "left", 4))
    recompute_changed_boards()
    Snapshot.objects.filter(board=board, is_current=True).update(is_current=False, computed_at="2026-01-01T01:00Z")
    assert thin_history(datetime(2026, 11, 23, tzinfo=UTC)) == 3
