"""Competitions, entries, exclusions and pictures of a dataset as rows with their public ids, imports moved on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from django.db import connection
from django.utils.dateparse import parse_datetime

from arena.exchange import dataset_files
from arena.exchange import dataset_files as form
from arena.exchange.dataset_files import DatasetRefused
from arena.images.handover import store_image
from arena.images.intake.take_in import take_in
from arena.models import Category, Competition, Entry, StoredImage, Vote, VoteExclusion, VoteImport
from providers.models import Endpoint, ImageModel
from providers.names import repaired

SAID_EVERY: Final = 100
Row = TypeVar("Row")
Stored = TypeVar("Stored", Category, Competition, Entry, VoteExclusion)


@dataclass(frozen=True)
class Restored:
    """Row ids by what the dataset calls them: public ids, slugs, and exclusions by their old number."""

    models: dict[str, int]
    competitions: dict[str, int]
    entries: dict[str, int]
    exclusions: dict[str, int]


def restore_rows(root: Path, progress: Callable[[str], None]) -> Restored:
    """In the caller's transaction. Raises DatasetRefused, ImageRefused."""
    pictures = _pictures(root, progress)
    categories = _categories(root)
    models = dict(ImageModel.objects.values_list("slug", "id"))
    competitions = {
        row["public_id"]: _competition(row, pictures, categories) for row in form.read_lines(root / form.COMPETITIONS)
    }
    entries = _entries(root, models, competitions, pictures)
    return Restored(models, competitions, entries, _exclusions(root))


def _pictures(root: Path, progress: Callable[[str], None]) -> dict[str, int]:
    """Stored row ids by hash. The bytes stay as exported, once the limited decoder has found them sound."""
    found: dict[str, int] = {}
    paths = sorted((root / form.IMAGES).glob("*.webp"))
    for done, path in enumerate(paths):
        if done % SAID_EVERY == 0:
            progress(f"pictures: {done} of {len(paths)}")
        content = path.read_bytes()
        decoded = take_in(content)
        name = sha256(content).hexdigest()
        if name != path.stem:
            raise form.DatasetRefused(f"{form.IMAGES}/{path.name}: must be named by the SHA-256 of its bytes")
        found[name] = store_image(replace(decoded, full=content, sha256=name)).pk
    return found


def _categories(root: Path) -> dict[str, Category]:
    rows = [
        _with_known_choices(Category(**row | {"name": repaired(row["name"], row["slug"], 120)}), form.CATEGORIES)
        for row in form.read_lines(root / form.CATEGORIES)
    ]
    return {category.public_id: category for category in Category.objects.bulk_create(rows)}


def _competition(row: dict[str, Any], pictures: dict[str, int], categories: dict[str, Category]) -> int:
    members = [_known(categories, public_id, form.COMPETITIONS) for public_id in row.pop("categories")]
    source = row.pop("source_image")
    created = parse_datetime(row.pop("created_at"))
    row["title"] = repaired(row["title"], row["public_id"])
    image_id = _known(pictures, source, form.COMPETITIONS) if source else None
    competition = _with_known_choices(Competition(**row, source_image_id=image_id), form.COMPETITIONS)
    competition.save(force_insert=True)
    Competition.objects.filter(pk=competition.pk).update(created_at=created)
    competition.categories.set(members)
    return competition.pk


def _entries(
    root: Path, models: dict[str, int], competitions: dict[str, int], pictures: dict[str, int]
) -> dict[str, int]:
    endpoints = dict(Endpoint.objects.values_list("key", "id"))
    rows, created = [], {}
    for row in form.read_lines(root / form.ENTRIES):
        created[row["public_id"]] = parse_datetime(row.pop("created_at"))
        cost, at = row.pop("cost_usd"), row.pop("generated_at")
        model, competition = row.pop("model"), row.pop("competition")
        image, endpoint = row.pop("image"), row.pop("endpoint")
        if (looks := row.pop("looks", None)) and image:
            _keep_looks(_known(pictures, image, form.ENTRIES), looks)
        entry = Entry(
            **row,
            model_id=_known(models, model, form.ENTRIES),
            competition_id=_known(competitions, competition, form.ENTRIES),
            image_id=_known(pictures, image, form.ENTRIES) if image else None,
            endpoint_id=endpoints.get(endpoint),
            cost_usd=Decimal(cost) if cost is not None else None,
            generated_at=parse_datetime(at) if at else None,
        )
        rows.append(_with_known_choices(entry, form.ENTRIES))
    entries = Entry.objects.bulk_create(rows, batch_size=1000)
    for entry in entries:
        entry.created_at = created[entry.public_id] or entry.created_at
    Entry.objects.bulk_update(entries, ["created_at"], batch_size=1000)
    return {entry.public_id: entry.pk for entry in entries}


def _keep_looks(picture_id: int, looks: Any) -> None:
    """As they were measured where the picture came from, so that what follows has the same digits."""
    is_right = isinstance(looks, list) and len(looks) == len(form.LOOKS)
    if not is_right or not all(isinstance(one, int | float) and 0 <= one <= 255 for one in looks):
        raise form.DatasetRefused(f"{form.ENTRIES}: looks must be {len(form.LOOKS)} numbers from 0 to 255")
    StoredImage.objects.filter(pk=picture_id).update(**dict(zip(form.LOOKS, looks, strict=True)))


def _exclusions(root: Path) -> dict[str, int]:
    found = {}
    for row in form.read_lines(root / form.EXCLUSIONS):
        restored = parse_datetime(row["restored_at"]) if row["restored_at"] else None
        # formats before 4 know no gates
        gate, day = row.get("gate", ""), row.get("day")
        made = VoteExclusion(reason=row["reason"], votes=row["votes"], restored_at=restored, gate=gate, day=day)
        exclusion = _with_known_choices(made, form.EXCLUSIONS) if gate else made
        exclusion.save(force_insert=True)
        VoteExclusion.objects.filter(pk=exclusion.pk).update(created_at=parse_datetime(row["created_at"]))
        found[str(row["id"])] = exclusion.pk
    return found


def _known(rows: Mapping[str, Row], name: str, file: str) -> Row:
    try:
        return rows[name]
    except KeyError:
        raise form.DatasetRefused(f"{file}: names {name!r}, which is not in the dataset") from None


def _with_known_choices(row: Stored, file: str) -> Stored:
    """The row; a word that its column does not know would be neither one thing nor another everywhere after."""
    for field in row._meta.concrete_fields:
        allowed = [value for value, _ in field.flatchoices]
        value = getattr(row, field.attname)
        if allowed and value not in allowed and not (value is None and field.null):
            public_id, words = getattr(row, "public_id", ""), ", ".join(map(str, allowed))
            raise DatasetRefused(f"{file}: {public_id}: {field.name} {value!r:.60} is not allowed; allowed are {words}")
    return row


OWN: Final = ("file_name", "mode", "competition_column", "title", "rows", "digest", "competition_ids")
# an import's votes have numbers in a row, but where others voted meanwhile
RANGES: Final = """
SELECT vote_import_id, min(number), max(number) FROM (
    SELECT vote_import_id, number,
           row_number() OVER (ORDER BY number) - row_number() OVER (PARTITION BY vote_import_id ORDER BY number) AS run
    FROM arena_vote
) AS listed
WHERE vote_import_id IS NOT NULL GROUP BY vote_import_id, run ORDER BY 1, 2
"""


def import_rows() -> Iterator[dict[str, Any]]:
    """`votes` are runs of vote numbers, first and last."""
    slugs = dict(ImageModel.objects.values_list("id", "slug"))
    votes: dict[int, list[list[int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RANGES)
        for vote_import, first, last in cursor.fetchall():
            votes.setdefault(vote_import, []).append([first, last])
    for row in VoteImport.objects.order_by("id"):
        models = {name: slugs[model] for name, model in row.model_ids.items() if model in slugs}
        yield {
            "id": row.pk,
            "continues": row.continues_id,
            **{name: getattr(row, name) for name in OWN},
            "models": models,
            "created_at": row.created_at.isoformat(),
            "votes": votes.get(row.pk, []),
        }


def restore_imports(root: Path, restored: Restored) -> None:
    """In the caller's transaction, after the votes. The first format has none."""
    if not (root / dataset_files.IMPORTS).exists():
        return
    restored_imports: dict[int, VoteImport] = {}
    for row in dataset_files.read_lines(root / dataset_files.IMPORTS):
        # models that are no longer there are left out
        models = {name: restored.models[slug] for name, slug in row["models"].items() if slug in restored.models}
        vote_import = VoteImport.objects.create(**{name: row[name] for name in OWN}, model_ids=models)
        VoteImport.objects.filter(pk=vote_import.pk).update(created_at=parse_datetime(row["created_at"]))
        restored_imports[row["id"]] = vote_import
        for first, last in row["votes"]:
            Vote.objects.filter(number__range=(first, last)).update(vote_import=vote_import)
    for row in dataset_files.read_lines(root / dataset_files.IMPORTS):
        if row["continues"] in restored_imports:
            VoteImport.objects.filter(pk=restored_imports[row["id"]].pk).update(
                continues=restored_imports[row["continues"]]
            )
