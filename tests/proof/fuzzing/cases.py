"""Cases without end from one seed: addresses, operations and forms, with something wrong in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.proof.fuzzing.site import Case
from tests.proof.fuzzing.surface import NEVER, PLACE, Form, Surface
from tests.proof.fuzzing.values import RAW, hostile, hostile_json

METHODS: Final = ("GET",) * 12 + ("POST",) * 4 + ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
BOUNDARY: Final = "fuzzing-boundary"
LONGEST_TARGET: Final = 7_000


def cases(surface: Surface, rng: Random) -> Iterator[Case]:
    """Two of five are addresses, one an operation, two are forms."""
    kinds = (_address, _address, _operation, _form, _form)
    while True:
        case = rng.choice(kinds)(surface, rng)
        if len(case.target) <= LONGEST_TARGET and not _ends_the_session(case):
            yield case


def _ends_the_session(case: Case) -> bool:
    return case.is_staff and bool(NEVER.match(case.target))


def _address(surface: Surface, rng: Random) -> Case:
    target = _filled(rng.choice(surface.routes), surface.known, rng)
    names = rng.choices(surface.names, k=rng.randrange(4))
    method = rng.choice(METHODS)
    headers, body = _any_body(surface, rng) if method in {"POST", "PUT", "PATCH"} else ((), None)
    return Case(method, target + _query(names, surface, rng), headers, body, is_staff=rng.random() < 0.6)


def _operation(surface: Surface, rng: Random) -> Case:
    method, path, operation = rng.choice(surface.operations)
    target = _filled(path.replace("{", "<").replace("}", ">"), surface.known, rng)
    names = [one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query"]
    chosen = rng.sample(names, rng.randint(0, min(3, len(names)))) if names else []
    is_gateway = path.startswith(("/openai", "/v1", "/media"))
    query = _query(chosen, surface, rng)
    if is_gateway and method == "POST":
        query += "&dryRun=true" if query else "?dryRun=true"
    headers: tuple[tuple[str, str], ...] = ()
    body = None
    if method == "POST":
        sent = _like(operation.get("requestBody", {}), rng)
        headers, body = (("Content-Type", "application/json"),), json.dumps(sent).encode()
        if rng.random() < 0.2:
            headers, body = _any_body(surface, rng)
        if not is_gateway:
            headers += (("Idempotency-Key", f"fuzz-{rng.random()}"),)
    if rng.random() < 0.1:
        method = rng.choice(METHODS)
    return Case(method, target + query, headers, body, is_gateway=is_gateway or "samples" in path)


def _like(body: dict[str, Any], rng: Random) -> Any:
    """What the schema asks for, with some of it wrong."""
    content = next(iter(body.get("content", {}).values()), {})
    return _value_of(content.get("schema", {}), rng, 0)


def _value_of(schema: dict[str, Any], rng: Random, depth: int) -> Any:
    if rng.random() < 0.15 or depth > 4:
        return hostile_json(rng)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _value_of(part, rng, depth + 1) for name, part in fields.items() if rng.random() < 0.7}
        case "array":
            return [_value_of(schema.get("items", {}), rng, depth + 1) for _ in range(rng.randrange(3))]
        case "integer":
            return rng.choice((0, 1, 2, 100))
        case "boolean":
            return rng.random() < 0.5
    return rng.choice(
        ("z-image-turbo", "fal/z-image-turbo", "text-to-image", "ok", "2026-11-28T10:00:00Z", "a boat", "1")
    )


def _form(surface: Surface, rng: Random) -> Case:
    form = rng.choice(surface.forms)
    fields = list(form.fields)
    for _ in range(rng.randint(1, 3)):
        if fields:
            place = rng.randrange(len(fields))
            name = fields[place][0]
            if name != "csrfmiddlewaretoken":
                fields[place] = (name, _value(name, surface, rng))
    fields += [(rng.choice(surface.names), hostile(rng))] * (rng.random() < 0.1)
    rng.random() < 0.1 and fields and fields.pop(rng.randrange(len(fields)))
    if form.method == "GET":
        parts = [f"{_part(name, rng)}={_part(value, rng)}" for name, value in fields]
        return Case("GET", form.action.partition("?")[0] + "?" + "&".join(parts), is_staff=True)
    headers, body = _multipart(form, fields, rng) if form.files or rng.random() < 0.2 else _urlencoded(fields)
    return Case("POST", form.action, headers, body, is_staff=True)


def _value(name: str, surface: Surface, rng: Random) -> str:
    if rng.random() < 0.15 and surface.known.get(name):
        return rng.choice(sorted(surface.known[name]))
    return hostile(rng)


def _filled(route: str, known: dict[str, set[str]], rng: Random) -> str:
    """A route with something in each place; a path of names keeps its slashes now and then."""

    def fill(match: Any) -> str:
        values = sorted(known.get(match[1], ()))
        if values and rng.random() < 0.7:
            return quote(rng.choice(values), safe="/" if rng.random() < 0.5 else "")
        return _part(hostile(rng), rng) or "x"

    return PLACE.sub(fill, route)


def _query(names: list[str], surface: Surface, rng: Random) -> str:
    parts = [f"{_part(name, rng, often=0.01)}={_part(_value(name, surface, rng), rng)}" for name in names]
    return f"?{'&'.join(parts)}" if parts else ""


def _part(text: str, rng: Random, often: float = 0.05) -> str:
    """Percent-encoded, at times bytes that no text has."""
    return rng.choice(RAW) if rng.random() < often else quote(text, safe="")


def _any_body(surface: Surface, rng: Random) -> tuple[tuple[tuple[str, str], ...], bytes]:
    names = rng.choices(surface.names, k=rng.randint(1, 5))
    fields = [(name, _value(name, surface, rng)) for name in names]
    match rng.randrange(5):
        case 0:
            body = json.dumps({name: hostile_json(rng) for name in names}).encode()
            return (("Content-Type", "application/json"),), body
        case 1:
            return _multipart(Form("", "POST", (), ("image", "file")), fields, rng)
        case 2:
            kind = rng.choice(("text/plain", "application/json", "multipart/form-data", "x", "application/xml"))
            body = rng.choice((b"", b"{", b"\xff\xfe", b"null", b"[1]", b'"\\ud800"', b"[" * 3000, b"<a/>", b"\0"))
            return (("Content-Type", kind),), body
    return _urlencoded(fields)


def _urlencoded(fields: list[tuple[str, str]]) -> tuple[tuple[tuple[str, str], ...], bytes]:
    return (("Content-Type", "application/x-www-form-urlencoded"),), urlencode(fields).encode()


def _multipart(form: Form, fields: list[tuple[str, str]], rng: Random) -> tuple[tuple[tuple[str, str], ...], bytes]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    content = "".join(parts).encode()
    for name in form.files:
        file = rng.choice((b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", b"\0" * 100))
        called = rng.choice(("a.png", "../../a.png", "", "a.php", "a" * 300, "ü.jpg"))
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n\r\n'
        content += head.encode() + file + b"\r\n"
    ending = rng.choice((f"--{BOUNDARY}--\r\n", "", f"--{BOUNDARY}")) if rng.random() < 0.2 else f"--{BOUNDARY}--\r\n"
    return (("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),), content + ending.encode()
