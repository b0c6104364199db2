"""Refusals as DashScope words them: flat bodies, with status 200 where a switch says so."""

from __future__ import annotations

from typing import Any, Final

from providers.simulator.answers import Answer, json_answer
from providers.simulator.trouble import Trouble

CODES: Final = {
    "unauthorized": (401, "InvalidApiKey"),
    "billing": (400, "Arrearage"),
    "not_found": (404, "Model.NotExist"),
    "invalid": (400, "InvalidParameter"),
    "moderation": (400, "DataInspectionFailed"),
    "rate_limit": (429, "Throttling.RateQuota"),
    "upstream": (500, "InternalError"),
    "timeout": (408, "RequestTimeOut"),
    "other": (400, "BadRequest"),
}
BY_STATUS: Final = {403: "AccessDenied", 413: "BadRequest.TooLarge", 503: "ServiceUnavailable", 504: "GatewayTimeout"}


def code_of(trouble: Trouble) -> str:
    """The word for it; a reason in the words of other protocols says nothing here."""
    own = trouble.reason if trouble.reason[:1].isupper() else ""
    return BY_STATUS.get(trouble.status) or own or CODES[trouble.kind][1]


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = 200 if trouble.switches.error_200 else trouble.status or CODES[trouble.kind][0]
    found: dict[str, Any] = {"code": code_of(trouble), "message": trouble.message, "request_id": trouble.request_id}
    return json_answer(found, status, trouble.switches, x_request_id=trouble.request_id)


def gone(trouble: Trouble) -> Answer:
    """An expired link: the object store answers, in XML."""
    body = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
    status = trouble.status or 403
    return Answer(status=status, body=body.encode(), media_type="application/xml", switches=trouble.switches)
