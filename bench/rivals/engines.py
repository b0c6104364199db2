"""Runs in the environment of the other engines: times one call of theirs per line read, and answers in JSON.

Started by bench/beside.py with the path of an .npz of votes. Imports nothing of this repository.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import evalica
import numpy as np
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

POINTS = {1.0: 1.0, 0.0: 0.0, 0.5: 0.5}
ELO_POINTS = 400.0
Call = Callable[[], Any]


def calls(path: str) -> dict[str, Call]:
    """Each engine's public call, on votes in the cheapest form it takes; making that form is not timed."""
    votes = np.load(path)
    left, right = votes["left"].astype(np.int64), votes["right"].astype(np.int64)
    points = np.array([1.0, 0.0, 0.5, 0.5])[votes["outcomes"]]
    frame = pd.DataFrame({"model_a": left, "model_b": right, "winner": points})
    winner = evalica.Winner
    winners = [(winner.X, winner.Y, winner.Draw, winner.Draw)[outcome] for outcome in votes["outcomes"].tolist()]
    index = pd.Index(range(int(votes["models"])))
    return {
        "arena-rank": lambda: sandwich(frame),
        "evalica": lambda: evalica.bradley_terry(left, right, winners, index=index),
        "evalica-elo": lambda: evalica.elo(left, right, winners, index=index, k=float(votes["k"])),
    }


def sandwich(frame: pd.DataFrame) -> Any:
    data = PairDataset.from_pandas(frame, outcome_map=POINTS)
    return BradleyTerry(len(data.competitors)).compute_ratings_and_cis(data)


def ratings(name: str, answer: Any) -> list[float]:
    """In points, in the order of the models, about whatever mean the engine chose."""
    if name == "arena-rank":
        return [float(rating) for rating in answer["ratings"]]
    scores = answer.scores.sort_index().to_numpy()
    return list(map(float, scores if name == "evalica-elo" else ELO_POINTS * np.log10(scores)))


def main() -> None:
    ready = calls(sys.argv[1])
    for line in sys.stdin:
        name = line.strip()
        start = perf_counter()
        answer = ready[name]()
        seconds = perf_counter() - start
        sys.stdout.write(json.dumps({"seconds": seconds, "ratings": ratings(name, answer)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
