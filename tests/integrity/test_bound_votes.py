"""What one voter, network or day's newcomers move is bounded: by order alone, once, exactly and reversibly."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.integrity.bound_votes import bound_votes
from arena.integrity.bounds import EVERY, KINDS, NETWORK, NEWCOMERS, VOTER, Bound, CastVote, Place, past_bounds
from arena.integrity.exclude_votes import restore_votes
from arena.models import Battle, Tally, Vote, VoteExclusion, Voter, VoteReach
from arena.tasks import bound_votes as each_minute
from tests.arena.factories import make_competition, make_model
from tests.integrity.factories import make_cast

DAY = date(2026, 11, 30)
NONE = Bound(0, 0.0)


def cast(number: int, voter: str = "v", models=(1, 2), **more) -> CastVote:
    return CastVote(number, "text-to-image", models, DAY, voter, **more)


def test_the_first_votes_about_a_model_stay() -> None:
    votes = [cast(number) for number in range(1, 6)]
    assert past_bounds(votes, Counter(), {**dict.fromkeys(KINDS, NONE), VOTER: Bound(3, 0.0)}) == {4: VOTER, 5: VOTER}


def test_a_share_of_a_models_votes_lifts_the_bound() -> None:
    reach = Counter({Place(EVERY, "", "text-to-image", model): 400 for model in (1, 2)})
    votes = [cast(number) for number in range(1, 7)]
    found = past_bounds(votes, reach, {**dict.fromkeys(KINDS, NONE), VOTER: Bound(1, 0.01)})
    assert list(found) == [6]  # 1 % of 405 is above four


def test_networks_and_newcomers_are_bounded_by_day() -> None:
    bounds = {VOTER: NONE, NETWORK: Bound(1, 0.0), NEWCOMERS: Bound(2, 0.0)}
    votes = [cast(1, "a", network="n"), cast(2, "b", network="n"), cast(3, "c", newcomer=True)]
    votes += [cast(4, "d", newcomer=True), cast(5, "e", newcomer=True)]
    assert past_bounds(votes, Counter(), bounds) == {2: NETWORK, 5: NEWCOMERS}
    tomorrow = CastVote(6, "text-to-image", (1, 2), DAY + timedelta(days=1), "a", "n")
    assert past_bounds([*votes, tomorrow], Counter(), bounds) == {2: NETWORK, 5: NEWCOMERS}


def test_votes_of_nobody_known_are_unbounded() -> None:
    votes = [cast(number, voter="") for number in range(1, 50)]
    assert past_bounds(votes, Counter(), dict.fromkeys(KINDS, Bound(1, 0.0))) == {}


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1), st.booleans()), max_size=60),
    st.integers(0, 60),
)
def test_where_the_log_is_cut_changes_nothing(rows, cut) -> None:
    votes = [
        CastVote(number, "text-to-image", (m, m + 1), DAY, str(voter), str(network), newcomer)
        for number, (voter, m, network, newcomer) in enumerate(rows, start=1)
    ]
    bounds = {VOTER: Bound(2, 0.2), NETWORK: Bound(3, 0.3), NEWCOMERS: Bound(2, 0.0)}
    whole = past_bounds(votes, Counter(), bounds)
    reach: Counter[Place] = Counter()
    parts = past_bounds(votes[:cut], reach, bounds)
    assert whole == parts | past_bounds(votes[cut:], reach, bounds)
    for voter in {vote.voter for vote in votes}:
        own = [vote for vote in votes if vote.voter == voter and vote.number not in whole]
        for model in range(4):
            about = sum(model in vote.models for vote in own)
            assert about <= max(2, 0.2 * sum(model in vote.models for vote in votes)) + 1


@pytest.fixture
def bounded(db, settings):
    settings.VOTER_MODEL_BOUND, settings.NETWORK_MODEL_BOUND, settings.NEWCOMER_MODEL_BOUND = 5, 0, 0
    competition = make_competition(prompt="A red fox")
    a, b = (make_model(f"Heron {letter}", slug=f"heron-{letter}") for letter in "ab")
    return competition, a, b


LATER = timedelta(minutes=12)


def test_votes_past_the_bound_are_set_aside_and_the_recount_is_exact(bounded, capsys) -> None:
    competition, a, b = bounded
    numbers = make_cast(Voter.objects.create(), (a, b, "left", 3), (b, a, "right", 5), competition=competition)
    assert bound_votes() == 0  # they may still be undone
    assert bound_votes(timezone.now() + LATER) == 3
    assert sorted(Vote.objects.filter(is_counted=False).values_list("number", flat=True)) == sorted(numbers)[5:]
    exclusion = VoteExclusion.objects.get()
    assert (exclusion.gate, exclusion.votes, exclusion.actor, exclusion.day) == (
        "voter_bound",
        3,
        None,
        datetime.now(UTC).date(),
    )
    call_command("verify_tallies")
    assert each_minute.apply().get() == 0
    assert bound_votes(timezone.now() + LATER) == 0


def test_what_an_operator_restores_stays_and_newer_votes_are_still_bounded(bounded) -> None:
    competition, a, b = bounded
    voter = Voter.objects.create()
    make_cast(voter, (a, b, "left", 8), competition=competition)
    bound_votes(timezone.now() + LATER)
    restore_votes(VoteExclusion.objects.get())
    assert bound_votes(timezone.now() + LATER) == 0
    assert Vote.objects.filter(is_counted=True).count() == 8
    VoteReach.objects.all().delete()
    assert bound_votes(timezone.now() + LATER) == 0  # all looked at anew, and those restored are left
    make_cast(voter, (a, b, "left", 2), competition=competition)
    assert bound_votes(timezone.now() + LATER) == 2
    call_command("verify_tallies")


def test_tallies_and_entries_are_taken_once_after_all_votes_of_all_bounds(bounded, settings) -> None:
    settings.NETWORK_MODEL_BOUND = 12
    competition, a, b = bounded
    days = [timezone.now() - timedelta(days=ago) for ago in (0, 1)]
    for day in days:
        for _ in range(3):
            make_cast(Voter.objects.create(), (a, b, "left", 7), competition=competition, at=day)
    with CaptureQueriesContext(connection) as queries:
        assert bound_votes(timezone.now() + LATER) == 2 * (6 + 5)
    assert VoteExclusion.objects.count() == 4  # by gate and day
    changed = [query["sql"] for query in queries]
    tallies = [place for place, sql in enumerate(changed) if "UPDATE arena_tally" in sql]
    entries = [place for place, sql in enumerate(changed) if "UPDATE arena_entry" in sql]
    votes = [place for place, sql in enumerate(changed) if "UPDATE arena_vote SET" in sql]
    assert (len(tallies), len(entries), len(votes)) == (1, 1, 4)
    assert max(votes) < tallies[0] < entries[0]
    call_command("verify_tallies")


def test_votes_that_were_cast_elsewhere_are_unbounded_though_their_voter_is_known(bounded) -> None:
    competition, a, b = bounded
    make_cast(Voter.objects.create(), (a, b, "left", 8), competition=competition)
    Battle.objects.update(token_digest="")
    assert bound_votes(timezone.now() + LATER) == 0


def test_withdrawn_votes_hold_no_place_and_imported_ones_are_unbounded(bounded) -> None:
    competition, a, b = bounded
    voter = Voter.objects.create()
    numbers = make_cast(voter, (a, b, "left", 7), competition=competition)
    Vote.objects.filter(number__in=numbers[:2]).update(is_counted=False, withdrawn_at=timezone.now())
    Tally.objects.update(left=5)
    assert bound_votes(timezone.now() + LATER) == 0
    make_cast(voter, (a, b, "left", 9), competition=competition)
    Battle.objects.filter(votes__number__gt=max(numbers)).update(voter=None)
    assert bound_votes(timezone.now() + LATER) == 0


def test_batches_give_what_one_look_gives(bounded, monkeypatch) -> None:
    competition, a, b = bounded
    voters = [Voter.objects.create() for _ in range(2)]
    for turn in range(6):
        make_cast(voters[turn % 2], (a, b, "left", 2 + turn % 3), competition=competition)
    bound_votes(timezone.now() + LATER)
    whole = set(Vote.objects.filter(is_counted=False).values_list("number", flat=True))
    assert whole
    restore_votes(VoteExclusion.objects.get())
    Vote.objects.update(is_restored=False)
    VoteReach.objects.all().delete()
    monkeypatch.setattr("arena.integrity.bound_votes.BATCH_VOTES", 3)
    bound_votes(timezone.now() + LATER)
    assert set(Vote.objects.filter(is_counted=False).values_list("number", flat=True)) == whole
    call_command("verify_tallies")


def test_a_day_that_is_over_leaves_no_rows_of_its_networks(bounded, settings) -> None:
    settings.NETWORK_MODEL_BOUND = settings.NEWCOMER_MODEL_BOUND = 3
    competition, a, b = bounded
    long_ago = timezone.now() - timedelta(days=9)
    make_cast(Voter.objects.create(), (a, b, "left", 2), competition=competition, at=long_ago)
    bound_votes()
    assert VoteReach.objects.filter(kind=NETWORK).exists()
    make_cast(Voter.objects.create(), (a, b, "left", 9), competition=competition)
    assert bound_votes(timezone.now() + LATER) == 6
    assert "network_bound" in VoteExclusion.objects.values_list("gate", flat=True)
    assert (
        VoteReach.objects.filter(kind=NETWORK, subject__lt=f"{timezone.now() - timedelta(days=3):%Y-%m-%d}").count()
        == 0
    )


def test_both_boards_are_public_and_say_why_votes_do_not_count(bounded, client) -> None:
    competition, a, b = bounded
    make_cast(Voter.objects.create(), (a, b, "left", 12), competition=competition)
    recompute_changed_boards()
    address = "/api/v1/leaderboards/mode-text-to-image"
    same = client.get(address, {"method": "every-vote"}).json()
    assert (same["votes"], same["excluded_votes"]) == (12, 0)
    bound_votes(timezone.now() + LATER)
    recompute_changed_boards()
    complete_changed_boards()
    board = client.get(address).json()
    assert (board["votes"], board["excluded_votes"], board["findings"]["set_aside"]) == (5, 7, {"voter_bound": 7})
    every = client.get(address, {"method": "every-vote"}).json()
    assert (every["votes"], every["method"], every["standings"][0]["wins"]) == (12, "every-vote", 12)
    assert every["digest"] == same["digest"]
    page = client.get("/leaderboards/mode-text-to-image").content.decode()
    assert "and 7 taken out: 7 past a voter&#x27;s bound" in page
    link = "/methodology?board=mode-text-to-image&amp;method=every-vote:"
    assert link in page
    assert "no model changes its rank" in client.get(unescape(link)).content.decode()
    restore_votes(VoteExclusion.objects.get())
    recompute_changed_boards()
    complete_changed_boards()
    again = client.get(address).json()
    assert (again["votes"], again["digest"]) == (12, every["digest"])
    assert complete_changed_boards() == 0


def test_votes_set_aside_on_arrival_are_counted_though_no_tally_changes(bounded, client) -> None:
    competition, a, b = bounded
    make_cast(Voter.objects.create(), (a, b, "left", 4), competition=competition)
    recompute_changed_boards()
    complete_changed_boards()
    address = "/api/v1/leaderboards/mode-text-to-image"
    for several in (1, 2):
        late = make_cast(Voter.objects.create(), (a, b, "right", 1), competition=competition)
        too_fast, _ = VoteExclusion.objects.get_or_create(gate="too_fast", day=datetime.now(UTC).date())
        Vote.objects.filter(number__in=late).update(is_counted=False, exclusion=too_fast)
        Tally.objects.update(right=0)
        complete_changed_boards()
        board = client.get(address).json()
        assert (board["votes"], board["excluded_votes"], board["findings"]["set_aside"]) == (
            4,
            several,
            {"too_fast": several},
        )
        every = client.get(address, {"method": "every-vote"}).json()
        assert (every["votes"], every["standings"][1]["wins"]) == (4 + several, several)
    assert complete_changed_boards() == 0
