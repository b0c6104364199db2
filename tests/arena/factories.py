"""Rows and files for arena tests; each states only what matters."""

from array import array
from io import BytesIO
from itertools import count
from pathlib import Path

import numpy as np
from django.apps import apps
from django.contrib.auth.models import Permission, User

from arena.boards.ensure_boards import ensure_boards
from arena.exchange.import_votes import ImportReport, apply_import
from arena.exchange.plan_import import ImportOptions, plan_import
from arena.exchange.vote_file import VoteFile, read_votes
from arena.models import Competition, Entry, ImageHome, Snapshot, StoredImage
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.criteria import OVERALL
from arena.rating.fit import Estimate
from arena.rating.tallies import OUTCOMES
from arena.votes.append import AppendedVotes, NewVotes, Pairing, append_votes
from providers.models import Creator, ImageModel

LIGHTFIELD = Path(__file__).resolve().parents[1] / "data" / "lightfield.csv"
numbers = count(1)


def make_staff(*permissions: str) -> User:
    """An account that sees operations and decides what the permissions' codenames say."""
    staff = User.objects.create_user(f"staff-{next(numbers)}", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=("see_operations", *permissions)))
    return staff


def make_creator(slug: str = "atelier") -> Creator:
    return Creator.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def make_model(name: str = "", slug: str = "", creator: str = "atelier", **fields) -> ImageModel:
    number = next(numbers)
    return ImageModel.objects.create(
        name=name or f"Model {number}", slug=slug or f"made-{number}", creator=make_creator(creator), **fields
    )


def make_competition(title: str = "A red fox", mode: str = "text-to-image", **fields) -> Competition:
    return Competition.objects.create(title=title, mode=mode, **fields)


def make_image() -> StoredImage:
    return StoredImage.objects.create(
        sha256=f"{next(numbers):064x}", file="a.webp", width_px=8, height_px=8, size_bytes=1
    )


def make_entry(competition: Competition, model: ImageModel, **fields) -> Entry:
    return Entry.objects.create(competition=competition, model=model, **{"status": "live", **fields})


def make_votes(
    competition: Competition, *battles: tuple[ImageModel, ImageModel, str, int], criterion: str = OVERALL
) -> AppendedVotes:
    """Appends `n` votes of one outcome per (left, right, outcome, n), over imageless entries, and makes the boards."""
    entries = {
        model: Entry.objects.get_or_create(
            competition=competition, model=model, image=None, defaults={"status": "live"}
        )[0]
        for left, right, _, _ in battles
        for model in (left, right)
    }
    pairings = [
        Pairing(competition.id, entries[left].id, entries[right].id, left.id, right.id) for left, right, _, _ in battles
    ]
    places = array("I", [place for place, battle in enumerate(battles) for _ in range(battle[3])])
    outcomes = array("B", [OUTCOMES.index(outcome) for _, _, outcome, n in battles for _ in range(n)])
    appended = append_votes(NewVotes(pairings, places, outcomes, criterion=criterion))
    ensure_boards([competition.id])
    return appended


def read(text: str | bytes, competition_column: str = "") -> VoteFile:
    return read_votes(BytesIO(text if isinstance(text, bytes) else text.encode()), competition_column)


def import_text(text: str, mode: str = "text-to-image", file_name: str = "votes.csv", **options) -> ImportReport:
    wanted = ImportOptions(mode=mode, file_name=file_name, **options)
    return apply_import(plan_import(read(text, wanted.competition_column), wanted))


def row_counts() -> dict[str, int]:
    """How many rows every table of ours holds, but for the mark of the data directory, which is no content."""
    models = [model for app in ("arena", "providers") for model in apps.get_app_config(app).get_models()]
    return {m._meta.label: m.objects.count() for m in models if m._meta.managed and m is not ImageHome}


def whole_estimate(snapshot: Snapshot) -> Estimate:
    """The fit that a current headline snapshot keeps, its covariance read whole."""
    models = tuple(snapshot.fitted_models)
    ratings = dict(snapshot.standings.values_list("model__slug", "rating"))
    covariance = np.frombuffer(snapshot.covariance, dtype="<f8").reshape(len(models), len(models))
    return Estimate(models, np.array([ratings[slug] for slug in models]) / POINTS_PER_LOG_ODDS, covariance)
