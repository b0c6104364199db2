"""Puts a message in the outbox of every webhook whose boards' ranks are no longer those it was told of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from arena.boards.history import snapshot_view
from arena.boards.rank_changes import ModelChange, View, board_reasons, model_changes
from arena.models import Board, BoardMessage, BoardWebhook, Snapshot, ToldBoard
from arena.models.webhooks import RANKS_CHANGED, TEST
from providers.alerts.alert_messages import ALERTS
from providers.models import Receiver
from providers.requests.request_jobs import REQUESTS
from providers.webhooks.attempts import Outbox, Webhook, receiver_for

CURRENT = Snapshot.objects.current_headline()
# a large board may move as a whole; the changes page has the rest
MOST_MODELS: Final = 250


def enqueue_rank_messages(now: datetime) -> int:
    """Each board of each webhook in a transaction of its own; how many messages were written."""
    written = 0
    gone = Receiver.objects.filter(channel="webhook", disabled_at__isnull=False).values("target")
    for webhook in BoardWebhook.objects.filter(is_enabled=True).exclude(url__in=gone):
        _follow_boards(webhook)
        for pk in _due(webhook, now):
            written += _enqueue_message(pk, now)
    return written


def send_test(webhook: BoardWebhook, now: datetime) -> BoardMessage:
    """A message that tells nothing but that the address and the secret are right."""
    data = {"webhook": webhook.name, "site": settings.SITE_URL}
    return BoardMessage.objects.create(
        webhook=webhook,
        event=TEST,
        receiver=receiver_for("webhook", webhook.url),
        next_at=now,
        body=_envelope(TEST, now, data),
    )


def _follow_boards(webhook: BoardWebhook) -> None:
    """A board that is new to the webhook starts from its ranks of now; one it no longer hears of is forgotten."""
    boards = _boards_of(webhook)
    webhook.told.exclude(board__in=boards).delete()
    new = CURRENT.filter(board__in=boards).exclude(board__in=webhook.told.values("board"))
    ToldBoard.objects.bulk_create(
        [ToldBoard(webhook=webhook, board_id=board, snapshot_id=pk) for pk, board in new.values_list("id", "board")],
        ignore_conflicts=True,
    )


def _boards_of(webhook: BoardWebhook) -> QuerySet[Board]:
    """A receiver is a stranger: of drafts it hears nothing."""
    public, chosen = Board.objects.public(), webhook.boards.all()
    return public.filter(pk__in=chosen.values("pk")) if chosen.exists() else public


def _due(webhook: BoardWebhook, now: datetime) -> list[int]:
    """Boards with a newer snapshot about which the webhook heard nothing for its quiet time."""
    current = CURRENT.filter(board=OuterRef("board")).values("id")[:1]
    rested = Q(told_at__isnull=True) | Q(told_at__lte=now - timedelta(minutes=webhook.quiet_minutes))
    known = webhook.told.annotate(current=Subquery(current)).filter(rested, current__isnull=False)
    return [pk for pk, snapshot, newest in known.values_list("pk", "snapshot_id", "current") if snapshot != newest]


@transaction.atomic
def _enqueue_message(pk: int, now: datetime) -> bool:
    """Whether ranks had moved; two runs at once take it one after the other."""
    known = ToldBoard.objects.select_for_update().filter(pk=pk).first()
    newest = CURRENT.filter(board=known.board_id).only("id").first() if known else None
    if known is None or newest is None or newest.pk == known.snapshot_id:
        return False
    board = Board.objects.select_related("category", "competition").get(pk=known.board_id)
    before, after = snapshot_view(board, known.snapshot_id), snapshot_view(board, newest.pk)
    moved = [change for change in model_changes(before, after) if change.moved]
    if moved:
        data = _ranks(board, (known.snapshot_id, before), (newest.pk, after), moved)
        webhook = BoardWebhook.objects.get(pk=known.webhook_id)
        BoardMessage.objects.create(
            webhook=webhook,
            board=board,
            event=RANKS_CHANGED,
            receiver=receiver_for("webhook", webhook.url),
            next_at=now,
            body=_envelope(RANKS_CHANGED, now, data),
        )
        known.told_at = now
    known.snapshot_id = newest.pk
    known.save(update_fields=["snapshot", "told_at"])
    return bool(moved)


def _envelope(event: str, now: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The form of Standard Webhooks: type, time, data."""
    return {"type": event, "timestamp": now.isoformat(), "data": data}


def _ranks(
    board: Board, before: tuple[int, View], after: tuple[int, View], moved: Sequence[ModelChange]
) -> dict[str, Any]:
    address = f"{settings.SITE_URL}{board.get_absolute_url()}"
    return {
        "board": board.key,
        "title": board.title,
        "url": address,
        "changes_url": f"{address}/changes?from={before[0]}&to={after[0]}",
        "before": _moment(before[1]),
        "after": _moment(after[1]),
        "reasons": list(board_reasons(before[1], after[1])),
        "moved": len(moved),
        "models": [_model(change) for change in moved[:MOST_MODELS]],
        "site": settings.SITE_URL,
    }


def _moment(view: View) -> dict[str, Any]:
    return {"computed_at": view.computed_at.isoformat(), "votes": view.votes, "digest": view.digest}


def _model(change: ModelChange) -> dict[str, Any]:
    return {
        "model": change.name,
        "slug": change.slug,
        "rank_before": change.rank_before,
        "rank": change.rank_after,
        "rating_before": change.rating_before,
        "rating": change.rating_after,
        "reasons": list(change.reasons),
    }


KEPT: Final = timedelta(days=30)


def delete_old_messages(now: datetime) -> int:
    """Those that came to their end a month ago; how many."""
    ended = BoardMessage.objects.exclude(state="waiting").filter(created_at__lt=now - KEPT)
    return ended.delete()[0]


def _compose(message: BoardMessage) -> Webhook:
    return Webhook(
        url=message.receiver.target,
        message_id=message.message_id,
        body=message.body,
        sealed_secret=message.webhook.sealed_secret,
    )


BOARDS: Final = Outbox(model=BoardMessage, compose=_compose, related=("webhook",), may_go=Q(webhook__is_enabled=True))
# every outbox there is
OUTBOXES: Final = (ALERTS, BOARDS, REQUESTS)
