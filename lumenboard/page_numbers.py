"""Long lists page by page; `page=1_0` and digits of other scripts name no page, so that the first is shown."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, PageNotAnInteger
from django.core.paginator import Paginator as DjangoPaginator

from providers.plain_values import whole_number

__all__ = ["Page", "Paginator"]


class Paginator(DjangoPaginator):
    """Django's own reads them as numbers."""

    def validate_number(self, number: Any) -> int:
        if isinstance(number, str) and whole_number(number) is None:
            raise PageNotAnInteger(self.error_messages["invalid_page"])
        return super().validate_number(number)
