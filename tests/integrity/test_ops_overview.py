"""The operator's first page: what waits, what runs and comes next, and what the day has brought."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from arena.integrity.vote_cohorts import flag_votes
from arena.models import Battle, PairReport, Run, Schedule, VoteFlag
from providers.models import AlertIncident, AlertRule, BudgetCap
from tests.arena.factories import make_competition, make_entry, make_image, make_model
from tests.integrity.factories import make_rigged

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def overview(operator: Client) -> str:
    return operator.get("/ops").content.decode()


def test_a_quiet_site_says_so_and_offers_what_comes_next(operator: Client) -> None:
    page = overview(operator)
    assert "Nothing waits for you" in page
    assert 'href="/ops/competitions/new"' in page
    assert "Running" not in page


def test_what_waits_is_counted_and_leads_to_its_place(operator: Client) -> None:
    make_rigged()
    flag_votes()
    PairReport.objects.create(battle=Battle.objects.latest("id"), reason="Blank")
    competition = make_competition("Lighthouse")
    make_entry(competition, make_model(), image=make_image(), status="held")
    page = overview(operator)
    flags = VoteFlag.objects.filter(status="open").count()
    for url, words in (
        ("/ops/flags", f"{flags} flagged cohorts"),
        ("/ops/reports", "1 reported pair"),
        (f"/ops/competitions/{competition.public_id}", "1 held entry of Lighthouse"),
    ):
        assert f'<a href="{url}">{words}</a>' in page
    assert "suggested prompt<" not in page


def test_runs_and_the_next_ones_are_listed(operator: Client) -> None:
    schedule = Schedule.objects.create(kind="probe", cadence="daily", next_run_at=timezone.now() + timedelta(hours=3))
    run = Run.objects.create(schedule=schedule, due_at=timezone.now(), state="due")
    page = overview(operator)
    assert f'href="{run.get_absolute_url()}"' in page
    assert f'<a href="{schedule.get_absolute_url()}">Probe of the endpoints</a>' in page
    Schedule.objects.update(is_paused=True)
    assert "Next runs" not in overview(operator)


def test_the_day_s_money_stands_beside_its_cap_and_an_open_alert_above_all(operator: Client) -> None:
    BudgetCap.objects.create(scope="site", usd_per_day=Decimal(7))
    rule = AlertRule.objects.create(name="fal fails", metric="success_percent", threshold=Decimal(90))
    AlertIncident.objects.create(
        rule=rule,
        opened_at=timezone.now(),
        opening_value=50,
        worst_value=50,
        threshold=90,
    )
    page = overview(operator)
    assert "of $7.00" in page
    assert "fal fails" in page
