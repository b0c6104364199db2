"""A running site as one client sees it: requests as they are written, nothing put right, and a watched session."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PATIENCE_S = 60


@dataclass(frozen=True)
class Case:
    """One request. `target` is the path and query as sent, percent-encoded."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    is_staff: bool = False
    is_gateway: bool = False

    @property
    def shown(self) -> str:
        """For a person who wants to send it again."""
        body = (self.body or b"")[:3000]
        return f"{self.method} {self.target[:3000]} {dict(self.headers)} {body!r} staff={self.is_staff}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


class Client:
    """One connection of one thread."""

    def __init__(self, base: str) -> None:
        self._address = urlsplit(base).netloc
        self._line = http.client.HTTPConnection(self._address, timeout=PATIENCE_S)

    def send(self, case: Case, headers: dict[str, str]) -> Answer:
        """A connection that the server has closed meanwhile is opened once more."""
        for last in (False, True):
            try:
                return self._sent(case, headers)
            except (http.client.HTTPException, OSError):
                self._line.close()
                if last:
                    raise
        raise AssertionError

    def close(self) -> None:
        self._line.close()

    def _sent(self, case: Case, headers: dict[str, str]) -> Answer:
        self._line.putrequest(case.method, case.target, skip_accept_encoding=True)
        everything = {**headers, **dict(case.headers)}
        if case.body is not None:
            everything["Content-Length"] = str(len(case.body))
        for name, value in everything.items():
            self._line.putheader(name, value)
        self._line.endheaders(case.body)
        answer = self._line.getresponse()
        content = answer.read()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, content.decode(errors="replace"))


def cookies_of(answer: http.client.HTTPResponse) -> dict[str, str]:
    found = (line.split(";")[0].partition("=") for line in answer.headers.get_all("Set-Cookie") or ())
    return {name: value for name, _, value in found}


@dataclass
class Site:
    """`seen` counts answers by status; `lost` how often the operator's session was gone."""

    base: str
    password: str
    key: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    lost: int = 0
    seen: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _lines: threading.local = field(default_factory=threading.local)
    _clients: list[Client] = field(default_factory=list)

    def log_in(self) -> None:
        """As the operator."""
        line = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=PATIENCE_S)
        line.request("GET", "/admin/login/")
        opened = line.getresponse()
        page = opened.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page[:300]
        cookies = cookies_of(opened)
        form = {"username": "operator", "password": self.password, "csrfmiddlewaretoken": token[1], "next": "/ops"}
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{self.base}/admin/login/",
        }
        line.request("POST", "/admin/login/", urlencode(form), headers)
        answer = line.getresponse()
        answer.read()
        self.cookies = cookies | cookies_of(answer)
        line.close()
        assert "sessionid" in self.cookies, answer.status

    def send(self, case: Case) -> Answer:
        """Counted; a session that is gone is counted too, opened again, and the case sent once more."""
        answer = self._send(case)
        if case.is_staff and "/admin/login" in answer.headers.get("location", ""):
            with self._lock:
                if "/admin/login" in self._send(Case("GET", "/ops", is_staff=True)).headers.get("location", ""):
                    self.lost += 1
                    self.log_in()
            answer = self._send(case)
        with self._lock:
            self.seen[answer.status] += 1
        return answer

    def close(self) -> None:
        """The connections of all threads."""
        for client in self._clients:
            client.close()

    def page(self, target: str) -> Answer:
        """What the operator gets, uncounted."""
        return self._send(Case("GET", target, is_staff=True))

    def _send(self, case: Case) -> Answer:
        client = getattr(self._lines, "client", None)
        if client is None:
            client = self._lines.client = Client(self.base)
            self._clients.append(client)
        return client.send(case, self._headers(case))

    def _headers(self, case: Case) -> dict[str, str]:
        headers = {"Referer": f"{self.base}/"}
        if case.is_gateway:
            headers["Authorization"] = f"Bearer {self.key}"
        jar = self.cookies if case.is_staff else {"csrftoken": self.cookies.get("csrftoken", "")}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        return headers
