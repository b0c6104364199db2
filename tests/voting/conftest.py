"""Pictures of voting tests go to a folder of their own; what a process keeps is forgotten between tests."""

import pytest

from arena.voting.canvas import forget_canvases
from arena.voting.draw_pools import forget_contests


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    forget_contests()
    forget_canvases()
