"""What goes with rows that are deleted, counted in one query. Django's own page reads and names every row of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import CASCADE, PROTECT, RESTRICT, Model, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete

# a count beyond it would read a long table for one number
MOST_COUNTED: Final = 1_000
MOST_NAMED: Final = 10

Table = type[Model]


@dataclass
class Reach:
    """The tables that a deletion reaches, each with its columns that lead back, and those that stand in its way."""

    start: Table
    deleted: dict[Table, list[tuple[str, Table]]] = field(default_factory=lambda: defaultdict(list))
    protected: dict[Table, list[tuple[str, Table]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        waiting, seen = [self.start], {self.start}
        while waiting:
            parent = waiting.pop()
            for relation in get_candidate_relations_to_delete(parent._meta):
                column: Any = relation
                kind, child = column.on_delete, column.related_model
                if kind in {PROTECT, RESTRICT}:
                    self.protected[child].append((column.field.name, parent))
                elif kind is CASCADE:
                    self.deleted[child].append((column.field.name, parent))
                    if child not in seen:
                        seen.add(child)
                        waiting.append(child)

    def rows(self, columns: Sequence[tuple[str, Table]], child: Table, keys: Sequence[Any]) -> QuerySet[Any]:
        """Keys of the child's rows that lead back; each column by its own index."""
        ways = [
            child._base_manager.filter(**{f"{column}__in": self.keys(parent, keys)}).order_by().values("pk")
            for column, parent in columns
        ]
        return ways[0].union(*ways[1:]) if len(ways) > 1 else ways[0]

    def keys(self, table: Table, keys: Sequence[Any]) -> Any:
        """Of the table's rows that go."""
        return list(keys) if table is self.start else self.rows(self.deleted[table], table, keys)


@dataclass(frozen=True)
class Consequences:
    """Numbers of rows by table, MOST_COUNTED + 1 for more; `named` are some of those in the way."""

    deleted: dict[Table, int]
    protected: dict[Table, int]
    named: dict[Table, list[Any]]


def consequences(table: Table, keys: Sequence[Any]) -> Consequences:
    """Of deleting these rows. One query, and one for each table that stands in the way."""
    reach = Reach(table)
    asked = [
        *((child, columns, reach.rows(columns, child, keys)) for child, columns in reach.deleted.items()),
        *((child, columns, reach.rows(columns, child, keys)) for child, columns in reach.protected.items()),
    ]
    numbers = _counts([rows for _, _, rows in asked])
    split = len(reach.deleted)
    children = [child for child, _, _ in asked]
    protected = {child: n for child, n in zip(children[split:], numbers[split:], strict=True) if n}
    return Consequences(
        deleted={child: n for child, n in zip(children[:split], numbers[:split], strict=True) if n},
        protected=protected,
        named={child: list(_some(child, reach, keys)) for child in protected},
    )


def _some(child: Table, reach: Reach, keys: Sequence[Any]) -> Iterator[Any]:
    rows = reach.rows(reach.protected[child], child, keys)
    yield from child._base_manager.filter(pk__in=rows).order_by("pk")[:MOST_NAMED]


def _counts(rows: Sequence[QuerySet[Any]]) -> list[int]:
    if not rows:
        return []
    selects: list[str] = []
    parameters: list[Any] = []
    for one in rows:
        select, given = one[: MOST_COUNTED + 1].query.sql_with_params()
        selects.append(f"(SELECT count(*) FROM ({select}) AS counted)")  # noqa: S608  # of Django's own making
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", parameters)
        return list(cursor.fetchone())
