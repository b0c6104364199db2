"""One operation per table: a page in JSON, or everything as CSV, NDJSON or Parquet."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import create_model

from lumenboard.api.tables.resources import TABLES
from lumenboard.api.tables.streaming import FORMATS
from lumenboard.api.tables.table import (
    MOST_PER_PAGE,
    PREFIX,
    QueryRefused,
    Table,
    TableQuery,
    next_cursor,
    read_query,
    rows_of,
)
from providers.api_types import Problem
from providers.exports import file_answer

PYTHON: Final[Mapping[str, Any]] = {
    "text": str,
    "integer": int,
    "number": float,
    "money": str,
    "boolean": bool,
    "time": str,
    "json": Any,
}
FILE_TYPES: Final = tuple(one.content_type for one in FORMATS.values())
router = Router(tags=["tables"])


def _page(query: TableQuery) -> HttpResponse:
    rows = list(rows_of(query))
    more = query.limit is not None and len(rows) > query.limit
    rows = rows[: query.limit]
    names = [column.name for column in query.columns]
    items = [{name: row[f"{PREFIX}{name}"] for name in names} for row in rows]
    content = {"items": items, "next": next_cursor(query, rows[-1]) if more else None}
    return HttpResponse(orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z), content_type="application/json")


def _file(query: TableQuery) -> HttpResponse | StreamingHttpResponse:
    chosen = FORMATS[query.form]
    return file_answer(chosen.write(query), query.table.name, query.form, chosen.content_type)


def _operation(table: Table) -> Callable[..., Any]:
    query_model: Any = _query_model(table)

    def listed(request: HttpRequest, query: query_model = Query(...)) -> Any:  # noqa: B008 - ninja's own form
        try:
            checked = read_query(table, {name: str(value) for name, value in request.GET.items()}, FORMATS)
            return _page(checked) if checked.form == "json" else _file(checked)
        except QueryRefused as refused:
            return Status(400, Problem(detail=str(refused)))

    listed.__name__ = f"list_{table.name}"
    listed.__doc__ = table.about
    return listed


def _query_model(table: Table) -> Any:
    """The parameters for the documentation; read_query says what is wrong with them in our words."""
    fields: dict[str, Any] = {
        one.name: (str, Field("", description=one.meaning, json_schema_extra=_allowed(one.allowed)))
        for one in table.filters
    }
    names = ", ".join(column.name for column in table.columns)
    fields |= {
        "fields": (str, Field("", description=f"Columns, by comma: {names}.")),
        "sort": (str, Field(table.usual_sort, json_schema_extra=_allowed(table.orders, empty=True))),
        "limit": (str, Field("", description=f"1 to {MOST_PER_PAGE}; 100 in JSON, else everything.")),
        "cursor": (str, Field("", description="`next` of the page before.")),
        "format": (str, Field("json", json_schema_extra=_allowed(("json", *FORMATS)))),
    }
    return create_model(f"{table.name.title()}Query", __base__=Schema, **fields)


def _allowed(values: tuple[str, ...], *, empty: bool = True) -> dict[str, Any]:
    return {"enum": ["", *values] if empty else list(values)} if values else {}


def _page_model(table: Table) -> Any:
    """Every column may be absent: `fields` chooses."""
    columns: dict[str, Any] = {
        column.name: (PYTHON[column.kind] | None, Field(None, description=column.meaning)) for column in table.columns
    }
    row = create_model(f"{table.name.title()}Row", __base__=Schema, **columns)
    return create_model(
        f"{table.name.title()}Page",
        __base__=Schema,
        items=(list[row], ...),  # type: ignore[valid-type]
        next=(str | None, Field(None, description="Cursor of the page after; null on the last one.")),
    )


for _table in TABLES:
    router.add_api_operation(
        f"/{_table.name}",
        ["GET"],
        _operation(_table),
        response={200: _page_model(_table), 400: Problem},
        summary=_table.title,
        operation_id=f"list_{_table.name}",
        openapi_extra={
            "responses": {
                200: {"content": {kind.split(";")[0]: {"schema": {"type": "string"}} for kind in FILE_TYPES}},
            }
        },
    )
