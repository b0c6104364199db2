"""A vote counts exactly once or is recorded as refused; the tallies always equal a recount of the log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.db.models import Count, Sum
from django.utils import timezone

from arena.models import Battle, Entry, RefusedVote, Tally, Vote, VoteQuota, Voter
from arena.voting.ballot import Ballot, RecordedVote, StepRefused, VoteRefused
from arena.voting.battle_steps import reveal_battle, withdraw_vote
from arena.voting.cast_vote import cast_vote
from tests.voting.factories import NETWORK, make_battle, make_contest

OUTCOMES = ("left", "right", "tie", "both_bad")


def ballot(voter: Voter, battle, token: str, outcome: str = "left", network: str = NETWORK) -> Ballot:
    return Ballot(battle, token, outcome, voter.id, network)


def cast(voter: Voter, outcome: str = "left", network: str = NETWORK) -> RecordedVote:
    return cast_vote(ballot(voter, *make_battle(voter), outcome, network))


def refusal(attempt: Ballot) -> str:
    with pytest.raises(VoteRefused) as refused:
        cast_vote(attempt)
    recorded = RefusedVote.objects.latest("id")
    assert recorded.reason == refused.value.reason
    assert 400 <= refused.value.status < 500
    return recorded.reason


def assert_tallies_equal_a_recount() -> None:
    counted = Vote.objects.filter(is_counted=True)
    columns = ("battle__competition_id", "battle__left_model_id", "battle__right_model_id", "outcome")
    recount = {tuple(key): n for *key, n in counted.values_list(*columns).annotate(n=Count("number")).order_by()}
    recorded = {
        (tally.competition_id, tally.left_model_id, tally.right_model_id, outcome): getattr(tally, outcome)
        for tally in Tally.objects.all()
        for outcome in OUTCOMES
        if getattr(tally, outcome)
    }
    assert recorded == recount
    for entry in Entry.objects.all():
        left, right = counted.filter(battle__left_entry=entry), counted.filter(battle__right_entry=entry)
        bad = left.filter(outcome="both_bad").count() + right.filter(outcome="both_bad").count()
        tied = left.filter(outcome="tie").count() + right.filter(outcome="tie").count()
        won = left.filter(outcome="left").count() + right.filter(outcome="right").count()
        lost = left.filter(outcome="right").count() + right.filter(outcome="left").count()
        assert (entry.wins, entry.losses, entry.ties, entry.both_bad) == (won, lost, tied + bad, bad)
    assert (Voter.objects.aggregate(n=Sum("votes"))["n"] or 0) == counted.filter(battle__voter__isnull=False).count()


@pytest.fixture
def voter(db) -> Voter:
    make_contest(models=4)
    return Voter.objects.create()


def test_every_outcome_reaches_vote_tally_entries_and_voter(voter: Voter) -> None:
    numbers = [cast(voter, outcome) for outcome in OUTCOMES * 3]
    assert [counted.votes_of_voter for counted in numbers] == list(range(1, 13))
    assert Tally.objects.aggregate(last=Sum("both_bad"))["last"] == 3
    assert max(Tally.objects.values_list("last_vote_number", flat=True)) == numbers[-1].number
    assert_tallies_equal_a_recount()


@pytest.mark.django_db(transaction=True)
def test_one_token_sent_200_times_at_once_counts_once() -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)

    def attempt(number: int) -> str:
        try:
            cast_vote(ballot(voter, battle, token, OUTCOMES[number % 4]))
        except VoteRefused as refused:
            return refused.reason
        finally:
            connection.close()
        return "counted"

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(attempt, range(200)))
    assert answers.count("counted") == 1
    assert answers.count("already_voted") == 199
    assert RefusedVote.objects.filter(reason="already_voted", battle__public_id=battle).count() == 199
    assert VoteQuota.objects.get(kind="voter").votes == 1
    assert_tallies_equal_a_recount()


@pytest.mark.django_db(transaction=True)
def test_many_voters_on_the_same_pair_at_once_never_wait_for_each_other_in_a_ring() -> None:
    make_contest(models=2)
    voters = [Voter.objects.create() for _ in range(24)]
    battles = [make_battle(voter) for voter in voters]

    def attempt(number: int) -> None:
        try:
            cast_vote(ballot(voters[number], *battles[number], OUTCOMES[number % 4]))
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(attempt, range(24)))
    assert Vote.objects.count() == 24
    assert_tallies_equal_a_recount()


@pytest.mark.django_db(transaction=True)
def test_undo_and_reveal_at_once_never_both_happen() -> None:
    make_contest()
    voter = Voter.objects.create()
    for _ in range(10):
        battle, token = make_battle(voter)
        cast_vote(ballot(voter, battle, token))

        def attempt(action, battle=battle) -> bool:
            try:
                action(battle, voter.id)
            except StepRefused:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(attempt, (withdraw_vote, reveal_battle))) == 1
    assert_tallies_equal_a_recount()


def test_a_replay_with_the_same_or_the_other_side_is_refused(voter: Voter) -> None:
    battle, token = make_battle(voter)
    cast_vote(ballot(voter, battle, token, "left"))
    assert refusal(ballot(voter, battle, token, "left")) == "already_voted"
    assert refusal(ballot(voter, battle, token, "right")) == "already_voted"
    assert Vote.objects.get().outcome == "left"


def test_a_foreign_voter_a_forged_token_and_an_unknown_battle_are_refused(voter: Voter) -> None:
    battle, token = make_battle(voter)
    other = Voter.objects.create()
    other_battle, other_token = make_battle(other)
    assert refusal(ballot(other, battle, token)) == "wrong_voter"
    assert refusal(Ballot(battle, token, "left", None, NETWORK)) == "wrong_voter"
    assert refusal(ballot(voter, battle, "0" * 32)) == "wrong_token"
    assert refusal(ballot(voter, battle, other_token)) == "wrong_token"
    assert refusal(ballot(voter, battle, "")) == "wrong_token"
    assert refusal(ballot(voter, uuid4(), token)) == "unknown_battle"
    assert refusal(ballot(voter, battle, token, "best")) == "bad_outcome"
    assert Vote.objects.count() == 0
    assert other_battle != battle


def test_an_expired_battle_takes_no_vote(voter: Voter) -> None:
    battle, token = make_battle(voter)
    Battle.objects.filter(public_id=battle).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(ballot(voter, battle, token)) == "expired"
    assert Vote.objects.count() == Tally.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_voters_cap_of_the_day_holds(voter: Voter, settings) -> None:
    settings.VOTER_DAILY_CAP = 2
    cast(voter)
    cast(voter)
    assert refusal(ballot(voter, *make_battle(voter))) == "voter_cap"
    assert Vote.objects.count() == 2
    assert cast(Voter.objects.create()).votes_of_voter == 1
    assert_tallies_equal_a_recount()


@pytest.mark.django_db(transaction=True)
def test_the_networks_cap_of_the_day_holds_for_all_its_voters(voter: Voter, settings) -> None:
    settings.NETWORK_DAILY_CAP = 2
    cast(voter)
    cast(Voter.objects.create())
    other = Voter.objects.create()
    assert refusal(ballot(other, *make_battle(other))) == "network_cap"
    assert VoteQuota.objects.filter(kind="voter", subject=str(other.id)).count() == 0
    assert cast(other, network="a" * 64).votes_of_voter == 1
    assert_tallies_equal_a_recount()


@pytest.mark.django_db(transaction=True)
def test_a_cap_that_is_lowered_holds_for_those_above_it_already(voter: Voter, settings) -> None:
    cast(voter)
    cast(voter)
    settings.VOTER_DAILY_CAP = 1
    assert refusal(ballot(voter, *make_battle(voter))) == "voter_cap"
    assert VoteQuota.objects.get(kind="voter").votes == 2


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["voter", "network"])
def test_the_table_itself_holds_a_quota_to_its_cap(kind: str) -> None:
    with pytest.raises(IntegrityError, match=f"{kind}_quota_within_cap"):
        VoteQuota.objects.create(kind=kind, subject="1", day=timezone.now().date(), votes=3, most=2)


def times_run_as_prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return sum(times for statement, times in cursor.fetchall() if "INSERT INTO arena_tally" in statement)


def test_votes_run_a_statement_that_the_server_has_prepared(voter: Voter) -> None:
    before = times_run_as_prepared()
    for _ in range(4):
        cast(voter)
    assert times_run_as_prepared() == before + 4


def test_yesterdays_votes_do_not_count_towards_todays_cap(voter: Voter, settings) -> None:
    settings.VOTER_DAILY_CAP = 1
    cast(voter)
    VoteQuota.objects.update(day=timezone.now().date() - timedelta(days=1))
    assert cast(voter).votes_of_voter == 2


def test_an_undone_vote_leaves_no_trace_in_the_counts_and_its_pair_comes_again(voter: Voter) -> None:
    for outcome in OUTCOMES:
        battle, token = make_battle(voter)
        cast_vote(ballot(voter, battle, token, outcome))
        again = withdraw_vote(battle, voter.id)
        old, new = Battle.objects.get(public_id=battle), Battle.objects.get(public_id=again)
        assert (old.left_entry_id, old.right_entry_id) == (new.left_entry_id, new.right_entry_id)
        assert refusal(ballot(voter, battle, token)) == "already_voted"
        assert_tallies_equal_a_recount()
    voter.refresh_from_db()
    assert voter.votes == 0
    assert not Vote.objects.filter(withdrawn_at__isnull=True).exists()


def test_a_vote_cannot_be_taken_back_after_the_reveal_or_by_another_or_late(voter: Voter) -> None:
    battle, token = make_battle(voter)
    with pytest.raises(StepRefused, match="after the vote"):
        withdraw_vote(battle, voter.id)
    cast_vote(ballot(voter, battle, token))
    with pytest.raises(StepRefused, match="another browser"):
        withdraw_vote(battle, Voter.objects.create().id)
    Vote.objects.update(cast_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(StepRefused, match="ten minutes"):
        withdraw_vote(battle, voter.id)
    Vote.objects.update(cast_at=timezone.now())
    reveal_battle(battle, voter.id)
    with pytest.raises(StepRefused, match="a vote stays"):
        withdraw_vote(battle, voter.id)
    assert Vote.objects.get().is_counted
