"""The operator's page of prices: those that need a look, and those of a file or card that disagree with ours."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from lumenboard.formatting import price_text
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import for_staff, page_with_tabs
from providers.catalogue.card import CardError
from providers.catalogue.compare_prices import CHECKED_WITHIN, compare_document, prices_to_check
from providers.catalogue.documents import LARGEST_BYTES, decode_text
from providers.catalogue.errors import CatalogueError
from providers.catalogue.rows import full_price_sheet
from providers.models import PriceComponent
from providers.pricing.drift import Drift, PriceComparison

PER_PAGE: Final = 25


class DocumentForm(forms.Form):
    """A document that states prices; `found` is what the comparison says once the form is valid."""

    document = forms.FileField(
        label="Catalogue file or model card", help_text="A .toml or .json file, or a model's llms.txt, at most 1 MiB."
    )
    found: PriceComparison | None = None

    def clean_document(self) -> Any:
        uploaded = self.cleaned_data["document"]
        content = uploaded.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise forms.ValidationError("It is larger than 1 MiB.")
        try:
            self.found = compare_document(decode_text(content, uploaded.name), uploaded.name)
        except (CardError, CatalogueError) as error:
            raise forms.ValidationError(str(error)) from None
        return uploaded


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def prices(request: HttpRequest) -> HttpResponse:
    """Comparing writes nothing."""
    form = DocumentForm(request.POST, request.FILES, label_suffix="") if request.method == "POST" else None
    is_valid = form is None or form.is_valid()
    page = Paginator(prices_to_check(), PER_PAGE).get_page(request.GET.get("page"))
    found = form.found if form else None
    context = {
        "form": form or DocumentForm(label_suffix=""),
        "found": found,
        "drifts": [_drift(one) for one in found.drifts] if found else [],
        "page": page,
        "lines": [_line(row) for row in page],
        "days": CHECKED_WITHIN.days,
    }
    return page_with_tabs(request, "prices", context, status=200 if is_valid else 422)


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "key": drift.endpoint_key,
        "theirs": price_text(drift.theirs),
        "ours": [{"text": price_text(one), "verified_on": one.verified_on} for one in drift.ours],
    }


def _line(row: PriceComponent) -> dict[str, Any]:
    return {
        "row": row,
        "text": price_text(full_price_sheet(row)),
        "url": f"{row.endpoint.model.get_absolute_url()}/providers",
        "reason": "its condition is not stated, so costs are unknown" if not row.condition_stated else "",
    }
