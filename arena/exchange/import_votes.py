"""Brings a planned file of votes in: models, competitions and entries it needs, then the votes, all or nothing.

Not here: reading the file (arena.exchange.vote_file), and the ratings, which are computed afterwards.
"""

from array import array
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.exchange.imported_voters import import_voters
from arena.exchange.plan_import import IMPORTED_CREATOR, ImportPlan, plan_import
from arena.models import Competition, Entry, VoteImport
from arena.votes.append import NewVotes, Pairing, Progress, append_votes, lock_vote_log
from providers.catalogue.free_slugs import free_slugs
from providers.models import Creator, ImageModel


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What was done: the plan as it held at that moment, the numbers of the new votes, the boards they count on."""

    plan: ImportPlan
    first_number: int
    last_number: int
    board_ids: tuple[int, ...]


def apply_import(plan: ImportPlan, progress: Progress | None = None) -> ImportReport:
    """Write the plan in one transaction; `progress` is told (votes written, of all)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            lock_vote_log(cursor)
        # another import may have come in between; from here on none can
        plan = plan_import(plan.file, plan.options)
        if not plan.new_votes:
            return ImportReport(plan, 0, 0, ())
        models = _models(plan)
        competitions = _competitions(plan)
        votes = replace(_new_votes(plan, models, competitions), voter=import_voters(plan))
        record = _record(plan, models, competitions)
        appended = append_votes(votes, vote_import_id=record.pk, progress=progress)
        board_ids = ensure_boards(competitions.values())
    return ImportReport(plan, appended.first_number, appended.last_number, tuple(board_ids))


def _record(plan: ImportPlan, models: dict[int, int], competitions: dict[int, int]) -> VoteImport:
    """With the names that no import before it stores, so that a file can grow whatever is renamed meanwhile."""
    options, before = plan.options, plan.before
    public_ids = dict(Competition.objects.filter(id__in=competitions.values()).values_list("id", "public_id"))
    model_ids = before.models | {plan.file.models[place]: model for place, model in models.items()}
    competition_ids = before.competitions | {
        plan.file.competitions[place]: public_ids[competition] for place, competition in competitions.items()
    }
    known: dict[str, Any] = {
        "digest": plan.digest,
        "mode": options.mode,
        "competition_column": options.competition_column,
        "title": options.title,
    }
    # one of the same rows has no votes any more, but imports that go on from it
    return VoteImport.objects.update_or_create(
        **known,
        defaults={
            "file_name": options.file_name[-255:],
            "rows": len(plan.file),
            "continues": plan.earlier,
            "created_at": timezone.now(),
            "model_ids": {n: pk for n, pk in model_ids.items() if n not in before.stored_models},
            "competition_ids": {n: pk for n, pk in competition_ids.items() if n not in before.stored_competitions},
        },
    )[0]


def _models(plan: ImportPlan) -> dict[int, int]:
    """Model ids by place in the file; makes the missing ones."""
    missing = sorted({planned.name for planned in plan.models.values() if planned.id is None})
    new_ids = _make_models(missing, plan.options.mode) if missing else {}
    ids = {place: planned.id or new_ids[planned.name] for place, planned in plan.models.items()}
    others = ImageModel.objects.filter(id__in=ids.values(), creator__slug=IMPORTED_CREATOR)
    for model in others.exclude(modes__contains=[plan.options.mode]):
        model.modes = [*model.modes, plan.options.mode]
        model.save(update_fields=["modes", "updated_at"])
    return ids


def _make_models(names: list[str], mode: str) -> dict[str, int]:
    creator, _ = Creator.objects.get_or_create(slug=IMPORTED_CREATOR, defaults={"name": "Imported"})
    slugs = free_slugs(names)
    models = [ImageModel(name=name, slug=slugs[name], creator=creator, modes=[mode]) for name in names]
    return {model.name: model.pk for model in ImageModel.objects.bulk_create(models)}


def _competitions(plan: ImportPlan) -> dict[int, int]:
    """Competition ids by place in the file; makes the missing ones, closed: there is no image to vote on."""
    missing = dict.fromkeys(planned.name for planned in plan.competitions.values() if planned.id is None)
    rows = [Competition(title=title, mode=plan.options.mode, status="closed", is_imported=True) for title in missing]
    new_ids = {competition.title: competition.pk for competition in Competition.objects.bulk_create(rows)}
    return {place: planned.id or new_ids[planned.name] for place, planned in plan.competitions.items()}


def _new_votes(plan: ImportPlan, models: dict[int, int], competitions: dict[int, int]) -> NewVotes:
    file = plan.file
    pairing: array[int] = file.pairing[plan.votes_before :]
    used = sorted(set(pairing))
    pairs = [file.pairings[place] for place in used]
    entries = _entries(
        {(competitions[pair.competition], models[place]) for pair in pairs for place in (pair.left, pair.right)}
    )
    pairings = []
    for pair in pairs:
        competition, left, right = competitions[pair.competition], models[pair.left], models[pair.right]
        pairings.append(Pairing(competition, entries[competition, left], entries[competition, right], left, right))
    if len(used) != len(file.pairings):
        place_of = {old: new for new, old in enumerate(used)}
        pairing = array("I", [place_of[old] for old in pairing])
    return NewVotes(pairings, pairing, file.outcome[plan.votes_before :])


def _entries(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The imageless entry of each (competition, model); retired, for only what has an image can be shown."""
    known = Entry.objects.filter(competition__in={competition for competition, _ in wanted}, image=None)
    ids = {(competition, model): pk for competition, model, pk in known.values_list("competition_id", "model_id", "id")}
    missing = [
        Entry(competition_id=competition, model_id=model, status="retired")
        for competition, model in sorted(wanted - ids.keys())
    ]
    for entry in Entry.objects.bulk_create(missing):
        ids[entry.competition_id, entry.model_id] = entry.pk
    return ids
