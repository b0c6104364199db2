"""The library that counts requests is ready before the first of them, and its faults let requests through."""

import subprocess
import sys

import pytest
from limits.errors import ConfigurationError

from arena import valkey
from lumenboard import counters
from lumenboard.api import answers
from tests.embedded.factories import ROOT

LOADS = "import sys; import lumenboard.api.answers; sys.exit(not hasattr(sys.modules.get('redis'), '__version__'))"


def test_what_the_first_request_needs_is_imported_with_the_module() -> None:
    assert subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, check=False).returncode == 0


def test_a_store_that_cannot_be_set_up_counts_in_this_process(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(store: object) -> None:
        raise ConfigurationError(f"{store}: found version 0.0.0")

    monkeypatch.setattr(counters, "_shared", broken)
    monkeypatch.setitem(valkey._down_until, "monotonic", 0.0)
    assert answers.take("somebody").is_allowed
