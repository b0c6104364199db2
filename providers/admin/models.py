"""Models with everything that hangs on them; an endpoint's prices and parameters have their own page."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from providers.admin.endpoints import open_prices
from providers.admin.fields import ChoicesField, CommaField, LinesField, TextField
from providers.admin.forms import (
    MODES_FIELD,
    CheckedForm,
    EndpointForm,
    OrderedForm,
    OrderedFormSet,
    ParameterForm,
    named,
)
from providers.admin.inlines import RowsInline
from providers.admin.parts import (
    CatalogueAdmin,
    ModeFilter,
    OperatorForms,
    ReadOnly,
    TagFilter,
    list_link,
    listed,
    mode_labels,
    row_count,
)
from providers.models import (
    CuratedImage,
    Endpoint,
    ImageModel,
    ModelAlias,
    ModelParameter,
    ReportedPerformance,
    ReportedStanding,
    SlugClaim,
)
from providers.names import ALLOWED_IN_MODEL_SLUG, LONGEST_PROMPT, MODEL_SLUG
from providers.sheet import MODALITIES, ModelSheet


def slug_owner(slug: str) -> ImageModel | None:
    """The model that a slug or alias names today."""
    claim = SlugClaim.objects.filter(slug=slug).select_related("model").first()
    return claim.model if claim else None


class ImageModelForm(CheckedForm):
    part = ModelSheet

    alternative_names = LinesField(help_text="One on each line.")
    tags = CommaField(help_text="Separate with commas.")
    tagline = TextField(required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}))
    about = TextField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField"}),
        help_text="Markdown. {{ site }} stands for this site's name.",
    )
    example_prompt = TextField(
        required=False, max_length=LONGEST_PROMPT, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    )
    modes = ChoicesField(**MODES_FIELD)
    input_modalities = ChoicesField(MODALITIES)
    output_modalities = ChoicesField(MODALITIES)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        owner = slug_owner(slug)
        if owner and owner != self.instance:
            raise ValidationError(f"{slug} already names the model {owner.name}; allowed: a slug that is free.")
        if owner and slug != self.initial.get("slug"):
            raise ValidationError(f"{slug} is an alias of this model; remove the alias and save, then rename.")
        return slug

    def clean_family(self) -> Any:
        family, creator = self.cleaned_data["family"], self.cleaned_data.get("creator")
        if family and creator and family.creator_id != creator.pk:
            raise ValidationError(f"{family} is a family of another creator; allowed: one of {creator}'s.")
        return family

    def related(self, values: dict[str, Any]) -> dict[str, Any]:
        family = values.get("family")
        return {"creator": named(values["creator"]), "family": named(family) if family else None}


class AliasForm(OrderedForm):
    """Checked by its formset, which knows the model's slug."""

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if not MODEL_SLUG.fullmatch(slug):
            raise ValidationError(f"Allowed: {ALLOWED_IN_MODEL_SLUG}.")
        return slug


class AliasFormSet(OrderedFormSet):
    """No alias that names another model, or this one already."""

    def clean(self) -> None:
        super().clean()
        seen: Counter[str] = Counter()
        for form in self.remaining_forms():
            slug = form.cleaned_data["slug"]
            seen[slug] += 1
            owner = slug_owner(slug) if "slug" in form.changed_data else None
            if owner and owner != self.instance:
                form.add_error("slug", f"{slug} already names the model {owner.name}; allowed: a slug that is free.")
            elif slug == self.instance.slug:
                form.add_error("slug", "This is the model's own slug; allowed: another one.")
            elif seen[slug] > 1:
                form.add_error("slug", f"{slug} appears more than once; allowed: once.")


class CuratedImageForm(OrderedForm):
    prompt = TextField(max_length=LONGEST_PROMPT, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


class AliasInline(RowsInline):
    model = ModelAlias
    form = AliasForm
    formset = AliasFormSet
    fields = ("position", "slug", "sunset_on")
    verbose_name, verbose_name_plural = "alias", "aliases"


class EndpointInline(OperatorForms, admin.TabularInline):
    model = Endpoint
    form = EndpointForm
    formset = OrderedFormSet
    extra = 0
    fields = ("position", "key", "provider", "provider_model_id", "modes", "is_enabled", "price")
    readonly_fields = ("price",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return super().get_queryset(request).select_related("provider").prefetch_related("prices")

    @admin.display
    def price(self, endpoint: Endpoint) -> str:
        return open_prices(endpoint) if endpoint.pk else ""


class ModelParameterInline(RowsInline):
    model = ModelParameter
    form = ParameterForm
    formset = OrderedFormSet
    verbose_name, verbose_name_plural = "parameter", "declared parameters"
    fields = (
        *("position", "name", "group", "type", "default", "values", "modes", "required_modes"),
        *("only_through", "description"),
    )


class CuratedImageInline(RowsInline):
    model = CuratedImage
    form = CuratedImageForm
    formset = OrderedFormSet
    fields = ("position", "url", "prompt")


class ReportedPerformanceInline(ReadOnly, RowsInline):
    model = ReportedPerformance
    fields = (
        *("provider", "p50_ms", "p95_ms", "average_ms", "success_percent", "requests", "ttfb_p50_ms", "ttfb_p95_ms"),
        *("source", "reported_on"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportedPerformance]:
        return super().get_queryset(request).select_related("provider")


class ReportedStandingInline(ReadOnly, RowsInline):
    model = ReportedStanding
    fields = ("kind", "title", "mode", "rating", "record", "place", "source", "reported_on")
    readonly_fields = ("record", "place")

    @admin.display
    def record(self, row: ReportedStanding) -> str:
        return f"{row.wins}W / {row.losses}L / {row.ties}T"

    @admin.display(description="rank")
    def place(self, row: ReportedStanding) -> str:
        return f"#{row.rank} of {row.ranked_models}"


@admin.register(ImageModel)
class ImageModelAdmin(CatalogueAdmin):
    form = ImageModelForm
    list_display = ("name", "creator", "status", "in_modes", "endpoints", "in_tags", "page")
    list_filter = ("status", ModeFilter, TagFilter, "creator", "is_demo")
    list_select_related = ("creator",)
    search_fields = ("name", "slug", "aliases__slug", "creator__name")
    search_help_text = "Name, slug, alias or creator."
    autocomplete_fields = ("creator", "family")
    readonly_fields = ("is_demo", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "slug", ("creator", "family"), "alternative_names")}),
        ("Status", {"fields": (("status", "sunset_on", "released_on"), "successor", "is_announced")}),
        ("Texts", {"fields": ("tagline", "tags", "about", "example_prompt")}),
        (
            "What it takes and gives",
            {"fields": ("modes", ("input_modalities", "output_modalities"), ("max_width_px", "max_height_px"))},
        ),
        ("Origin", {"classes": ("collapse",), "fields": ("is_demo", "created_at", "updated_at")}),
    )
    inlines = (
        AliasInline,
        EndpointInline,
        ModelParameterInline,
        CuratedImageInline,
        ReportedPerformanceInline,
        ReportedStandingInline,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImageModel]:
        return super().get_queryset(request).annotate(endpoint_count=row_count(Endpoint.objects.all(), "model"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # what is entered by hand may be for a draft
        return {"is_announced": False} | super().get_changeform_initial_data(request)

    def get_prepopulated_fields(self, request: HttpRequest, obj: ImageModel | None = None) -> dict[str, Any]:
        # a slug that stands in links is not rewritten with the name
        return {} if obj else {"slug": ("name",)}

    def view_on_site(self, model: ImageModel) -> str:
        return model.get_absolute_url()

    @admin.display(description="modes")
    def in_modes(self, model: ImageModel) -> str:
        return mode_labels(model)

    @admin.display(ordering="endpoint_count")
    def endpoints(self, model: Any) -> str | SafeString:
        return list_link("endpoint", "model__id__exact", model, model.endpoint_count)

    @admin.display(description="tags")
    def in_tags(self, model: ImageModel) -> str:
        return listed(model.tags)
