"""Serves stored pictures by the hash of their bytes, so that a copy of a public one may be cached for ever."""

from django.http import FileResponse, Http404, HttpRequest
from django.utils.cache import patch_cache_control

from arena.models import StoredImage
from arena.models.visibility import EVERYONE, Viewer
from lumenboard.pages.base import addressed


@addressed
def image(request: HttpRequest, sha256: str, size: str = "full", *, viewer: Viewer) -> FileResponse:
    """The picture, or its small form where there is one."""
    stored = StoredImage.objects.visible_to(viewer).filter(sha256=sha256).first()
    if stored is None:
        raise Http404
    chosen = stored.thumbnail if size == "small" and stored.thumbnail else stored.file
    try:
        answer = FileResponse(chosen.open("rb"), content_type="image/webp")
    except FileNotFoundError:
        raise Http404 from None
    if viewer == EVERYONE:
        patch_cache_control(answer, public=True, max_age=31_536_000, immutable=True)
    return answer
