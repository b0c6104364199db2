"""What several screens share: rows that cannot be changed by hand, pictures, links and records in a cell."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.html import format_html
from django.utils.safestring import SafeString

from arena.boards.recompute import recompute_boards
from arena.models import StoredImage
from providers.admin.parts import ABSENT, OperatorAdmin, ReadOnly


class UnchangeableAdmin(ReadOnly, OperatorAdmin):
    """For rows that the system writes."""

    show_full_result_count = False


def picture(image: StoredImage | None) -> str | SafeString:
    """The small form, linked to the full one."""
    if image is None:
        return ABSENT
    return format_html(
        '<a href="{}"><img src="{}" alt="" width="64" loading="lazy"></a>',
        image.get_absolute_url(),
        image.thumbnail_url,
    )


def record(row: Any) -> str:
    """Wins, losses and ties of an entry or a standing, both-bad among the ties record apart."""
    text = f"{row.wins}W / {row.losses}L / {row.ties}T"
    return f"{text} ({row.both_bad} both bad)" if row.both_bad else text


def recompute_on_commit(board_ids: Iterable[int]) -> None:
    """Once the change is in, so that the boards are computed from it."""
    transaction.on_commit(partial(recompute_boards, list(board_ids)))
