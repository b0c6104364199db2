import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import becomes_true, processes_naming


@pytest.fixture
def layout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    """A data directory of its own, under a parent that `nobody` may pass through, unlike pytest's own."""
    for name in ("DATABASE_URL", "BROKER_URL", "LUMENBOARD_DATA_DIR", "LUMENBOARD_TESTING", "PORT"):
        monkeypatch.delenv(name, raising=False)
    parent = Path(tempfile.mkdtemp(prefix="lumenboard-embedded-"))
    parent.chmod(0o711)
    yield Layout(parent / "data")
    # A test that kills does not wait for what its victims leave.
    assert becomes_true(lambda: not processes_naming(str(parent)))
    shutil.rmtree(parent)
