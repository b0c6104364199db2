"""Every board by every method as the votes of one moment give it, into the files of a dataset; writes no rows.

The snapshots that pages show lie seconds to minutes apart. What is exported here is of the votes that the caller's
transaction sees, all of them, so that whoever restores the votes gets these very figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Max

from arena.boards.methods import FITTED, REPLAYED, BoardMethod
from arena.boards.replay import replayed
from arena.boards.standings import FIGURES
from arena.exchange import dataset_files
from arena.models import Board, Snapshot, Standing, Vote
from arena.rating.board import Board as ComputedBoard
from arena.rating.board import BoardRow
from arena.rating.errors import FitDoesNotExist
from arena.rating.outcomes import COUNTERS
from arena.votes.board_tallies import BoardTallies, TalliesUpTo, competition_ids, read_tallies_up_to


@dataclass(frozen=True, eq=False)
class _MethodBoard:
    """One board by one method; `rows` are the standings as they are exported."""

    method: BoardMethod
    parameters: dict[str, float]
    rows: list[dict[str, Any]]


def write_boards(root: Path) -> None:
    """`boards.ndjson` and `standings.ndjson`, a board at a time. The caller's transaction sees one moment.

    Raises ReplayMismatch where votes and tallies disagree.
    """
    up_to = Vote.objects.aggregate(last=Max("number"))["last"] or 0
    with ExitStack() as files:
        boards, standings = (
            files.enter_context((root / name).open("w", encoding="utf-8"))
            for name in (dataset_files.BOARDS, dataset_files.STANDINGS)
        )
        for board in Board.objects.select_related("category", "competition").order_by("id").iterator():
            if not competition_ids(board):
                continue
            read = read_tallies_up_to(board, up_to)
            method_boards = list(_computed(board, read, up_to))
            boards.write(
                dataset_files.line_of(
                    _head(board) | {"snapshots": [_snapshot(result, read) for result in method_boards]}
                )
            )
            for result in method_boards:
                names = {"board": board.key, "method": result.method.name, "variant": result.method.variant}
                standings.writelines(dataset_files.line_of(names | row) for row in result.rows)


def _head(board: Board) -> dict[str, Any]:
    ranked = board.category or board.competition
    return {"id": board.key, "kind": board.kind, "mode": board.mode, "ranks": ranked.public_id if ranked else ""}


def _snapshot(result: _MethodBoard, read: BoardTallies) -> dict[str, Any]:
    return {
        "method": result.method.name,
        "variant": result.method.variant,
        "version": result.method.version,
        "parameters": result.parameters,
        "votes": read.tallies.battles,
        "last_vote_number": read.last_vote_number,
        "digest": read.tallies.digest,
    }


def _computed(board: Board, read: TalliesUpTo, up_to: int) -> Iterator[_MethodBoard]:
    """A fit is read from the snapshot of the same tallies, if there is one; replays go on from their state."""
    for fitted in FITTED:
        stored = _stored(board, fitted, read)
        if stored is not None:
            yield stored
            continue
        try:
            yield _to_method_board(fitted, fitted.compute(read.tallies))
        except FitDoesNotExist:
            yield _MethodBoard(fitted, dict(fitted.parameters), [])
    done = replayed(board, read, up_to)
    for method in REPLAYED:
        yield _to_method_board(method, method.compute(read.tallies, done.states[method.name, method.variant]))


def _stored(board: Board, method: BoardMethod, read: BoardTallies) -> _MethodBoard | None:
    same = {"method": method.name, "variant": method.variant, "version": method.version, "digest": read.tallies.digest}
    found = Snapshot.objects.filter(board=board, is_current=True, **same).only("parameters").first()
    if found is None:
        return None
    rows = Standing.objects.filter(snapshot=found).order_by("position").values("model__slug", *FIGURES, *COUNTERS)
    return _MethodBoard(method, found.parameters, [{"model": row.pop("model__slug")} | row for row in rows])


def _to_method_board(method: BoardMethod, result: ComputedBoard) -> _MethodBoard:
    return _MethodBoard(method, dict(result.method.parameters), [_row(row) for row in result.rows])


def _row(row: BoardRow) -> dict[str, Any]:
    return {
        "model": row.model,
        **{name: getattr(row, name) for name in FIGURES},
        **{name: getattr(row.record, name) for name in COUNTERS},
    }
