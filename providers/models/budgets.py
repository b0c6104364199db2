"""What may be spent, and what has been, per scope and window of time (UTC)."""

from typing import Final

from django.db import models
from django.db.models import Q

SCOPES: Final = {"site": "site", "provider": "provider", "schedule": "schedule", "key": "API key"}
PERIODS: Final = ("hour", "day")


def usd(**options: object) -> models.DecimalField:
    """An amount of dollars to the billionth."""
    return models.DecimalField(max_digits=18, decimal_places=9, **options)  # type: ignore[arg-type]  # field options


class BudgetCap(models.Model):
    """The most a scope may cost in a day and, where stated, in an hour.

    `subject` says which one: a provider's slug, the id of a schedule or key, nothing for the site. A scope that needs
    a cap and has none, or one without a daily amount, may spend nothing.
    """

    scope = models.CharField(max_length=10, choices=list(SCOPES.items()))
    subject = models.CharField(max_length=80, blank=True)
    usd_per_day = usd(null=True, blank=True)
    usd_per_hour = usd(null=True, blank=True, help_text="Blank: the day's amount is the only limit.")
    is_paused = models.BooleanField(default=False, help_text="Nothing is spent, whatever the amounts say.")

    class Meta:
        ordering = ("scope", "subject")
        constraints = [
            models.UniqueConstraint(fields=["scope", "subject"], name="one_cap_per_scope"),
            models.CheckConstraint(condition=Q(scope__in=list(SCOPES)), name="cap_scope_known"),
            models.CheckConstraint(
                condition=Q(scope="site", subject="") | (~Q(scope="site") & ~Q(subject="")),
                name="cap_names_its_subject",
            ),
            models.CheckConstraint(
                condition=(Q(usd_per_day__isnull=True) | Q(usd_per_day__gte=0))
                & (Q(usd_per_hour__isnull=True) | Q(usd_per_hour__gte=0)),
                name="cap_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject}".strip()


class BudgetWindow(models.Model):
    """What a scope has spent and holds reserved within one hour or day. Simulated money is counted apart."""

    scope = models.CharField(max_length=10)
    subject = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=4, choices=[(p, p) for p in PERIODS])
    starts_at = models.DateTimeField()
    simulated = models.BooleanField()
    spent_usd = usd(default=0, db_default=0)
    reserved_usd = usd(default=0, db_default=0)

    class Meta:
        ordering = ("-starts_at", "scope", "subject", "period")
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "subject", "period", "starts_at", "simulated"], name="one_budget_window"
            ),
            models.CheckConstraint(
                condition=Q(spent_usd__gte=0) & Q(reserved_usd__gte=0), name="budget_window_not_negative"
            ),
            models.CheckConstraint(condition=Q(period__in=PERIODS), name="budget_period_known"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject} {self.period} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def taken_usd(self) -> object:
        """Spent and reserved together: what counts against the cap."""
        return self.spent_usd + self.reserved_usd
