"""What pages of every subject share: what their frame shows, who sees them before the public, lists page by page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final, cast

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Page, PageNotAnInteger
from django.core.paginator import Paginator as DjangoPaginator
from django.db.models import Max, Sum
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from arena.models import Board, Snapshot
from arena.models.operations import SEE_OPERATIONS
from arena.models.visibility import EVERYONE, OPERATOR, WITH_LINK, Viewer
from arena.rating.criteria import OVERALL
from arena.studies.access import studies_with_results
from providers.plain_values import whole_number

__all__ = ["Page", "Paginator"]
# plotly writes style elements, and pictures for download are made from blobs
CHART_POLICY: Final[dict[str, Any]] = {"style-src": ["'unsafe-inline'"], "img-src": ["blob:"]}
FRESHNESS: Final = "freshness"
# who may look at drafts at /ops or in the admin
PERMISSIONS: Final = (SEE_OPERATIONS, "arena.view_competition")
# in place of a viewer: the one that a session's account is
MEMBER: Final = None
View = Callable[..., HttpResponseBase]


def may_preview(request: HttpRequest) -> bool:
    return request.user.is_active and any(map(request.user.has_perm, PERMISSIONS))


def previewed(view: View) -> View:
    """Gives the view a `viewer`. What everybody may see is asked first, so public answers depend on no session.

    An answer for operators alone is stored by no cache and listed by no index.
    """
    return _seen_by(view, (EVERYONE, OPERATOR))


def addressed(view: View) -> View:
    """As `previewed`; the address alone shows what is seen by link, and a log-in what members of a study see. No cache
    stores either, and no index lists it.
    """
    return _seen_by(view, (EVERYONE, WITH_LINK, MEMBER, OPERATOR))


def _seen_by(view: View, viewers: Sequence[Viewer | None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        missing: Http404 | None = None
        for one in viewers:
            viewer = one or _member(request)
            if viewer is None or (viewer.is_operator and not may_preview(request)):
                continue
            try:
                answer = view(request, *args, viewer=viewer, **kwargs)
            except Http404 as error:
                missing = error
                continue
            missing = None
            if answer.status_code != 404:
                break
        if missing is not None:
            raise missing
        if viewer != EVERYONE and answer.status_code != 404:
            answer["Cache-Control"] = "no-store, private"
            answer["X-Robots-Tag"] = "noindex"
        return answer

    return guarded


def _member(request: HttpRequest) -> Viewer | None:
    """The account of the session in its studies; None where it sees the results of none."""
    studies = studies_with_results(request.user.pk or 0) if request.user.is_authenticated else frozenset()
    return Viewer(studies=studies) if studies else None


def preview_badges(viewer: Viewer) -> list[dict[str, str]]:
    """Says on a page who alone sees it."""
    if viewer.is_operator:
        return [{"kind": "preview", "text": "not public: only operators see this page"}]
    if viewer.studies:
        return [{"kind": "preview", "text": "members of the study alone see this page"}]
    return [{"kind": "preview", "text": "by link: in no list, for who has the address"}] if viewer.has_link else []


def known_board(view: View) -> View:
    """404 where the view's key names no board that its reader may see."""

    @wraps(view)
    def answer(request: HttpRequest, key: str, **options: Any) -> HttpResponseBase:
        try:
            return view(request, key, **options)
        except Board.DoesNotExist:
            raise Http404(f"There is no board {key}.") from None

    return answer


class Paginator(DjangoPaginator):
    """`page=1_0` and digits of other scripts, which Django's own reads as numbers, name no page: the first is shown."""

    def validate_number(self, number: Any) -> int:
        if isinstance(number, str) and whole_number(number) is None:
            raise PageNotAnInteger(self.error_messages["invalid_page"])
        return super().validate_number(number)


@dataclass(frozen=True)
class Freshness:
    """When boards were last computed and how many counted votes they rest on."""

    computed_at: datetime | None
    votes: int


def read_freshness() -> Freshness:
    """Over the current headline snapshots of the mode boards."""
    current = Snapshot.objects.current_headline().filter(board__kind="mode", board__criterion=OVERALL)
    figures = current.aggregate(computed_at=Max("computed_at"), votes=Sum("votes"))
    return Freshness(figures["computed_at"], figures["votes"] or 0)


def cached_freshness() -> Freshness:
    """As it was at most a second ago: one query a second and process at most."""
    return cast(Freshness, cache.get_or_set(FRESHNESS, read_freshness, 1))


def invalidate_freshness() -> None:
    """The next page asks again."""
    cache.delete(FRESHNESS)


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that a page that shows no frame pays nothing."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "version": settings.SITE_VERSION,
        "freshness": SimpleLazyObject(cached_freshness),
    }


Option = tuple[str, str]


def select_field(
    name: str, label: str, value: str, options: Iterable[Option], *, unset: str = "", neutral: str = ""
) -> dict[str, Any]:
    """`options` are values with their words; `unset` is the word for no value, `neutral` a value that filters nothing.

    A value that is none of the options stays choosable, so that the form sends what the address says.
    """
    choices = [*([("", f"{label}: {unset}")] if unset else []), *options]
    if value and value not in {option for option, _ in choices}:
        choices.append((value, value))
    return {
        "name": name,
        "label": label,
        "kind": "select",
        "value": value,
        "options": choices,
        **({"neutral": neutral} if neutral else {}),
    }
