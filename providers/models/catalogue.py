"""Creators, families and models, with the names, parameters and pictures a model is described by."""

from django.db import models
from django.db.models import Q

from providers.models.fields import ModelSlugField, NameField, Parameter, mode_list, text_list
from providers.names import LONGEST_PROMPT
from providers.sheet import STATUSES


class Creator(models.Model):
    """Who made a model."""

    slug = models.SlugField(max_length=80, unique=True)
    name = NameField(max_length=120)
    website_url = models.URLField(blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Family(models.Model):
    """A creator's line of models."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="families")
    slug = models.SlugField(max_length=80)
    name = NameField(max_length=120)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "families"
        constraints = [models.UniqueConstraint(fields=["creator", "slug"], name="family_slug_once_per_creator")]

    def __str__(self) -> str:
        return self.name


class ImageModel(models.Model):
    """The thing that is ranked. Its slug shares one namespace with every alias (see SlugClaim)."""

    slug = ModelSlugField(unique=True)
    name = NameField(max_length=200)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="models")
    family = models.ForeignKey(Family, on_delete=models.SET_NULL, related_name="models", null=True, blank=True)
    alternative_names = text_list()
    status = models.CharField(max_length=12, choices=[(s, s.title()) for s in STATUSES], default="active")
    sunset_on = models.DateField(null=True, blank=True, help_text="The day a deprecated model stops answering.")
    released_on = models.DateField(null=True, blank=True)
    successor = ModelSlugField(
        blank=True,
        default="",
        db_default="",
        help_text="Slug of the model to use in a deprecated one's place; the gateway names it.",
    )
    tagline = models.TextField(blank=True)
    about = models.TextField(blank=True, help_text="Markdown.")
    tags = text_list()
    max_width_px = models.PositiveIntegerField(null=True, blank=True)
    max_height_px = models.PositiveIntegerField(null=True, blank=True)
    input_modalities = text_list()
    output_modalities = text_list()
    modes = mode_list()
    example_prompt = models.TextField(blank=True, max_length=LONGEST_PROMPT)
    is_announced = models.BooleanField(
        "announced",
        default=True,
        db_default=True,
        help_text="Public before it has an endpoint, a public entry or reported figures.",
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name = "model"
        constraints = [
            models.UniqueConstraint(fields=["creator", "name"], name="model_name_once_per_creator"),
            models.CheckConstraint(
                condition=Q(sunset_on__isnull=True) | Q(status="deprecated"), name="sunset_only_when_deprecated"
            ),
            models.CheckConstraint(
                condition=Q(successor="") | Q(status="deprecated"), name="successor_only_when_deprecated"
            ),
            models.CheckConstraint(
                condition=Q(max_width_px__isnull=True, max_height_px__isnull=True)
                | Q(max_width_px__gt=0, max_height_px__gt=0),
                name="max_size_has_two_sides",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/models/{self.creator.slug}/{self.slug}"


class ModelAlias(models.Model):
    """Another slug a model answers to."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="aliases")
    slug = ModelSlugField(unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    sunset_on = models.DateField(
        null=True, blank=True, help_text="The day from which the gateway answers it no more. Blank: it stays."
    )

    class Meta:
        ordering = ("position", "id")
        verbose_name_plural = "model aliases"

    def __str__(self) -> str:
        return self.slug


class SlugClaim(models.Model):
    """Every slug and alias in use. Triggers write it, so its primary key keeps the shared namespace unique."""

    slug = models.CharField(max_length=120, primary_key=True)
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.slug


class ModelParameter(Parameter):
    """A declared parameter of a model; rows of its endpoints, where there are any, come before it."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="parameters")
    only_through = models.ForeignKey(
        "providers.Provider", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(Parameter.Meta):
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="parameter_once_per_model")]


class CuratedImage(models.Model):
    """An example picture an operator chose, by link, with the prompt it was made from."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="curated_images")
    position = models.PositiveSmallIntegerField(default=0)
    prompt = models.TextField(max_length=LONGEST_PROMPT)
    url = models.URLField(max_length=1000)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.prompt[:60]
