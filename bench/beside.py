"""Our engine and two others on the same votes, taking turns; the others live in a process and environment of theirs."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.chances import to_elo
from arena.rating.sequential import EloState, replay_elo
from arena.rating.votes import VoteSequence
from bench.ratings import MODELS, VOTES, refit
from bench.report import Line, shown_seconds, times_as_long, times_faster
from bench.timing import Timed, take_turns, timed
from bench.votes import count, draw_votes

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-bench"
READY = ".ready"  # written into it once everything is installed
ENGINES = ROOT / "bench/rivals/engines.py"
K = 4.0
ROUNDS = 7


class RivalsMissing(Exception):
    """The other engines cannot be run; `alone` are our own figures."""

    def __init__(self, why: str, alone: list[Line]) -> None:
        self.alone = alone
        super().__init__(f"arena-rank and evalica are not here, so ours stands alone: {why}")


@dataclass
class Rivals:
    """The other engines' process: one question a line, one answer a line."""

    process: subprocess.Popen[str]
    ratings: dict[str, list[float]] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        """Time one of their calls by their own clock, so that talking to them costs them nothing."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        answered = self.process.stdout.readline()
        if not answered:
            raise OSError("their process ended")
        answer = json.loads(answered)
        self.ratings[name] = answer["ratings"]
        return float(answer["seconds"])


def measure_rivals(*, quick: bool = False, environment: Path = ENVIRONMENT) -> list[Line]:
    """Raises RivalsMissing, with our own figures."""
    votes = draw_votes(MODELS, VOTES["1M"])
    rounds = 2 if quick else ROUNDS
    tasks = {"fit": timed(lambda: refit(count(votes))), "elo": timed(lambda: replay_elo(EloState(K), votes))}
    if not (environment / READY).exists():
        raise RivalsMissing("`make bench` installs them into .venv-bench", _alone(tasks, rounds))
    try:
        with _rivals(environment, votes) as rivals:
            return _beside(tasks, rivals, votes, rounds)
    except OSError as why:
        raise RivalsMissing(str(why), _alone(tasks, rounds)) from why


def _beside(tasks: Mapping[str, Timed], rivals: Rivals, votes: VoteSequence, rounds: int) -> list[Line]:
    theirs = ("arena-rank", "evalica", "evalica-elo")
    turns = {name: partial(rivals.seconds, name) for name in theirs}
    taken = take_turns({**tasks, **turns}, rounds)
    return [
        times_faster("1M votes with intervals : arena-rank's sandwich", taken["fit"], taken["arena-rank"], 300),
        times_faster("1M votes with intervals : evalica's point fit", taken["fit"], taken["evalica"], 10),
        times_as_long("Elo replay of 1M votes : evalica's", taken["elo"], taken["evalica-elo"], 1.6),
        *_agreement(rivals, votes),
    ]


def _alone(tasks: Mapping[str, Timed], rounds: int) -> list[Line]:
    taken = take_turns(tasks, rounds)
    return [
        Line("1M votes with intervals, alone", shown_seconds(taken["fit"].median)),
        Line("Elo replay of 1M votes, alone", shown_seconds(taken["elo"].median)),
    ]


def _agreement(rivals: Rivals, votes: VoteSequence) -> list[Line]:
    """That the same thing was computed: without the prior, for they have none."""
    fitted = to_elo(fit_bradley_terry(count(votes), prior=0).strengths)
    replayed = np.array(list(replay_elo(EloState(K), votes).ratings.values()))
    found = []
    for name, ours in (("arena-rank", fitted), ("evalica", fitted), ("evalica-elo", replayed)):
        theirs = np.array(rivals.ratings[name])
        apart = float(np.abs((ours - ours.mean()) - (theirs - theirs.mean())).max())
        found.append(Line(f"largest difference of a rating : {name}", f"{apart:.1e} points"))
    return found


@contextmanager
def _rivals(environment: Path, votes: VoteSequence) -> Iterator[Rivals]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "votes.npz"
        size = np.array(len(votes.models))
        np.savez(path, left=votes.left, right=votes.right, outcomes=votes.outcomes, models=size, k=np.array(K))
        command = [str(environment / "bin/python"), str(ENGINES), str(path)]
        with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            yield Rivals(process)
