"""Every form there is, found by looking: those of pages, and those that the screens at /admin make."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.test import RequestFactory

ROOT = Path(__file__).resolve().parents[2]
APPS = ("arena", "lumenboard", "providers")


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def every_form() -> dict[str, type[forms.BaseForm]]:
    """Forms of the pages, and of each screen at /admin with its lists and inlines."""
    for path in (ROOT / "lumenboard" / "pages").rglob("*.py"):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found: dict[str, Any] = {one.__qualname__: one for one in subclasses(forms.BaseForm) if of_ours(one)}
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True)
    for model, screen in admin_site._registry.items():
        found[f"{model.__name__} at /admin"] = screen.get_form(request)
        found[f"{model.__name__} added"] = screen.get_form(request, change=False)
        if screen.list_editable:
            found[f"{model.__name__} listed"] = screen.get_changelist_form(request)
        for inline in screen.get_inline_instances(request):
            found[f"{model.__name__} · {inline.__class__.__name__}"] = inline.get_formset(request).form
    return found


def of_ours(form: type) -> bool:
    """Those for /admin are made anew by its screens, which are asked themselves."""
    return form.__module__.split(".")[0] in APPS and ".admin" not in form.__module__
