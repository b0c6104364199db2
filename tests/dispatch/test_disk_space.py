"""No paid call without room for its picture, by whichever way it comes; nothing is set aside."""

import asyncio
from pathlib import Path

import pytest
from django.test import Client

from providers.disk_space import _last, disk_spaces, storage_shortage
from providers.dispatch.call_spec import CallRefused
from providers.dispatch.dispatcher import open_dispatcher
from providers.models import BudgetWindow, Intent
from tests.dispatch.factories import make_call_spec, make_endpoint

pytestmark = pytest.mark.usefixtures("shared_database")
MORE_THAN_ANY_DISK = 2**60


@pytest.fixture
def full(settings) -> None:
    settings.LEAST_FREE_BYTES = MORE_THAN_ANY_DISK
    _last.at = float("-inf")
    yield
    _last.at = float("-inf")


@pytest.mark.parametrize("way", ["run", "reserve", "run_reserved"])
def test_nothing_is_set_aside_or_sent(way: str, full: None) -> None:
    spec = make_call_spec(make_endpoint())

    async def go() -> object:
        async with open_dispatcher() as dispatcher:
            return await getattr(dispatcher, way)(spec)

    outcome = asyncio.run(go())
    assert isinstance(outcome, CallRefused)
    assert outcome.reason == "storage"
    assert outcome.detail.startswith("storage is full; data: ")
    assert not Intent.objects.exists()
    assert not BudgetWindow.objects.exists()


def test_readiness_and_metrics_say_how_much_is_free(client: Client, full: None) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk data"]["ok"] is False
    assert 'lumenboard_disk_free_bytes{disk="data"}' in client.get("/metrics").content.decode()


def test_each_disk_is_measured_once_and_one_that_is_to_be_made_by_its_parent(settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = str(tmp_path / "not" / "yet"), str(tmp_path)
    assert [space.name for space in disk_spaces()] == ["data"]
    settings.LEAST_FREE_BYTES, _last.at = 0, float("-inf")
    assert storage_shortage() == ""
