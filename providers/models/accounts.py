"""How a provider is reached and as whom. Keys rest encrypted; see providers.accounts.reading for reading them."""

from django.db import models
from django.db.models import Q

from providers.adapters.registry import protocol_choices
from providers.models.endpoints import Provider


class ProviderAccount(models.Model):
    """The one account we have with a provider. `sealed_key` is ciphertext; empty where the environment has the key."""

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="account")
    protocol = models.CharField(max_length=40, choices=protocol_choices)
    base_url = models.CharField(
        max_length=300,
        blank=True,
        help_text="Blank: the protocol's own. No slash at the end. A query, such as Azure's ?api-version=…, goes with "
        "every call of OpenAI's and Azure's protocols.",
        verbose_name="base URL",
    )
    sealed_key = models.TextField(blank=True, editable=False)
    key_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_paused = models.BooleanField(default=False, help_text="Nothing new is sent to this provider.")
    max_concurrent = models.PositiveSmallIntegerField(
        default=16, help_text="Calls at once. Further ones go to another provider, or wait."
    )

    class Meta:
        ordering = ("provider__name",)
        constraints = [
            models.CheckConstraint(condition=Q(max_concurrent__gt=0), name="account_allows_a_call"),
            models.CheckConstraint(
                condition=Q(base_url="")
                | (
                    Q(base_url__regex=r"^https?://[^/\s?#@]+(/[^\s?#]*[^/\s?#])?(\?[^\s?#]+)?$")
                    & ~Q(base_url__endswith="/")
                ),
                name="account_base_url_is_an_address",
            ),
            models.CheckConstraint(
                condition=Q(sealed_key="", key_set_at__isnull=True) | (~Q(sealed_key="") & Q(key_set_at__isnull=False)),
                name="account_key_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} ({self.get_protocol_display()})"
