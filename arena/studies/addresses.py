"""Whether two mail addresses are the same. Small letters decide, never capitals: ı is I in capitals, so that
bob@gıthub.com would be bob@github.com."""

from typing import TypeVar, cast

from django.db.models import Model, QuerySet
from django.db.models.functions import Collate, Lower

Row = TypeVar("Row", bound=Model)


def with_address(rows: QuerySet[Row], field: str, address: str) -> QuerySet[Row]:
    """Those whose field holds the address, in any case. Stored domains are in small letters already."""
    # the collation C knows letters of ASCII alone, whatever the database's own makes of the rest
    same = rows.alias(folded=Lower(Collate(field, "C"))).filter(folded=address.lower())
    return cast(QuerySet[Row], same)
