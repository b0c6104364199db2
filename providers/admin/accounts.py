"""Accounts with providers, whose keys go in and never come out, caps on what may be spent, keys of the gateway."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from providers.accounts.api_keys import (
    USUAL_SCOPES,
    USUAL_USD_PER_DAY,
    create_api_key,
    revoke_api_key,
    scope_choices,
    set_key_budget,
)
from providers.accounts.reading import key_variable
from providers.accounts.sealing import store_key
from providers.adapters.registry import ADAPTERS
from providers.admin.parts import ABSENT, OperatorAdmin, ReadOnly
from providers.models import ApiKey, BudgetCap, Intent, ProviderAccount
from providers.models.gateway import KEY_SCOPES
from providers.number_fields import AmountField


class AccountForm(forms.ModelForm):
    """A key typed here is stored; the field is empty again when the page comes back."""

    new_key = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="Write-only. Empty keeps the stored key.",
    )
    forget_key = forms.BooleanField(required=False, help_text="Take the stored key away.")

    class Meta:
        model = ProviderAccount
        fields = ("provider", "protocol", "base_url", "is_paused", "max_concurrent")

    def clean_base_url(self) -> str:
        """Slashes before a query go too; where a protocol has no use for one, it is refused."""
        path, mark, query = str(self.cleaned_data["base_url"]).strip().partition("?")
        return f"{path.rstrip('/')}{mark}{query}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        adapter, base_url = ADAPTERS.get(str(cleaned.get("protocol"))), str(cleaned.get("base_url", ""))
        if adapter and "?" in base_url and not adapter.takes_query:
            self.add_error("base_url", f"{adapter.label} takes no query; allowed is an address that ends before the ?.")
        if adapter and not base_url and not adapter.default_base_url:
            self.add_error("base_url", f"{adapter.label} has no address of its own; the account has to name it.")
        return cleaned

    def clean_new_key(self) -> str:
        key = str(self.cleaned_data["new_key"]).strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise forms.ValidationError("A key has printable ASCII characters and no spaces.")
        return key


@admin.register(ProviderAccount)
class ProviderAccountAdmin(OperatorAdmin):
    form = AccountForm
    list_display = ("provider", "protocol", "base_url", "stored_key", "is_paused", "max_concurrent", "test")
    list_select_related = ("provider",)
    list_filter = ("protocol", "is_paused")
    autocomplete_fields = ("provider",)
    readonly_fields = ("stored_key", "environment")
    fieldsets = (
        (None, {"fields": ("provider", "protocol", "base_url", "max_concurrent", "is_paused")}),
        ("Key", {"fields": ("environment", "stored_key", "new_key", "forget_key")}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # A stored key was entered for the address it stood beside; it does not follow to another one.
        if form.cleaned_data["new_key"]:
            store_key(obj.pk, form.cleaned_data["new_key"])
        elif form.cleaned_data["forget_key"] or (
            change and {"base_url", "provider", "protocol"} & set(form.changed_data)
        ):
            store_key(obj.pk, "")

    @admin.display(description="stored key")
    def stored_key(self, account: ProviderAccount) -> str:
        return f"set on {account.key_set_at:%Y-%m-%d %H:%M} UTC" if account.key_set_at else ABSENT

    @admin.display(description="from the environment")
    def environment(self, account: ProviderAccount) -> str:
        return f"{key_variable(account.provider.slug)}, where it is set" if account.provider_id else ABSENT

    @admin.display(description="connection")
    def test(self, account: ProviderAccount) -> SafeString:
        return format_html('<a href="/ops/spending/providers/{}/test">test</a>', account.provider_id)


@admin.register(BudgetCap)
class BudgetCapAdmin(OperatorAdmin):
    list_display = ("scope", "subject", "usd_per_day", "usd_per_hour", "is_paused")
    list_filter = ("scope", "is_paused")
    search_fields = ("subject",)


@admin.register(Intent)
class IntentAdmin(ReadOnly, OperatorAdmin):
    """To look at: rows move by dispatch alone, and unknown charges are settled at /ops/spending."""

    list_display = ("uuid", "endpoint_key", "source", "state", "cost_usd", "failure_kind", "total_ms", "reserved_at")
    list_filter = ("state", "source", "simulated", "failure_kind")
    search_fields = ("uuid", "endpoint_key", "provider_job_id", "request_id")
    show_full_result_count = False


class ApiKeyForm(forms.ModelForm):
    """A scope that its user may not give stays where it is, and comes to no other key."""

    user: AbstractBaseUser | AnonymousUser = AnonymousUser()
    scopes = forms.MultipleChoiceField(
        choices=list(KEY_SCOPES.items()), widget=forms.CheckboxSelectMultiple, initial=USUAL_SCOPES
    )
    usd_per_day = AmountField(label="USD per day", min_value=0, initial=USUAL_USD_PER_DAY)
    usd_per_hour = AmountField(label="USD per hour", min_value=0, required=False)

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "calls_per_minute", "expires_at", "keeps_payloads")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        scopes: Any = self.fields["scopes"]
        scopes.choices = scope_choices(self.user, self.instance.scopes)
        cap = BudgetCap.objects.filter(scope="key", subject=self.instance.public_id).first()
        if cap:
            self.initial = {**self.initial, "usd_per_day": cap.usd_per_day, "usd_per_hour": cap.usd_per_hour}


@admin.register(ApiKey)
class ApiKeyAdmin(OperatorAdmin):
    form = ApiKeyForm
    list_display = ("name", "public_id", "scopes", "calls_per_minute", "created_at", "last_used_at", "revoked_at")
    list_filter = ("revoked_at",)
    search_fields = ("name", "public_id")
    readonly_fields = ("public_id", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **options: Any) -> Any:
        # the class is made anew for each request
        made: Any = super().get_form(request, obj, change, **options)
        made.user = request.user
        return made

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        spending: tuple[Decimal, Decimal | None] = (form.cleaned_data["usd_per_day"], form.cleaned_data["usd_per_hour"])
        if change:
            super().save_model(request, obj, form, change)
            set_key_budget(obj, *spending)
            return
        made = create_api_key(
            obj.name,
            usd_per_day=spending[0],
            usd_per_hour=spending[1],
            scopes=obj.scopes,
            calls_per_minute=obj.calls_per_minute,
            expires_at=obj.expires_at,
        )
        ApiKey.objects.filter(pk=made.row.pk).update(keeps_payloads=obj.keeps_payloads)
        obj.pk, obj.public_id = made.row.pk, made.row.public_id
        self.message_user(request, f"The key, shown this once: {made.text}", messages.WARNING)

    @admin.action(description="Revoke at once")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        ended = sum(revoke_api_key(key) for key in queryset)
        self.message_user(request, f"{ended} keys revoked.")
