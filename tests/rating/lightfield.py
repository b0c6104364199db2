"""The real votes under tests/data and what other engines make of them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from arena.rating.tallies import OUTCOMES, Tallies, TallyRow
from arena.rating.votes import VoteSequence

DATA = Path(__file__).resolve().parents[1] / "data"
WHOLE = "whole"


@cache
def references() -> dict[str, dict[str, Any]]:
    """What the reference has on every board, by scene; all scenes together under WHOLE."""
    document = json.loads((DATA / "lightfield.reference.json").read_text())
    scenes = {board["category"]: board for board in document["categories"].values()}
    return {WHOLE: document["datasets"]["lightfield"], **scenes}


@cache
def vote_rows() -> list[dict[str, str]]:
    with (DATA / "lightfield.csv").open(newline="") as votes:
        return list(csv.DictReader(votes))


@cache
def scene_tallies() -> dict[str, Tallies]:
    counts = Counter((v["category"], v["left"], v["right"], v["winner"]) for v in vote_rows())
    rows: dict[str, list[TallyRow]] = {}
    for (scene, left, right, winner), n in counts.items():
        row = (left, right, n * (winner == "left"), n * (winner == "right"), n * (winner == "tie"), 0)
        rows.setdefault(scene, []).append(row)
    return {scene: Tallies.from_rows(lines) for scene, lines in rows.items()}


def board_tallies(board: str) -> Tallies:
    return Tallies.merge(scene_tallies().values()) if board == WHOLE else scene_tallies()[board]


def board_votes(board: str) -> VoteSequence:
    """The votes of a board in file order, numbered from 1."""
    votes = [vote for vote in vote_rows() if board in (WHOLE, vote["category"])]
    models = board_tallies(board).models
    place = {model: number for number, model in enumerate(models)}
    left, right = (np.array([place[vote[side]] for vote in votes]) for side in ("left", "right"))
    return VoteSequence(models, left, right, np.array([OUTCOMES.index(v["winner"]) for v in votes]), len(votes))
