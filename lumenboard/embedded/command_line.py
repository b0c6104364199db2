"""Decides for each command whether it is the stack, needs the stores, or needs neither; imports Django last."""

import os
import sys
from collections.abc import Sequence

from lumenboard.embedded.layout import EmbeddedError, current_layout
from lumenboard.embedded.lease import stores_in_use
from lumenboard.embedded.supervisor import run
from lumenboard.secret_files import SecretFileUnusable, read_secret_files

STACK_COMMANDS = {"run": "serve everything until Ctrl-C", "demo": "the same, with the demo world in it"}
WITH_PARENT = "--with-parent"
# What shells answer for a command ended by Ctrl-C.
INTERRUPTED = 130
HELP_WORDS = {"help", "--help", "-h", "version", "--version"}
EMPTY = """lumenboard: these stores are empty: no table is in {place}.
  Did you mean another LUMENBOARD_DATA_DIR, or DATABASE_URL? A running stack names its own in its first line.
  A new site is made by `make run`, or by `manage.py migrate`."""
# Commands that read or write files only.
STORELESS = {
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "makemessages",
    "sendtestemail",
    "simulate_providers",
    "startapp",
    "startproject",
}


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit status."""
    words = list(argv[1:])
    try:
        read_secret_files(os.environ)
    except SecretFileUnusable as error:
        print(f"lumenboard: {error}", file=sys.stderr)
        return 1
    if words and words[0] in STACK_COMMANDS:
        return _stack(words[0], words[1:])
    if not needs_stores(words):
        return _django(argv)
    try:
        with stores_in_use(current_layout()):
            return _django(argv)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except EmbeddedError as error:
        print(f"lumenboard: {error}", file=sys.stderr)
        return 1


def needs_stores(words: Sequence[str]) -> bool:
    """Whether a Django command wants the database; a command we do not know does."""
    if not words or HELP_WORDS & set(words):
        return False
    if words[0] == "check":
        return "--database" in words
    if words[0] == "makemigrations":
        return not {"--check", "--dry-run"} & set(words)
    return words[0] not in STORELESS


def _stack(command: str, options: Sequence[str]) -> int:
    if set(options) - {WITH_PARENT}:
        print(f"usage: manage.py {command} [{WITH_PARENT}]\n", file=sys.stderr)
        print(f"  {STACK_COMMANDS[command]}", file=sys.stderr)
        print(f"  {WITH_PARENT}: stop when the process that started it ends", file=sys.stderr)
        return 0 if HELP_WORDS & set(options) else 2
    return run(demo=command == "demo", with_parent=WITH_PARENT in options)


def _django(argv: Sequence[str]) -> int:
    # Not before: Django reads the settings, and the stack must start without it.
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import ProgrammingError

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")
    try:
        execute_from_command_line(list(argv))
    except ImproperlyConfigured as error:
        print(f"lumenboard: {error}", file=sys.stderr)
        return 1
    except ProgrammingError:
        if not (place := _empty_database()):
            raise
        print(EMPTY.format(place=place), file=sys.stderr)
        return 1
    return 0


def _empty_database() -> str:
    """Where the database is, in words, if nothing was ever put into it; else empty."""
    from django.conf import settings
    from django.db import DatabaseError, connection

    try:
        connection.close()
        known = connection.introspection.table_names()
    except DatabaseError:
        return ""
    if "django_migrations" in known:
        return ""
    return "the database of DATABASE_URL" if settings.DATABASE_URL else str(current_layout().data_dir)
