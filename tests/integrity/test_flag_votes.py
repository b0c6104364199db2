"""The nightly look: a ring is flagged, honest voters are not, twice is the same as once, and nothing is excluded."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from arena.integrity.exclude_votes import exclude_votes
from arena.integrity.gate_health import alarm_lines, read_gate_days
from arena.integrity.vote_cohorts import cohorts_of, flag_votes, read_judged_votes, votes_of_flag
from arena.models import RefusedVote, Vote, VoteExclusion, VoteFlag, VoteQuota
from arena.tasks import flag_votes as nightly
from tests.integrity.factories import RING, make_rigged

pytestmark = pytest.mark.django_db


def test_a_voter_who_inverts_is_flagged_and_an_honest_one_is_not() -> None:
    _, _, ring = make_rigged()
    report = flag_votes()
    assert report.votes == 90
    assert report.opened == report.found == VoteFlag.objects.count()
    assert set(VoteFlag.objects.filter(cohort="voter").values_list("subject", flat=True)) == {str(ring.public_id)}
    assert set(VoteFlag.objects.filter(cohort="network").values_list("subject", flat=True)) == {RING}


def test_a_residual_names_the_model_and_its_direction() -> None:
    make_rigged()
    flag_votes()
    flag = VoteFlag.objects.get(cohort="voter", test="residual")
    assert flag.detail == {"model": "heron-a", "direction": -1}


def test_looking_twice_changes_nothing() -> None:
    make_rigged()
    flag_votes()
    before = list(VoteFlag.objects.order_by("id").values())
    assert flag_votes().opened == 0
    assert list(VoteFlag.objects.order_by("id").values()) == before


def test_a_flag_excludes_nothing_by_itself() -> None:
    make_rigged()
    flag_votes()
    assert not Vote.objects.filter(is_counted=False).exists()
    assert not VoteExclusion.objects.exists()


def test_a_dismissed_flag_does_not_come_back_for_the_same_votes() -> None:
    make_rigged()
    flag_votes()
    VoteFlag.objects.update(status="dismissed")
    assert flag_votes().opened == 0


@pytest.mark.parametrize("cohort", ["voter", "network"])
def test_the_votes_of_a_flag_are_those_that_were_tested(cohort: str) -> None:
    _, _, ring = make_rigged()
    flag_votes()
    flag = VoteFlag.objects.filter(cohort=cohort).first()
    assert flag is not None
    votes = votes_of_flag(flag)
    assert set(votes.values_list("battle__voter", flat=True)) == {ring.pk}
    assert votes.count() == flag.votes == 60


@pytest.mark.parametrize("cohort", ["hour", "new_voters"])
def test_an_hour_and_a_day_of_newcomers_hold_everyone_in_them(cohort: str) -> None:
    make_rigged()
    now = timezone.now()
    subject = f"{now:%Y-%m-%d %H}:00" if cohort == "hour" else f"{now:%Y-%m-%d}"
    last = Vote.objects.latest("number").number
    flag = VoteFlag(cohort=cohort, subject=subject, first_vote_number=1, last_vote_number=last)
    assert votes_of_flag(flag).count() == 90


def test_excluded_votes_are_no_longer_looked_at() -> None:
    make_rigged()
    flag_votes()
    exclude_votes(votes_of_flag(VoteFlag.objects.filter(cohort="network")[0]), reason="a ring")
    assert read_judged_votes(timezone.now()).last_number < Vote.objects.latest("number").number
    assert flag_votes().votes == 30


def test_only_the_newest_numbers_are_read() -> None:
    make_rigged()
    assert len(read_judged_votes(timezone.now(), most=40).votes) == 40
    assert read_judged_votes(timezone.now() + timedelta(days=31)).votes == []


def test_a_vote_on_a_later_day_is_no_newcomers() -> None:
    cast = datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
    kinds = [cohort.kind for cohort in cohorts_of("v", "n", cast, cast - timedelta(hours=1))]
    assert kinds == ["voter", "hour", "network"]


def test_an_empty_log_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("flag_votes")
    assert "0 votes looked at" in capsys.readouterr().out


def make_gate_day(counted: int, **refused: int) -> None:
    VoteQuota.objects.create(kind="network", subject=RING, day=timezone.now().date(), votes=counted)
    for reason, votes in refused.items():
        RefusedVote.objects.bulk_create(RefusedVote(reason=reason) for _ in range(votes))


def test_a_gate_that_refuses_more_than_a_fifth_raises_the_alarm(caplog: pytest.LogCaptureFixture) -> None:
    make_gate_day(70, expired=25, burst=5)
    today = read_gate_days(timezone.now().date())[-1]
    assert (today.sent, today.share("expired"), today.alarms) == (100, 0.25, ["expired"])
    nightly()
    assert [record.getMessage() for record in caplog.records if "refused 25% of 100" in record.getMessage()]


def test_a_day_of_few_votes_raises_no_alarm() -> None:
    make_gate_day(20, expired=25)
    assert alarm_lines(read_gate_days(timezone.now().date()), {}) == []
