"""The people in the crowd: each takes one step after another, with a random mind of its own."""

import base64
import http.client
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import quote
from uuid import UUID

from tests.proof.crowd.client import FAULTS, Reply, Site
from tests.proof.crowd.journal import BROKEN, Exchange, now
from tests.proof.voters import LOOKS_FOR_S, OUTCOMES, VOTES_PER_VOTER, Answer, Paper, Visitor

TABLES: Final = ("categories", "competitions", "entries", "endpoints", "prices", "votes", "suggestions")
FORMS: Final = ("csv", "ndjson", "parquet")
TRIES: Final = 4
OK: Final = 200
CREATED: Final = 201
HOSTILE: Final = (
    "/leaderboards/%00",
    "/models/%F0%9F%92%A9/x",
    "/images/" + "a" * 64,
    "/api/v1/votes?cursor=zzzz",
    "/api/v1/performance?from=0001-01-01T00:00:00%2B14:00&to=0001-01-02T00:00:00Z",
    "/api/v1/leaderboards/mode-text-to-image?at=9999-12-31T23:59:59-14:00",
    "/oembed?url=http://127.0.0.1/leaderboards/mode-text-to-image&maxwidth=" + "9" * 5000,
    "/media/" + "a" * 64 + ".png?expires=%C2%B2&signature=x",
    "/search?q=" + quote("'; DROP TABLE arena_vote; --"),
    "/api/v1/competitions?sort=title&limit=2&cursor=WyJ0aXRsZSIsICJcdWQ4MDAiLCAieCJd",
    "/docs/..%2f..%2fetc%2fpasswd",
    "/v1/requests/req_zzz",
)


@dataclass
class Stranger(ABC):
    """One of the crowd. `step` asks for something once and never raises for what the server does."""

    site: Site
    number: int
    random: Random
    pause_s: float = 0.05

    @property
    def name(self) -> str:
        return type(self).__name__.lower()

    @abstractmethod
    def step(self) -> None: ...

    def live(self, until: float) -> None:
        while now() < until:
            self.step()
            time.sleep(self.random.uniform(0, 2 * self.pause_s))


class Voter(Stranger):
    """Votes, and sends a vote again whose answer never came."""

    cast = 0
    visitor: Visitor | None = None

    def step(self) -> None:
        if self.visitor is None or self.cast % VOTES_PER_VOTER == 0:
            self._leave()
            self.visitor = Visitor(self.site.host, 20_000 + self.number + 50 * (self.cast // VOTES_PER_VOTER))
        paper = self._draw(self.visitor)
        if paper is None:
            self.visitor.close()
            time.sleep(0.3)
            return
        time.sleep(LOOKS_FOR_S)
        self.cast += 1
        self.site.journal.attempt("votes")
        for _ in range(TRIES):
            answer = self._send(self.visitor, paper, OUTCOMES[self.cast % len(OUTCOMES)])
            if answer is not None and answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                if answer.number:
                    with self.site.journal.exclusively():
                        self.site.journal.promises.votes[answer.number] = paper.battle
                return
            time.sleep(1)

    def live(self, until: float) -> None:
        super().live(until)
        self._leave()

    def _leave(self) -> None:
        if self.visitor is not None:
            self.visitor.close()

    def _draw(self, visitor: Visitor) -> Paper | None:
        began_at = now()
        try:
            paper = visitor.draw()
        except FAULTS as fault:
            visitor.close()
            status = next((word for word in str(fault).split() if word.isdigit()), str(BROKEN))
            self._note("GET /vote", int(status), began_at, repr(fault))
            return None
        self._note("GET /vote", OK, began_at)
        return paper

    def _send(self, visitor: Visitor, paper: Paper, outcome: str) -> Answer | None:
        began_at = now()
        try:
            answer = visitor.send(paper, outcome)
        except FAULTS as fault:
            visitor.close()
            self._note("POST vote", BROKEN, began_at, repr(fault))
            return None
        self._note("POST vote", answer.status, began_at, answer.reason)
        return answer

    def _note(self, request: str, status: int, began_at: float, note: str = "") -> None:
        self.site.journal.write(Exchange(self.name, request, status, began_at, now(), note))


@dataclass
class Reader(Stranger):
    """Opens pages."""

    pages: Sequence[str] = ("/",)

    def step(self) -> None:
        self.site.ask(self.name, "GET", self.random.choice(self.pages))


class Exporter(Stranger):
    """Downloads whole tables: fast, slowly, or half."""

    def step(self) -> None:
        path = f"/api/v1/{self.random.choice(TABLES)}?format={self.random.choice(FORMS)}"
        if self.random.random() < 0.2:
            path = f"/api/v1/leaderboards/mode-text-to-image/votes?format={self.random.choice(FORMS[:2])}"
        manner = self.random.choice(("whole", "slowly", "half"))
        if manner == "whole":
            self.site.ask(self.name, "GET", path)
        elif manner == "slowly":
            self.site.read_slowly(self.name, path, piece=16_384, pause_s=0.2, most_s=4)
        else:
            self.site.hang_up(self.name, path, after_bytes=500)


class Walker(Stranger):
    """Pages through a table of the API to its end or until bored."""

    def step(self) -> None:
        table, cursor = self.random.choice(TABLES), ""
        for _ in range(self.random.randint(1, 6)):
            path = f"/api/v1/{table}?limit=50" + (f"&cursor={quote(cursor)}" if cursor else "")
            page = self.site.ask(self.name, "GET", path).content
            cursor = (page or {}).get("next_cursor") or ""
            if not cursor:
                return


class Caller(Stranger):
    """Generates through the gateway; half of the calls carry a key under which they are sent again."""

    calls = 0

    def step(self) -> None:
        self.calls += 1
        prompt = f"boat {self.number}-{self.calls}"
        body = {"model": self.site.model, "prompt": prompt, "size": "512x512", "response_format": "b64_json"}
        headers = {"Authorization": f"Bearer {self.site.image_key}", "Content-Type": "application/json"}
        repeatable = self.random.random() < 0.5
        if repeatable:
            headers["Idempotency-Key"] = f"crowd-{self.number}-{self.calls}"
        self.site.journal.attempt("gateway calls")
        for _ in range(TRIES if repeatable else 1):
            reply = self.site.ask(
                self.name, "POST", "/openai/v1/images/generations", json.dumps(body).encode(), headers
            )
            if reply.status == OK and base64.b64decode(reply.content["data"][0]["b64_json"]):
                with self.site.journal.exclusively():
                    request = reply.content["metadata"]["request_id"]
                    self.site.journal.promises.requests[request] = prompt
                    if repeatable:
                        self.site.journal.promises.named.add(request)
                return
            time.sleep(1)


class Reporter(Stranger):
    """Reports measured samples in batches that may be sent again."""

    batches = 0

    def step(self) -> None:
        self.batches += 1
        ids = [str(UUID(int=self.random.getrandbits(128), version=4)) for _ in range(3)]
        batch = json.dumps({"samples": [self._sample(each) for each in ids]}).encode()
        headers = {
            "Authorization": f"Bearer {self.site.sample_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"crowd-{self.number}-{self.batches}",
        }
        self.site.journal.attempt("samples")
        for _ in range(TRIES):
            reply = self.site.ask(self.name, "POST", "/api/v1/samples", batch, headers)
            if reply.status in (OK, CREATED):
                with self.site.journal.exclusively():
                    self.site.journal.promises.samples.update(ids)
                return
            time.sleep(1)

    def _sample(self, request_id: str) -> dict[str, object]:
        started = datetime.now(UTC) - timedelta(minutes=self.random.randint(1, 600))
        return {
            "endpoint": self.site.endpoint,
            "mode": "text-to-image",
            "started_at": started.isoformat(),
            "total_ms": self.random.randint(500, 5000),
            "ttfb_ms": 400,
            "status": "ok",
            "cost_usd": "0.005",
            "request_id": request_id,
        }


class Leaver(Stranger):
    """Hangs up in the middle of heads, bodies and answers."""

    def step(self) -> None:
        host = self.site.host
        self.site.send_and_leave(
            self.random.choice(
                (
                    f"GET / HTTP/1.1\r\nHost: {host}\r\n".encode(),
                    f"POST /suggest HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\nabc".encode(),
                    f"POST /openai/v1/images/generations HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
                    f"Authorization: Bearer {self.site.image_key}\r\nContent-Length: 400\r\n\r\n{{".encode(),
                    f"GET /api/v1/votes?format=csv HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(),
                )
            ),
            stay_s=self.random.uniform(0, 0.5),
        )


class Dripper(Stranger):
    """Sends a body of which a byte comes now and then."""

    def step(self) -> None:
        head = (
            f"POST /suggest HTTP/1.1\r\nHost: {self.site.host}\r\nCookie: csrftoken=x\r\nContent-Length: 1000\r\n\r\n"
        )
        self.site.drip(head.encode(), byte_every_s=2, for_s=20)


class Nuisance(Stranger):
    """Asks for what there is not, in ways that break careless readers."""

    def step(self) -> None:
        reply: Reply = self.site.ask(self.name, "GET", self.random.choice(HOSTILE))
        if reply.status == OK and self.random.random() < 0.5:
            return
        headers = {"Authorization": f"Bearer {self.site.image_key}", "Content-Type": "application/json"}
        body = self.random.choice((b"", b"{", b'{"model": "\\ud800"}', b'{"model": 7}', b"\xff\xfe", b"[" * 5000))
        self.site.ask(self.name, "POST", "/openai/v1/images/generations", body, headers)
