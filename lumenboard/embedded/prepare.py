"""Makes database and files current before anything is served; one process, so that Django is loaded once."""

import argparse
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from lumenboard.embedded.layout import CHECKOUT, current_layout

# Packages bring files of their own, and the settings choose which are taken and how they are named.
RULES = ("requirements.txt", "lumenboard/settings/__init__.py")
FOLDERS = ("static", "lumenboard/static", "arena/static", "providers/static")
FINDERS = "lumenboard/*finders*.py"
SETTINGS = ("LUMENBOARD_DEBUG", "LUMENBOARD_TESTING")


def digest_of_inputs(checkout: Path) -> str:
    """Hash of names and contents of the files that collectstatic reads or is steered by."""
    digest = hashlib.sha256()
    for setting in SETTINGS:
        digest.update(f"{setting}={os.environ.get(setting, '')}\n".encode())
    for file in _inputs(checkout):
        digest.update(f"{file.relative_to(checkout)}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _inputs(checkout: Path) -> Iterator[Path]:
    yield from (checkout / name for name in RULES)
    yield from sorted(checkout.glob(FINDERS))
    for folder in FOLDERS:
        yield from sorted(path for path in (checkout / folder).rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")
    try:
        make_current(options.demo)
    except (CommandError, ImproperlyConfigured) as error:
        sys.exit(str(error))


def make_current(demo: bool) -> None:
    django.setup()
    # With the system checks, which also load every page's module: what cannot serve fails here, once.
    call_command("migrate", interactive=False, verbosity=1, skip_checks=False)
    collect_static()
    own_the_images()
    if demo:
        call_command("seed_demo")
    say_how_to_become_operator()


def say_how_to_become_operator() -> None:
    """Until there is one: pages are for everybody, /ops and /admin/ are not."""
    from django.contrib.auth import get_user_model

    if not get_user_model().objects.filter(is_superuser=True, is_active=True).exists():
        place = os.environ.get("LUMENBOARD_DATA_DIR", "").strip()
        chosen = f"LUMENBOARD_DATA_DIR={place} " if place else ""
        print(f"no operator account yet; in a second terminal: {chosen}{sys.executable} manage.py createsuperuser")


def own_the_images() -> None:
    """The stack serves what lies in its own directory: always with a database of its own, else unless another does."""
    from django.conf import settings

    from arena.images.handover import make_home

    make_home(settings.MEDIA_ROOT, again=not settings.DATABASE_URL)


def collect_static() -> None:
    """Collect static files when what they come from has changed since the last time."""
    layout = current_layout()
    note = layout.data_dir / "static.inputs"
    digest = digest_of_inputs(CHECKOUT)
    if note.exists() and note.read_text() == digest and layout.static_root.is_dir():
        return
    note.unlink(missing_ok=True)
    # Rather than its own --clear, which names every file it deletes.
    shutil.rmtree(layout.static_root, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=1)
    note.write_text(digest)


if __name__ == "__main__":
    main()
