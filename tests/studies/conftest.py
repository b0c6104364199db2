"""Cheap passwords, fresh counters, mail that is kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from lumenboard.counters import forget_counters
from tests.studies.factories import Worker, worker


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_HOST = "mail.example"
    forget_counters()


@pytest.fixture
def mail_worker() -> Iterator[Worker]:
    with worker() as made:
        yield made
