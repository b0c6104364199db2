"""Which models and competitions the rows of earlier imports of a growing file went to, whatever they are called now.

Each import stores the names it was the first to have; imports before that was stored are read off their votes.
Read side.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from arena.exchange.vote_file import VoteFile
from arena.models import Competition, MergedCompetition, VoteImport
from arena.rating.tallies import OUTCOMES
from providers.models import ImageModel


@dataclass(frozen=True)
class ImportedNames:
    """Model ids and public ids of competitions by the names in the file.

    `stored` are names that some import stores, `begun` those that the first rows have, whether known or not;
    `begun_with` is the digest of the first import of all, "" where there was none.
    """

    models: dict[str, int] = field(default_factory=dict)
    competitions: dict[str, str] = field(default_factory=dict)
    stored_models: frozenset[str] = frozenset()
    stored_competitions: frozenset[str] = frozenset()
    begun_models: frozenset[str] = frozenset()
    begun_competitions: frozenset[str] = frozenset()
    begun_with: str = ""


def names_before(file: VoteFile, earlier: VoteImport | None, beginnings: Iterable[VoteImport]) -> ImportedNames:
    """What the first rows went to; `beginnings` are the imports of files that this one begins with."""
    if earlier is None:
        return ImportedNames()
    models: dict[str, int] = {}
    competitions: dict[str, str] = {}
    first_digest = earlier.digest
    for row in _chain(earlier):
        models = row.model_ids | models
        competitions = row.competition_ids | competitions
        first_digest = row.digest
    stored = frozenset(models), frozenset(competitions)
    first = {file.pairings[place] for place in set(file.pairing[: earlier.rows])}
    begun_models = frozenset(file.models[place] for pair in first for place in (pair.left, pair.right))
    begun_competitions = frozenset(file.competitions[pair.competition] for pair in first)
    if not (begun_models <= models.keys() and begun_competitions <= competitions.keys()):
        covered = 0
        for one in sorted(beginnings, key=lambda one: one.rows):
            if one.rows <= earlier.rows:
                _read_off(file, one, covered, models, competitions)
                covered = one.rows
    return ImportedNames(models, competitions, *stored, begun_models, begun_competitions, first_digest)


def _chain(last: VoteImport) -> Iterable[VoteImport]:
    """The import and those that it goes on from, latest first."""
    known = VoteImport.objects.filter(
        mode=last.mode, competition_column=last.competition_column, title=last.title
    ).in_bulk()
    row: VoteImport | None = last
    while row is not None:
        yield row
        row = known.pop(row.continues_id or 0, None)


def _read_off(
    file: VoteFile, one: VoteImport, start: int, models: dict[str, int], competitions: dict[str, str]
) -> None:
    """An import's votes are the last rows of its file, in their order, unless some were deleted since."""
    votes = one.votes.order_by("number")
    if votes.count() != one.rows - start:
        return
    columns = ("outcome", "battle__left_model_id", "battle__right_model_id", "battle__competition__public_id")
    found: tuple[dict[str, int], dict[str, str]] = {}, {}
    for place, (outcome, left, right, competition) in enumerate(votes.values_list(*columns).iterator(), start=start):
        pair = file.pairings[file.pairing[place]]
        said = {file.models[pair.left]: left, file.models[pair.right]: right}
        value = file.competitions[pair.competition]
        same = all(found[0].setdefault(name, model) == model for name, model in said.items())
        same = same and found[1].setdefault(value, competition) == competition
        if not same or OUTCOMES[file.outcome[place]] != outcome:
            return
    for name, model in found[0].items():
        models.setdefault(name, model)
    for value, competition in found[1].items():
        competitions.setdefault(value, competition)


def present_models(ids: Iterable[int]) -> set[int]:
    """Those that are still there."""
    return set(ImageModel.objects.filter(id__in=set(ids)).values_list("id", flat=True))


def present_competitions(public_ids: Iterable[str]) -> dict[str, Competition]:
    """Those that are still there by the public id that was asked for; merged ones are what they went into."""
    wanted = set(public_ids)
    found = {one.public_id: one for one in Competition.objects.filter(public_id__in=wanted)}
    merged = MergedCompetition.objects.filter(public_id__in=wanted).select_related("kept")
    return found | {one.public_id: one.kept for one in merged}
