"""Studies: a question asked of invited people, who belongs to one, how they came, and each change of their rights."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from arena.models.competitions import new_public_id
from arena.models.visibility import ADDRESSED, SHOWN_STATUSES
from arena.models.voters import Voter
from providers.models.fields import NameField

STATUSES = (("draft", "Draft"), ("open", "Open"), ("closed", "Closed"))
VISIBILITIES = (("members", "Members"), ("link", "Whoever has the link"), ("public", "Everybody"))
ROLES = (("owner", "Owner"), ("editor", "Editor"), ("analyst", "Analyst"), ("rater", "Rater"))
LONGEST_INSTRUCTIONS = 10_000


def _is_known(field: str, choices: tuple[tuple[str, str], ...]) -> Q:
    return Q(**{f"{field}__in": [value for value, _ in choices]})


class Study(models.Model):
    """What is asked, in which words, and who may see it. The public id is the identity."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    title = NameField(max_length=200)
    question = NameField(max_length=300)
    instructions = models.TextField(blank=True, max_length=LONGEST_INSTRUCTIONS)
    visibility = models.CharField(max_length=8, choices=VISIBILITIES, default="members")
    status = models.CharField(max_length=8, choices=STATUSES, default="draft")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(condition=_is_known("visibility", VISIBILITIES), name="study_visibility_is_known"),
            models.CheckConstraint(condition=_is_known("status", STATUSES), name="study_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/studies/{self.public_id}"

    @property
    def is_for_all(self) -> bool:
        """Seen without a log-in by whoever has its address."""
        return self.status in SHOWN_STATUSES and self.visibility in ADDRESSED


class Invitation(models.Model):
    """A link that makes whoever opens it a member. Its secret is in the link alone; a digest is stored."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=8, choices=ROLES)
    address = models.EmailField(
        blank=True, max_length=150, help_text="Where it was mailed; a link without one may be passed on."
    )
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    expires_at = models.DateTimeField()
    uses = models.PositiveIntegerField(default=0, editable=False)
    most_uses = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_problem = models.CharField(max_length=200, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(condition=Q(uses__lte=F("most_uses")), name="invitation_within_its_uses"),
            models.CheckConstraint(condition=Q(address="") | Q(most_uses=1), name="an_address_is_invited_once"),
            models.CheckConstraint(condition=_is_known("role", ROLES), name="invitation_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.study}"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    def state(self, now: datetime) -> str:
        """`open`, or why it works no more: `revoked`, `used`, `expired`."""
        if self.revoked_at:
            return "revoked"
        if self.uses >= self.most_uses:
            return "used"
        return "expired" if self.expires_at <= now else "open"


class Membership(models.Model):
    """An account in a study. `voter` is the pseudonym its votes stand under; it outlives the account."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=ROLES)
    voter = models.OneToOneField(Voter, on_delete=models.PROTECT, null=True, editable=False, related_name="membership")
    invitation = models.ForeignKey(
        Invitation, on_delete=models.SET_NULL, null=True, editable=False, related_name="memberships"
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("joined_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["study", "account"], name="one_membership_per_study_and_account"),
            models.CheckConstraint(condition=_is_known("role", ROLES), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.study}"


class RightsChange(models.Model):
    """Who changed whose rights in a study. Rows are only added; an erased account leaves them without its name."""

    WHAT = (
        ("created", "made the study"),
        ("invited", "invited"),
        ("revoked", "revoked an invitation"),
        ("joined", "joined"),
        ("changed", "changed the role"),
        ("removed", "removed"),
        ("left", "left"),
    )

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="rights_changes")
    what = models.CharField(max_length=8, choices=WHAT)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    role_before = models.CharField(max_length=8, blank=True)
    role_after = models.CharField(max_length=8, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.what} in {self.study}"


class Identity(models.Model):
    """An account as another site's log-in (OpenID Connect) names it."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "identities"
        default_permissions = ("view", "delete")
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_per_identity")]

    def __str__(self) -> str:
        return f"{self.account} at {self.issuer}"
