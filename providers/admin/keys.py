"""Keys of the gateway: made here with their text shown once, never edited into another key, ended by an action."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from providers.accounts.api_keys import USUAL_SCOPES, USUAL_USD_PER_DAY, create_api_key, revoke_api_key, set_key_budget
from providers.admin.parts import OperatorAdmin
from providers.models import ApiKey, BudgetCap
from providers.models.gateway import KEY_SCOPES
from providers.number_fields import AmountField


class ApiKeyForm(forms.ModelForm):
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
