"""Beat ends between two ticks, whenever it is asked to."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.beat import Service

from lumenboard.celery import app

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def at_once(signum: int, frame: object) -> None:
    raise SystemExit


def service_at(path: Path) -> Service:
    return Service(app, schedule_filename=str(path / "beat"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_tick_under_way_has_its_schedule_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    signal.signal(signal.SIGTERM, at_once)
    service, ticks = service_at(tmp_path), []

    def tick() -> float:
        os.kill(os.getpid(), number)
        ticks.append(len(service.scheduler.schedule))
        return 0.0

    monkeypatch.setattr(service.scheduler, "tick", tick)
    service.start()
    assert len(ticks) == 1
    assert ticks[0] >= len(app.conf.beat_schedule)
    assert service_at(tmp_path).scheduler.schedule.keys() >= app.conf.beat_schedule.keys()


def test_a_tick_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGTERM, at_once)
    monkeypatch.setattr("lumenboard.celery.A_TICK_HAS_S", 0.05)
    service = service_at(tmp_path)

    def tick() -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
        raise AssertionError("it went on")

    monkeypatch.setattr(service.scheduler, "tick", tick)
    service.start()


def test_a_stop_is_never_far_off() -> None:
    assert app.conf.beat_max_loop_interval <= 0.5
