"""The vote as a request through the whole site beside a bare view's, each a POST with a form and its token."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signing import get_cookie_signer
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from arena import client
from arena.models import Competition
from bench.arena_world import Waiting, make_waiting
from bench.report import Line, Target
from bench.timing import Timed, take_turns, timed

LEAST_RATIO: Final = 0.5
IN_A_ROW: Final = 25
CSRF: Final = "csrftoken"


def measure_requests(competition: Competition, rounds: int) -> list[Line]:
    """Throughput of one over that of the other: the bare view's time over the vote's, `IN_A_ROW` of each by turns."""
    settings.ROOT_URLCONF = "bench.bare_view"
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    turns = rounds // IN_A_ROW
    waiting, site = iter(make_waiting(competition, 2 * (turns + 1) * IN_A_ROW)), WSGIHandler()
    tasks = {"vote": _in_a_row(_voting(site, waiting)), "bare": _in_a_row(_writing(site, waiting))}
    taken = take_turns(tasks, turns)
    ratio = taken["bare"].median / taken["vote"].median
    target = Target(LEAST_RATIO, True, f"≥ {LEAST_RATIO:g} ×")
    figure = f"{1 / taken['vote'].median:.0f}/s : {1 / taken['bare'].median:.0f}/s"
    return [Line("votes as requests : a bare view with one insert", figure, ratio, target)]


def _in_a_row(request: Callable[[], None]) -> Timed:
    """Seconds of one, when many follow each other."""
    many = timed(lambda: [request() for _ in range(IN_A_ROW)])
    return lambda: many() / IN_A_ROW


def _voting(site: WSGIHandler, waiting: Iterator[Waiting]) -> Callable[[], None]:
    networks = count()

    def vote() -> None:
        ballot = next(waiting).ballot
        form = {"token": ballot.token, "outcome": ballot.outcome}
        _post(site, f"/battles/{ballot.battle}/vote", form, ballot.voter_id or 0, next(networks))

    return vote


def _writing(site: WSGIHandler, waiting: Iterator[Waiting]) -> Callable[[], None]:
    networks = count()

    def write() -> None:
        battle = next(waiting)
        form = {"battle": str(battle.battle_id), "outcome": battle.ballot.outcome}
        _post(site, "/bench/bare-vote", form, battle.ballot.voter_id or 0, next(networks))

    return write


def _post(site: WSGIHandler, path: str, form: dict[str, str], voter: int, network: int) -> None:
    """As a browser sends it; raises RuntimeError when it is refused."""
    body = urlencode({**form, "csrfmiddlewaretoken": _SECRET}).encode()
    told: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "HTTP_COOKIE": _cookies(voter),
        "REMOTE_ADDR": f"10.{network // 256 % 256}.{network % 256}.7",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    answer = site(environ, lambda status, *_: told.append(status))
    answer.close()
    if told != ["200 OK"]:
        raise RuntimeError(f"{path}: {told[0]}")


_SECRET: Final = get_random_string(CSRF_SECRET_LENGTH)


def _cookies(voter: int) -> str:
    signed = get_cookie_signer(salt=client.VOTER_COOKIE + client.VOTER_SALT).sign(str(voter))
    jar = SimpleCookie({CSRF: _SECRET, client.VOTER_COOKIE: signed})
    return jar.output(header="", attrs=[], sep=";").strip()
