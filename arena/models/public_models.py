"""Which models strangers know of. A model that only drafts and held entries speak of is unannounced.

Of a model without entries its mark `is_announced` decides, unless something else public speaks of it.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from arena.models.competitions import Entry
from arena.models.visibility import Viewer
from providers.models import Endpoint, ImageModel, ReportedPerformance, ReportedStanding

# what makes a model public, each looked up by its model
EVIDENCE = (Endpoint, ReportedPerformance, ReportedStanding)


def visible_models(viewer: Viewer) -> QuerySet[ImageModel]:
    return ImageModel.objects.all() if viewer.is_operator else public_models()


def public_models() -> QuerySet[ImageModel]:
    """Those with an endpoint, a public entry or figures reported of them; without any entry those marked announced."""
    return ImageModel.objects.filter(_is_announced())


def unannounced_models() -> QuerySet[ImageModel]:
    """All others."""
    return ImageModel.objects.exclude(_is_announced())


def _is_announced() -> Q:
    entries = Entry.objects.filter(model=OuterRef("pk"))
    announced = Q(Exists(entries.public())) | Q(~Exists(entries), is_announced=True)
    for rows in EVIDENCE:
        announced |= Q(Exists(rows.objects.filter(model=OuterRef("pk"))))
    return announced
