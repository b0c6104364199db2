"""What the votes of a board have decided about two models."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arena.models.boards import Board
from providers.models import ImageModel


class Verdict(models.Model):
    """One decision. Of *better* the first is the better one; of *equivalent* the two stand in the order of slugs.

    A pair can have one of each kind: better, and by less than the margin.
    """

    KINDS = (("better", "Better"), ("equivalent", "Equivalent"))

    # no index of its own: the constraint's begins with it
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    kind = models.CharField(max_length=10, choices=KINDS)
    first = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField(help_text="Of the vote that decided it.")
    decided_at = models.DateTimeField(null=True, help_text="When that vote was cast; empty where it does not say.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "kind", "first", "second"], name="one_verdict_per_kind_and_pair"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="verdict_is_about_two_models"),
            models.CheckConstraint(condition=Q(kind__in=("better", "equivalent")), name="verdict_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id} since vote {self.number}"
