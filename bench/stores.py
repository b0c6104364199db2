"""The embedded stores on data of their own, durable as in service, and gone afterwards.

Never the stores the environment names: a benchmark must not be able to write into somebody's votes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumenboard.embedded.layout import Layout
from lumenboard.embedded.lease import SETTINGS, stores_in_use


@contextmanager
def throw_away_stores() -> Iterator[None]:
    """Django set up on empty, migrated stores; once per process, for Django can be set up once only."""
    place = Path(tempfile.mkdtemp(prefix="lumenboard-bench-"))
    # as root the server runs as another user, who must be able to pass through
    place.chmod(0o711)
    # the site under test looks for it, and nothing is in it
    Layout(place).static_root.mkdir()
    for setting in SETTINGS.values():
        os.environ.pop(setting, None)
    os.environ |= {"LUMENBOARD_DATA_DIR": str(place), "DJANGO_SETTINGS_MODULE": "lumenboard.settings"}
    try:
        with stores_in_use(Layout(place)):
            _migrate()
            yield
            _hang_up()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _hang_up() -> None:
    from django.db import connections

    connections.close_all()
