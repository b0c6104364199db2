"""The operator's admin site: its name and titles, and its log-in."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


class OperatorSite(AdminSite):
    site_header = settings.SITE_NAME
    site_title = f"{settings.SITE_NAME} operator"
    index_title = "Operator"
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A try that came too soon is 429, with the time to wait."""
        from lumenboard.accounts.backend import WAIT
        from lumenboard.accounts.forms import LogInForm

        self.login_form = LogInForm
        answer = super().login(request, extra_context)
        if isinstance(answer, TemplateResponse):
            answer.render()
        wait_s = getattr(request, WAIT, 0)
        if wait_s:
            answer.status_code = 429
            answer["Retry-After"] = str(wait_s)
        return answer
