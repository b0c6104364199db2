"""HEAD where the API knows GET only: answered alike, the server leaves the body out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]


def head_as_get(get_response: Handler) -> Handler:
    """Middleware, for addresses under /api/."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD" or not request.path.startswith("/api/"):
            return get_response(request)
        request.method = "GET"
        try:
            return get_response(request)
        finally:
            request.method = "HEAD"

    return answer
