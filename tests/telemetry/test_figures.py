"""Performance figures from samples through rollups: the published table of the example card, and what is withheld."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from providers.models import Endpoint, RequestSample
from providers.telemetry.figures import wilson
from providers.telemetry.reading import CallScope, endpoint_names, performance, performance_series, read_rows
from providers.telemetry.roll_up import roll_up_changed
from providers.telemetry.series import build_distributions, build_profiles
from providers.telemetry.tables import Window, custom_window, sliding_window
from tests.telemetry.factories import make_endpoint, make_samples

pytestmark = pytest.mark.django_db
AGO = timedelta(days=2)


def within(a: int, b: int) -> bool:
    return abs(a - b) <= 0.01 * b


def thirty_days() -> Window:
    return sliding_window("30d", timezone.now())


def figures(scope: CallScope, by: tuple[str, ...] = ("provider",)):
    """Rolled up first: only the last two hours are merged live."""
    roll_up_changed(timezone.now(), 90)
    return performance(scope, thirty_days(), by=by)


def with_quantiles(count: int, p50: int, p95: int, average: int) -> list[int]:
    """Durations of which p50, p95 and the average are exactly these, by nearest rank."""
    middle, high = -(-count * 50 // 100), -(-count * 95 // 100)
    values = [p50] * middle + [p50 + 1] * (high - middle - 1) + [p95] * (count - high + 1)
    low = max(1, p50 // 3)
    missing = average * count - sum(values)
    place = 0
    while missing < 0:
        step = min(values[place] - low, -missing) if place < middle - 1 else 0
        values[place] -= step
        missing, place = missing + step, place + 1
    for place in range(middle, high - 1):
        step = min(p95 - values[place], missing)
        values[place], missing = values[place] + step, missing - step
    values[-1] += missing
    return values


def test_the_example_card_s_table_comes_out_of_samples_that_have_its_figures() -> None:
    """TTFB p95 of Alibaba, 55 626 ms, lies above its total p95, 54 449 ms: by our definition no samples have both."""
    now = timezone.now() - AGO
    fal, alibaba = make_endpoint("fal"), make_endpoint("alibaba")
    model = fal.model
    Endpoint.objects.filter(pk=alibaba.pk).update(model=model)
    replicate = make_endpoint("replicate")
    Endpoint.objects.filter(pk=replicate.pk).update(model=model)
    for total in with_quantiles(20, 2169, 7485, 3418):
        make_samples(fal, total, started_at=now)
    for total in with_quantiles(67, 6092, 54449, 12516):
        make_samples(alibaba, total, started_at=now)
    make_samples(alibaba, *([60_000] * 22), status="upstream", started_at=now)
    table = figures(CallScope(model=model.slug))
    assert [line.subject.provider_slug for line in table.lines] == ["fal", "alibaba"]
    assert [subject.provider_slug for subject in table.without_data] == ["replicate"]
    first, second = (line.figures for line in table.lines)
    assert within(first.total.percentiles.p50_ms, 2169)
    assert within(first.total.percentiles.p95_ms, 7485)
    assert (first.total.average_ms, first.calls, f"{first.success.rate:.1%}") == (3418, 20, "100.0%")
    assert within(second.total.percentiles.p50_ms, 6092)
    assert within(second.total.percentiles.p95_ms, 54449)
    assert (second.total.average_ms, second.calls, f"{second.success.rate:.1%}") == (12516, 89, "75.3%")
    assert second.ttfb.percentiles.p95_ms <= second.total.percentiles.p95_ms
    assert (f"{first.success.lower:.1%}", f"{second.success.lower:.1%}", f"{second.success.upper:.1%}") == (
        "83.9%", "65.4%", "83.1%",
    )  # fmt: skip
    assert (table.lines[0].rank, table.lines[1].rank) == (1, None)
    assert table.lines[1].note.startswith("succeeds in fewer than 90% of calls: at most 83.1%")


def test_nine_successes_show_no_percentile_and_say_why_and_ten_do() -> None:
    endpoint = make_endpoint()
    make_samples(endpoint, *range(1, 10), started_at=timezone.now() - AGO)
    make_samples(endpoint, *([5] * 30), status="timeout", started_at=timezone.now() - AGO)
    scope = CallScope(model=endpoint.model.slug)
    (line,) = figures(scope).lines
    assert (line.figures.total.percentiles, line.rank) == (None, None)
    assert line.figures.total.withheld == line.note == "9 successful calls; percentiles need 10"
    assert line.figures.total.average_ms == 5
    make_samples(endpoint, 100, started_at=timezone.now() - AGO)
    (line,) = figures(scope).lines
    assert line.figures.total.percentiles.p99_ms == 100


def test_success_leaves_out_what_is_not_the_provider_s() -> None:
    endpoint, at = make_endpoint(), timezone.now() - AGO
    for status, count in {"ok": 6, "rate_limit": 1, "upstream": 2, "timeout": 1, "client": 4, "moderation": 3,
                          "billing": 2, "gateway": 5}.items():  # fmt: skip
        make_samples(endpoint, *([10] * count), status=status, started_at=at)
    (line,) = figures(CallScope(model=endpoint.model.slug)).lines
    success = line.figures.success
    assert (success.ok, success.counted, success.rate, line.figures.calls) == (6, 10, Decimal("0.6"), 24)
    assert line.figures.by_status[0] == ("ok", 6)
    assert dict(line.figures.by_status)["gateway"] == 5


def test_who_fails_half_its_calls_is_not_called_the_fastest() -> None:
    quick, steady = make_endpoint("quick"), make_endpoint("steady")
    Endpoint.objects.filter(pk=quick.pk).update(model=steady.model)
    at = timezone.now() - AGO
    make_samples(quick, *([100] * 50), started_at=at)
    make_samples(quick, *([100] * 50), status="upstream", started_at=at)
    make_samples(steady, *([900] * 50), started_at=at)
    table = figures(CallScope(model=steady.model.slug))
    assert table.fastest.subject.provider_slug == "steady"
    assert [(line.subject.provider_slug, line.rank) for line in table.lines] == [("steady", 1), ("quick", None)]


def test_simulated_and_measured_calls_are_two_lines_the_measured_first() -> None:
    endpoint, at = make_endpoint(), timezone.now() - AGO
    make_samples(endpoint, *([10] * 12), simulated=True, started_at=at)
    make_samples(endpoint, *([500] * 12), started_at=at)
    lines = figures(CallScope(provider="fal", model=endpoint.model.slug)).lines
    assert [(line.subject.simulated, line.figures.total.average_ms, line.rank) for line in lines] == [
        (False, 500, 1),
        (True, 10, 1),
    ]
    assert lines[1].subject.label == "Fal · simulated"


def test_spend_and_cost_per_image_are_exact_and_unknown_is_not_nothing() -> None:
    endpoint, at = make_endpoint(), timezone.now() - AGO
    make_samples(endpoint, 10, 20, cost_usd=Decimal("0.005"), images=2, started_at=at)
    make_samples(endpoint, 10, cost_usd=Decimal("0.002"), status="upstream", started_at=at)
    scope = CallScope(model=endpoint.model.slug)
    money = figures(scope).lines[0].figures.money
    assert (money.spend_usd, money.images, money.per_image_usd) == (Decimal("0.012"), 4, Decimal("0.003"))
    make_samples(endpoint, 10, started_at=at)
    money = figures(scope).lines[0].figures.money
    assert (money.per_image_usd, money.unpriced_calls) == (None, 1)


def test_the_current_hour_is_merged_live_and_nothing_is_counted_twice() -> None:
    endpoint = make_endpoint()
    scope = CallScope(model=endpoint.model.slug)
    for calls in (3, 5, 9):
        make_samples(endpoint, *([10] * (calls - RequestSample.objects.count())), started_at=timezone.now())
        for window in ("1h", "24h", "7d", "30d"):
            (line,) = performance(scope, sliding_window(window, timezone.now())).lines
            assert line.figures.calls == calls, window
        if calls == 5:
            roll_up_changed(timezone.now(), 90)
            assert performance(scope, thirty_days()).lines[0].figures.calls == 5


def test_modes_and_sources_are_told_apart_where_asked() -> None:
    endpoint, at = make_endpoint(modes=["text-to-image", "image-edit"]), timezone.now() - AGO
    make_samples(endpoint, *([10] * 11), started_at=at)
    make_samples(endpoint, *([20] * 12), mode="image-edit", source="scheduled", started_at=at)
    scope = CallScope(endpoint=endpoint.key)
    lines = figures(scope, by=("provider", "mode", "source")).lines
    assert [(line.subject.mode, line.subject.source, line.figures.calls) for line in lines] == [
        ("text-to-image", "gateway", 11),
        ("image-edit", "scheduled", 12),
    ]
    (edits,) = figures(CallScope(endpoint=endpoint.key, mode="image-edit")).lines
    (gateway,) = figures(CallScope(endpoint=endpoint.key, source="gateway")).lines
    assert (edits.figures.calls, gateway.figures.calls) == (12, 11)


def test_a_series_has_a_point_for_every_step_and_adds_up() -> None:
    endpoint, now = make_endpoint(), timezone.now()
    for days in (0, 1, 5, 29):
        make_samples(endpoint, *([10] * 4), started_at=now - timedelta(days=days))
    roll_up_changed(now, 90)
    make_samples(endpoint, 10, started_at=now)
    scope = CallScope(model=endpoint.model.slug)
    for name, step, calls in (("30d", "day", 17), ("7d", "hour", 13), ("24h", "hour", 9)):
        found = performance_series(scope, sliding_window(name, timezone.now()))
        (series,) = found.series
        starts = [point.starts_at for point in series.points]
        assert found.step == step
        assert len(set(starts)) == len(starts)
        assert sum(point.figures.calls for point in series.points if point.figures) == calls


def test_profiles_and_distributions_hold_every_success() -> None:
    endpoint, now = make_endpoint(), timezone.now()
    make_samples(endpoint, 100, 200, 5000, 60_000, started_at=now.replace(minute=0) - timedelta(days=1))
    make_samples(endpoint, 1, status="upstream", started_at=now)
    scope = CallScope(model=endpoint.model.slug)
    roll_up_changed(now, 90)
    names, window = endpoint_names(scope), thirty_days()
    by_hour = read_rows(list(names), scope, window, "hour of day")
    (profile,) = build_profiles(by_hour, names, by=("provider",), window=window)
    hours = {point.hour: point.figures.calls for point in profile.hours if point.figures}
    assert sum(hours.values()) == 5
    assert len(profile.hours) == 24
    whole = read_rows(list(names), scope, window)
    (spread,) = build_distributions(whole, names, by=("provider",))
    assert sum(spread.counts) == 4
    assert (spread.counts[0], spread.counts[-1]) == (1, 1)
    assert len(spread.edges_ms) == len(spread.counts) + 1


def test_a_closed_window_takes_whole_hours_only() -> None:
    endpoint, noon = make_endpoint(), timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - AGO
    for hours in range(4):
        make_samples(endpoint, *([10] * (hours + 1)), started_at=noon + timedelta(hours=hours, minutes=10))
    roll_up_changed(timezone.now(), 90)
    window = custom_window(noon + timedelta(hours=1), noon + timedelta(hours=2, minutes=1), timezone.now())
    (line,) = performance(CallScope(model=endpoint.model.slug), window).lines
    assert line.figures.calls == 2 + 3


def test_a_table_costs_three_queries(django_assert_num_queries) -> None:
    make_samples(make_endpoint(), 10, started_at=timezone.now())
    with django_assert_num_queries(3):
        performance(CallScope(), thirty_days(), by=("model", "provider"))


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(20, 20, "0.838875", "1"), (67, 89, "0.654178", "0.830944"), (0, 10, "0", "0.277533")],
)
def test_wilson_intervals_are_the_textbook_s(hits: int, tries: int, low: str, high: str) -> None:
    found = wilson(hits, tries)
    assert [abs(a - Decimal(b)) < Decimal("0.0005") for a, b in zip(found, (low, high), strict=True)] == [True, True]
