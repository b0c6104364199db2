"""What an upload would become: each picture with its model and prompt, and what is wrong, twice or missing. Read side.

Nothing is written here, and nothing of it is remembered but the decisions of whoever looked.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from django.db.models import Q
from django.db.models.functions import Left

from arena.entrants.lists import TypedPrompt, title_of
from arena.entrants.matching import (
    NEW,
    SOURCE,
    Index,
    Known,
    Match,
    folders_are_models,
    form_of,
    index_of,
    match,
)
from arena.models import Competition, EntrantUpload, Entry, UploadPicture
from providers.models import ImageModel, ModelAlias
from providers.sheet import IMAGE_EDIT

UPLOADED_CREATOR: Final = "uploaded"
# of a prompt, what names of files are compared with
COMPARED: Final = 250
TYPED: Final = "typed-"
UNSAID: Final = "Its name does not say both: call it model/prompt.png, in a folder, or model__prompt.png."
Place = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """A picture and what it would become; `fault` is why it cannot."""

    picture: UploadPicture
    model: Match
    prompt: Match
    fault: str = ""

    @property
    def is_source(self) -> bool:
        return self.model.key == SOURCE

    @property
    def is_left_out(self) -> bool:
        return "out" in (self.model.kind, self.prompt.kind)

    @property
    def is_asked(self) -> bool:
        return not self.is_left_out and not self.fault and (self.model.is_open or self.prompt.is_open)

    @property
    def is_ready(self) -> bool:
        return not (self.fault or self.is_left_out or self.is_asked)

    @property
    def place(self) -> Place:
        return place_key(self.model), place_key(self.prompt)


@dataclass(frozen=True)
class Missing:
    """How many pairs of a model and a prompt have no picture, and the titles of the first of them."""

    count: int
    first: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class UploadPlan:
    """All lines in the order they came; each name once under `models` and `prompts`."""

    lines: tuple[Line, ...]
    models: tuple[Match, ...]
    prompts: tuple[Match, ...]
    typed: tuple[Known, ...]
    folders_are_models: bool

    @property
    def ready(self) -> list[Line]:
        return [line for line in self.lines if line.is_ready]

    @property
    def faulty(self) -> list[Line]:
        return [line for line in self.lines if line.fault and not line.is_left_out]

    @property
    def asked(self) -> list[Line]:
        return [line for line in self.lines if line.is_asked]

    @property
    def left_out(self) -> list[Line]:
        return [line for line in self.lines if line.is_left_out]

    @property
    def new_models(self) -> list[Match]:
        return list({form_of(one.label): one for one in reversed(self.models) if one.kind == "new"}.values())[::-1]

    @property
    def new_competitions(self) -> int:
        """Typed prompts that are not there yet, and names that become prompts."""
        typed = sum(one.key.startswith(TYPED) for one in self.typed)
        return typed + len({one.form for one in self.prompts if one.kind == "new"})


def place_key(found: Match) -> str:
    """Equal for names that become one thing."""
    return f"{NEW}:{found.form}" if found.kind == "new" else found.key


def plan_upload(upload: EntrantUpload, *, makes_models: bool = True) -> UploadPlan:
    """As names and rows are now: a fixed number of queries."""
    pictures = list(upload.pictures.select_related("image"))
    typed = typed_prompts(upload)
    models, prompts, own = _models(upload.mode), index_of([*_competitions(upload), *typed]), index_of(typed)
    pairs = [(one.first, one.second) for one in pictures if one.first and not one.is_stated]
    is_straight = upload.folders == "models" or (
        not upload.folders and folders_are_models(pairs, models, _joined(own, prompts))
    )
    matches = _Matches(upload, models, prompts, own, makes_models=makes_models)
    lines = [matches.line(picture, is_straight=is_straight) for picture in pictures]
    lines = list(_judged(upload, lines))
    return UploadPlan(
        lines=tuple(lines),
        models=_once(line.model for line in lines if not line.is_source),
        prompts=_once(line.prompt for line in lines),
        typed=typed,
        folders_are_models=is_straight,
    )


class _Matches:
    """Each name is looked up once."""

    def __init__(self, upload: EntrantUpload, models: Index, prompts: Index, own: Index, *, makes_models: bool) -> None:
        self._upload, self._models, self._prompts, self._own = upload, models, prompts, own
        self._makes_models = makes_models
        self._known: dict[tuple[str, str], Match] = {}

    def line(self, picture: UploadPicture, *, is_straight: bool) -> Line:
        first, second = picture.first, picture.second
        bound = self._upload.competition_id
        if not first and bound and not picture.is_stated:
            return Line(picture, self._model(second), self._bound(), picture.problem)
        # source/prompt.ext and prompt/source.ext say themselves which is which
        is_straight = picture.is_stated or ((is_straight or form_of(first) == SOURCE) and form_of(second) != SOURCE)
        model, prompt = (first, second) if is_straight or not first else (second, first)
        if not first and len(self._upload.prompts) == 1 and not bound:
            model, prompt = second, self._upload.prompts[0]["name"] or self._upload.prompts[0]["prompt"]
        return Line(picture, self._model(model), self._prompt(prompt), picture.problem)

    def _bound(self) -> Match:
        found = self._prompts.known.get(str(self._upload.competition_id))
        return Match(found.title, "known", found.key, found.title) if found else Match("", "unsaid")

    def _model(self, label: str) -> Match:
        if form_of(label) == SOURCE and self._upload.mode == IMAGE_EDIT:
            return Match(label, "known", SOURCE, "source picture")
        decisions = self._upload.decisions.get("models", {})
        return self._once("model", label, lambda: match(label, self._models, decisions, makes_new=self._makes_models))

    def _prompt(self, label: str) -> Match:
        decisions = self._upload.decisions.get("prompts", {})
        # what was typed for this upload comes before what is there
        index = self._own if self._own.exact(label) else self._prompts
        return self._once("prompt", label, lambda: match(label, index, decisions, makes_new=False))

    def _once(self, kind: str, label: str, look: Callable[[], Match]) -> Match:
        if (kind, label) not in self._known:
            self._known[kind, label] = look()
        return self._known[kind, label]


def typed_prompts(upload: EntrantUpload) -> tuple[Known, ...]:
    """In the order they were typed, by the keys that pictures are given."""
    return tuple(_typed(upload))


def _typed(upload: EntrantUpload) -> Iterator[Known]:
    """What was typed, as the competition that asks the very same where there is one."""
    texts = [one["prompt"] for one in upload.prompts]
    there = Competition.objects.filter(mode=upload.mode, prompt__in=texts).values_list("prompt", "id", "title")
    counts = Counter(prompt for prompt, _, _ in there)
    same = {prompt: (str(pk), title) for prompt, pk, title in there if counts[prompt] == 1}
    for number, one in enumerate(upload.prompts):
        prompt = TypedPrompt(**one)
        key, title = same.get(prompt.prompt, (f"{TYPED}{number}", title_of(prompt)))
        numbers = (str(number + 1), f"{number + 1:02}", f"{number + 1:03}", f"prompt {number + 1}")
        yield Known(key, title, tuple(filter(None, (prompt.name, prompt.prompt[:COMPARED], *numbers))))


def _competitions(upload: EntrantUpload) -> Iterator[Known]:
    found = Competition.objects.filter(Q(mode=upload.mode) | Q(pk=upload.competition_id or 0), is_imported=False)
    for pk, title, public_id, prompt in found.annotate(beginning=Left("prompt", COMPARED)).values_list(
        "id", "title", "public_id", "beginning"
    ):
        yield Known(str(pk), title, (public_id, *([prompt] if prompt else [])))


def _models(mode: str) -> Index:
    aliases: dict[int, list[str]] = {}
    for model_id, slug in ModelAlias.objects.values_list("model_id", "slug"):
        aliases.setdefault(model_id, []).append(slug)
    mine = Q(modes__contains=[mode]) | Q(creator__slug=UPLOADED_CREATOR)
    rows = ImageModel.objects.filter(mine).values_list("id", "name", "slug", "alternative_names")
    return index_of(Known(str(pk), name, (slug, *others, *aliases.get(pk, ()))) for pk, name, slug, others in rows)


def _joined(own: Index, prompts: Index) -> Index:
    return own if own.known else prompts


def _judged(upload: EntrantUpload, lines: list[Line]) -> Iterator[Line]:
    """With what is twice, there already, or has no picture to edit."""
    counts = Counter(line.place for line in lines if line.is_ready)
    there, ends = _there(lines), _ends(lines)
    edited = {line.place[1] for line in lines if line.is_ready and line.is_source}
    with_source = _with_source(lines) if upload.mode == IMAGE_EDIT else set()
    for line in lines:
        fault = ""
        if line.is_asked and "unsaid" in (line.model.kind, line.prompt.kind):
            fault = UNSAID
        elif not line.is_ready:
            pass
        elif counts[line.place] > 1:
            other = ends[line.place][line is ends[line.place][0]].picture.name
            where = f"{line.model.title} in “{line.prompt.title}”"
            fault = f"{counts[line.place]} files are for one place, {where}: also {other}."
        elif line.place in there:
            fault = f"{line.model.title} has an entry in “{line.prompt.title}” already."
        elif line.is_source and line.prompt.key.isdigit():
            fault = f"“{line.prompt.title}” is there already; its source picture is set on its page."
        elif upload.mode == IMAGE_EDIT and not line.prompt.key.isdigit() and line.place[1] not in edited:
            fault = f"“{line.prompt.title}” has no picture to edit: send one as source/… beside those of the models."
        elif upload.mode == IMAGE_EDIT and line.prompt.key.isdigit() and line.prompt.key not in with_source:
            fault = f"“{line.prompt.title}” has no picture to edit; set it on its page first."
        yield Line(line.picture, line.model, line.prompt, fault) if fault else line


def _ends(lines: list[Line]) -> dict[Place, tuple[Line, Line]]:
    """Of each place the first and the last line that are for it."""
    found: dict[Place, tuple[Line, Line]] = {}
    for line in lines:
        if line.is_ready:
            found[line.place] = (found.get(line.place, (line, line))[0], line)
    return found


def _there(lines: list[Line]) -> set[Place]:
    """Places of known models in known competitions that have a picture."""
    ready = [line for line in lines if line.is_ready]
    competitions = {int(line.prompt.key) for line in ready if line.prompt.key.isdigit()}
    models = {int(line.model.key) for line in ready if line.model.key.isdigit()}
    found = Entry.objects.filter(competition__in=competitions, model__in=models, image__isnull=False)
    rows = found.exclude(status="retired").values_list("model_id", "competition_id")
    return {(str(model), str(competition)) for model, competition in rows}


def _with_source(lines: list[Line]) -> set[str]:
    ids = {int(line.prompt.key) for line in lines if line.prompt.key.isdigit()}
    found = Competition.objects.filter(id__in=ids, source_image__isnull=False)
    return {str(pk) for pk in found.values_list("id", flat=True)}


def _once(found: Iterator[Match]) -> tuple[Match, ...]:
    return tuple({one.label: one for one in found if one.label}.values())


def find_missing(plan: UploadPlan, most: int) -> Missing:
    """Of models and prompts that have a picture, or were typed. The pairs may be millions: they are counted, and only
    the first are put together.
    """
    ready = [line for line in plan.lines if line.is_ready and not line.is_source]
    models = {line.place[0]: line.model.title for line in ready}
    prompts = {line.place[1]: line.prompt.title for line in ready} | {one.key: one.title for one in plan.typed}
    there = {line.place for line in ready} | _there(ready)
    pairs = ((model, prompt) for prompt, model in product(prompts, models) if (model, prompt) not in there)
    first = tuple((models[model], prompts[prompt]) for model, prompt in islice(pairs, most))
    return Missing(len(models) * len(prompts) - len(there), first)
