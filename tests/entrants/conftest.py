"""Files of uploads go to a directory of the test."""

import pytest


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
