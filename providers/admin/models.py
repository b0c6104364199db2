"""Models with everything that hangs on them; an endpoint's prices and parameters have their own page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from providers.admin.endpoints import open_prices
from providers.admin.forms import EndpointForm, OrderedFormSet, ParameterForm
from providers.admin.model_forms import AliasForm, AliasFormSet, CuratedImageForm, ImageModelForm
from providers.admin.parts import (
    CatalogueAdmin,
    ModeFilter,
    OperatorForms,
    ReadOnly,
    TagFilter,
    count_of,
    list_link,
    listed,
    modes_of,
    page_link,
)
from providers.models import (
    CuratedImage,
    Endpoint,
    ImageModel,
    ModelAlias,
    ModelParameter,
    ReportedPerformance,
    ReportedStanding,
)


class AliasInline(OperatorForms, admin.TabularInline):
    model = ModelAlias
    classes = ("untitled-rows",)
    form = AliasForm
    formset = AliasFormSet
    extra = 0
    fields = ("position", "slug")
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


class ModelParameterInline(OperatorForms, admin.TabularInline):
    model = ModelParameter
    classes = ("untitled-rows",)
    form = ParameterForm
    formset = OrderedFormSet
    extra = 0
    verbose_name, verbose_name_plural = "parameter", "declared parameters"
    fields = (
        *("position", "name", "group", "type", "default", "values", "modes", "required_modes"),
        *("only_through", "description"),
    )


class CuratedImageInline(OperatorForms, admin.TabularInline):
    model = CuratedImage
    classes = ("untitled-rows",)
    form = CuratedImageForm
    formset = OrderedFormSet
    extra = 0
    fields = ("position", "url", "prompt")


class ReportedPerformanceInline(ReadOnly, OperatorForms, admin.TabularInline):
    model = ReportedPerformance
    classes = ("untitled-rows",)
    fields = (
        *("provider", "p50_ms", "p95_ms", "average_ms", "success_percent", "requests", "ttfb_p50_ms", "ttfb_p95_ms"),
        *("source", "reported_on"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportedPerformance]:
        return super().get_queryset(request).select_related("provider")


class ReportedStandingInline(ReadOnly, OperatorForms, admin.TabularInline):
    model = ReportedStanding
    classes = ("untitled-rows",)
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
        ("Status", {"fields": (("status", "sunset_on", "released_on"), "is_announced")}),
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
        return super().get_queryset(request).annotate(endpoint_count=count_of(Endpoint.objects.all(), "model"))

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
        return modes_of(model)

    @admin.display(ordering="endpoint_count")
    def endpoints(self, model: Any) -> str | SafeString:
        return list_link("endpoint", "model__id__exact", model, model.endpoint_count)

    @admin.display(description="tags")
    def in_tags(self, model: ImageModel) -> str:
        return listed(model.tags)

    @admin.display(description="page")
    def page(self, model: ImageModel) -> SafeString:
        return page_link(model.get_absolute_url())
