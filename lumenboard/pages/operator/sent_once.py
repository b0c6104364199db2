"""Forms that make or cost something act once: a double click and a stale tab lead to what was made."""

import uuid
from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from arena.models import SentForm

FIELD: Final = "form_token"
SENT_BEFORE: Final = "This form had been sent before. Nothing was done again; this is what it made."


def new_token() -> str:
    """For the hidden field FIELD; each page shown has its own."""
    return str(uuid.uuid4())


def sent_before(request: HttpRequest) -> HttpResponse | None:
    """Where the form led when it was first sent; None if it was not."""
    token = _token(request)
    sent = SentForm.objects.filter(token=token).first() if token else None
    return _lead_back(request, sent) if sent else None


def do_once(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """To the address that `act` answers. A form without a token acts each time it is sent."""
    token = _token(request)
    if token is None:
        return HttpResponseRedirect(act(), status=303)
    with transaction.atomic():
        # the second of two at a time waits here until the first has committed
        sent, is_first = SentForm.objects.get_or_create(token=token)
        if not is_first:
            return _lead_back(request, sent)
        sent.url = act()
        sent.save(update_fields=["url"])
    return HttpResponseRedirect(sent.url, status=303)


def _token(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None


def _lead_back(request: HttpRequest, sent: SentForm) -> HttpResponse:
    messages.info(request, SENT_BEFORE)
    return HttpResponseRedirect(sent.url, status=303)
