"""Whole tables as CSV, NDJSON or Parquet: PostgreSQL writes the rows, we pass its blocks on; memory stays the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from lumenboard.api.tables.table import PREFIX, Column, QueryRefused, TableQuery, rows_of
from providers.exports import NEUTRAL_SQL
from providers.scratch import NoRoom, scratch, write_watched

BLOCK_BYTES: Final = 1 << 16
# JSON holds neither character, so nothing is quoted and every line is the object itself.
JSON_LINES: Final = r"FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02'"


@dataclass(frozen=True)
class Format:
    """A form in which a whole table is given: what it is sent as, and what writes its blocks."""

    content_type: str
    write: Callable[[TableQuery], Iterator[bytes]]


def _copied(query: TableQuery, select: str, form: str) -> Iterator[bytes]:
    """One transaction, which a slow reader does not make longer: see lumenboard/serving/streams.py."""
    inner, parameters = rows_of(query).query.sql_with_params()
    statement = select.replace("{rows}", inner)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5min'; SET LOCAL TIME ZONE 'UTC'")
        with connection.wrap_database_errors, cursor.copy(f"COPY ({statement}) TO STDOUT ({form})", parameters) as copy:
            yield from _blocks(copy)


def _blocks(copy: Any) -> Iterator[bytes]:
    """PostgreSQL gives a row at a time; bigger pieces cost less on their way."""
    block = bytearray()
    for row in copy:
        block += row
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _json_lines(query: TableQuery) -> Iterator[bytes]:
    cells = ", ".join(_json_cell(column) for column in query.columns)
    select = f"SELECT row_to_json(line) FROM (SELECT {cells} FROM ({{rows}}) AS listed) AS line"  # noqa: S608 - own names
    return _copied(query, select, JSON_LINES)


def _csv(query: TableQuery) -> Iterator[bytes]:
    cells = ", ".join(_csv_cell(column) for column in query.columns)
    return _copied(query, f"SELECT {cells} FROM ({{rows}}) AS listed", "FORMAT csv, HEADER")  # noqa: S608


def _csv_cell(column: Column) -> str:
    source = f'listed."{PREFIX}{column.name}"'
    if column.kind == "text":
        source = NEUTRAL_SQL.format(f"{source}::text").replace("%", "%%")
    elif column.kind == "json":
        source = f"to_json({source})::text"
    elif column.kind == "boolean":
        source = f"{source}::text"
    elif column.kind == "time":
        source = f"""to_char({source}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    return f'{source} AS "{column.name}"'


def _json_cell(column: Column) -> str:
    """Money as text: no reader may make a float of it."""
    source = f'listed."{PREFIX}{column.name}"'
    return f'{source}{"::text" if column.kind == "money" else ""} AS "{column.name}"'


def _parquet(query: TableQuery) -> Iterator[bytes]:
    """Raises QueryRefused without the package."""
    if not find_spec("duckdb"):
        raise QueryRefused("format", "parquet needs the extra `parquet`; csv and ndjson need nothing")
    return _parquet_blocks(query)


def _parquet_blocks(query: TableQuery) -> Iterator[bytes]:
    """By way of files: columns of a whole table lie together in Parquet, which no stream of rows gives."""
    import duckdb

    with scratch() as directory:
        source, target = directory / "rows.ndjson", directory / "rows.parquet"
        with source.open("wb") as file:
            write_watched(_json_lines(query), file, directory)
        shapes = ", ".join(f"'{column.name}': '{TYPES[column.kind]}'" for column in query.columns)
        own: dict[str, Any] = {"memory_limit": "256MB", "threads": 1, "temp_directory": str(directory / "spilled")}
        try:
            with duckdb.connect(config=own) as link:
                read = f"read_json({_quoted(source)}, format = 'newline_delimited', columns = {{{shapes}}})"
                copied = f"COPY (SELECT * FROM {read}) TO {_quoted(target)}"  # noqa: S608
                link.execute(f"{copied} (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.IOException as error:
            raise NoRoom(directory) from error
        with target.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


TYPES: Final = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "VARCHAR",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMPTZ",
    "json": "JSON",
}
FORMATS: Final = {
    "csv": Format("text/csv; charset=utf-8", _csv),
    "ndjson": Format("application/x-ndjson", _json_lines),
    "parquet": Format("application/vnd.apache.parquet", _parquet),
}
