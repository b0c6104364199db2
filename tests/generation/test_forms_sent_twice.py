"""A form that is sent twice, by a double click or from a stale tab, acts and is paid once."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from arena.generation.schedules import set_schedule
from arena.models import Competition, Run, Schedule
from lumenboard.pages.operator.sent_once import SENT_BEFORE
from providers.models import PriceComponent
from tests.arena.factories import make_competition
from tests.generation.factories import make_seller, sheet_of

pytestmark = pytest.mark.django_db
HIDDEN = re.compile(r'<input type="hidden" name="(\w[\w-]*)" value="([^"]*)">')


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def hidden_of(operator: Client, url: str, **query: object) -> dict[str, str]:
    found = dict(HIDDEN.findall(operator.get(url, query).content.decode()))
    assert "form_token" in found
    return found


def send_twice(operator: Client, url: str, form: dict[str, object]) -> str:
    first, second = operator.post(url, form), operator.post(url, form)
    assert (first.status_code, second.status_code, second["Location"]) == (303, 303, first["Location"])
    assert SENT_BEFORE in operator.get(second["Location"]).content.decode()
    return first["Location"]


def test_pictures_are_paid_once_also_when_their_price_has_changed_meanwhile(operator: Client) -> None:
    endpoint, competition = make_seller(), make_competition()
    url = f"/ops/competitions/{competition.public_id}/generate"
    asked = {"model": endpoint.model_id, "size": "1024x1024", "images": 2, "entry_status": "held"}
    form = hidden_of(operator, url, **asked)
    assert send_twice(operator, url, form) == Run.objects.get().get_absolute_url()
    PriceComponent.objects.update(amount_usd=1)
    assert operator.post(url, form).status_code == 303
    # who opens the page again means another one
    operator.post(url, hidden_of(operator, url, **asked))
    assert Run.objects.count() == 2


def test_run_now_runs_once(operator: Client) -> None:
    later = timezone.now() + timedelta(days=1)
    kept = set_schedule(sheet_of(make_competition(), make_seller(), cadence="daily", first_at=later), actor=None)
    form = hidden_of(operator, kept.get_absolute_url())
    send_twice(operator, f"{kept.get_absolute_url()}/run", form)
    assert Run.objects.count() == 1


def test_one_schedule_is_made(operator: Client) -> None:
    endpoint, competition = make_seller(), make_competition()
    url = f"/ops/competitions/{competition.public_id}/schedules/new"
    asked = {"model": endpoint.model_id, "size": "1024x1024", "images": 1, "entry_status": "held"}
    form = hidden_of(operator, url, **asked, cadence="daily", usd_per_day="2")
    send_twice(operator, url, form)
    assert Schedule.objects.count() == 1


def test_one_draft_is_made(operator: Client) -> None:
    form = {"title": "Herons", "mode": "text-to-image", "prompt": "A heron in reeds"}
    send_twice(operator, "/ops/competitions/new", form | hidden_of(operator, "/ops/competitions/new"))
    assert Competition.objects.count() == 1


def test_a_form_that_failed_can_be_sent_again(operator: Client) -> None:
    hidden = hidden_of(operator, "/ops/competitions/new")
    assert operator.post("/ops/competitions/new", {"title": ""} | hidden).status_code == 400
    form = {"title": "Herons", "mode": "text-to-image", "prompt": "A heron in reeds"}
    assert operator.post("/ops/competitions/new", form | hidden).status_code == 303
