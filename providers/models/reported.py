"""Figures a model card reported, kept with source and date; each yields only to its own measured counterpart."""

from django.db import models
from django.db.models import Q

from providers.models.catalogue import ImageModel
from providers.models.endpoints import Provider
from providers.models.fields import MODE_CHOICES


class Reported(models.Model):
    """Where a reported figure comes from."""

    position = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=200)
    reported_on = models.DateField()

    class Meta:
        abstract = True
        ordering = ("position", "id")


class ReportedPerformance(Reported):
    """One provider's figures for a model over `window_days`."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="reported_performance")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    window_days = models.PositiveSmallIntegerField(default=30)
    p50_ms = models.PositiveIntegerField(null=True, blank=True)
    p95_ms = models.PositiveIntegerField(null=True, blank=True)
    average_ms = models.PositiveIntegerField(null=True, blank=True)
    success_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    requests = models.PositiveIntegerField(null=True, blank=True)
    ttfb_p50_ms = models.PositiveIntegerField(null=True, blank=True)
    ttfb_p95_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Reported.Meta):
        verbose_name_plural = "reported performance"
        constraints = [
            models.UniqueConstraint(fields=["model", "provider"], name="reported_performance_once_per_provider"),
            models.CheckConstraint(
                condition=Q(success_percent__isnull=True) | Q(success_percent__range=(0, 100)),
                name="reported_success_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window_days} days up to {self.reported_on}"


class ReportedStanding(Reported):
    """A model's place on one board elsewhere: a competition (no mode stated) or a category of a mode."""

    KINDS = (("competition", "Competition"), ("category", "Category"))

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="reported_standings")
    kind = models.CharField(max_length=12, choices=KINDS)
    title = models.CharField(max_length=200)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES, blank=True)
    rating = models.IntegerField()
    wins = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    ranked_models = models.PositiveIntegerField()
    image_url = models.URLField(max_length=1000, blank=True)

    class Meta(Reported.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(rank__gte=1), name="reported_rank_from_one"),
            models.CheckConstraint(
                condition=Q(kind="competition", mode="") | (Q(kind="category") & ~Q(mode="")),
                name="reported_category_has_mode",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: #{self.rank} of {self.ranked_models}"
