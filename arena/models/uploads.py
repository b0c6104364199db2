"""Pictures that somebody brings in bulk, before and after they are entries. Until an upload is applied these rows, and
pictures in our storage that no page shows, are all there is of it."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from arena.models.competitions import Competition, Entry, StoredImage, new_public_id
from providers.models import ApiKey
from providers.models.fields import MODE_CHOICES

UPLOAD_STATUSES: Final = (
    ("receiving", "Receiving files"),
    ("reading", "Reading pictures"),
    ("read", "To be looked at"),
    ("applying", "Becoming entries"),
    ("applied", "Applied"),
    ("refused", "Refused"),
    ("undone", "Undone"),
)
# what a worker has to do something about
WORKED_ON: Final = ("reading", "applying")
FOLDER_KINDS: Final = (("", "As names say"), ("models", "Models"), ("prompts", "Prompts"))


class EntrantUpload(models.Model):
    """One upload. Its worker renews `lease_until`; past that another goes on.

    `prompts` are those that were typed: objects with name, title and prompt. `decisions` say by `models` and `prompts`
    what names of files mean that were asked about; `made` holds ids of the competitions and models it made, by key.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    competition = models.ForeignKey(Competition, on_delete=models.SET_NULL, null=True, related_name="+")
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    status = models.CharField(max_length=10, choices=UPLOAD_STATUSES, default="receiving")
    folders = models.CharField(max_length=8, choices=FOLDER_KINDS, blank=True)
    prompts = models.JSONField(default=list)
    decisions = models.JSONField(default=dict)
    made = models.JSONField(default=dict)
    is_live = models.BooleanField(default=False)
    applies_itself = models.BooleanField(default=False)
    is_unpacked = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    received_bytes = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    idempotency_key = models.CharField(max_length=255, blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["touched_at"], name="upload_worked_on", condition=Q(status__in=WORKED_ON))]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status for status, _ in UPLOAD_STATUSES]), name="upload_status_known"
            ),
            models.CheckConstraint(condition=Q(done__lte=models.F("total")), name="upload_done_within_total"),
            models.UniqueConstraint(
                fields=["key", "idempotency_key"], condition=~Q(idempotency_key=""), name="one_upload_per_idempotency"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return f"/ops/entrants/{self.public_id}"


class UploadFile(models.Model):
    """A file as it came, in pieces in our storage until it has been read."""

    upload = models.ForeignKey(EntrantUpload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=500)
    size_bytes = models.PositiveBigIntegerField()
    received_bytes = models.PositiveBigIntegerField(default=0)
    pieces = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["upload", "name"], name="upload_file_once"),
            models.CheckConstraint(
                condition=Q(received_bytes__lte=models.F("size_bytes")), name="upload_file_within_its_size"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def piece_name(self, number: int) -> str:
        """Where a piece lies."""
        return f"uploads/{self.upload_id}/{self.pk}.{number}"


class UploadPicture(models.Model):
    """One picture of an upload: of a file, of a member of an archive, or behind an address.

    `first` and `second` are what its name says, a folder's and a file's; `is_stated` where they are a model's and a
    prompt's. What it becomes (`model_key`, `prompt_key`) is written down when the upload is applied.
    """

    upload = models.ForeignKey(EntrantUpload, on_delete=models.CASCADE, related_name="pictures")
    place = models.PositiveIntegerField()
    name = models.CharField(max_length=500)
    file = models.ForeignKey(UploadFile, on_delete=models.CASCADE, null=True, related_name="+")
    member = models.PositiveIntegerField(null=True)
    url = models.CharField(max_length=2000, blank=True)
    first = models.CharField(max_length=250, blank=True)
    second = models.CharField(max_length=250, blank=True)
    is_stated = models.BooleanField(default=False)
    is_waiting = models.BooleanField(default=True)
    image = models.ForeignKey(StoredImage, on_delete=models.PROTECT, null=True, related_name="+")
    problem = models.TextField(blank=True)
    model_key = models.CharField(max_length=260, blank=True)
    prompt_key = models.CharField(max_length=260, blank=True)
    entry = models.OneToOneField(Entry, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("upload", "place")
        indexes = [models.Index(fields=["upload", "place"], name="upload_waiting", condition=Q(is_waiting=True))]
        constraints = [
            models.UniqueConstraint(fields=["upload", "place"], name="upload_picture_once"),
            models.CheckConstraint(
                condition=Q(is_waiting=False) | Q(image__isnull=True, problem=""), name="upload_waiting_has_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.name
