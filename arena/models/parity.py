"""One model at several endpoints: what each made of the same request, the blind votes on it, and what they come to.

Rows of their own throughout, so that nothing of a model's battles, votes, tallies or boards can hold one of these.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Concat

from arena.models.battles import OUTCOME_CHOICES
from arena.models.competitions import Competition, Entry, StoredImage, new_public_id, public_models
from arena.models.schedules import Generation
from arena.models.visibility import RECORDED_STATUSES, Viewer, public_parity_entry
from arena.models.voters import REFUSAL_REASONS, Voter
from arena.rating.tallies import OUTCOMES
from providers.models import Endpoint, ImageModel
from providers.models.fields import MODE_CHOICES

PREFIX: Final = "parity-"
SET_ASIDE: Final = (("too_fast", "Faster than anyone can look"), ("excluded", "Taken out by an operator"))


class ParityBoardQuerySet(models.QuerySet["ParityBoard"]):
    """Parity boards by who may see them."""

    def visible_to(self, viewer: Viewer) -> ParityBoardQuerySet:
        return self if viewer.is_operator else self.public()

    def public(self) -> ParityBoardQuerySet:
        """Of public models, with entries of two endpoints that everybody may know of."""
        entries = ParityEntry.objects.filter(public_parity_entry())
        others = entries.filter(scene__board=OuterRef("scene__board")).exclude(endpoint=OuterRef("endpoint"))
        shown = entries.filter(Exists(others), scene__board=OuterRef("pk"))
        return self.filter(Exists(shown), model__in=public_models())

    def of_key(self, key: str) -> ParityBoardQuerySet:
        """The one of that public name, if there is one."""
        public_key = Concat(
            models.Value(PREFIX), "model__slug", models.Value("-"), "mode", output_field=models.TextField()
        )
        return self.alias(public_key=public_key).filter(public_key=key)


class ParityBoard(models.Model):
    """A model in one mode; its `key` is parity-<model>-<mode>."""

    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="parity_boards", db_index=False)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ParityBoardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "mode"], name="one_parity_board_per_model_and_mode")]

    def __str__(self) -> str:
        return f"{self.model} in {self.get_mode_display()}"

    @property
    def key(self) -> str:
        """Follows the model's slug; needs the model loaded to cost no query."""
        return f"{PREFIX}{self.model.slug}-{self.mode}"

    def get_absolute_url(self) -> str:
        return f"/leaderboards/{self.key}"


class ParityEndpoint(models.Model):
    """An endpoint on a board, by the key it had when it came; its votes stay where the catalogue has dropped it."""

    board = models.ForeignKey(ParityBoard, on_delete=models.CASCADE, related_name="endpoints", db_index=False)
    key = models.CharField(max_length=160)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=["board", "key"], name="parity_endpoint_once_per_board")]

    def __str__(self) -> str:
        return self.key


class ParityScene(models.Model):
    """What every endpoint of a board is asked for: the prompt of a competition under one seed, in one size."""

    board = models.ForeignKey(ParityBoard, on_delete=models.CASCADE, related_name="scenes")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="parity_scenes")
    seed = models.BigIntegerField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.competition}, seed {self.seed}"


class ParityEntry(models.Model):
    """What one endpoint made of a scene, with its provenance. `answered_seed` is what the provider says it took."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    # no index of its own: the constraint's begins with it
    scene = models.ForeignKey(ParityScene, on_delete=models.CASCADE, related_name="entries", db_index=False)
    endpoint = models.ForeignKey(ParityEndpoint, on_delete=models.CASCADE, related_name="entries")
    image = models.ForeignKey(StoredImage, on_delete=models.PROTECT, related_name="+")
    generation = models.OneToOneField(
        Generation, on_delete=models.SET_NULL, null=True, blank=True, related_name="parity_entry", editable=False
    )
    answered_seed = models.BigIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=9, null=True, blank=True)
    generation_ms = models.PositiveIntegerField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Entry.STATUSES, default="held")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parity entries"
        constraints = [
            models.UniqueConstraint(
                fields=["scene", "endpoint"],
                condition=~Q(status="retired"),
                name="one_parity_entry_per_scene_and_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status for status, _ in Entry.STATUSES]), name="parity_entry_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} of {self.scene_id}"


class ParityBattle(models.Model):
    """Two endpoints' entries of one scene, shown to one voter."""

    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    scene = models.ForeignKey(ParityScene, on_delete=models.CASCADE, related_name="battles")
    left_entry = models.ForeignKey(ParityEntry, on_delete=models.CASCADE, related_name="+")
    right_entry = models.ForeignKey(ParityEntry, on_delete=models.CASCADE, related_name="+")
    left_endpoint = models.ForeignKey(ParityEndpoint, on_delete=models.CASCADE, related_name="+")
    right_endpoint = models.ForeignKey(ParityEndpoint, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    voter = models.ForeignKey(Voter, on_delete=models.SET_NULL, null=True, blank=True, related_name="parity_battles")
    network = models.CharField(max_length=64, blank=True, db_default="", help_text="Keyed hash of the voter's network.")
    token_digest = models.CharField(max_length=64, blank=True, db_default="")
    pair_probability = models.FloatField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=40, blank=True, db_default="")
    report = models.CharField(max_length=300, blank=True, db_default="", help_text="What its voter says is wrong.")
    reported_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["voter", "-id"], condition=Q(voter__isnull=False), name="parity_battles_of_a_voter"),
            models.Index(
                fields=["reported_at"],
                condition=Q(reported_at__isnull=False, settled_at__isnull=True),
                name="parity_battles_reported",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(pair_probability__isnull=True) | Q(pair_probability__gt=0, pair_probability__lte=1),
                name="parity_pair_probability_is_one",
            ),
            models.CheckConstraint(
                condition=~Q(left_endpoint=F("right_endpoint")), name="parity_battle_has_two_endpoints"
            ),
        ]

    @property
    def is_public(self) -> bool:
        """The rule of `PUBLIC_PARITY_BATTLE_SQL`; needs scene, competition and entries loaded to cost no query."""
        recorded = {self.left_entry.status, self.right_entry.status} <= set(RECORDED_STATUSES)
        return recorded and self.scene.competition.is_public

    def __str__(self) -> str:
        return str(self.public_id)


class ParityVote(models.Model):
    """A parity battle's outcome; its numbers are a sequence of their own."""

    number = models.BigAutoField(primary_key=True)
    battle = models.OneToOneField(ParityBattle, on_delete=models.CASCADE, related_name="vote")
    outcome = models.CharField(max_length=8, choices=OUTCOME_CHOICES)
    cast_at = models.DateTimeField(null=True, blank=True)
    is_counted = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="Undone by the voter before the reveal.")
    set_aside = models.CharField(max_length=10, choices=SET_ASIDE, blank=True, db_default="")
    reason = models.CharField(max_length=300, blank=True, db_default="", help_text="Why an operator took it out.")
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_counted=True, withdrawn_at__isnull=True, set_aside="")
                | (Q(is_counted=False) & (Q(withdrawn_at__isnull=False) | ~Q(set_aside=""))),
                name="parity_vote_counts_unless_withdrawn_or_set_aside",
            ),
            models.CheckConstraint(
                condition=~Q(set_aside="excluded") | ~Q(reason=""), name="parity_vote_excluded_for_a_reason"
            ),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="parity_vote_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return f"parity vote {self.number}: {self.outcome}"


class ParityTally(models.Model):
    """Counted outcomes of one scene and one ordered pair of endpoints, changed in the vote's own transaction."""

    # no index of its own: the constraint's begins with it
    scene = models.ForeignKey(ParityScene, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    left_endpoint = models.ForeignKey(ParityEndpoint, on_delete=models.CASCADE, related_name="+")
    right_endpoint = models.ForeignKey(ParityEndpoint, on_delete=models.CASCADE, related_name="+")
    left = models.PositiveBigIntegerField(default=0)
    right = models.PositiveBigIntegerField(default=0)
    tie = models.PositiveBigIntegerField(default=0)
    both_bad = models.PositiveBigIntegerField(default=0)
    last_vote_number = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "parity tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["scene", "left_endpoint", "right_endpoint"], name="one_parity_tally_per_ordered_pair"
            ),
            models.CheckConstraint(
                condition=~Q(left_endpoint=F("right_endpoint")), name="parity_tally_has_two_endpoints"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left_endpoint_id} against {self.right_endpoint_id}"


class RefusedParityVote(models.Model):
    """A parity vote that was not counted, with the gate that stopped it."""

    battle = models.ForeignKey(ParityBattle, on_delete=models.SET_NULL, null=True, blank=True, related_name="refused")
    voter = models.ForeignKey(Voter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    network = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=16, choices=REFUSAL_REASONS)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[reason for reason, _ in REFUSAL_REASONS]), name="parity_refusal_reason_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} at {self.received_at:%Y-%m-%d %H:%M}"


class ParitySnapshot(models.Model):
    """What a board's counted votes of public prompts come to: standings and decisions, and the state that goes on."""

    board = models.OneToOneField(ParityBoard, on_delete=models.CASCADE, related_name="snapshot", primary_key=True)
    method = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    votes = models.PositiveBigIntegerField(default=0)
    set_aside_votes = models.PositiveBigIntegerField(default=0)
    last_vote_number = models.PositiveBigIntegerField(default=0)
    standings: Any = models.JSONField(default=list)
    verdicts: Any = models.JSONField(default=dict, help_text="The state of the sequential verdicts.")
    contrasts: Any = models.JSONField(default=list, help_text="Differences for prompts like these, of each two.")
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"parity board {self.board_id} up to vote {self.last_vote_number}"
