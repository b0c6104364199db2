"""Battles, the votes that decide them, and the tallies every rating is fitted on."""

from __future__ import annotations

import hashlib
import hmac
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, FilteredRelation, Q

from arena.models.competitions import Competition, Entry
from arena.models.visibility import RECORDED_STATUSES
from arena.rating.criteria import CRITERION_FORM, LONGEST_CRITERION, OVERALL
from arena.rating.tallies import ALL_OUTCOMES, OUTCOMES
from providers.models import ImageModel
from providers.models.fields import MODE_CHOICES

OUTCOME_CHOICES = tuple((outcome.name, outcome.label) for outcome in ALL_OUTCOMES)


def criterion_field(*, editable: bool = True) -> models.CharField[str, str]:
    """What is judged; rows that do not say judge all in all."""
    return models.CharField(max_length=LONGEST_CRITERION, default=OVERALL, db_default=OVERALL, editable=editable)


def criterion_is_a_key(name: str) -> models.CheckConstraint:
    """The usual one first, so that a long log is checked by a comparison."""
    condition = Q(criterion=OVERALL) | Q(criterion__regex=CRITERION_FORM)
    return models.CheckConstraint(condition=condition, name=name)


def tallied_votes(path: str = "") -> Any:
    """All votes of a tally, as an expression; `path` leads to it, for example `tallies__`."""
    return reduce(add, (F(f"{path}{outcome}") for outcome in OUTCOMES))


TOKEN_BYTES = 16


def battle_token(public_id: UUID) -> str:
    """The one-time token of a battle as 32 hex digits, from its id and this site's secret key.

    Derived, so that a page may be shown again without a second token; the row holds only its digest.
    """
    mac = hmac.new(settings.SECRET_KEY.encode(), b"battle token:" + public_id.bytes, "sha256")
    return mac.digest()[:TOKEN_BYTES].hex()


def token_digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class BattleQuerySet(models.QuerySet["Battle"]):
    """Battles with what was said of them."""

    def with_vote(self) -> BattleQuerySet:
        """Each with its vote of all in all as `vote`, None where it has none, in the same query."""
        overall = FilteredRelation("votes", condition=Q(votes__criterion=OVERALL))
        return self.annotate(vote=overall).select_related("vote")  # type: ignore[misc]  # annotated here


class Battle(models.Model):
    """Two entries of one competition, of different models, shown to one voter."""

    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="battles")
    left_entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    right_entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    left_model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    right_model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True, help_text="Empty when an imported file does not say.")
    voter = models.ForeignKey("arena.Voter", on_delete=models.SET_NULL, null=True, blank=True, related_name="battles")
    network = models.CharField(max_length=64, blank=True, db_default="", help_text="Keyed hash of the voter's network.")
    token_digest = models.CharField(
        max_length=64, blank=True, db_default="", help_text="SHA-256 of the one-time token."
    )
    pair_probability = models.FloatField(null=True, blank=True, help_text="The chance with which the pair was drawn.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=40, blank=True, db_default="")

    objects = BattleQuerySet.as_manager()
    # set by `with_vote` where there is one
    vote: Vote | None = None

    class Meta:
        indexes = [models.Index(fields=["voter", "-id"], condition=Q(voter__isnull=False), name="battles_of_a_voter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pair_probability__isnull=True) | Q(pair_probability__gt=0, pair_probability__lte=1),
                name="pair_probability_is_one",
            ),
            models.CheckConstraint(condition=~Q(left_model=F("right_model")), name="battle_has_two_models"),
        ]

    @property
    def is_shown(self) -> bool:
        """The rule of `shown_battle`; needs competition and entries loaded to cost no query."""
        recorded = {self.left_entry.status, self.right_entry.status} <= set(RECORDED_STATUSES)
        return recorded and self.competition.is_shown

    def __str__(self) -> str:
        return str(self.public_id)


class VoteImport(models.Model):
    """One file of votes that was read in; `digest` of its rows is what a repeated import is known by."""

    file_name = models.CharField(max_length=255)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    competition_column = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=200, blank=True)
    rows = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    continues = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    model_ids = models.JSONField(
        default=dict,
        editable=False,
        help_text="By name in the file, where no import before it has the name.",
    )
    competition_ids = models.JSONField(default=dict, editable=False, help_text="Public ids, by value of the column.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "mode", "competition_column", "title"], name="vote_file_imported_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.rows} votes)"


class Vote(models.Model):
    """A battle's outcome by one criterion. `number` grows over all votes and is what sequential methods replay."""

    number = models.BigAutoField(primary_key=True)
    # no index of its own: the constraint's begins with it
    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, related_name="votes", db_index=False)
    criterion = criterion_field()
    outcome = models.CharField(max_length=8, choices=OUTCOME_CHOICES)
    cast_at = models.DateTimeField(null=True, blank=True, help_text="Empty when an imported file does not say.")
    is_counted = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="Undone by the voter before the reveal.")
    exclusion = models.ForeignKey(
        "arena.VoteExclusion", on_delete=models.PROTECT, null=True, blank=True, related_name="excluded_votes"
    )
    is_restored = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="The site itself never sets it aside again."
    )
    vote_import = models.ForeignKey(
        VoteImport, on_delete=models.CASCADE, null=True, blank=True, related_name="votes", editable=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["battle", "criterion"], name="one_vote_per_battle_and_criterion"),
            criterion_is_a_key("vote_criterion_is_a_key"),
            models.CheckConstraint(
                condition=Q(is_counted=True, withdrawn_at__isnull=True, exclusion__isnull=True)
                | (Q(is_counted=False) & (Q(withdrawn_at__isnull=False) | Q(exclusion__isnull=False))),
                name="vote_counts_unless_withdrawn_or_excluded",
            ),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="vote_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return f"vote {self.number}: {self.outcome}"


class Tally(models.Model):
    """Counted outcomes by one criterion of one competition and one ordered pair of models, changed in the vote's own
    transaction."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="tallies")
    left_model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    right_model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    criterion = criterion_field()
    left = models.PositiveBigIntegerField(default=0)
    right = models.PositiveBigIntegerField(default=0)
    tie = models.PositiveBigIntegerField(default=0)
    both_bad = models.PositiveBigIntegerField(default=0)
    last_vote_number = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "left_model", "right_model", "criterion"], name="one_tally_per_ordered_pair"
            ),
            criterion_is_a_key("tally_criterion_is_a_key"),
            models.CheckConstraint(condition=~Q(left_model=F("right_model")), name="tally_has_two_models"),
        ]

    def __str__(self) -> str:
        return f"{self.left_model_id} against {self.right_model_id}"
