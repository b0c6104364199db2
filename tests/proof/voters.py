"""Voters over plain HTTP, each with a cookie jar and a network of its own, and what became of their votes."""

import http.client
import json
import re
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

BATTLE = re.compile(r'data-battle="([0-9a-f-]+)"')
TOKEN = re.compile(r'name="token" value="(\w+)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
OUTCOMES = ("left", "right", "tie", "both_bad")
PATIENCE_S = 30
# Under the votes that one voter may cast within ten seconds.
VOTES_PER_VOTER = 25
SAME_NETWORK = 60_000
# Sooner a vote would be set aside: nobody looks at two pictures in less.
LOOKS_FOR_S = 0.5


@dataclass(frozen=True)
class Paper:
    """A vote that may be sent: where to, and the form."""

    battle: str
    form: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What a vote was told and by whom; `number` is 0 when it was not counted."""

    status: int
    number: int
    reason: str
    took_s: float
    came_at: float
    host: str


@dataclass
class Count:
    """All that happened; `unanswered` are connections that broke and pages without a pair."""

    counted: list[Answer] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    battles: dict[int, str] = field(default_factory=dict)


class Visitor:
    """One browser: keeps its connection and cookies, comes from the network it says."""

    def __init__(self, host: str, network: int) -> None:
        self.host = host
        self.address = f"10.{network // 256 % 256}.{network % 256}.7"
        self.cookies: dict[str, str] = {}
        self.led_to = ""
        self.line = http.client.HTTPConnection(host, timeout=PATIENCE_S)

    def close(self) -> None:
        self.line.close()

    def go_to(self, host: str) -> None:
        """The same browser at another web server of the site."""
        self.close()
        self.host, self.line = host, http.client.HTTPConnection(host, timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        sent = {
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.line.request(method, path, body or None, sent)
        answer = self.line.getresponse()
        self.led_to = answer.headers.get("Location", "")
        for given in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(given).items()})
        return answer.status, answer.read().decode()

    def draw(self, within: str = "") -> Paper:
        """The next pair's paper, of one competition or any; raises ValueError for a page without one."""
        status, page = self._follow(f"/vote/{within}" if within else "/vote")
        found = [pattern.search(page) for pattern in (BATTLE, TOKEN, CSRF)]
        if status != 200 or None in found:
            raise ValueError(f"GET /vote: {status} without a pair")
        battle, token, csrf = (match[1] for match in found if match)
        return Paper(battle, {"token": token, "csrfmiddlewaretoken": csrf})

    def _follow(self, path: str) -> tuple[int, str]:
        """A first visit is led round once, for its cookie."""
        for _ in range(3):
            status, page = self.ask("GET", path)
            if status != 302:
                break
            path = self.led_to
        return status, page

    def send(self, paper: Paper, outcome: str) -> Answer:
        started = time.perf_counter()
        form = urlencode({**paper.form, "outcome": outcome})
        kind = "application/x-www-form-urlencoded"
        status, said = self.ask(
            "POST", f"/battles/{paper.battle}/vote", form, Accept="application/json", Content_Type=kind
        )
        took = time.perf_counter() - started
        answer = json.loads(said) if said.startswith("{") else {"reason": said[:80]}
        return Answer(status, answer.get("number", 0), answer.get("reason", ""), took, time.monotonic(), self.host)


def vote_for(hosts: Sequence[str], seconds: float, voters: int) -> Count:
    """`voters` at a time, each looking for a moment; whoever has voted enough is followed by another.

    They are spread over the site's web servers; where one does not answer they turn to the next.
    """
    count, kept = Count(), threading.Lock()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_vote_on, args=(hosts, place, voters, until, count, kept)) for place in range(voters)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count


def _vote_on(hosts: Sequence[str], place: int, step: int, until: float, count: Count, kept: threading.Lock) -> None:
    at, cast = place % len(hosts), 0
    visitor = Visitor(hosts[at], place)
    while time.monotonic() < until:
        if cast and cast % VOTES_PER_VOTER == 0:
            visitor.close()
            visitor = Visitor(hosts[at], place + step * (cast // VOTES_PER_VOTER))
        try:
            paper = visitor.draw()
            time.sleep(LOOKS_FOR_S)
            answer = visitor.send(paper, OUTCOMES[(place + cast) % len(OUTCOMES)])
            if answer.status >= 500:
                raise ValueError(f"the vote: {answer.status} {answer.reason}")
        except (OSError, ValueError, http.client.HTTPException) as fault:
            with kept:
                count.broken.append(repr(fault))
            at = (at + 1) % len(hosts)
            visitor.go_to(hosts[at])
            time.sleep(0.2)
            continue
        cast += 1
        with kept:
            (count.counted if answer.number else count.refused).append(answer)
            if answer.number:
                count.battles[answer.number] = paper.battle
    visitor.close()


def send_at_once(host: str, times: int) -> list[Answer]:
    """One paper, sent so many times in parallel over connections of their own, by the same browser."""
    owner = Visitor(host, SAME_NETWORK)
    paper = owner.draw()
    time.sleep(LOOKS_FOR_S)
    owner.close()
    gate, kept, answers = threading.Barrier(times), threading.Lock(), list[Answer]()

    def send() -> None:
        with closing(Visitor(host, SAME_NETWORK)) as again:
            again.cookies = dict(owner.cookies)
            gate.wait()
            answer = again.send(paper, "left")
        with kept:
            answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
