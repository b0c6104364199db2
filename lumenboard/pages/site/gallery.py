"""Pictures of all competitions, newest first, by mode, use case and model; the state is in the address."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.models import Category, Entry
from lumenboard.formatting import mode_label, record
from lumenboard.pages.base import Paginator, select_field
from lumenboard.pages.pictures import Picture
from providers.models import ImageModel
from providers.sheet import MODES

PER_PAGE: Final = 24


@dataclass(frozen=True)
class Chosen:
    """What the address asks for; empty is any."""

    mode: str
    category: str
    model: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.mode or self.category or self.model)


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Live entries of open and closed competitions; what nobody may see yet is not among them."""
    chosen = Chosen(*(request.GET.get(name, "")[:160] for name in ("mode", "category", "model")))
    page = Paginator(_shown(chosen), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "pictures": [_picture(entry) for entry in page],
        "fields": _fields(chosen),
        "is_narrowed": chosen.is_narrowed,
        "lede": "Every picture that people vote on, with the prompt it answers. Click one to see it large.",
    }
    return render(request, "gallery/gallery.html", context)


def _shown(chosen: Chosen) -> QuerySet[Entry]:
    shown = Entry.objects.pictured()
    if chosen.mode:
        shown = shown.filter(competition__mode=chosen.mode)
    if chosen.category:
        slug, _, mode = chosen.category.partition(".")
        shown = shown.filter(competition__categories__slug=slug, competition__categories__mode=mode)
    if chosen.model:
        shown = shown.filter(model__slug=chosen.model)
    return shown.select_related("image", "competition", "model__creator").order_by("-created_at", "-id")


def _picture(entry: Entry) -> Picture:
    image, competition = entry.image, entry.competition
    assert image is not None  # only pictured entries are asked for
    return Picture(
        thumb_url=image.thumbnail_url,
        url=image.get_absolute_url(),
        alt=f"{entry.model.name}: {competition.title}",
        title=entry.model.name,
        title_url=entry.model.get_absolute_url(),
        prompt=competition.prompt,
        detail=f"{competition.title} · {record(entry)}",
        badge="simulated" if entry.simulated else "",
    )


def _fields(chosen: Chosen) -> list[dict[str, Any]]:
    categories = Category.objects.public().order_by("mode", "position", "name")
    use_cases = [(f"{one.slug}.{one.mode}", str(one)) for one in categories]
    models = ImageModel.objects.filter(pk__in=Entry.objects.pictured().values("model"))
    return [
        select_field("mode", "Mode", chosen.mode, [(mode, mode_label(mode)) for mode in MODES], unset="any"),
        select_field("category", "Use case", chosen.category, use_cases, unset="any"),
        select_field("model", "Model", chosen.model, models.order_by("name").values_list("slug", "name"), unset="any"),
    ]
