"""A competition that is deleted while its pictures are made: unsent money is free, sent calls end, workers go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from arena.competitions.change_competitions import delete_competitions
from arena.generation.finalize_generation import fail_generation, finalize_generation
from arena.generation.send_generation import release_given_up, reserve_generations, send_generation
from arena.generation.start_run import make_generations, start_run
from arena.models import Generation, Run, Schedule
from providers.dispatch.dispatcher import Dispatcher
from providers.models import BudgetCap, BudgetWindow, Intent
from tests.arena.factories import make_competition
from tests.generation.factories import answering, make_run, make_seller, picture

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")


def reserved_usd() -> set[Decimal]:
    return set(BudgetWindow.objects.values_list("reserved_usd", flat=True))


def delete_all() -> None:
    delete_competitions(list(Schedule.objects.values_list("competition_id", flat=True)))


def delete_all_elsewhere() -> None:
    """Over a connection of the calling thread's own."""
    try:
        delete_all()
    finally:
        connection.close()


def test_what_was_not_sent_is_given_back_and_what_was_sent_stays() -> None:
    run = make_run(make_seller(), images=3)
    start_run(run.pk)
    sent, *_ = run.generations.all()
    Intent.objects.filter(pk=sent.intent_id).update(state="submitting", submitting_at=timezone.now())
    delete_all()
    assert reserved_usd() == {Decimal("0.01")}
    assert sorted(Intent.objects.values_list("state", flat=True)) == ["failed", "failed", "submitting"]
    assert not Run.objects.exists()


def test_a_worker_that_comes_late_says_that_it_is_over() -> None:
    run = make_run(make_seller())
    start_run(run.pk)
    (pk,) = run.generations.values_list("pk", flat=True)
    delete_all()
    provider, opener = answering(picture())
    assert send_generation(pk, opener=opener) == "over"
    assert finalize_generation(pk) == "over"
    assert fail_generation(pk, "no key is set") == "over"
    assert (start_run(run.pk), provider.charges) == (0, 0)


def test_a_call_under_way_is_charged_though_nobody_waits_for_its_picture() -> None:
    run = make_run(make_seller())
    start_run(run.pk)
    (pk,) = run.generations.values_list("pk", flat=True)
    provider, opener = answering(picture())

    @asynccontextmanager
    async def and_then_deleted() -> AsyncIterator[Dispatcher]:
        async with opener() as dispatcher:
            yield dispatcher
        await asyncio.to_thread(delete_all_elsewhere)

    assert send_generation(pk, opener=and_then_deleted) == "over"
    assert (provider.charges, Intent.objects.get().state, reserved_usd()) == (1, "done", {Decimal(0)})


def test_money_that_is_set_aside_during_the_deletion_is_given_back() -> None:
    run = make_run(make_seller())
    ids = make_generations(run.pk)
    assert reserve_generations(ids) == ids
    late = list(Generation.objects.filter(pk__in=ids))
    # as if the deletion had looked before the money was set aside
    Generation.objects.filter(pk__in=ids).delete()
    assert reserved_usd() == {Decimal("0.01")}
    release_given_up(late)
    assert reserved_usd() == {Decimal(0)}


def test_budgets_go_with_their_schedules_and_others_stay() -> None:
    make_run(make_seller())
    gone = Schedule.objects.get()
    other = make_competition()
    kept = Schedule.objects.create(competition=other, width_px=1024, height_px=1024)
    BudgetCap.objects.create(scope="schedule", subject=kept.budget_subject, usd_per_day=1)
    BudgetCap.objects.create(scope="key", subject=gone.budget_subject, usd_per_day=1)
    delete_competitions([gone.competition_id])
    left = set(BudgetCap.objects.exclude(scope="site").values_list("scope", "subject"))
    assert left == {("schedule", kept.budget_subject), ("key", gone.budget_subject)}
