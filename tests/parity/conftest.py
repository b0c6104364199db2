"""Pictures go to a folder of their own; what a process keeps is forgotten between tests."""

import pytest

from arena.parity.open_battle import invalidate_parity_pools


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.FASTEST_VOTE_MS = 0
    invalidate_parity_pools()
