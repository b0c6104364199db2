"""What the server itself answers instead of the site: short, and in the form of problems under /api/."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from lumenboard.serving.rsgi import HeaderList, HttpProtocol

PROBLEM: Final = "application/problem+json"
TEXT: Final = "text/plain; charset=utf-8"


@dataclass
class Refused(Exception):
    """A request that is not served; `detail` says why and what would be allowed."""

    status: int
    detail: str
    retry_after_s: int | None = None
    closes: bool = False

    def send(self, proto: HttpProtocol, path: str) -> None:
        """Answer with it."""
        if path.startswith("/api/"):
            kind, content = PROBLEM, orjson.dumps(self._problem())
        else:
            kind, content = TEXT, f"{self.detail}\n".encode()
        proto.response_bytes(self.status, [("content-type", kind), *self._headers()], content)

    def _problem(self) -> dict[str, Any]:
        title = HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}

    def _headers(self) -> HeaderList:
        headers = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
        if self.retry_after_s is not None:
            headers.append(("retry-after", str(self.retry_after_s)))
        # What is left of a body that was not read must not be taken for the next request.
        return [*headers, ("connection", "close")] if self.closes else headers
