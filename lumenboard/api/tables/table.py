"""What a table over REST is made of, and a request for some of it read and checked."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import F, Max, Q, QuerySet

from lumenboard.api.tables.export import Export, begun_export, continued_export
from providers.plain_values import aware_moment, is_plain_text, whole_number

Kind = Literal["text", "integer", "number", "money", "boolean", "time", "json"]
MOST_PER_PAGE: Final = 1000
USUAL_PER_PAGE: Final = 100
# Before an annotation's name, for a model's own fields have theirs already.
PREFIX: Final = "t_"


class QueryRefused(ValueError):
    """A parameter that is not allowed; the message names it and what is allowed."""

    def __init__(self, name: str, wrong: str) -> None:
        self.name = name
        super().__init__(f"{name}: {wrong}")


@dataclass(frozen=True)
class Column:
    """`source` is a path from the model, an expression, or what makes one of the secret of an export."""

    name: str
    source: Any
    kind: Kind = "text"
    meaning: str = ""


@dataclass(frozen=True)
class Filter:
    """A query parameter and the look-up it becomes; `allowed` empty takes any text, or a time for `kind` time.

    `kind` member asks whether a list of the row has the value.
    """

    name: str
    lookup: str
    allowed: tuple[str, ...] = ()
    kind: Literal["text", "time", "member"] = "text"
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """`rows` are the public ones. The first column is unique and breaks ties of the order.

    Where some are keyed, `keyed_by` is the number that grows with rows: an export ends at the last one there was.
    """

    name: str
    title: str
    about: str
    rows: Callable[[], QuerySet[Any]]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    sorts: tuple[str, ...] = ()
    usual_sort: str = ""
    keyed_by: str = ""

    @property
    def orders(self) -> tuple[str, ...]:
        return tuple(f"{sign}{name}" for name in self.sorts for sign in ("", "-"))

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, kw_only=True)
class TableQuery:
    """A request for rows, checked."""

    table: Table
    columns: tuple[Column, ...]
    sort: str
    form: str
    limit: int | None
    filters: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[Any, Any] | None = None
    export: Export | None = None

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def sort_column(self) -> str:
        return self.sort.removeprefix("-")


def read_query(table: Table, query: Mapping[str, str], formats: Iterable[str]) -> TableQuery:
    """Raises QueryRefused for a parameter that is not allowed or not known; `formats` are those beside JSON."""
    known = {"fields", "sort", "format", "limit", "cursor", *(condition.name for condition in table.filters)}
    for name in query:
        if name not in known:
            raise QueryRefused(name, f"is not known; allowed are {', '.join(sorted(known))}")
    sort = _one_of("sort", query.get("sort") or table.usual_sort, table.orders)
    form = _one_of("format", query.get("format") or "json", ("json", *formats))
    return TableQuery(
        table=table,
        columns=_columns(table, query.get("fields", "")),
        sort=sort,
        form=form,
        limit=_limit(query.get("limit", ""), form),
        filters={
            condition.lookup: _value(condition, query[condition.name])
            for condition in table.filters
            if query.get(condition.name)
        },
        after=read_cursor(query["cursor"], sort, table) if query.get("cursor") else None,
        export=_export(table, query.get("cursor", "")),
    )


def _export(table: Table, cursor: str) -> Export | None:
    if not table.keyed_by:
        return None
    if not cursor:
        return begun_export()
    try:
        return continued_export(_parts(cursor)[3])
    except (ValueError, TypeError, IndexError):
        raise QueryRefused("cursor", "has expired or is none of ours; begin again without one") from None


def rows_of(query: TableQuery) -> QuerySet[Any]:
    """Rows as dicts of prefixed column names, the order's columns among them; one query when read."""
    shown = {column.name for column in query.columns}
    sort, first = query.table.column(query.sort_column), query.table.columns[0]
    needed = {column.name: column for column in (*query.columns, sort, first)}
    sources = {f"{PREFIX}{name}": _source(column, query.export) for name, column in needed.items()}
    rows = query.table.rows().filter(**query.filters).annotate(**sources)
    if query.export and query.export.up_to is not None:
        rows = rows.filter(**{f"{query.table.keyed_by}__lte": query.export.up_to})
    by, tie = f"{PREFIX}{sort.name}", f"{PREFIX}{first.name}"
    if query.after:
        compare = "lt" if query.is_descending else "gt"
        value, last = query.after
        rows = rows.filter(Q(**{f"{by}__{compare}": value}) | Q(**{by: value, f"{tie}__{compare}": last}))
    sign = "-" if query.is_descending else ""
    ordered = rows.order_by(*dict.fromkeys((f"{sign}{by}", f"{sign}{tie}")))
    listed = ordered.values(*(f"{PREFIX}{name}" for name in (*shown, *(needed.keys() - shown))))
    return listed[: query.limit + 1] if query.limit else listed


def _source(column: Column, export: Export | None) -> Any:
    if isinstance(column.source, str):
        return F(column.source)
    return column.source(export.secret) if export and callable(column.source) else column.source


def next_cursor(query: TableQuery, row: Mapping[str, Any]) -> str:
    """Where the page after this row begins."""
    last = [row[f"{PREFIX}{query.sort_column}"], row[f"{PREFIX}{query.table.columns[0].name}"]]
    own = [query.export.token(_last_number(query))] if query.export else []
    cursor = json.dumps(
        [query.sort, *(part.isoformat() if isinstance(part, datetime) else part for part in last), *own]
    )
    return base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _last_number(query: TableQuery) -> int:
    """Of the export that the query is of; one query at the end of its first page."""
    if query.export and query.export.up_to is not None:
        return query.export.up_to
    return query.table.rows().aggregate(last=Max(query.table.keyed_by))["last"] or 0


def read_cursor(text: str, sort: str, table: Table) -> tuple[Any, Any]:
    """The order's value and the first column's, of the last row seen. Raises QueryRefused."""
    try:
        order, value, last = _parts(text)[:3]
        if order != sort:
            raise QueryRefused("cursor", f"belongs to sort={order}; ask for that, or begin without a cursor")
        kinds = (table.column(sort.removeprefix("-")).kind, table.columns[0].kind)
        return _typed(value, kinds[0]), _typed(last, kinds[1])
    except (ValueError, TypeError, binascii.Error) as error:
        if isinstance(error, QueryRefused):
            raise
        raise QueryRefused("cursor", "is none of ours; take it from `next` of the page before") from None


def _parts(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def _typed(value: Any, kind: Kind) -> Any:
    if kind == "time":
        moment = aware_moment(value)
        if moment is None:
            raise ValueError("no time")
        return moment
    if kind == "integer" and (not isinstance(value, int) or abs(value) >= 1 << 63):
        raise ValueError("no integer")
    if kind == "text" and not (isinstance(value, str) and is_plain_text(value)):
        raise ValueError("no text")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise QueryRefused(name, f"{value!r} is not allowed; use {', '.join(allowed)}")
    return value


def _columns(table: Table, text: str) -> tuple[Column, ...]:
    if not text:
        return table.columns
    names = {column.name: column for column in table.columns}
    chosen = dict.fromkeys(name.strip() for name in text.split(","))
    for name in chosen:
        _one_of("fields", name, tuple(names))
    return tuple(names[name] for name in chosen)


def _limit(text: str, form: str) -> int | None:
    """A page in JSON; the other forms give everything unless a limit is given."""
    if not text:
        return USUAL_PER_PAGE if form == "json" else None
    limit = whole_number(text, 1, MOST_PER_PAGE)
    if limit is None:
        raise QueryRefused("limit", f"{text!r} is not allowed; use a whole number from 1 to {MOST_PER_PAGE}")
    return limit


def _value(condition: Filter, text: str) -> Any:
    if condition.allowed:
        chosen = _one_of(condition.name, text, condition.allowed)
        return [chosen] if condition.kind == "member" else chosen
    if condition.kind == "text":
        return text
    moment = aware_moment(text.replace(" ", "+"))
    if moment is None:
        raise QueryRefused(
            condition.name, f"{text!r} is not allowed; use a time with its zone, such as 2026-11-01T00:00:00Z"
        )
    return moment
