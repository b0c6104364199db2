"""Errors as callers get them: OpenAI's envelope, all four keys, and whether to try again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from providers.planning.notices import Notice, NoticeKind

JsonObject = dict[str, Any]

INVALID: Final = "invalid_request_error"
SERVER: Final = "server_error"
KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "INVALID_REQUEST": (400, INVALID),
    "CONTENT_POLICY_VIOLATION": (400, INVALID),
    "AUTHENTICATION_FAILED": (401, "authentication_error"),
    "INSUFFICIENT_BALANCE": (402, "insufficient_quota"),
    "PERMISSION_DENIED": (403, "permission_error"),
    "MODEL_NOT_FOUND": (404, INVALID),
    "MODEL_DISABLED": (404, INVALID),
    "NOT_FOUND": (404, INVALID),
    "METHOD_NOT_ALLOWED": (405, INVALID),
    "MODEL_RETIRED": (410, INVALID),
    "REQUEST_TIMEOUT": (408, INVALID),
    "REQUEST_IN_PROGRESS": (409, INVALID),
    "CANCELLED": (409, INVALID),
    "TOO_LATE": (409, INVALID),
    "LENGTH_REQUIRED": (411, INVALID),
    "REQUEST_TOO_LARGE": (413, INVALID),
    "UNSUPPORTED_MEDIA_TYPE": (415, INVALID),
    "RATE_LIMITED": (429, "rate_limit_error"),
    "INTERNAL_ERROR": (500, SERVER),
    "ALL_PROVIDERS_EXHAUSTED": (502, SERVER),
    "UPSTREAM_ERROR": (502, SERVER),
    "UNAVAILABLE": (503, SERVER),
    "PRICE_UNKNOWN": (503, SERVER),
    "UPSTREAM_TIMEOUT": (504, SERVER),
}
# A repeat of these could be charged again, or cannot help.
NOT_AGAIN: Final = frozenset(
    {"ALL_PROVIDERS_EXHAUSTED", "UPSTREAM_ERROR", "UPSTREAM_TIMEOUT", "INTERNAL_ERROR", "PRICE_UNKNOWN"}
)


@dataclass
class GatewayError(Exception):
    """`code` is one of KINDS; `param` names the field, the message what was wrong with it and what is allowed."""

    code: str
    message: str
    param: str | None = None
    retry_after_s: float | None = None
    metadata: JsonObject = field(default_factory=dict)
    extra_headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code][0]

    def body(self) -> JsonObject:
        """The envelope; `metadata` stands beside the error where there is any."""
        error: JsonObject = {
            "message": self.message,
            "type": KINDS[self.code][1],
            "param": self.param,
            "code": self.code,
        }
        return {"error": error} | ({"metadata": self.metadata} if self.metadata else {})

    def headers(self) -> dict[str, str]:
        """What tells a client when, and whether, to come again."""
        headers = {"x-should-retry": "false"} if self.code in NOT_AGAIN else {}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(max(1, round(self.retry_after_s)))
        if self.code == "AUTHENTICATION_FAILED":
            headers["www-authenticate"] = "Bearer"
        return headers


def invalid(param: str | None, message: str) -> GatewayError:
    """A request that is wrong in one field."""
    return GatewayError("INVALID_REQUEST", f"{param}: {message}" if param else message, param)


def warning(parameter: str, kind: NoticeKind, done: str, wanted: str = "") -> JsonObject:
    """An item of `metadata.warnings`: a parameter that was not followed, in an answer that is a success."""
    return {"parameter": parameter, "kind": kind, "wanted": wanted, "done": done, "message": done}


def item_of(notice: Notice) -> JsonObject:
    """The same of what planning has to say."""
    return warning(notice.parameter, notice.kind, notice.done, notice.wanted) | {"message": notice.message}
