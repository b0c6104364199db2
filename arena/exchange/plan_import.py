"""Says what importing a file of votes would do: what is there, what would be made, which rows came before.

Writes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from django.db.models import Exists, OuterRef

from arena.exchange.imported_names import ImportedNames, names_before, present_competitions, present_models
from arena.exchange.vote_file import VoteFile, VoteFileError
from arena.models import Competition, Vote, VoteImport
from providers.models import ImageModel, SlugClaim
from providers.names import looks, name_problem, shown, tidy

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
    """`models` and `competitions` hold, by their place in the file, what the new votes need.

    `look_alikes` are groups of names, each as it is shown to people.
    """

    file: VoteFile
    options: ImportOptions
    digest: str
    models: dict[int, Planned]
    competitions: dict[int, Planned]
    earlier: VoteImport | None
    before: ImportedNames
    look_alikes: tuple[tuple[str, ...], ...] = ()

    @property
    def votes_before(self) -> int:
        """How many of the file's first votes an earlier import brought."""
        return self.earlier.rows if self.earlier else 0

    @property
    def new_votes(self) -> int:
        return len(self.file) - self.votes_before

    @property
    def new_models(self) -> int:
        return len({planned.name for planned in self.models.values() if planned.id is None})

    @property
    def new_competitions(self) -> int:
        return len({planned.name for planned in self.competitions.values() if planned.id is None})


def plan_import(file: VoteFile, options: ImportOptions) -> ImportPlan:
    """Compare the file with what is there; raises ImportRefused, VoteFileError."""
    imports = VoteImport.objects.filter(
        mode=options.mode, competition_column=options.competition_column, title=options.title
    )
    by_digest = {known.digest: known for known in imports.filter(HAS_VOTES)}
    digests = file.digests({len(file), *(known.rows for known in by_digest.values())})
    # the longest beginning that is known
    begun = [by_digest[digests[n]] for n in sorted(digests, reverse=True) if digests[n] in by_digest]
    earlier = begun[0] if begun else None
    used = set(file.pairing[earlier.rows if earlier else 0 :])
    pairs = {file.pairings[place] for place in used}
    before = names_before(file, earlier, begun)
    models = _planned_models(
        file, {place for pair in pairs for place in (pair.left, pair.right)}, before, options.match_slugs
    )
    _refuse_one_model_on_both_sides(file, used, models)
    return ImportPlan(
        file,
        options,
        digests[len(file)],
        models,
        _planned_competitions(file, {pair.competition for pair in pairs}, options, before),
        earlier,
        before,
        _look_alikes(models) if len(file) > (earlier.rows if earlier else 0) else (),
    )


def _planned_competitions(
    file: VoteFile, places: Iterable[int], options: ImportOptions, before: ImportedNames
) -> dict[int, Planned]:
    """A competition that was begun is gone on with, whatever its title is now and whatever it was merged into."""
    there = present_competitions(before.competitions.values())
    planned = {}
    for place in sorted(places):
        value = file.competitions[place]
        if value not in before.competitions:
            continue
        found = there.get(before.competitions[value])
        if found is None:
            raise _lost("competition", value or "this file")
        planned[place] = Planned(found.title, found.pk)
    begun = {one.id for one in planned.values()} | {one.pk for one in there.values()}
    titles = {place: _title(file.competitions[place], options) for place in sorted(places) if place not in planned}
    known = Competition.objects.filter(is_imported=True, mode=options.mode, title__in=titles.values())
    ids = dict(known.order_by("-id").values_list("title", "id"))
    for place, title in titles.items():
        if title not in ids and file.competitions[place] in before.begun_competitions:
            raise _lost("competition", file.competitions[place] or "this file")
        if ids.get(title) in begun:
            raise ImportRefused(
                f"the competition titled {shown(title)} is where other votes of this file went; give it another title"
            )
        planned[place] = Planned(title, ids.get(title))
    return planned


def _lost(what: str, name: str) -> ImportRefused:
    return ImportRefused(
        f"the {what} that the first votes of {shown(name)} went to was deleted or cannot be told now; give another "
        "--title to import the whole file anew"
    )


def _title(value: str, options: ImportOptions) -> str:
    if not options.competition_column:
        title = options.title or PurePath(options.file_name).stem
    else:
        title = f"{options.title}: {value}" if options.title else value
    title = tidy(title)
    if not title:
        raise ImportRefused("title: missing; votes without a named file need a title or a competition column")
    if problem := name_problem(title):
        raise ImportRefused(f"title: {problem}")
    return title


def _planned_models(
    file: VoteFile, places: Iterable[int], before: ImportedNames, match_slugs: bool
) -> dict[int, Planned]:
    """Names of earlier rows mean the models they went to; others a model of that name, or with that slug."""
    names = {place: file.models[place] for place in sorted(places)}
    stay = present_models(before.models.values())
    ids = {name: before.models[name] for name in names.values() if before.models.get(name) in stay}
    rest = {name: tidy(name) for name in names.values() if name not in ids}
    claims = SlugClaim.objects.filter(slug__in=list(rest.values()) if match_slugs else ())
    by_slug = dict(claims.values_list("slug", "model_id"))
    by_name = _ids_by_name(rest.values())
    ids |= {name: found for name, plain in rest.items() if (found := by_name.get(plain, by_slug.get(plain)))}
    for name in names.values():
        if name not in ids and name in before.begun_models:
            raise _lost("model", name)
    _refuse_two_names_of_one_model(ids, before.begun_models)
    return {place: Planned(tidy(name), ids.get(name)) for place, name in names.items()}


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


def _refuse_two_names_of_one_model(ids: dict[str, int], begun: Collection[str]) -> None:
    """Spellings that differ in blanks or normal form are one name; names that earlier rows had stay as they were."""
    name_of: dict[int, str] = {}
    for name, model_id in ids.items():
        other = name_of.setdefault(model_id, name)
        if tidy(other) != tidy(name) and not {other, name} <= set(begun):
            problem = f"{shown(other)} and {shown(name)} are one model here; the file must use one name for it"
            raise ImportRefused(problem)


def _refuse_one_model_on_both_sides(file: VoteFile, used: Iterable[int], models: dict[int, Planned]) -> None:
    for place in sorted(used):
        pair = file.pairings[place]
        left, right = models[pair.left], models[pair.right]
        if (left.id or left.name) == (right.id or right.name):
            names = f"{shown(file.models[pair.left])} and {shown(file.models[pair.right])}"
            raise VoteFileError(file.lines[place], f"{names} are one model; a vote is between two different models")


def _look_alikes(models: dict[int, Planned]) -> tuple[tuple[str, ...], ...]:
    """Groups of names that readers take for one, among those of the file and of the models that are there."""
    groups: dict[str, dict[str, str]] = {}
    for planned in models.values():
        groups.setdefault(looks(planned.name), {})[planned.name] = shown(planned.name)
    ids = {planned.id for planned in models.values()}
    for model_id, name, slug in ImageModel.objects.values_list("id", "name", "slug").iterator():
        group = groups.get(looks(name))
        if group is not None and model_id not in ids:
            group.setdefault(f"{name}\n{slug}", f"{shown(name)}, the model {slug}")
    return tuple(tuple(group.values()) for group in groups.values() if len(group) > 1)
