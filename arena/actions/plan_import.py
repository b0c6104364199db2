"""Says what importing a file of votes would do: what is there, what would be made, which rows came before.

Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from django.db.models import Exists, OuterRef

from arena.models import Competition, Vote, VoteImport
from arena.vote_file import LONGEST_NAME, VoteFile, shown
from providers.models import ImageModel, SlugClaim

IMPORTED_CREATOR = "imported"
# deleting competitions takes their votes; an import left without any counts as never made
HAS_VOTES = Exists(Vote.objects.filter(vote_import=OuterRef("pk")))


class ImportRefused(ValueError):
    """The votes cannot be imported as asked; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What the file does not say. Without a column all votes are one competition, named by title or file."""

    mode: str
    file_name: str = ""
    competition_column: str = ""
    title: str = ""
    match_slugs: bool = False


@dataclass(frozen=True)
class Planned:
    """A model or a competition by its name; `id` is None where it has to be made."""

    name: str
    id: int | None


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """`models` and `competitions` hold, by their place in the file, what the new votes need."""

    file: VoteFile
    options: ImportOptions
    digest: str
    models: dict[int, Planned]
    competitions: dict[int, Planned]
    earlier: VoteImport | None

    @property
    def votes_before(self) -> int:
        """How many of the file's first votes an earlier import brought."""
        return self.earlier.rows if self.earlier else 0

    @property
    def new_votes(self) -> int:
        return len(self.file) - self.votes_before

    @property
    def new_models(self) -> int:
        return sum(planned.id is None for planned in self.models.values())

    @property
    def new_competitions(self) -> int:
        return sum(planned.id is None for planned in self.competitions.values())


def plan_import(file: VoteFile, options: ImportOptions) -> ImportPlan:
    """Compare the file with what is there; raises ImportRefused."""
    imports = VoteImport.objects.filter(
        mode=options.mode, competition_column=options.competition_column, title=options.title
    )
    by_digest = {known.digest: known for known in imports.filter(HAS_VOTES)}
    digests = file.digests({len(file), *(known.rows for known in by_digest.values())})
    # the longest beginning that is known
    earlier = next((by_digest[digests[n]] for n in sorted(digests, reverse=True) if digests[n] in by_digest), None)
    used = {file.pairings[place] for place in set(file.pairing[earlier.rows if earlier else 0 :])}
    return ImportPlan(
        file,
        options,
        digests[len(file)],
        _planned_models(file, {place for pair in used for place in (pair.left, pair.right)}, options.match_slugs),
        _planned_competitions(file, {pair.competition for pair in used}, options, earlier),
        earlier,
    )


def _planned_competitions(
    file: VoteFile, places: Iterable[int], options: ImportOptions, earlier: VoteImport | None
) -> dict[int, Planned]:
    if not options.competition_column:
        # a file that goes on under another name goes on in the competition it began
        vote = earlier.votes.select_related("battle__competition").first() if earlier else None
        if vote:
            return {place: Planned(vote.battle.competition.title, vote.battle.competition_id) for place in places}
    titles = {place: _title(file.competitions[place], options) for place in sorted(places)}
    known = Competition.objects.filter(is_imported=True, mode=options.mode, title__in=titles.values())
    ids = dict(known.order_by("-id").values_list("title", "id"))
    return {place: Planned(title, ids.get(title)) for place, title in titles.items()}


def _title(value: str, options: ImportOptions) -> str:
    if not options.competition_column:
        title = options.title or PurePath(options.file_name).stem
    else:
        title = f"{options.title}: {value}" if options.title else value
    if not title.strip():
        raise ImportRefused("title: missing; votes without a named file need a title or a competition column")
    if len(title) > LONGEST_NAME:
        raise ImportRefused(f"title: {shown(title)} has {len(title)} characters; at most {LONGEST_NAME} are allowed")
    return title


def _planned_models(file: VoteFile, places: Iterable[int], match_slugs: bool) -> dict[int, Planned]:
    names = {place: file.models[place] for place in sorted(places)}
    ids = _ids_by_slug(names.values()) if match_slugs else {}
    ids.update(_ids_by_name(names.values()))
    _refuse_two_names_of_one_model(ids)
    return {place: Planned(name, ids.get(name)) for place, name in names.items()}


def _ids_by_name(names: Iterable[str]) -> dict[str, int]:
    """Of several models of one name the imported one is meant; the others need its creator to be told apart."""
    found: dict[str, dict[str, int]] = {}
    rows = ImageModel.objects.filter(name__in=list(names)).values_list("name", "creator__slug", "id")
    for name, creator, model_id in rows:
        found.setdefault(name, {})[creator] = model_id
    chosen = {
        name: next(iter(ids.values())) if len(ids) == 1 else ids.get(IMPORTED_CREATOR) for name, ids in found.items()
    }
    return {name: model_id for name, model_id in chosen.items() if model_id is not None}


def _ids_by_slug(names: Iterable[str]) -> dict[str, int]:
    return dict(SlugClaim.objects.filter(slug__in=list(names)).values_list("slug", "model_id"))


def _refuse_two_names_of_one_model(ids: dict[str, int]) -> None:
    name_of: dict[int, str] = {}
    for name, model_id in ids.items():
        other = name_of.setdefault(model_id, name)
        if other != name:
            problem = f"{shown(other)} and {shown(name)} are one model here; the file must use one name for it"
            raise ImportRefused(problem)
