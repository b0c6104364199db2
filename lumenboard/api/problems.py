"""Errors of the REST API as problem details (RFC 9457), whatever raised them."""

from http import HTTPStatus
from typing import Any, Final

from ninja.errors import ValidationError

CONTENT_TYPE: Final = "application/problem+json"


def problem(status: int, data: dict[str, Any]) -> dict[str, Any]:
    """The members every problem has, then its own."""
    common = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return common | {name: value for name, value in data.items() if name not in common}


def validation_problem(error: ValidationError) -> dict[str, Any]:
    """A sentence, and each field with what was wrong."""
    errors = [{"field": _field(one), "message": str(one.get("msg", ""))} for one in error.errors]
    detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors)
    return {"detail": detail or "the request is not valid", "errors": errors}


def _field(one: dict[str, Any]) -> str:
    """Without the place it came in (query, path, body) and the name of our own argument."""
    place = [str(part) for part in one.get("loc", ())]
    return ".".join(place[2:] if len(place) > 2 else place[1:]) or "request"
