"""Pictures of voting tests go to a folder of their own; what a process keeps is forgotten between tests."""

import pytest

from arena.voting.draw_pools import invalidate_contests
from arena.voting.image_padding import invalidate_frames


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    invalidate_contests()
    invalidate_frames()
