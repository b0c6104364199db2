"""From a due time to entries: one run per time, one charge per picture, and nothing lost in between."""

import threading
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from arena.generation.progress import read_progress
from arena.generation.schedules import (
    NothingToRetry,
    RunOver,
    cancel_run,
    pause_schedule,
    retry_generations,
    set_schedule,
)
from arena.generation.send_generation import reserve_generations, send_generation
from arena.generation.start_run import claim_due_runs, enqueue_pending_runs, make_generations, start_run
from arena.models import Entry, Generation, Run, Schedule
from providers.models import BudgetCap, BudgetWindow, EndpointHealth, Intent
from tests.arena.factories import make_competition
from tests.dispatch.plain import said
from tests.generation.factories import SMALL, answering, make_run, make_seller, picture, sheet_of

pytestmark = pytest.mark.usefixtures("committed", "keys")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")


def started(*endpoints, **fields) -> tuple[Run, list[Generation]]:
    run = make_run(*endpoints, **fields)
    start_run(run.pk)
    run.refresh_from_db()
    return run, list(run.generations.all())


def reserved_usd() -> set[Decimal]:
    return {window.reserved_usd for window in BudgetWindow.objects.filter(scope="schedule")}


def make_hourly(**fields) -> Schedule:
    due = timezone.now() - timedelta(minutes=5)
    return set_schedule(
        sheet_of(make_competition(), make_seller(), cadence="hourly", first_at=due, **fields), actor=None
    )


def test_two_beats_and_no_broker_make_one_run_per_due_time() -> None:
    schedule = make_hourly()
    gate, made = threading.Barrier(6), []

    def beat() -> None:
        gate.wait()
        made.extend(claim_due_runs())
        connections["default"].close()

    beats = [threading.Thread(target=beat) for _ in range(6)]
    for one in beats:
        one.start()
    for one in beats:
        one.join()
    assert len(made) == 1
    run = Run.objects.get()
    schedule.refresh_from_db()
    assert schedule.next_run_at == run.due_at + timedelta(hours=1)
    # the message that should have started it is gone; the next look of a beat finds the run
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert enqueue_pending_runs() == 1
    assert Run.objects.count() == 1


def test_missed_times_collapse_into_one_run() -> None:
    schedule = make_hourly()
    claim_due_runs(timezone.now() + timedelta(hours=5))
    assert claim_due_runs() == []
    schedule.refresh_from_db()
    assert schedule.next_run_at is not None
    assert schedule.next_run_at > timezone.now() + timedelta(hours=4)


def test_a_paused_schedule_comes_due_no_more() -> None:
    schedule = make_hourly()
    pause_schedule(schedule.pk, is_paused=True)
    assert claim_due_runs() == []
    pause_schedule(schedule.pk, is_paused=False)
    assert len(claim_due_runs()) == 1


def test_a_due_time_has_one_run_whatever_the_code_does() -> None:
    run = make_run(make_seller())
    with pytest.raises(IntegrityError):
        Run.objects.create(schedule=run.schedule, due_at=run.due_at)


def test_a_run_sets_all_its_money_aside_before_it_sends_anything() -> None:
    run, generations = started(make_seller(), make_seller(price="0.02"), images=2, seeds=(5, 6))
    assert [(one.position, one.seed) for one in generations] == [(0, 5), (1, 6), (2, 5), (3, 6)]
    assert {one.intent.state for one in generations if one.intent} == {"reserved"}
    assert run.planned_usd == Decimal("0.06")
    assert reserved_usd() == {Decimal("0.06")}
    assert start_run(run.pk) == 0, "a second message starts nothing"


def test_a_picture_becomes_an_entry_with_its_provenance() -> None:
    provider, opener = answering(picture())
    endpoint = make_seller()
    run, (generation,) = started(endpoint, seeds=(41,))
    assert send_generation(generation.pk, opener=opener) == "done"
    assert send_generation(generation.pk, opener=opener) == "over", "a second message does nothing"
    entry, intent = Entry.objects.get(), Intent.objects.get()
    assert (entry.model, entry.endpoint, entry.seed, entry.status) == (endpoint.model, endpoint, 41, "held")
    assert (entry.cost_usd, entry.generation_ms, entry.generated_at) == (
        Decimal("0.01"),
        intent.total_ms,
        intent.fetched_at,
    )
    assert (entry.parameters, entry.simulated, entry.competition) == (
        {"size": "64x64"},
        False,
        run.schedule.competition,
    )
    assert entry.image is not None
    with default_storage.open(entry.image.file.name, "rb") as file:
        assert file.read(12)[8:] == b"WEBP", "what is served was encoded anew"
    run.refresh_from_db()
    assert (run.state, provider.charges) == ("done", 1)
    assert Generation.objects.get().entry == entry


def test_a_failure_says_why_and_is_tried_again_once_under_a_new_intent() -> None:
    provider, opener = answering(said(400, error={"message": "no hands please", "code": "bad"}), picture())
    run, (generation,) = started(make_seller())
    assert send_generation(generation.pk, opener=opener) == "failed"
    generation.refresh_from_db()
    assert "no hands please" in generation.error
    run.refresh_from_db()
    assert run.state == "done"
    assert retry_generations(run.pk) == 1
    with pytest.raises(NothingToRetry):
        retry_generations(run.pk)
    again = Generation.objects.get(retry_of=generation)
    assert send_generation(again.pk, opener=opener) == "done"
    assert (Intent.objects.count(), provider.charges, again.seed) == (2, 2, generation.seed)
    run.refresh_from_db()
    assert run.state == "done"


def test_an_unknown_outcome_counts_as_spent_and_is_never_tried_again() -> None:
    provider, opener = answering(httpx2.ReadError("reset"))
    run, (generation,) = started(make_seller())
    assert send_generation(generation.pk, opener=opener) == "unknown"
    generation.refresh_from_db()
    assert "counts as spent" in generation.error
    with pytest.raises(NothingToRetry):
        retry_generations(run.pk)
    assert read_progress(run).spent_usd == Decimal("0.01")
    assert provider.charges == 1


def test_a_picture_the_intake_refuses_is_a_failure_with_the_reason() -> None:
    _, opener = answering(picture())
    _, (generation,) = started(make_seller())
    name = "generated/00/damaged.png"
    generation.refresh_from_db()
    Intent.objects.update(
        state="done",
        results=[{"name": name}],
        cost_usd=Decimal("0.01"),
        submitting_at=timezone.now(),
        fetched_at=timezone.now(),
        finished_at=timezone.now(),
    )
    assert send_generation(generation.pk, opener=opener) == "waiting", "another worker may have the file"
    from django.core.files.base import ContentFile

    default_storage.save(name, ContentFile(b"<html>"))
    assert send_generation(generation.pk, opener=opener) == "failed"
    generation.refresh_from_db()
    assert "not a PNG" in generation.error


def test_what_the_budget_does_not_hold_fails_with_the_reason() -> None:
    run, generations = started(make_seller(), images=3, usd_per_day=Decimal("0.02"))
    assert [one.status for one in generations] == ["waiting", "waiting", "failed"]
    assert "the budget of schedule" in generations[2].error
    assert reserved_usd() == {Decimal("0.02")}
    BudgetCap.objects.update(usd_per_day=1)
    assert retry_generations(run.pk) == 1


def test_a_run_with_nothing_to_start_is_refused_for_a_reason() -> None:
    run, generations = started(make_seller(price=None))
    assert (run.state, generations) == ("refused", [])
    assert run.left_out[0]["reason"] == "the cost is unknown because no price is known"


def test_cancelling_gives_back_what_was_not_sent_and_lets_the_rest_end() -> None:
    actor = User.objects.create_user("operator")
    run, generations = started(make_seller(), images=3)
    Intent.objects.filter(pk=generations[0].intent_id).update(state="submitting", submitting_at=timezone.now())
    assert cancel_run(run.pk, actor=actor) == 2
    assert [one.status for one in run.generations.all()] == ["waiting", "cancelled", "cancelled"]
    assert reserved_usd() == {Decimal("0.01")}
    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == ("cancelled", actor)
    with pytest.raises(RunOver):
        cancel_run(run.pk, actor=actor)
    provider, opener = answering(picture())
    assert send_generation(generations[1].pk, opener=opener) == "over"
    assert provider.charges == 0


def test_money_reserved_while_a_run_was_cancelled_is_given_back() -> None:
    run = make_run(make_seller())
    ids = make_generations(run.pk)
    assert cancel_run(run.pk, actor=None) == 1
    assert reserve_generations(ids) == []
    Generation.objects.update(status="waiting", finished_at=None)
    reserve_generations(ids)
    Generation.objects.update(status="cancelled", finished_at=timezone.now())
    from arena.generation.send_generation import release_cancelled

    assert release_cancelled(ids) == []
    assert reserved_usd() == {Decimal(0)}


def test_a_worker_that_stops_between_any_two_steps_leaves_what_another_can_finish() -> None:
    provider, opener = answering(picture())
    run = make_run(make_seller())
    (pk,) = make_generations(run.pk)
    reserve_generations([pk])
    # as if the worker had stopped before it linked the intent it had reserved
    Generation.objects.update(intent=None, created_at=timezone.now() - timedelta(minutes=1))
    assert enqueue_pending_runs() == 1
    assert enqueue_pending_runs() == 0, "whoever was woken has some time"
    assert send_generation(pk, opener=opener) == "done"
    assert (provider.charges, Intent.objects.count(), reserved_usd()) == (1, 1, {Decimal(0)})


def test_a_busy_or_cooling_endpoint_is_waited_for() -> None:
    provider, opener = answering(picture())
    endpoint = make_seller()
    _, (generation,) = started(endpoint)
    EndpointHealth.objects.create(endpoint=endpoint, opened_until=timezone.now() + timedelta(minutes=1))
    assert send_generation(generation.pk, opener=opener) == "waiting"
    EndpointHealth.objects.all().delete()
    assert send_generation(generation.pk, opener=opener) == "done"
    assert provider.charges == 1


def test_a_worker_without_keys_leaves_the_work_to_others_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (generation,) = started(make_seller())
    monkeypatch.delenv("LUMENBOARD_KEY_HARBOR")
    assert send_generation(generation.pk) == "waiting"
    Generation.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert send_generation(generation.pk) == "failed"
    assert "LUMENBOARD_KEY_HARBOR" in Generation.objects.get().error


def test_progress_tells_money_and_pictures() -> None:
    _, opener = answering(picture(), said(400, error={"message": "no"}))
    run, generations = started(make_seller(), images=3)
    for one in generations[:2]:
        send_generation(one.pk, opener=opener)
    run.refresh_from_db()
    progress = read_progress(run)
    assert (progress.spent_usd, progress.reserved_usd) == (Decimal("0.01"), Decimal("0.01"))
    assert (progress.ended, progress.retriable, progress.held_entries, progress.is_open) == (2, 1, 1, True)
    assert connection.in_atomic_block is False


def test_sizes_are_those_of_the_sheet() -> None:
    _, (generation,) = started(make_seller())
    assert (generation.width_px, generation.height_px) == (SMALL.width_px, SMALL.height_px)
