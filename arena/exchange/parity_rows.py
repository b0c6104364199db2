"""Parity boards of a dataset: what they are of, their entries, every vote, and what these came to; and all of it back.

Of voters nothing leaves. Datasets from before parity boards have none of the files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils.dateparse import parse_datetime

from arena.exchange.dataset_files import OUTCOMES_BY_WINNER, WINNERS, DatasetRefused, read_lines, write_lines
from arena.models import (
    Competition,
    ParityBattle,
    ParityBoard,
    ParityEndpoint,
    ParityEntry,
    ParityScene,
    ParitySnapshot,
    ParityVote,
    StoredImage,
)
from arena.parity.append import recount_parity_tallies
from arena.parity.recompute import COMPUTED, computed_parity, recompute_parity_boards
from providers.models import Endpoint, ImageModel
from providers.plain_values import whole_number

BOARDS: Final = "parity_boards.ndjson"
ENTRIES: Final = "parity_entries.ndjson"
VOTES: Final = "parity_votes.csv"
STANDINGS: Final = "parity_standings.ndjson"
OWN: Final = ("public_id", "answered_seed", "cost_usd", "generation_ms", "generated_at", "simulated", "status")
COLUMNS: Final = (
    *("number", "battle", "board", "endpoint_a", "endpoint_b", "winner", "entry_a", "entry_b", "opened_at", "cast_at"),
    *("counted", "withdrawn_at", "set_aside", "reason", "pair_probability"),
)
FLAGS: Final = {"t": True, "f": False}
AT_ONCE: Final = 2000


def write_parity(root: Path) -> int:
    """All four files; how many votes. The caller's transaction sees one moment."""
    write_lines(root / BOARDS, _boards())
    write_lines(root / ENTRIES, _entries())
    write_lines(root / STANDINGS, _standings())
    return _write_votes(root / VOTES)


def _boards() -> Iterator[dict[str, Any]]:
    found = ParityBoard.objects.order_by("pk").select_related("model")
    for board in found.prefetch_related("endpoints", "scenes__competition"):
        yield {
            "id": board.key,
            "model": board.model.slug,
            "mode": board.mode,
            "is_demo": board.is_demo,
            "endpoints": [one.key for one in board.endpoints.all()],
            "scenes": [
                {
                    "id": scene.pk,
                    "competition": scene.competition.public_id,
                    "seed": scene.seed,
                    "width_px": scene.width_px,
                    "height_px": scene.height_px,
                }
                for scene in board.scenes.all()
            ],
        }


def _entries() -> Iterator[dict[str, Any]]:
    names = {"scene": "scene_id", "endpoint": "endpoint__key", "image": "image__sha256"}
    rows = ParityEntry.objects.order_by("pk").values(*OWN, "created_at", *names.values())
    for row in rows.iterator():
        yield {column: row.pop(path) for column, path in names.items()} | row


def _standings() -> Iterator[dict[str, Any]]:
    for board in ParityBoard.objects.select_related("model", "snapshot").order_by("pk"):
        yield {"id": board.key, **_published(computed_parity(board.pk, getattr(board, "snapshot", None)))}


def _published(computed: dict[str, Any]) -> dict[str, Any]:
    """With what was decided in place of the state that later votes go on from."""
    verdicts = {name: computed["verdicts"][name] for name in ("margin", "decisions")}
    return {**computed, "verdicts": verdicts}


def _write_votes(path: Path) -> int:
    votes = ParityVote.objects.order_by("number").values_list(
        *("number", "battle__public_id", "battle__scene__board_id"),
        *("battle__left_endpoint__key", "battle__right_endpoint__key", "outcome"),
        *("battle__left_entry__public_id", "battle__right_entry__public_id", "battle__opened_at", "cast_at"),
        *("is_counted", "withdrawn_at", "set_aside", "reason", "battle__pair_probability"),
    )
    keys = {board.pk: board.key for board in ParityBoard.objects.select_related("model")}
    written = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for number, battle, board, one, other, outcome, *rest in votes.iterator():
            entries, moments, counted = rest[:2], rest[2:4], "t" if rest[4] else "f"
            withdrawn, aside, reason, probability = rest[5:]
            times = [_text(moment) for moment in (*moments, withdrawn)]
            cells = (number, battle, keys[board], one, other, WINNERS[outcome], *entries, *times[:2], counted, times[2])
            rows.writerow((*cells, aside, reason, "" if probability is None else repr(probability)))
            written += 1
    return written


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


@dataclass
class _Restored:
    """Rows by what the dataset calls them."""

    scenes: dict[int, ParityScene] = field(default_factory=dict)
    endpoints: dict[tuple[int, str], ParityEndpoint] = field(default_factory=dict)
    entries: dict[str, ParityEntry] = field(default_factory=dict)


def restore_parity(root: Path) -> int:
    """How many votes, in the caller's transaction, after competitions and pictures. Raises DatasetRefused."""
    if not (root / BOARDS).exists():
        return 0
    restored = _Restored()
    models = dict(ImageModel.objects.values_list("slug", "pk"))
    competitions = dict(Competition.objects.values_list("public_id", "pk"))
    known = Endpoint.objects.in_bulk(field_name="key")
    for row in read_lines(root / BOARDS):
        model_id = _known(models, row["model"], BOARDS)
        board = ParityBoard.objects.create(model_id=model_id, mode=row["mode"], is_demo=row["is_demo"])
        for key in row["endpoints"]:
            end = ParityEndpoint.objects.create(board=board, key=key, endpoint=known.get(key))
            restored.endpoints[board.pk, key] = end
        for scene in row["scenes"]:
            asked = {name: scene[name] for name in ("seed", "width_px", "height_px")}
            competition_id = _known(competitions, scene["competition"], BOARDS)
            restored.scenes[scene["id"]] = ParityScene.objects.create(
                board=board, competition_id=competition_id, **asked
            )
    _restore_entries(root, restored)
    return _restore_votes(root, restored)


def _restore_entries(root: Path, restored: _Restored) -> None:
    pictures = dict(StoredImage.objects.values_list("sha256", "pk"))
    for row in read_lines(root / ENTRIES):
        scene = _known(restored.scenes, row["scene"], ENTRIES)
        entry = ParityEntry.objects.create(
            scene=scene,
            endpoint=_known(restored.endpoints, (scene.board_id, row["endpoint"]), ENTRIES),
            image_id=_known(pictures, row["image"], ENTRIES),
            **{name: row[name] for name in ("public_id", "answered_seed", "generation_ms", "simulated", "status")},
            cost_usd=Decimal(row["cost_usd"]) if row["cost_usd"] is not None else None,
            generated_at=parse_datetime(row["generated_at"]) if row["generated_at"] else None,
        )
        ParityEntry.objects.filter(pk=entry.pk).update(created_at=parse_datetime(row["created_at"]))
        restored.entries[entry.public_id] = entry


def _restore_votes(root: Path, restored: _Restored) -> int:
    written, votes = 0, _votes(root / VOTES, restored)
    while chunk := list(islice(votes, AT_ONCE)):
        battles = ParityBattle.objects.bulk_create([battle for battle, _ in chunk])
        for battle, (_, vote) in zip(battles, chunk, strict=True):
            vote.battle = battle
        ParityVote.objects.bulk_create([vote for _, vote in chunk])
        written += len(chunk)
    recount_parity_tallies()
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCE)
    return written


SEQUENCE: Final = """
SELECT setval(pg_get_serial_sequence('arena_parityvote', 'number'), max(number)) FROM arena_parityvote
HAVING max(number) IS NOT NULL
"""


def _votes(path: Path, restored: _Restored) -> Iterator[tuple[ParityBattle, ParityVote]]:
    with path.open("r", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows, ())) != COLUMNS:
            raise DatasetRefused(f"{VOTES}: line 1: must be {','.join(COLUMNS)}")
        for line, cells in enumerate(rows, start=2):
            if len(cells) != len(COLUMNS):
                raise DatasetRefused(f"{VOTES}: line {line}: has {len(cells)} cells; {len(COLUMNS)} are needed")
            try:
                yield _vote(dict(zip(COLUMNS, cells, strict=True)), restored)
            except (KeyError, ValueError) as error:
                raise DatasetRefused(f"{VOTES}: line {line}: cannot be read: {error}") from None


def _vote(row: Mapping[str, str], restored: _Restored) -> tuple[ParityBattle, ParityVote]:
    left, right = restored.entries[row["entry_a"]], restored.entries[row["entry_b"]]
    number = whole_number(row["number"])
    if number is None or left.scene_id != right.scene_id:
        raise ValueError("the number is none, or the entries are of two scenes")
    battle = ParityBattle(
        public_id=row["battle"],
        scene_id=left.scene_id,
        left_entry=left,
        right_entry=right,
        left_endpoint_id=left.endpoint_id,
        right_endpoint_id=right.endpoint_id,
        opened_at=_moment(row["opened_at"]),
        pair_probability=float(row["pair_probability"]) if row["pair_probability"] else None,
    )
    vote = ParityVote(
        number=number,
        outcome=OUTCOMES_BY_WINNER[row["winner"]],
        cast_at=_moment(row["cast_at"]),
        is_counted=FLAGS[row["counted"]],
        withdrawn_at=_moment(row["withdrawn_at"]),
        set_aside=row["set_aside"],
        reason=row["reason"],
    )
    return battle, vote


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(f"{text[:40]!r} is no moment")
    return moment


def _known(rows: Mapping[Any, Any], name: Any, file: str) -> Any:
    try:
        return rows[name]
    except KeyError:
        raise DatasetRefused(f"{file}: names {name!r}, which is not in the dataset") from None


def differing_parity(root: Path, progress: Callable[[str], None]) -> tuple[int, tuple[str, ...]]:
    """How many parity boards were exported, and those that do not come out equal to the last digit."""
    if not (root / STANDINGS).exists():
        return 0, ()
    progress("parity boards")
    recompute_parity_boards()
    found = ParitySnapshot.objects.select_related("board__model")
    stored = {one.board.key: _published({name: getattr(one, name) for name in COMPUTED}) for one in found}
    exported = {row.pop("id"): row for row in read_lines(root / STANDINGS)}
    return len(exported), tuple(sorted(key for key, row in exported.items() if stored.get(key) != row))
