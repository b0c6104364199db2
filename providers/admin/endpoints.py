"""Endpoints with their prices and parameters; creators, families and providers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString

from providers.admin.fields import LinesField, TableField
from providers.admin.forms import EndpointForm, OrderedFormSet, ParameterForm, PriceForm, PriceFormSet
from providers.admin.inlines import PagedInline, RowsInline
from providers.admin.parts import ABSENT, CatalogueAdmin, ModeFilter, OperatorForms, list_link, mode_labels, row_count
from providers.catalogue.plan import switch_endpoints
from providers.models import Creator, Endpoint, EndpointParameter, Family, ImageModel, PriceComponent, Provider


class EndpointPageForm(EndpointForm):
    capabilities = TableField(help_text=Endpoint._meta.get_field("capabilities").help_text)
    notes = LinesField(help_text="One on each line.")


class PriceInline(OperatorForms, admin.StackedInline):
    model = PriceComponent
    verbose_name, verbose_name_plural = "price", "prices"
    form = PriceForm
    formset = PriceFormSet
    extra = 0
    fieldsets = (
        (None, {"fields": (("amount_usd", "unit_size", "metric", "direction"), ("conditions", "condition_stated"))}),
        (
            "Rounding, source and validity",
            {
                "classes": ("collapse",),
                "fields": (
                    ("rounding", "minimum", "pixels_per_megapixel", "units_per_image"),
                    ("source_url", "verified_on"),
                    ("valid_from", "valid_to"),
                    "position",
                ),
            },
        ),
    )


class EndpointParameterInline(RowsInline):
    model = EndpointParameter
    verbose_name, verbose_name_plural = "parameter", "parameters"
    form = ParameterForm
    formset = OrderedFormSet
    fields = ("position", "name", "group", "type", "default", "values", "modes", "required_modes", "description")


@admin.register(Endpoint)
class EndpointAdmin(CatalogueAdmin):
    form = EndpointPageForm
    list_display = ("key", "model", "provider", "in_modes", "price", "verified_on", "is_enabled", "page")
    list_filter = ("is_enabled", ModeFilter, "provider")
    list_select_related = ("model__creator", "provider")
    search_fields = ("key", "provider_model_id", "model__name", "model__slug")
    search_help_text = "Key, the provider's name for the model, or the model."
    autocomplete_fields = ("model", "provider")
    fieldsets = (
        (None, {"fields": ("key", "model", "provider", "provider_model_id", "modes", "is_enabled")}),
        ("Calling it", {"fields": ("call_style", "capabilities", "worst_case_usd")}),
        ("Source", {"fields": ("source_url", "notes")}),
    )
    inlines = (PriceInline, EndpointParameterInline)
    actions = ("enable_selected", "disable_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return super().get_queryset(request).prefetch_related("prices")

    def view_on_site(self, endpoint: Endpoint) -> str:
        return f"{endpoint.model.get_absolute_url()}/providers"

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            last = Endpoint.objects.filter(model=obj.model).aggregate(Max("position"))["position__max"]
            obj.position = 0 if last is None else last + 1
        super().save_model(request, obj, form, change)

    @admin.display(description="modes")
    def in_modes(self, endpoint: Endpoint) -> str:
        return mode_labels(endpoint)

    @admin.display
    def price(self, endpoint: Endpoint) -> str:
        return open_prices(endpoint)

    @admin.display(description="verified")
    def verified_on(self, endpoint: Endpoint) -> Any:
        days = [price.verified_on for price in endpoint.prices.all() if price.verified_on and not price.valid_to]
        return min(days, default=ABSENT)

    @admin.action(description="Switch on", permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=True)

    @admin.action(description="Switch off", permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Endpoint], *, is_enabled: bool) -> None:
        changed = switch_endpoints(queryset.values_list("pk", flat=True), is_enabled=is_enabled)
        self.message_user(request, f"{changed} endpoints switched {'on' if is_enabled else 'off'}.", messages.SUCCESS)


def open_prices(endpoint: Endpoint) -> str:
    """The prices in force, in words."""
    return "; ".join(str(price) for price in endpoint.prices.all() if not price.valid_to) or ABSENT


class FamilyInline(PagedInline):
    model = Family
    fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    show_change_link = True


@admin.register(Creator)
class CreatorAdmin(CatalogueAdmin):
    list_display = ("name", "slug", "models", "website_url", "is_demo", "page")
    list_filter = ("is_demo",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fields = ("name", "slug", "website_url", "is_demo")
    readonly_fields = ("is_demo",)
    inlines = (FamilyInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Creator]:
        return super().get_queryset(request).annotate(model_count=row_count(ImageModel.objects.all(), "creator"))

    def view_on_site(self, creator: Creator) -> str:
        return f"/models?creator={creator.slug}"

    @admin.display(ordering="model_count")
    def models(self, creator: Any) -> str | SafeString:
        return list_link("imagemodel", "creator__id__exact", creator, creator.model_count)


@admin.register(Family)
class FamilyAdmin(CatalogueAdmin):
    list_display = ("name", "slug", "creator", "models")
    list_filter = ("creator",)
    list_select_related = ("creator",)
    search_fields = ("name", "slug", "creator__name")
    autocomplete_fields = ("creator",)
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Family]:
        return super().get_queryset(request).annotate(model_count=row_count(ImageModel.objects.all(), "family"))

    @admin.display(ordering="model_count")
    def models(self, family: Any) -> str | SafeString:
        return list_link("imagemodel", "family__id__exact", family, family.model_count)


@admin.register(Provider)
class ProviderAdmin(CatalogueAdmin):
    list_display = ("name", "slug", "endpoints", "website_url", "is_demo", "page")
    list_filter = ("is_demo",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "website_url", "is_demo")
    readonly_fields = ("is_demo",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return super().get_queryset(request).annotate(endpoint_count=row_count(Endpoint.objects.all(), "provider"))

    def view_on_site(self, provider: Provider) -> str:
        return provider.get_absolute_url()

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> list[str]:
        # keys of its endpoints begin with the slug
        return [*self.readonly_fields, *(["slug"] if obj and obj.endpoints.exists() else [])]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Provider | None = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    @admin.display(ordering="endpoint_count")
    def endpoints(self, provider: Any) -> str | SafeString:
        return list_link("endpoint", "provider__id__exact", provider, provider.endpoint_count)
