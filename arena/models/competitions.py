"""Competitions, the categories they belong to, the entries that meet in them, and which models these make public."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from arena.models.visibility import (
    ADDRESSED,
    EVERYONE,
    PUBLIC,
    SHOWN_STATUSES,
    VISIBILITIES,
    Viewer,
    pictured_entry,
    public_competition,
    public_entry,
    shown_competition,
)
from providers.models import Endpoint, ImageModel, ReportedPerformance, ReportedStanding
from providers.models.fields import MODE_CHOICES, NameField
from providers.names import LONGEST_PROMPT

# what makes a model public, each looked up by its model
EVIDENCE = (Endpoint, ReportedPerformance, ReportedStanding)
PUBLIC_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_public_id() -> str:
    """12 characters without look-alikes, about 59 bits; exports keep it."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(12))


MOST_MEASURE_FAILURES = 3  # after which nothing waits for a picture's looks


class StoredImageQuerySet(models.QuerySet["StoredImage"]):
    """Pictures by who may see them."""

    def visible_to(self, viewer: Viewer) -> StoredImageQuerySet:
        """Of a live entry, or the source of a competition, that the viewer may see."""
        if viewer.is_operator:
            return self
        entries = Entry.objects.filter(pictured_entry(viewer=viewer), image=OuterRef("pk"))
        sources = Competition.objects.visible_to(viewer).filter(source_image=OuterRef("pk"))
        return self.filter(Exists(entries) | Exists(sources))

    def public(self) -> StoredImageQuerySet:
        return self.visible_to(EVERYONE)


class StoredImage(models.Model):
    """A picture in our own storage, known by the hash of its bytes."""

    sha256 = models.CharField(max_length=64, unique=True)
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sharpness = models.FloatField(null=True, editable=False, help_text="Of the small form; see methodology.")
    saturation = models.FloatField(null=True, editable=False)
    contrast = models.FloatField(null=True, editable=False)
    measure_failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="How often it could not be measured; at most 3 are counted."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredImageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:12]

    def get_absolute_url(self) -> str:
        return f"/images/{self.sha256}"

    @property
    def thumbnail_url(self) -> str:
        """Address of the small form."""
        return f"/images/{self.sha256}/small"


class CategoryQuerySet(models.QuerySet["Category"]):
    """Use cases by who may see them."""

    def public(self) -> CategoryQuerySet:
        """With a competition that everybody may see."""
        return self.filter(Exists(Competition.objects.public().filter(categories=OuterRef("pk"))))


class Category(models.Model):
    """A use case within one mode."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    slug = models.SlugField(max_length=80)
    name = NameField(max_length=120)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    position = models.PositiveSmallIntegerField(default=0)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(fields=["slug", "mode"], name="category_once_per_mode")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_mode_display()})"


class CompetitionQuerySet(models.QuerySet["Competition"]):
    """Competitions by who may see them."""

    def visible_to(self, viewer: Viewer) -> CompetitionQuerySet:
        return self.filter(shown_competition(viewer=viewer))

    def public(self) -> CompetitionQuerySet:
        """What lists name and figures count: neither drafts nor what is shown by link."""
        return self.filter(public_competition())


class Competition(models.Model):
    """One prompt, its entrants, its board. The title is not unique: the public id is the identity."""

    STATUSES = (("draft", "Draft"), ("open", "Open"), ("closed", "Closed"))

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    title = NameField(max_length=200)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    prompt = models.TextField(blank=True, max_length=LONGEST_PROMPT)
    source_image = models.ForeignKey(StoredImage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    categories = models.ManyToManyField(Category, blank=True, related_name="competitions")
    status = models.CharField(max_length=8, choices=STATUSES, default="open")
    visibility = models.CharField(
        max_length=8,
        choices=VISIBILITIES,
        default=PUBLIC,
        db_default=PUBLIC,
        help_text="By link: seen by who has the address; in no list, and on no board but its own.",
    )
    study = models.ForeignKey(
        "arena.Study",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="competitions",
        help_text="Status and visibility are then the study's.",
    )
    is_imported = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        ordering = ("title", "id")

    def __str__(self) -> str:
        return self.title

    @property
    def is_shown(self) -> bool:
        """To whoever has the address: no draft."""
        return self.status in SHOWN_STATUSES and self.visibility in ADDRESSED

    @property
    def is_public(self) -> bool:
        return self.is_shown and self.visibility == PUBLIC

    def get_absolute_url(self) -> str:
        return f"/competitions/{self.public_id}"


class MergedCompetition(models.Model):
    """The public id of a competition that went into another, so that its addresses lead there."""

    public_id = models.CharField(max_length=20, unique=True)
    kept = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="merged")
    merged_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.public_id} in {self.kept}"


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries by who may see them."""

    def visible_to(self, viewer: Viewer) -> EntryQuerySet:
        return self if viewer.is_operator else self.filter(public_entry(viewer=viewer))

    def public(self) -> EntryQuerySet:
        """Those whose record everybody may see: live and retired ones of public competitions."""
        return self.filter(public_entry())

    def pictured(self) -> EntryQuerySet:
        """Those whose picture everybody may see: live ones of public competitions."""
        return self.filter(pictured_entry())


class Entry(models.Model):
    """One image of one model in one competition, with its provenance and its own record."""

    STATUSES = (("held", "Held"), ("live", "Live"), ("retired", "Retired"))

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="entries")
    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="entries")
    image = models.ForeignKey(StoredImage, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    parameters = models.JSONField(default=dict, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=9, null=True, blank=True)
    generation_ms = models.PositiveIntegerField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=STATUSES, default="held")
    wins = models.PositiveIntegerField(default=0, editable=False)
    losses = models.PositiveIntegerField(default=0, editable=False)
    ties = models.PositiveIntegerField(default=0, editable=False)
    both_bad = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["competition", "model"])]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "model"],
                condition=Q(image__isnull=True),
                name="one_imageless_entry_per_model_and_competition",
            ),
        ]

    @property
    def strength(self) -> float:
        """(W + T/2 + 1) / (battles + 2): the share of points, drawn to one half where battles are few."""
        return (self.wins + self.ties / 2 + 1) / (self.wins + self.losses + self.ties + 2)

    def __str__(self) -> str:
        return f"{self.model} in {self.competition}"


def visible_models(viewer: Viewer) -> QuerySet[ImageModel]:
    return ImageModel.objects.all() if viewer.is_operator else public_models()


def public_models() -> QuerySet[ImageModel]:
    """Those with an endpoint, a public entry or figures reported of them; without any entry those marked announced."""
    return ImageModel.objects.filter(_is_announced())


def unannounced_models() -> QuerySet[ImageModel]:
    """All others: only drafts and held entries speak of them."""
    return ImageModel.objects.exclude(_is_announced())


def _is_announced() -> Q:
    entries = Entry.objects.filter(model=OuterRef("pk"))
    announced = Q(Exists(entries.public())) | Q(~Exists(entries), is_announced=True)
    for rows in EVIDENCE:
        announced |= Q(Exists(rows.objects.filter(model=OuterRef("pk"))))
    return announced
