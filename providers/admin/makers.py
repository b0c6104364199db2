"""Creators with their families, and providers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from providers.admin.inlines import PagedInline
from providers.admin.parts import CatalogueAdmin, list_link, row_count
from providers.models import Creator, Endpoint, Family, ImageModel, Provider


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
