"""Speed, success, health and prices: what one page says of them every other page says too."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone

from arena.boards.recompute import recompute_changed_boards
from lumenboard.facts.claims import (
    NOT_MEASURED,
    fastest_reliable,
    is_reliable,
    no_incident_text,
    price_changes_text,
    speed_unknown_because,
)
from lumenboard.facts.figures import reported_performance
from lumenboard.formatting import ms, percent, seconds
from providers.models import Endpoint, Provider
from providers.telemetry.figures import success_from, success_together
from providers.telemetry.import_samples import record_samples
from providers.telemetry.roll_up import roll_up_days
from tests.arena.factories import make_competition, make_votes
from tests.facts.factories import make_endpoint, make_model, make_price, make_reported_performance
from tests.telemetry.factories import make_sample

pytestmark = pytest.mark.django_db(transaction=True)
SPEED = "Fastest reliable provider, median"


def words(path: str) -> str:
    """A page as it is read."""
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def make_calls(endpoint: Endpoint, ok: int, failed: int = 0, *, total_ms: int = 1500, **fields) -> None:
    """Evenly over thirty days, the first of them within the hours before the first whole day."""
    now, calls = timezone.now(), ok + failed
    step = (timedelta(days=30) - timedelta(minutes=1)) / calls
    record_samples(
        make_sample(
            endpoint,
            started_at=now - timedelta(days=30) + n * step,
            total_ms=total_ms,
            ttfb_ms=total_ms,
            status="upstream" if n * failed // calls != (n + 1) * failed // calls else "ok",
            **fields,
        )
        for n in range(calls)
    )
    roll_up_days((now - timedelta(days=31)).date(), now.date())


@pytest.fixture
def models(db) -> list:
    """Known in every way a speed can be known; each beats the next on one board."""
    found = {
        "measured": [("fal", 240, 3, 1998), ("replicate", 240, 30, 900)],  # 88.9%, which may be 90%
        "flaky": [("fal", 100, 2, 2400), ("flop", 80, 60, 300)],
        "at-once": [("fal", 60, 0, 0)],
        "nobody-fast": [("flop", 60, 60, 700)],
    }
    made = []
    for slug, sold in found.items():
        made.append(model := make_model(slug))
        for provider, ok, failed, total_ms in sold:
            make_calls(make_endpoint(model, provider, per_image="0.02"), ok, failed, total_ms=total_ms)
    make_reported_performance(made[0], "harbor", p50_ms=1100, requests=500)
    made.append(make_model("only-reported"))
    make_endpoint(made[-1], "harbor", per_image="0.03")
    make_reported_performance(made[-1], "harbor", p50_ms=2169, requests=200)
    made.append(make_model("only-simulated"))
    make_calls(make_endpoint(made[-1], "fal", per_image="0.01"), 50, total_ms=3100, simulated=True)
    made.append(make_model("unheard-of"))
    retired = make_endpoint(made[-1], "replicate", "retired", is_enabled=False)
    make_calls(retired, 40, total_ms=100)
    competition = make_competition("Lamps")
    make_votes(competition, *[(one, two, "left", 5) for one, two in pairwise(made)])
    recompute_changed_boards()
    return made


def test_every_page_calls_the_same_provider_of_a_model_the_fastest(models) -> None:
    value = words("/leaderboards/mode-text-to-image/value")
    for one, other in zip(models, models[1:] + models[:1], strict=True):
        page = words(one.get_absolute_url())
        tile = re.search(r"Fastest reliable (?:simulated |reported )?([\d,]+ ms)", page)
        pair = sorted([one, other], key=lambda model: model.slug)
        table = words(f"/compare/{pair[0].slug}/{pair[1].slug}")
        said = re.search(rf"{SPEED} (.*) Providers \d", table)
        assert said, one.slug
        cells = re.findall(r"([\d,]+ ms|–) ", said[1])
        assert cells[pair.index(one)] == (tile[1] if tile else "–"), one.slug
        shown = re.search(rf"{one.name}(?: \((?:reported|simulated)\))? #\d on the board ([\d.,]+ s)", value)
        if tile:
            assert shown, one.slug
            assert shown[1] == seconds(int(tile[1].removesuffix(" ms").replace(",", ""))), one.slug
        else:
            assert not shown, one.slug


@pytest.mark.parametrize(
    ("slug", "fastest"),
    [
        ("measured", "Fastest reliable 901 ms Replicate · median"),
        ("flaky", "Fastest reliable 2,404 ms Fal · median"),
        ("at-once", "Fastest reliable 0 ms Fal · median"),
        ("only-reported", "Fastest reliable reported 2,169 ms Harbor · median"),
        ("only-simulated", "Fastest reliable simulated 3,098 ms Fal · median"),
    ],
)
def test_the_fastest_reliable_provider_of_a_model(models, slug: str, fastest: str) -> None:
    model = next(one for one in models if one.slug == slug)
    tile = re.search(r"Fastest reliable .*? median", words(model.get_absolute_url()))
    assert tile
    assert tile[0] == fastest


def test_where_nobody_is_fast_compare_says_why(models) -> None:
    page = words("/compare/nobody-fast/unheard-of")
    assert "– no provider has 10 calls and succeeds in 90% of them – nothing measured or reported" in page


def test_every_page_has_the_same_success_of_a_provider(models) -> None:
    home, everywhere, analytics = words("/"), words("/providers"), words("/analytics")
    lines = Client().get("/api/v1/performance?by=provider").json()["items"]
    rates = {line["provider"]: Decimal(line["success"]["rate"]) for line in lines if not line["simulated"]}
    assert set(rates) == {"fal", "replicate", "flop"}
    for slug, rate in rates.items():
        said = f"{percent(rate)} succeeded over 30 days"
        name = Provider.objects.get(slug=slug).name
        assert said in words(f"/providers/{slug}"), slug
        assert f"{name} {said}" in home
        assert f"{name}" in everywhere
        assert said in everywhere
        assert re.search(rf"{name} .*? {re.escape(percent(rate))} [\d.]+% to", analytics), slug


def test_a_provider_that_always_fails_is_not_called_free_of_failures(models) -> None:
    page = words("/providers/flop")
    assert "failing" in page
    assert "failure or latency was found." not in page
    assert "failure or latency was found beside what is usual here: 53.8% succeeded." in page


def test_dated_prices_are_not_called_undated() -> None:
    model = make_model("lantern")
    endpoint = make_endpoint(model, source_url="https://fal.example/prices")
    make_price(endpoint, amount_usd=Decimal("0.02"), verified_on=date(2026, 11, 20))
    page = words(f"{model.get_absolute_url()}/providers")
    assert "20 Nov 2026" in page
    assert "no dates" not in page
    assert "None is on record; the prices above were checked on 20 November 2026." in page


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([], "No price is known."),
        ([None], "None is on record, and when the prices above were checked is not known."),
        (
            [date(2026, 5, 1), date(2026, 11, 20)],
            "None is on record; the prices above were checked between 1 May 2026 and 20 November 2026.",
        ),
        (
            [date(2026, 5, 1), None],
            "None is on record; those of the prices above with a day were checked on 1 May 2026.",
        ),
    ],
)
def test_when_prices_were_checked(days: list[date | None], told: str) -> None:
    assert price_changes_text(days) == told


def test_reports_are_reliable_by_the_rule_of_measured_figures() -> None:
    model = make_model()
    steady, few, flaky, silent = (
        reported_performance(make_reported_performance(model, provider, **figures))
        for provider, figures in {
            "steady": {"requests": 20, "success_percent": Decimal("85.0")},
            "few": {"requests": 9},
            "flaky": {"requests": 2000, "success_percent": Decimal("85.0")},
            "silent": {"p50_ms": None},
        }.items()
    )
    assert [is_reliable(row) for row in (steady, few, flaky, silent)] == [True, False, False, False]
    assert fastest_reliable([few, flaky, silent]) is None
    assert speed_unknown_because([silent]) == NOT_MEASURED
    assert speed_unknown_because([steady, few]) == ""
    assert ms(steady.p50_ms) == "2,000 ms"


def test_nothing_is_said_of_success_without_calls() -> None:
    assert success_together([]) is None
    assert no_incident_text("none", None).startswith("No interval of elevated")


@pytest.mark.parametrize(("state", "failed"), [("good", 10), ("bad", 0)], ids=["a bad month", "a bad day"])
def test_only_who_succeeds_all_the_time_is_called_free_of_failures(state: str, failed: int) -> None:
    always, often = success_from(Counter(ok=100)), success_from(Counter(ok=100, upstream=failed))
    assert no_incident_text("good", always) == "No interval of elevated failure or latency was found."
    assert no_incident_text(state, often).count("beside what is usual here: ")
