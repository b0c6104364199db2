"""Switch endpoints on or off; one that is off is shown as such and no price is taken from it."""

from collections.abc import Iterable

from django.db import transaction

from providers.catalogue.plan import lock_catalogue
from providers.models import Endpoint


def switch_endpoints(ids: Iterable[int], *, is_enabled: bool) -> int:
    """Returns how many were changed."""
    with transaction.atomic():
        lock_catalogue()
        return Endpoint.objects.filter(pk__in=list(ids)).exclude(is_enabled=is_enabled).update(is_enabled=is_enabled)
