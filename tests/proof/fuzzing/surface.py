"""Everything of a site that takes input, found by itself: URL patterns, parameters in the code, operations, forms."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.proof.fuzzing.site import Site

ROOT: Final = Path(__file__).resolve().parents[3]
READ_NAMES: Final = re.compile(r"""(?:GET|POST|query|form|fields)(?:\.get(?:list)?\(|\[)\s*["']([\w-]{1,40})["']""")
PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
# What ends the operator's session or takes the account itself.
NEVER: Final = re.compile(r"^/(log-out|admin/(logout|password_change|auth/user))")
STARTS: Final = ("/", "/ops", "/admin/", "/vote", "/docs", "/leaderboards", "/models", "/competitions", "/gallery")


@dataclass(frozen=True)
class Form:
    """`fields` are names with the value they come with, `choices` what a select offers."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[str, str, frozenset[str]]:
        """Forms of one shape are one."""
        place = re.sub(r"[0-9a-f-]{36}|\d+", "0", urlsplit(self.action).path)
        return place, self.method, frozenset(re.sub(r"\d+", "0", name) for name, _ in self.fields)


@dataclass
class Surface:
    routes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    operations: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    forms: tuple[Form, ...] = ()
    known: dict[str, set[str]] = field(default_factory=dict)


def find_surface(site: Site, pages_per_route: int) -> Surface:
    """Walks the site as the operator; a route's arguments are known by the pages found of it."""
    found = Surface(routes=tuple(sorted(set(_routes(get_resolver())))), names=_names_read())
    found.operations = tuple(_operations(site))
    forms: dict[Any, Form] = {}
    waiting, met, pages = deque(STARTS), set(STARTS), dict[str, int]()
    while waiting:
        target = waiting.popleft()
        route = _note(target, found.known)
        if route is None or pages.get(route, 0) >= pages_per_route or NEVER.match(target):
            continue
        answer = site.page(target)
        pages[route] = pages.get(route, 0) + 1
        if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
            continue
        page = _Page(target)
        page.feed(answer.text)
        for form in page.forms:
            if not NEVER.match(form.action) and form.action.startswith("/"):
                forms.setdefault(form.shape, form)
        for link in page.links - met:
            met.add(link)
            waiting.append(link)
    found.forms = tuple(forms.values())
    return found


def _routes(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every route with its places, `<name>`; expressions of Django's own are taken as they read."""
    for one in resolver.url_patterns:
        route = before + re.sub(r"\(\?P(<\w+>)[^)]*\)|[$^]|\\Z", r"\1", str(one.pattern)).replace("\\.", ".")
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from _routes(one, route)


def _names_read() -> tuple[str, ...]:
    """Every name of a parameter that the code reads."""
    files = (file for app in ("arena", "providers", "lumenboard") for file in (ROOT / app).rglob("*.py"))
    return tuple(sorted({name for file in files for name in READ_NAMES.findall(file.read_text())}))


def _operations(site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for document in ("/api/v1/openapi.json", "/openai/v1/openapi.json"):
        told = json.loads(site.page(document).text)
        for path, methods in told["paths"].items():
            for method, operation in methods.items():
                if isinstance(operation, dict) and method in {"get", "post", "put", "patch", "delete"}:
                    yield method.upper(), path, operation


def _note(target: str, known: dict[str, set[str]]) -> str | None:
    """The route of an address; what stands in its places becomes known by name."""
    try:
        match = resolve(unquote(urlsplit(target).path))
    except (Resolver404, ValueError):
        return None
    for name, value in match.kwargs.items():
        known.setdefault(name, set()).add(str(value))
    return str(match.route)


class _Page(HTMLParser):
    """Links and forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address, self.links, self.forms = address, set[str](), list[Form]()
        self._form: dict[str, Any] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            target = urlsplit(urljoin(f"http://here{self._address}", given["href"]))
            if target.netloc == "here":
                self.links.add(target._replace(scheme="", netloc="", fragment="").geturl())
        elif tag == "form":
            action = urlsplit(urljoin(f"http://here{self._address}", given.get("action") or self._address))
            place = action._replace(scheme="", netloc="", fragment="").geturl() if action.netloc == "here" else ""
            self._form = {"action": place, "method": given.get("method", "get").upper(), "fields": [], "files": []}
        elif self._form is not None and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._form is not None and self._select and "selected" in given:
            self._form["fields"].append((self._select, given.get("value", "")))

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given["name"]
        if tag == "select":
            self._select = name
            self._form["fields"].append((name, ""))
        elif given.get("type") == "file":
            self._form["files"].append(name)
        elif tag in {"input", "textarea", "button"}:
            self._form["fields"].append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form" and self._form is not None:
            fields, files = tuple(self._form["fields"]), tuple(self._form["files"])
            self.forms.append(Form(self._form["action"], self._form["method"], fields, files))
            self._form = None
