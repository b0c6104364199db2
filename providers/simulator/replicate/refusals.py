"""Refusals as Replicate words them: problem objects."""

from __future__ import annotations

from typing import Any, Final

from providers.simulator.answers import Answer, json_answer
from providers.simulator.operation import WHOLE
from providers.simulator.trouble import Trouble

STATUSES: Final = {
    "unauthorized": 401,
    "billing": 402,
    "not_found": 404,
    "invalid": 422,
    "moderation": 422,
    "rate_limit": 429,
    "upstream": 500,
    "timeout": 504,
    "other": 400,
}
TITLES: Final = {
    "unauthorized": "Unauthenticated",
    "billing": "Insufficient credit",
    "not_found": "Not found",
    "invalid": "Input validation failed",
    "upstream": "Internal server error",
}
USUAL_RETRY_S: Final = 1


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = trouble.status or STATUSES[trouble.kind]
    found: dict[str, Any] = {"detail": trouble.message, "status": status}
    if trouble.kind in TITLES:
        found["title"] = TITLES[trouble.kind]
    if trouble.kind == "unauthorized":
        found["detail"] = "You did not pass a valid authentication token"
    if trouble.kind == "invalid":
        field = f"input.{trouble.field}" if trouble.field else "input"
        found["detail"] = f"- {field}: {trouble.message}\n"
        found["invalid_fields"] = [{"type": trouble.reason, "field": field, "description": trouble.message}]
    if trouble.kind == "rate_limit":
        found |= _throttled(trouble)
    return json_answer(found, status, trouble.switches)


def _throttled(trouble: Trouble) -> dict[str, Any]:
    """Seconds in the body where the header names seconds."""
    named = trouble.switches.retry_after
    pause = int(named) if WHOLE.fullmatch(named) else USUAL_RETRY_S
    return {"detail": f"Request was throttled. Expected available in {pause} seconds.", "retry_after": pause}
