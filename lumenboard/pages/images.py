"""Serves stored pictures by the hash of their bytes, so that a copy may be kept for ever."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.cache import cache_control

from arena.models import StoredImage


@cache_control(public=True, max_age=31_536_000, immutable=True)
def image(request: HttpRequest, sha256: str, size: str = "full") -> FileResponse:
    """The picture, or its small form where there is one."""
    stored = StoredImage.objects.filter(sha256=sha256).first()
    if stored is None:
        raise Http404
    chosen = stored.thumbnail if size == "small" and stored.thumbnail else stored.file
    try:
        return FileResponse(chosen.open("rb"), content_type="image/webp")
    except FileNotFoundError:
        raise Http404 from None
