"""Who sees operations: the permission guards every address under /ops, and staff of before keeps it."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from tests.arena.factories import make_staff

pytestmark = pytest.mark.django_db
VALUES = {"pk": "1", "public_id": "abc", "side": "left", "to": "pause"}


def patterns(resolver: URLResolver, before: str = "") -> list[str]:
    """Every address the site answers to, with values in place of its parameters."""
    found = []
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            found += patterns(one, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            found.append("/" + before + filled(one))
    return found


def filled(one: URLPattern) -> str:
    template, names = normalize(one.pattern.regex.pattern)[0]
    return template % {name: VALUES.get(name, "1") for name in names}


OPS = sorted(path for path in patterns(get_resolver()) if path == "/ops" or path.startswith("/ops/"))


def test_the_list_of_addresses_is_whole() -> None:
    assert len(OPS) >= 45
    assert {"/ops", "/ops/spending", "/ops/keys/new", "/ops/spending/site/pause", "/ops/runs/1/cancel"} <= set(OPS)


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_the_permission_sees_nothing_of_operations(client: Client, method: str) -> None:
    every = Permission.objects.exclude(codename="see_operations")
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.set(every)
    client.force_login(staff)
    answers = {path: getattr(client, method)(path).status_code for path in [*OPS, "/playground/send"]}
    assert {path: status for path, status in answers.items() if status not in {403, 405}} == {}
    assert [path for path, status in answers.items() if status == 403]


def test_the_refusal_says_what_is_missing(client: Client) -> None:
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert "Can see the pages of operations" in client.get("/ops").content.decode()


def test_the_permission_opens_the_pages_and_no_decision(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get("/ops/spending").status_code == client.get("/ops").status_code == 200
    assert client.get("/ops/keys/new").status_code == 403
    assert client.post("/ops/spending/site/pause").status_code == 403


def test_staff_of_before_keeps_what_it_saw() -> None:
    old = User.objects.create_user("old", is_staff=True)
    visitor = User.objects.create_user("visitor")
    importlib.import_module("arena.migrations.0009_see_operations").let_staff_see_operations(apps, None)
    assert old.has_perm("arena.see_operations")
    assert not visitor.has_perm("arena.see_operations")
    assert Permission.objects.filter(codename="see_operations").count() == 1
