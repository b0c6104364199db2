"""Refusals in OpenAI's envelope."""

from __future__ import annotations

from typing import Final

from providers.simulator.answers import Answer, json_answer
from providers.simulator.trouble import Trouble

# Status, type and code of each.
FORMS: Final = {
    "unauthorized": (401, "invalid_request_error", "invalid_api_key"),
    "billing": (402, "insufficient_quota", "insufficient_balance"),
    "not_found": (404, "invalid_request_error", "model_not_found"),
    "invalid": (400, "invalid_request_error", "invalid_value"),
    "moderation": (400, "image_generation_user_error", "moderation_blocked"),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded"),
    "upstream": (500, "server_error", None),
    "timeout": (504, "server_error", "upstream_timeout"),
    "other": (400, "invalid_request_error", None),
}
# Reasons that have a code of their own.
REASONS: Final = {
    "missing": "missing_required_parameter",
    "missing_required_parameter": "missing_required_parameter",
    "invalid_image_file": "invalid_image_file",
    "unsupported_operation": "unsupported_operation",
}


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status, kind, code = FORMS[trouble.kind]
    error = {
        "message": trouble.message,
        "type": kind,
        "param": trouble.field or None,
        "code": REASONS.get(trouble.reason, code),
    }
    status = 200 if trouble.switches.error_200 else trouble.status or status
    return json_answer({"error": error}, status, trouble.switches, x_request_id=trouble.request_id)
