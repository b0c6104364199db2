"""Who asks for a page of a study, and the one guard of those pages: whoever may not gets 404, as if it were not."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponseBase

from arena.models import Study
from arena.studies.access import Asker, StudyAccess, access_to
from arena.studies.roles import RATER, RIGHTS, WORDS, Right
from lumenboard.pages.account.parts import private_page
from lumenboard.pages.base import may_preview

View = Callable[..., HttpResponseBase]
ADD: Final = "arena.add_study"
CHANGE: Final = "arena.change_study"
# either decides what everybody sees
PUBLISH: Final = (CHANGE, "arena.change_competition")
ROLE_WORDS: Final = {
    role: ", and ".join((", ".join(words[:-1]), words[-1]))
    for role, rights in RIGHTS.items()
    if (words := [WORDS[right] for right in Right if right in rights])
}
ROLE_CHOICES: Final = [(role, role.title()) for role in RIGHTS]
LEAST: Final = RATER


def asker_of(request: HttpRequest) -> Asker:
    """The account of the session, and what it may as an operator."""
    if not request.user.is_authenticated:
        return Asker()
    return Asker(request.user.pk, is_operator=may_preview(request), may_change=request.user.has_perm(CHANGE))


def may_publish(request: HttpRequest) -> bool:
    """Whether the asker may show a study to everybody, as an operator may."""
    return any(request.user.has_perm(permission) for permission in PUBLISH)


def study_page(right: Right) -> Callable[[View], View]:
    """Gives the view the `access` to its study. 404 for whoever lacks the right: there is nothing here for them."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, public_id: str, **kwargs: Any) -> HttpResponseBase:
            return view(request, access=_access(request, public_id, right), **kwargs)

        return private_page(guarded)

    return decorate


def _access(request: HttpRequest, public_id: str, right: Right) -> StudyAccess:
    try:
        access = access_to(public_id, asker_of(request))
    except Study.DoesNotExist:
        raise Http404 from None
    if not access.may(right):
        raise Http404
    return access


def tabs(access: StudyAccess, current: str) -> list[dict[str, Any]]:
    """The pages of a study that the asker may open."""
    url = access.study.get_absolute_url()
    pages = [("Study", "", Right.SEE), ("People", "/people", Right.PEOPLE), ("Change", "/edit", Right.EDIT)]
    found = [
        {"label": label, "url": url + path, "current": label == current}
        for label, path, right in pages
        if access.may(right)
    ]
    return found if len(found) > 1 else []
