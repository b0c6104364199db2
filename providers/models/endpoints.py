"""Providers, their endpoints, and what an endpoint accepts and charges."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from providers.adapters.registry import call_style_choices
from providers.models.catalogue import ImageModel
from providers.models.fields import NameField, Parameter, mode_list, text_list
from providers.pricing.choice import condition_text
from providers.sheet import DIRECTIONS, METRICS, ROUNDINGS


class Provider(models.Model):
    """Who sells runs of models."""

    slug = models.SlugField(max_length=80, unique=True)
    name = NameField(max_length=120)
    website_url = models.URLField(blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/providers/{self.slug}"


class Endpoint(models.Model):
    """One model at one provider for given modes."""

    key = models.CharField(max_length=160, unique=True, help_text="provider/name, for example fal/z-image-turbo.")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="endpoints")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="endpoints")
    provider_model_id = models.CharField(max_length=200)
    call_style = models.CharField(
        max_length=10,
        blank=True,
        choices=call_style_choices,
        help_text="How it is called where its protocol knows several ways. Blank: the protocol's usual way.",
    )
    capabilities = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="What this endpoint takes or gives otherwise than its protocol usually does, "
        'for example {"images_per_call": 1, "formats": ["png"]}.',
    )
    modes = mode_list()
    source_url = models.URLField(max_length=500, blank=True)
    notes = text_list()
    position = models.PositiveSmallIntegerField(default=0)
    is_enabled = models.BooleanField(default=True)
    worst_case_usd = models.DecimalField(
        max_digits=18,
        decimal_places=9,
        null=True,
        blank=True,
        help_text="Most one call can cost: what is reserved where the price cannot be computed before the call. "
        "Blank: such calls are refused.",
    )

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(key__contains="/"), name="endpoint_key_names_provider"),
            models.CheckConstraint(
                condition=Q(worst_case_usd__isnull=True) | Q(worst_case_usd__gte=0), name="worst_case_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class EndpointParameter(Parameter):
    """A parameter as one endpoint takes it."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="parameters")

    class Meta(Parameter.Meta):
        constraints = [models.UniqueConstraint(fields=["endpoint", "name"], name="parameter_once_per_endpoint")]


class PriceComponent(models.Model):
    """A dated tariff component: `amount_usd` for each `unit_size` units of `metric`, where `conditions` hold."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="prices")
    position = models.PositiveSmallIntegerField(default=0)
    metric = models.CharField(max_length=10, choices=[(m, m) for m in METRICS])
    direction = models.CharField(max_length=6, choices=[(d, d) for d in DIRECTIONS], default="output")
    amount_usd = models.DecimalField(max_digits=18, decimal_places=9)
    unit_size = models.DecimalField(max_digits=18, decimal_places=6, default=Decimal(1))
    rounding = models.CharField(max_length=8, choices=[(r, r) for r in ROUNDINGS], default="none")
    minimum = models.DecimalField(
        max_digits=18, decimal_places=6, default=Decimal(0), help_text="Fewest units billed for one request."
    )
    pixels_per_megapixel = models.PositiveIntegerField(default=1_000_000)
    units_per_image = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Tokens or seconds one picture counts as, where the source states it.",
    )
    conditions = models.JSONField(default=dict, blank=True, help_text='For example {"quality": "high"}.')
    condition_stated = models.BooleanField(
        default=True, help_text="Untick when the source gives several prices without saying when each holds."
    )
    source_url = models.URLField(max_length=500, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "metric", "direction", "conditions"],
                condition=Q(valid_to__isnull=True, condition_stated=True),
                name="one_open_price_per_condition",
            ),
            models.CheckConstraint(condition=Q(amount_usd__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=Q(unit_size__gt=0), name="price_unit_positive"),
            models.CheckConstraint(condition=Q(pixels_per_megapixel__gt=0), name="megapixel_positive"),
            models.CheckConstraint(
                condition=Q(units_per_image__isnull=True) | Q(units_per_image__gt=0, metric__in=["token", "second"]),
                name="units_per_image_of_tokens_and_seconds",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="price_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        units = self.metric if self.unit_size == 1 else f"{self.unit_size.normalize():,f} {self.metric}s"
        conditions = [f"{key} {condition_text(value)}" for key, value in self.conditions.items()]
        notes = [*(["input"] if self.direction == "input" else []), *conditions]
        notes += [*([] if self.condition_stated else ["condition unstated"]), *(["closed"] if self.valid_to else [])]
        noted = f" ({', '.join(notes)})" if notes else ""
        return f"{self.amount_usd.normalize():f} USD per {units}{noted}"
