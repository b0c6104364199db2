"""Who is told when ranks move, what each was told last, and the messages on their way."""

from django.core.validators import MaxValueValidator, URLValidator
from django.db import models
from django.db.models import Q

from arena.models.boards import Board, Snapshot
from arena.rating.criteria import OVERALL
from providers.models.deliveries import HAS_ITS_TIME, STATE_KNOWN, Delivery, no_credentials
from providers.models.fields import NameField

RANKS_CHANGED = "board.ranks_changed"
TEST = "webhook.test"
LONGEST_QUIET_MINUTES = 7 * 24 * 60


class BoardWebhook(models.Model):
    """One receiver; without boards of its own it hears of all."""

    name = NameField(max_length=120, unique=True)
    is_enabled = models.BooleanField(default=True)
    url = models.CharField(max_length=300, validators=[URLValidator(schemes=["https", "http"]), no_credentials])
    sealed_secret = models.TextField(blank=True, editable=False)
    boards = models.ManyToManyField(
        Board,
        blank=True,
        related_name="+",
        limit_choices_to={"criterion": OVERALL},
        help_text="None chosen: all boards.",
    )
    quiet_minutes = models.PositiveIntegerField(
        default=15,
        validators=[MaxValueValidator(LONGEST_QUIET_MINUTES)],
        help_text="At most one message about a board in so many minutes; it tells the sum of what moved.",
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(condition=Q(quiet_minutes__lte=LONGEST_QUIET_MINUTES), name="quiet_within_a_week")
        ]

    def __str__(self) -> str:
        return self.name


class ToldBoard(models.Model):
    """The snapshot whose ranks a receiver knows; history keeps it until a newer one takes its place."""

    webhook = models.ForeignKey(BoardWebhook, on_delete=models.CASCADE, related_name="told")
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="+")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    told_at = models.DateTimeField(null=True, help_text="Of the last message; empty before the first.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "board"], name="told_once_per_webhook_and_board")]

    def __str__(self) -> str:
        return f"{self.webhook_id} knows {self.board_id} as of {self.snapshot_id}"


class BoardMessage(Delivery):
    """What is told of one board to one receiver; a test is of no board."""

    webhook = models.ForeignKey(BoardWebhook, on_delete=models.CASCADE, related_name="messages")
    board = models.ForeignKey(Board, on_delete=models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=20, choices=[(e, e) for e in (RANKS_CHANGED, TEST)])

    class Meta(Delivery.Meta):
        indexes = [
            models.Index(fields=["receiver", "next_at"], name="board_message_waiting", condition=Q(state="waiting"))
        ]
        constraints = [
            models.CheckConstraint(condition=STATE_KNOWN, name="board_message_state_known"),
            models.CheckConstraint(condition=HAS_ITS_TIME, name="board_message_has_its_time"),
            models.CheckConstraint(
                condition=Q(event=TEST, board__isnull=True) | Q(event=RANKS_CHANGED, board__isnull=False),
                name="board_message_names_its_board",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.receiver}: {self.state}"
