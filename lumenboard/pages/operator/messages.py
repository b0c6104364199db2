"""The operator's page of messages that receivers have not taken: to whom, why, since when; and sending them again."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from arena.boards.rank_webhooks import OUTBOXES
from lumenboard.formatting import count
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import PER_PAGE, for_staff, page_with_tabs
from lumenboard.pages.operator.decisions import Question, decision
from providers.models import Receiver
from providers.webhooks.undelivered import read_undelivered, try_again, with_undelivered

BACK: Final = "/ops/messages"


@require_safe
@for_staff
def undelivered(request: HttpRequest) -> HttpResponse:
    """Receivers that fail come first."""
    page = Paginator(with_undelivered(OUTBOXES), PER_PAGE).get_page(request.GET.get("page"))
    lines = read_undelivered(list(page), OUTBOXES)
    return page_with_tabs(request, "messages", {"page": page, "lines": lines})


def _ask_again(receiver: Receiver) -> Question:
    (line,) = read_undelivered([receiver], OUTBOXES)
    number = line.waiting + line.given_up
    given_up = f", {count(line.given_up)} of them given up before," if line.given_up else ""
    text = f"{count(number)} message{'s'[: number != 1]}{given_up} for {receiver} will leave now, one after the other."
    return Question("Try again", text, "Try again", BACK)


def _again(receiver: Receiver, *_: object) -> str:
    number = try_again(receiver, OUTBOXES, timezone.now())
    return f"{count(number)} message{'s'[: number != 1]} for {receiver} leave{'s'[: number == 1]} now."


again = decision("providers.change_receiver", Receiver)(_ask_again, _again)
