"""The handbook under /docs: one page for each written document, with its neighbours."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lumenboard.handbook.outline import DECISIONS, chapters, decisions, parts, pictures, shown


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The first chapter is where a reader starts."""
    first = next(chapters(), None)
    if first is None:
        raise Http404("the documents are not installed")
    return redirect(first.url)


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """One document; 404 for a slug that names none."""
    order = list(chapters())
    place = next((place for place, one in enumerate(order) if one.slug == slug), None)
    if place is None:
        raise Http404(f"there is no chapter {slug!r}")
    context = {
        "chapter": order[place],
        "page": shown(order[place]),
        "parts": parts(),
        "records": decisions() if slug.startswith(DECISIONS) else (),
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "docs/chapter.html", context)


@require_safe
@cache_control(public=True, max_age=3600)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of a page; 404 for a name that is none of them."""
    path = pictures().get(f"docs/screenshots/{name}")
    if path is None:
        raise Http404("there is no such picture")
    return HttpResponse(path.read_bytes(), content_type="image/webp")
