"""The form that says what is to be generated: size, seeds, when, for how much; and the choice of models beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone

from arena.generation.cadence import BadCron, check_cron
from arena.generation.plan_generation import EntrantRequest, best_offer
from arena.generation.start_run import LARGEST_SEED
from arena.models.schedules import CADENCES, MOST_IMAGES, Schedule
from providers.number_fields import AmountField, MomentField, WholeNumberField
from providers.plain_values import numbers_among, whole_number
from providers.planning.offers import EndpointOffer
from providers.pricing import Size

SIZES: Final = ("512x512", "768x768", "1024x1024", "1024x1536", "1536x1024", "1280x720", "2048x2048")
USUAL_SIZE: Final = "1024x1024"
STATUSES: Final = (("held", "Held until I publish them"), ("live", "Live at once"))


class GenerationForm(forms.Form):
    """What every picture has in common."""

    size = forms.ChoiceField(choices=[(size, size.replace("x", " × ")) for size in SIZES], initial=USUAL_SIZE)
    images = WholeNumberField(min_value=1, max_value=MOST_IMAGES, initial=1, label="Pictures per model")
    seeds = forms.CharField(
        required=False,
        label="Seeds",
        help_text="Separate with commas, one per picture; the same for every model. Empty: new ones for each run.",
    )
    entry_status = forms.ChoiceField(choices=STATUSES, initial="held", label="Entries are")

    def clean_seeds(self) -> tuple[int, ...]:
        words = [word.strip() for word in self.cleaned_data["seeds"].split(",") if word.strip()]
        seeds = [whole_number(word, highest=LARGEST_SEED) for word in words]
        if None in seeds:
            raise forms.ValidationError(f"Allowed are whole numbers from 0 to {LARGEST_SEED}, separated by commas.")
        images = self.cleaned_data.get("images")
        if words and images and len(words) != images:
            raise forms.ValidationError(f"{len(words)} seeds for {images} pictures per model: give one per picture.")
        return tuple(seed for seed in seeds if seed is not None)

    def chosen_size(self) -> Size:
        """Of valid forms."""
        width, height = (int(side) for side in self.cleaned_data["size"].split("x"))
        return Size(width_px=width, height_px=height)


class ScheduleForm(GenerationForm):
    """The same with times and money."""

    cadence = forms.ChoiceField(choices=[pair for pair in CADENCES.items() if pair[0] != "once"], label="How often")
    cron = forms.CharField(
        required=False, max_length=100, label="Cron line", help_text="Five fields, UTC: 0 6 * * 1 is Mondays at six."
    )
    first_at = MomentField(
        required=False,
        label="First run (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: as soon as it is saved. Later runs keep its minute, daily ones its time of day.",
    )
    usd_per_day = AmountField(
        min_value=0, max_digits=12, decimal_places=6, label="Budget per day, in dollars", help_text="Never exceeded."
    )
    usd_per_hour = AmountField(
        required=False, min_value=0, max_digits=12, decimal_places=6, label="Budget per hour", help_text="Empty: none."
    )

    def clean_first_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["first_at"]
        return moment.replace(tzinfo=UTC) if moment else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        by_cron = values.get("cadence") == "cron"
        if not by_cron:
            values["cron"] = ""
            return values
        try:
            check_cron(values.get("cron", ""), now=timezone.now())
        except BadCron as error:
            self.add_error("cron", f"The line {error}.")
        return values


@dataclass(frozen=True)
class ModelChoice:
    """A model of the form: whether it is ticked, at which endpoint, and where it could run."""

    model_id: int
    name: str
    creator: str
    offers: Sequence[EndpointOffer]
    ticked: bool
    endpoint_id: int | None
    entries: int

    @property
    def best(self) -> EndpointOffer | None:
        return best_offer(self.offers)

    @property
    def why_not(self) -> str:
        """Why no endpoint of it can be started; empty where one can."""
        return "" if self.best else self.offers[0].why_not if self.offers else "no endpoint serves this mode"


def requested_entrants(query: QueryDict, names: Mapping[int, str]) -> list[EntrantRequest]:
    """Ticked models that there are, in the order of `names`, each with the endpoint chosen beside it."""
    ticked = set(numbers_among(query.getlist("model")))
    return [
        EntrantRequest(model_id=pk, model_name=name, endpoint_id=_endpoint(query, pk))
        for pk, name in names.items()
        if pk in ticked
    ]


def initial_of(schedule: Schedule, day: Decimal | None, hour: Decimal | None) -> dict[str, str]:
    """A schedule as the form's own fields."""
    first = schedule.next_run_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if schedule.next_run_at else ""
    return {
        "size": f"{schedule.width_px}x{schedule.height_px}",
        "images": str(schedule.images_per_model),
        "seeds": ", ".join(map(str, schedule.seeds)),
        "entry_status": schedule.entry_status,
        "cadence": schedule.cadence,
        "cron": schedule.cron,
        "first_at": "" if schedule.cadence == "cron" else first,
        "usd_per_day": "" if day is None else f"{day.normalize():f}",
        "usd_per_hour": "" if hour is None else f"{hour.normalize():f}",
    }


def _endpoint(query: QueryDict, model_id: int) -> int | None:
    value = query.get(f"endpoint-{model_id}", "")
    return whole_number(value)
