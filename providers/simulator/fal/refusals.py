"""Refusals as fal words them: a model's in a list, the platform's with an error type."""

from __future__ import annotations

from typing import Any, Final

from providers.simulator.answers import Answer, json_answer
from providers.simulator.trouble import Trouble

STATUSES: Final = {
    "unauthorized": 401,
    "billing": 403,
    "not_found": 404,
    "invalid": 422,
    "moderation": 422,
    "rate_limit": 429,
    "upstream": 500,
    "timeout": 504,
    "other": 400,
}
ERROR_TYPES: Final = {
    400: "bad_request",
    499: "client_cancelled",
    500: "runner_server_error",
    502: "runner_incomplete_response",
    503: "runner_scheduling_failure",
    504: "request_timeout",
}
DETAILS: Final = {
    "unauthorized": "No user found for Key ID and Secret",
    "billing": "User is locked. Reason: Exhausted balance.",
    "rate_limit": "Too many concurrent requests",
}


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = trouble.status or STATUSES[trouble.kind]
    headers = {"x_fal_request_id": trouble.request_id} if trouble.request_id else {}
    if status == 422 or (trouble.kind == "invalid" and not trouble.status):
        return json_answer({"detail": [detail_of(trouble)]}, 422, trouble.switches, **headers)
    error_type = ERROR_TYPES.get(status)
    found: dict[str, Any] = {"detail": DETAILS.get(trouble.kind, trouble.message)}
    if error_type and trouble.kind not in {"unauthorized", "billing", "not_found", "rate_limit"}:
        found["error_type"] = error_type
        headers["x_fal_error_type"] = error_type
    if trouble.reason == "start_timeout":
        headers["x_fal_request_timeout_type"] = "user"
    return json_answer(found, status, trouble.switches, **headers)


def detail_of(trouble: Trouble) -> dict[str, Any]:
    """One entry of a 422's list."""
    reason = "content_policy_violation" if trouble.kind == "moderation" else trouble.reason or "value_error"
    place = ["body", *([trouble.field] if trouble.field else [])]
    found: dict[str, Any] = {"loc": place, "msg": trouble.message, "type": reason}
    if trouble.kind == "moderation":
        found |= {"loc": ["body", "prompt"], "url": "https://docs.fal.ai/errors#content_policy_violation"}
    return found


def gone(trouble: Trouble) -> Answer:
    """An expired file."""
    return json_answer({"detail": trouble.message}, trouble.status or 404, trouble.switches)
