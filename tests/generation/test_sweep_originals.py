"""Providers' own files go once they are of no use, and not before."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from arena.images.sweep_images import sweep_originals
from tests.dispatch.factories import make_endpoint, make_intent

pytestmark = pytest.mark.django_db


def make_original(name: str, *, days: float, source: str = "scheduled") -> str:
    now = timezone.now()
    stored = default_storage.save(f"generated/{name}.png", ContentFile(name.encode()))
    moment = (now - timedelta(days=days)).timestamp()
    os.utime(default_storage.path(stored), (moment, moment))
    make_intent(
        make_endpoint(),
        source=source,
        state="done",
        submitting_at=now - timedelta(days=days),
        submitted_at=now - timedelta(days=days),
        fetched_at=now - timedelta(days=days),
        finished_at=now - timedelta(days=days),
        cost_usd="0.01",
        results=[{"name": stored, "sha256": name}],
    )
    return stored


def test_files_go_after_a_day_and_those_of_the_gateway_are_not_ours() -> None:
    old, young = make_original("old", days=2), make_original("young", days=0.5)
    gateway = make_original("gateway", days=2, source="gateway")
    assert sweep_originals(timezone.now()) == 1
    assert [default_storage.exists(name) for name in (old, young, gateway)] == [False, True, True]
    assert sweep_originals(timezone.now()) == 0
