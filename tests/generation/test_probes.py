"""Every endpoint that can be called is measured each day; no entry comes of it."""

from decimal import Decimal

import pytest
from django.utils import timezone

from arena.generation.plan_generation import plan_probe
from arena.generation.schedules import ensure_probe_schedule, run_now
from arena.generation.send_generation import send_generation
from arena.generation.start_run import start_run
from arena.models import Entry, Generation, Schedule
from providers.models import BudgetCap, PriceComponent, RequestSample
from tests.generation.factories import answering, make_seller, picture

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")


def test_the_probe_is_one_daily_schedule_with_a_budget() -> None:
    schedules = [ensure_probe_schedule(Decimal(1), now=timezone.now()) for _ in range(2)]
    assert schedules[0] == schedules[1] == Schedule.objects.get()
    assert schedules[0] is not None
    assert schedules[0].next_run_at is not None
    assert (schedules[0].cadence, schedules[0].next_run_at.hour, schedules[0].next_run_at > timezone.now()) == (
        "daily",
        4,
        True,
    )
    assert BudgetCap.objects.get().usd_per_day == 1
    assert ensure_probe_schedule(Decimal(0), now=timezone.now()) is None
    assert Schedule.objects.get().is_paused


def test_it_takes_the_smallest_size_with_a_price_and_only_who_can_be_called() -> None:
    small, large = make_seller(), make_seller(price=None)
    PriceComponent.objects.create(
        endpoint=large, metric="image", amount_usd=Decimal("0.04"), conditions={"size": "1024x1024"}
    )
    unpriced = make_seller(price=None)
    edits = make_seller(modes=["image-edit"])
    make_seller("nobody")
    make_seller(is_enabled=False)
    plan = plan_probe()
    chosen = {line.entrant.endpoint_id: str(line.offer.size) for line in plan.startable if line.offer}
    assert chosen == {small.pk: "512x512", large.pk: "1024x1024", edits.pk: "512x512"}
    assert [line.entrant.endpoint_id for line in plan.left_out] == [unpriced.pk]


def test_a_probe_leaves_a_sample_and_no_entry() -> None:
    make_seller()
    schedule = ensure_probe_schedule(Decimal(1), now=timezone.now())
    assert schedule is not None
    run = run_now(schedule.pk)
    assert start_run(run.pk) == 1
    _, opener = answering(picture())
    generation = Generation.objects.get()
    assert (generation.width_px, generation.intent.source if generation.intent else "") == (512, "probe")
    # the answer's picture is of another size than was ordered, which a measured failure is too
    assert send_generation(generation.pk, opener=opener) in {"done", "failed"}
    assert RequestSample.objects.get().source == "probe"
    assert not Entry.objects.exists()
    run.refresh_from_db()
    assert run.state == "done"
