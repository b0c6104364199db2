"""Restores a dataset into an empty site: everything or nothing, boards computed and compared with the exported ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.methods import RATER_WEIGHTED
from arena.boards.recompute import recompute_boards
from arena.exchange import dataset_files as form
from arena.exchange.parity_rows import differing_parity, restore_parity
from arena.exchange.restore_rows import restore_imports, restore_rows
from arena.exchange.restore_votes import import_vote_log
from arena.exchange.verdict_file import other_verdicts
from arena.models import Board, BoardExclusion, Category, Competition, Snapshot, Standing, Vote
from arena.raters.examine_raters import examine_raters
from arena.rating.board import FIGURES
from arena.rating.chances import PUBLISHED_DECIMALS
from arena.rating.criteria import OVERALL
from arena.votes.append import lock_vote_log
from providers.catalogue.exchange import import_catalogue
from providers.models import ImageModel

Progress = Callable[[str], None]
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class DatasetPlan:
    """What a dataset holds, read and checked against its manifest."""

    manifest: form.Manifest
    models: int
    competitions: int
    entries: int
    pictures: int


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """What was restored; `differing` names the boards by methods that are not the exported ones."""

    plan: DatasetPlan
    boards: int
    snapshots: int
    differing: tuple[str, ...]


def plan_dataset(root: Path) -> DatasetPlan:
    """Check every file's digest and that the site is empty. Raises DatasetRefused."""
    manifest = form.read_manifest(root)
    for name, model in (("models", ImageModel), ("competitions", Competition), ("votes", Vote)):
        if model.objects.exists():
            raise form.DatasetRefused(f"this site has {name} already; a dataset is restored into an empty one")
    held = [note.path.split("/")[0] for note in manifest.files]
    return DatasetPlan(
        manifest=manifest,
        models=held.count(form.CATALOGUE),
        pictures=held.count(form.IMAGES),
        competitions=sum(1 for _ in form.read_lines(root / form.COMPETITIONS)),
        entries=sum(1 for _ in form.read_lines(root / form.ENTRIES)),
    )


def import_dataset(root: Path, progress: Progress) -> DatasetReport:
    """Raises DatasetRefused, CatalogueError and what a picture is refused with; then nothing was written."""
    plan = plan_dataset(root)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                lock_vote_log(cursor)
            _restore(root, plan, progress)
    except (DataError, IntegrityError) as error:
        raise form.DatasetRefused(f"the rows do not fit together: {str(error).splitlines()[0]}") from None
    except (KeyError, TypeError, InvalidOperation) as error:
        raise form.DatasetRefused(f"a row lacks a field, or has one that is not known: {error}") from error
    progress("boards")
    boards = list(Board.objects.values_list("id", flat=True))
    recompute_boards(boards)
    complete_boards(boards)
    examine_raters(_examined(root))
    exported, differing = _compared(root)
    parity, parity_differing = differing_parity(root, progress)
    return DatasetReport(
        plan=plan,
        boards=len(boards) + parity,
        snapshots=exported + parity,
        differing=(*differing, *parity_differing),
    )


def _examined(root: Path) -> list[int]:
    """Boards whose voters had been examined."""
    rows = form.read_lines(root / form.BOARDS)
    keys = [row["id"] for row in rows if any(one["method"] == RATER_WEIGHTED.name for one in row["snapshots"])]
    return list(Board.objects.filter(key__in=keys).order_by("id").values_list("id", flat=True))


def _restore(root: Path, plan: DatasetPlan, progress: Progress) -> None:
    progress("catalogue")
    if plan.models:
        import_catalogue([str(root / form.CATALOGUE)], repair=True)
    rows = restore_rows(root, progress)
    progress(form.VOTES)
    import_vote_log(root / form.VOTES, rows)
    restore_imports(root, rows)
    restore_parity(root)
    _restore_boards(root)
    ensure_boards(list(rows.competitions.values()))
    _restore_board_exclusions(root)


def _restore_boards(root: Path) -> None:
    """With their exported ids, which outlive a change of their category's slug; the first format does not say what
    they rank."""
    categories = dict(Category.objects.values_list("public_id", "id"))
    competitions = dict(Competition.objects.values_list("public_id", "id"))
    Board.objects.bulk_create(
        Board(
            key=row["id"],
            kind=row["kind"],
            mode=row["mode"],
            category_id=categories[row["ranks"]] if row["kind"] == "category" else None,
            competition_id=competitions[row["ranks"]] if row["kind"] == "competition" else None,
            criterion=row.get("criterion", OVERALL),
        )
        for row in form.read_lines(root / form.BOARDS)
        if "ranks" in row
    )


def _restore_board_exclusions(root: Path) -> None:
    models = dict(ImageModel.objects.values_list("slug", "id"))
    boards = dict(Board.objects.values_list("key", "id"))
    for row in form.read_lines(root / form.KEPT_OFF):
        if row["board"] not in boards or row["model"] not in models:
            raise form.DatasetRefused(f"{form.KEPT_OFF}: names a board or model that is not in the dataset")
        BoardExclusion.objects.create(
            board_id=boards[row["board"]], model_id=models[row["model"]], reason=row["reason"]
        )


def _compared(root: Path) -> tuple[int, tuple[str, ...]]:
    """How many boards by how many methods were exported, and those that came out otherwise in digest or figures."""
    current = Snapshot.objects.filter(is_current=True)
    computed = {row[:3]: row[3] for row in current.values_list("board__key", "method", "variant", "digest")}
    exported = {
        (board["id"], snapshot["method"], snapshot["variant"]): snapshot["digest"]
        for board in form.read_lines(root / form.BOARDS)
        for snapshot in board["snapshots"]
    }
    differing = {key for key, digest in exported.items() if computed.get(key) != digest}
    differing |= _of_other_figures(root) | other_verdicts(root)
    return len(exported), tuple(" ".join(key).strip() for key in sorted(differing))


def _of_other_figures(root: Path) -> set[Key]:
    """Boards by methods whose standings are not the exported ones, in any figure."""
    found: set[Key] = set()
    lines = form.read_lines(root / form.STANDINGS)
    for key, rows in groupby(lines, lambda row: (row["board"], row["method"], row["variant"])):
        board, method, variant = key
        current = Standing.objects.filter(snapshot__board__key=board, snapshot__is_current=True)
        standings = current.filter(snapshot__method=method, snapshot__variant=variant).order_by("position")
        computed = [{"model": row.pop("model__slug")} | row for row in standings.values("model__slug", *FIGURES)]
        exported = list(rows)
        if len(exported) != len(computed) or any(map(_differs, exported, computed)):
            found.add(key)
    return found


def _differs(exported: dict[str, Any], computed: dict[str, Any]) -> bool:
    if "conditional_lower" in exported:
        return any(exported[name] != computed[name] for name in ("model", *FIGURES))
    names = {name: name for name in ("model", *form.FIGURES_BEFORE)}
    if computed["competitions"] is not None:
        # bounds and ranges were on the board's own prompts then
        names |= {"lower": "conditional_lower", "upper": "conditional_upper"}
        del names["rank_best"], names["rank_worst"]
    return any(_published(exported[before]) != _published(computed[now]) for before, now in names.items())


def _published(figure: Any) -> Any:
    return round(figure, PUBLISHED_DECIMALS) if isinstance(figure, float) else figure
