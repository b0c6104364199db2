"""The operator's admin site: its name and titles, its log-in, and the way from a row to its page."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from providers.number_fields import may_be_key
from providers.plain_values import whole_number


class OperatorSite(AdminSite):
    site_header = settings.SITE_NAME
    site_title = f"{settings.SITE_NAME} operator"
    index_title = "Operator"
    enable_nav_sidebar = True

    def get_urls(self) -> list[Any]:
        address = "r/<path:content_type_id>/<path:object_id>/"
        return [path(address, self.admin_view(row_page), name="view_on_site"), *super().get_urls()]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        answer = RowsByTyping.as_view(admin_site=self)(request)
        assert isinstance(answer, HttpResponse)
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A try that came too soon is 429, with the time to wait."""
        from lumenboard.accounts.backend import WAIT, LogInForm

        self.login_form = LogInForm
        answer = super().login(request, extra_context)
        if isinstance(answer, TemplateResponse):
            answer.render()
        wait_s = getattr(request, WAIT, 0)
        if wait_s:
            answer.status_code = 429
            answer["Retry-After"] = str(wait_s)
        return answer


class RowsByTyping(AutocompleteJsonView):
    """Of columns that name rows of another table; Django's own fails at relations that only lead back."""

    def process_request(self, request: HttpRequest) -> tuple[Any, ...]:
        found = super().process_request(request)
        if not found[2].concrete:
            raise PermissionDenied
        return found


def row_page(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
    """To the row's page, 404 where there is none. Django asks the database for any text, and of any table."""
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.contenttypes.views import shortcut

    kind = ContentType.objects.filter(pk=whole_number(content_type_id) or 0).first()
    model = kind.model_class() if kind else None
    # Some only carry permissions and have no table.
    if model is None or not model._meta.managed or not may_be_key(model._meta.pk, object_id):
        raise Http404("There is no such row.")
    return shortcut(request, content_type_id, object_id)
