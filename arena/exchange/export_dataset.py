"""Writes everything the site knows into a directory: the catalogue, the arena's rows, pictures, votes, boards.

Of voters nothing leaves but pseudonyms that this one export makes: neither who, nor from where.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from arena.boards.methods import FITTED, HEADLINE, RATER_WEIGHTED, REPLAYED, BoardMethod, compute_fitted
from arena.boards.replay import replayed
from arena.exchange import dataset_files
from arena.exchange.parity_rows import write_parity
from arena.exchange.restore_rows import import_rows
from arena.exchange.verdict_file import VERDICTS, verdict_rows
from arena.models import (
    Board,
    BoardExclusion,
    Category,
    Competition,
    Entry,
    RaterFindings,
    Snapshot,
    Standing,
    StoredImage,
    Vote,
    VoteExclusion,
)
from arena.raters.read_answers import TooManyVotes, read_answers
from arena.rating.board import FIGURES
from arena.rating.board import Board as ComputedBoard
from arena.rating.errors import FitDoesNotExist
from arena.votes.exported import PSEUDONYM_SQL, WEIGHT_REASON_SQL, new_secret
from arena.votes.log import BoardTallies, TalliesUpTo, competition_ids, read_tallies_up_to
from providers.catalogue.exchange import export_catalogue


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
            read = read_tallies_up_to(board, up_to, by_competition=True)
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
    return {
        "id": board.key,
        "kind": board.kind,
        "mode": board.mode,
        "ranks": ranked.public_id if ranked else "",
        "criterion": board.criterion,
    }


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
            yield _to_method_board(fitted, compute_fitted(fitted, read.tallies, read.competitions))
        except FitDoesNotExist:
            yield _MethodBoard(fitted, dict(fitted.parameters), [])
    done = replayed(board, read, up_to)
    for method in REPLAYED:
        yield _to_method_board(method, method.compute(read.tallies, done.states[method.name, method.variant]))
    if RaterFindings.objects.filter(board=board).exists():
        yield from _weighed(board, read, up_to)


def _weighed(board: Board, read: TalliesUpTo, up_to: int) -> Iterator[_MethodBoard]:
    """Voters weighed by their care, of a board whose voters were examined."""
    stored = _stored(board, RATER_WEIGHTED, read)
    if stored is not None:
        yield stored
        return
    with suppress(TooManyVotes):
        answers = read_answers(board, up_to)
        yield _to_method_board(RATER_WEIGHTED, RATER_WEIGHTED.compute(answers.read.tallies, answers.answers))


def _stored(board: Board, method: BoardMethod, read: BoardTallies) -> _MethodBoard | None:
    same = {"method": method.name, "variant": method.variant, "version": method.version, "digest": read.tallies.digest}
    if method == HEADLINE:
        same["competitions_digest"] = read.competitions_digest
    found = Snapshot.objects.filter(board=board, is_current=True, **same).only("parameters").first()
    if found is None:
        return None
    rows = Standing.objects.filter(snapshot=found).order_by("position").values("model__slug", *FIGURES)
    return _MethodBoard(method, found.parameters, [{"model": row.pop("model__slug")} | row for row in rows])


def _to_method_board(method: BoardMethod, result: ComputedBoard) -> _MethodBoard:
    return _MethodBoard(
        method,
        dict(result.method.parameters),
        [{name: getattr(row, name) for name in ("model", *FIGURES)} for row in result.rows],
    )


Progress = Callable[[str], None]
_WINNER: Final = " ".join(f"WHEN '{outcome}' THEN '{word}'" for outcome, word in dataset_files.WINNERS.items())
VOTES_OUT: Final = f"""
COPY (
    SELECT vote.number, battle.public_id AS battle, competition.public_id AS competition, first.slug AS model_a,
           second.slug AS model_b, CASE vote.outcome {_WINNER} END AS winner, entry_a.public_id AS entry_a,
           entry_b.public_id AS entry_b, battle.opened_at, vote.cast_at, vote.is_counted AS counted,
           vote.withdrawn_at, vote.exclusion_id AS exclusion, battle.pair_probability, vote.criterion,
           {PSEUDONYM_SQL} AS voter, {WEIGHT_REASON_SQL} AS weight_reason,
           vote.is_restored AS restored
    FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    JOIN arena_competition AS competition ON competition.id = battle.competition_id
    JOIN providers_imagemodel AS first ON first.id = battle.left_model_id
    JOIN providers_imagemodel AS second ON second.id = battle.right_model_id
    JOIN arena_entry AS entry_a ON entry_a.id = battle.left_entry_id
    JOIN arena_entry AS entry_b ON entry_b.id = battle.right_entry_id
    LEFT JOIN arena_voteexclusion AS exclusion ON exclusion.id = vote.exclusion_id
    ORDER BY vote.number
) TO STDOUT WITH (FORMAT csv, HEADER)
"""  # noqa: S608


class DirectoryInUse(ValueError):
    """The directory holds something already."""


def export_dataset(root: Path, *, site: str, version: str, licence: str, progress: Progress) -> dataset_files.Manifest:
    """One consistent picture of the database; votes are streamed. Raises DirectoryInUse, OSError."""
    if root.exists() and any(root.iterdir()):
        raise DirectoryInUse(f"{root}: is not empty; name a new directory")
    root.mkdir(parents=True, exist_ok=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0")
        progress("catalogue")
        export_catalogue(root / dataset_files.CATALOGUE)
        for name, rows in ROWS.items():
            progress(name)
            dataset_files.write_lines(root / name, rows())
        progress(dataset_files.VOTES)
        votes = _write_votes(cursor, root / dataset_files.VOTES)
        write_parity(root)
        progress("boards")
        write_boards(root)
        progress("pictures")
        _copy_pictures(root / dataset_files.IMAGES)
    files = tuple(dataset_files.note_of(root, path) for path in sorted(root.rglob("*")) if path.is_file())
    manifest = dataset_files.Manifest(
        format=dataset_files.FORMAT,
        site=site,
        version=version,
        exported_at=timezone.now().isoformat(timespec="seconds"),
        licence=licence,
        votes=votes,
        files=files,
    )
    dataset_files.write_manifest(root, manifest)
    return manifest


def _write_votes(cursor: Any, path: Path) -> int:
    with path.open("wb") as stream, cursor.copy(VOTES_OUT, {"secret": new_secret()}) as copy:
        for block in copy:
            stream.write(block)
    return int(cursor.rowcount)


def _copy_pictures(directory: Path) -> None:
    directory.mkdir()
    for picture in StoredImage.objects.order_by("sha256").iterator():
        with picture.file.open("rb") as source, (directory / f"{picture.sha256}.webp").open("wb") as target:
            shutil.copyfileobj(source, target)


def _categories() -> Iterator[dict[str, Any]]:
    yield from map(dict, Category.objects.order_by("id").values("public_id", "slug", "name", "mode", "position"))


def _competitions() -> Iterator[dict[str, Any]]:
    found = Competition.objects.order_by("id").select_related("source_image").prefetch_related("categories")
    for one in found:
        yield {
            "public_id": one.public_id,
            "title": one.title,
            "mode": one.mode,
            "prompt": one.prompt,
            "source_image": one.source_image.sha256 if one.source_image else None,
            "categories": sorted(category.public_id for category in one.categories.all()),
            "status": one.status,
            "visibility": one.visibility,
            "is_imported": one.is_imported,
            "created_at": one.created_at.isoformat(),
        }


def _entries() -> Iterator[dict[str, Any]]:
    names = {
        "competition": "competition__public_id",
        "model": "model__slug",
        "image": "image__sha256",
        "endpoint": "endpoint__key",
    }
    own = ("public_id", "parameters", "seed", "cost_usd", "generation_ms", "generated_at", "simulated", "status")
    looks = [f"image__{name}" for name in dataset_files.LOOKS]
    rows = Entry.objects.order_by("id").values(*own, "created_at", *names.values(), *looks)
    for row in rows.iterator():
        measured = [row.pop(path) for path in looks]
        named = {column: row.pop(path) for column, path in names.items()}
        yield named | {"looks": None if None in measured else measured} | row


def _exclusions() -> Iterator[dict[str, Any]]:
    rows = VoteExclusion.objects.order_by("id")
    yield from map(dict, rows.values("id", "reason", "votes", "gate", "day", "created_at", "restored_at"))


def _kept_off() -> Iterator[dict[str, Any]]:
    rows = BoardExclusion.objects.order_by("id").values_list("board__key", "model__slug", "reason")
    yield from ({"board": board, "model": model, "reason": reason} for board, model, reason in rows)


ROWS: Final[dict[str, Callable[[], Iterator[dict[str, Any]]]]] = {
    dataset_files.CATEGORIES: _categories,
    dataset_files.COMPETITIONS: _competitions,
    dataset_files.ENTRIES: _entries,
    dataset_files.EXCLUSIONS: _exclusions,
    dataset_files.KEPT_OFF: _kept_off,
    dataset_files.IMPORTS: import_rows,
    VERDICTS: verdict_rows,
}
