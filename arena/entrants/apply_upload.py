"""Makes entries of an upload that was looked at, with the competitions and models they need, in steps that any worker
may go on from: a picture becomes one entry, whoever is killed meanwhile."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.enqueue import enqueue_on_commit
from arena.entrants.lists import TypedPrompt, title_of
from arena.entrants.matching import NEW, SOURCE
from arena.entrants.plan_upload import TYPED, UPLOADED_CREATOR, Line, UploadPlan, place_key, plan_upload, typed_prompts
from arena.entrants.rights import KEY_SCOPE, EntrantRights, rights_of_key
from arena.models import Competition, EntrantUpload, Entry, UploadPicture
from arena.voting.draw_pools import invalidate_contests
from arena.voting.image_padding import invalidate_frames
from providers.catalogue.free_slugs import free_slugs
from providers.models import Creator, ImageModel
from providers.names import repaired

NAMED: Final = 3
# a title keeps to its column
LONGEST_TITLE: Final = 200
GONE: Final = "Its model or its competition was deleted before it became an entry."


class CannotApply(Exception):
    """The upload does not become entries as it is; the message says what has to be decided first."""


def begin_apply(
    upload_id: int, rights: EntrantRights, *, without_faulty: bool = False, is_live: bool = False
) -> EntrantUpload:
    """Writes down what each picture becomes, and has a worker do it. Raises CannotApply, and then nothing changes."""
    with transaction.atomic():
        upload = EntrantUpload.objects.select_for_update().get(pk=upload_id)
        if upload.status in ("applying", "applied"):
            return upload
        if upload.status != "read":
            raise CannotApply("The upload is not there to be applied.")
        if not rights.brings:
            raise CannotApply("You may not bring entrants.")
        plan = plan_upload(upload, makes_models=rights.makes_models)
        _check(upload, plan, rights, without_faulty=without_faulty, is_live=is_live)
        chosen = [_frozen(line, plan) for line in plan.ready]
        UploadPicture.objects.bulk_update(chosen, ["model_key", "prompt_key"], batch_size=500)
        upload.status, upload.is_live = "applying", is_live
        upload.total, upload.done, upload.lease_until = len(chosen), 0, None
        upload.save()
        enqueue_on_commit("apply_upload", [upload.pk])
    return upload


def apply_if_complete(upload_id: int) -> None:
    """An upload that asked for it becomes entries by itself where nothing is wrong with it, or else none."""
    upload = EntrantUpload.objects.select_related("key").get(pk=upload_id)
    if not upload.applies_itself:
        return
    try:
        rights = rights_of_key(upload.key)
        if not rights.brings:
            raise CannotApply(f"The key that brought it is revoked, has expired or lacks the scope {KEY_SCOPE}.")
        begin_apply(upload_id, rights)
    except CannotApply as error:
        refused = EntrantUpload.objects.filter(pk=upload_id, status="read")
        refused.update(status="refused", problem=str(error), finished_at=timezone.now())


def _check(
    upload: EntrantUpload, plan: UploadPlan, rights: EntrantRights, *, without_faulty: bool, is_live: bool
) -> None:
    if plan.asked:
        raise CannotApply(f"Say first what is meant: {_named(plan.asked)}.")
    if plan.faulty and not without_faulty:
        raise CannotApply(
            f"Not as it is: {'; '.join(f'{one.picture.name}: {one.fault}' for one in plan.faulty[:NAMED])}"
        )
    if not plan.ready and not plan.new_competitions:
        raise CannotApply("There is nothing to apply.")
    if plan.new_models and not rights.makes_models:
        raise CannotApply(f"You may not make models: {', '.join(one.label for one in plan.new_models[:NAMED])}.")
    if plan.new_competitions and not rights.makes_competitions:
        raise CannotApply("You may not make competitions.")
    if is_live and not rights.opens:
        raise CannotApply("You may not open entries and competitions for votes.")


def _named(lines: list[Line]) -> str:
    more = f" and {len(lines) - NAMED:,} more" if len(lines) > NAMED else ""
    return ", ".join(line.picture.name for line in lines[:NAMED]) + more


def _frozen(line: Line, plan: UploadPlan) -> UploadPicture:
    """With the names of what is made; the first spelling of a name that came in several."""
    picture = line.picture
    names = {place_key(one): one.label for one in reversed((*plan.models, *plan.prompts)) if one.kind == NEW}
    picture.model_key = f"{NEW}:{names[line.place[0]]}" if line.model.kind == "new" else line.model.key
    picture.prompt_key = f"{NEW}:{names[line.place[1]]}" if line.prompt.kind == "new" else line.prompt.key
    return picture


def apply_step(upload: EntrantUpload, most: int) -> bool:
    """Entries for so many more pictures, in one transaction; whether all are there."""
    with transaction.atomic():
        locked = EntrantUpload.objects.select_for_update().get(pk=upload.pk)
        if locked.status != "applying":
            return True
        _make_things(locked)
        left = locked.pictures.exclude(model_key="").filter(entry=None, problem="").exclude(model_key=SOURCE)
        pictures = list(left.select_related("image").order_by("place")[:most])
        for picture in pictures:
            _enter(locked, picture)
        locked.done = min(locked.total, locked.done + len(pictures))
        locked.save()
        if len(pictures) == most:
            return False
        _finish(locked)
    return True


def _make_things(upload: EntrantUpload) -> None:
    """Models and competitions, once."""
    if "competitions" in upload.made:
        return
    keys = upload.pictures.exclude(model_key="")
    names = dict.fromkeys(_new_names(keys.order_by("place").values_list("model_key", flat=True)))
    upload.made = {"models": _make_models(list(names), upload.mode), "competitions": _make_competitions(upload)}
    upload.done = keys.filter(model_key=SOURCE).count()


def _new_names(keys: Iterable[str]) -> Iterable[str]:
    return (key.removeprefix(f"{NEW}:") for key in keys if key.startswith(f"{NEW}:"))


def _make_models(names: list[str], mode: str) -> dict[str, list[Any]]:
    """By name the id, and whether it was made here: another upload may have come before."""
    if not names:
        return {}
    creator, _ = Creator.objects.get_or_create(slug=UPLOADED_CREATOR, defaults={"name": "Uploaded"})
    # two uploads at once make a model once
    Creator.objects.select_for_update().get(pk=creator.pk)
    called = {name: repaired(name, "Model") for name in names}
    there = {one.name: one for one in ImageModel.objects.filter(creator=creator, name__in=called.values())}
    slugs = free_slugs(dict.fromkeys(title for title in called.values() if title not in there))
    for title, slug in slugs.items():
        there[title] = ImageModel.objects.create(
            name=title, slug=slug, creator=creator, modes=[mode], is_announced=False
        )
    return {name: [there[title].pk, title in slugs] for name, title in called.items()}


def _make_competitions(upload: EntrantUpload) -> dict[str, int]:
    """By key: of typed prompts that no competition asked before, and of names that became prompts."""
    sources = dict(upload.pictures.filter(model_key=SOURCE).values_list("prompt_key", "image_id"))
    used = dict.fromkeys(upload.pictures.exclude(prompt_key="").order_by("place").values_list("prompt_key", flat=True))
    wanted = {one.key: None for one in typed_prompts(upload) if one.key.startswith(TYPED)} | used
    made = {}
    for key in wanted:
        if key.isdigit():
            continue
        prompt = _prompt_of(upload, key)
        row = Competition.objects.create(
            title=repaired(title_of(prompt), "A prompt", LONGEST_TITLE),
            mode=upload.mode,
            prompt=prompt.prompt,
            status="open" if upload.is_live else "draft",
            source_image_id=sources.get(key),
        )
        made[key] = row.pk
    ensure_boards(made.values())
    return made


def _prompt_of(upload: EntrantUpload, key: str) -> TypedPrompt:
    if key.startswith(TYPED):
        return TypedPrompt(**upload.prompts[int(key.removeprefix(TYPED))])
    name = key.removeprefix(f"{NEW}:")
    # a file's name is a prompt with its blanks taken away
    return TypedPrompt(prompt=name if " " in name else name.replace("-", " ").replace("_", " "))


def _enter(upload: EntrantUpload, picture: UploadPicture) -> None:
    made = upload.made
    model_id = made["models"].get(picture.model_key.removeprefix(f"{NEW}:"), [None])[0]
    if picture.model_key.isdigit():
        model_id = int(picture.model_key)
    prompt_key = picture.prompt_key
    competition_id = int(prompt_key) if prompt_key.isdigit() else made["competitions"].get(prompt_key)
    model = ImageModel.objects.filter(pk=model_id).select_related("creator").first()
    if model is None or not Competition.objects.filter(pk=competition_id, mode=upload.mode).exists():
        picture.problem = GONE
        picture.save(update_fields=["problem"])
        return
    if upload.mode not in model.modes and model.creator.slug == UPLOADED_CREATOR:
        model.modes = [*model.modes, upload.mode]
        model.save(update_fields=["modes", "updated_at"])
    picture.entry = Entry.objects.create(
        competition_id=competition_id,
        model=model,
        image=picture.image,
        status="live" if upload.is_live else "held",
    )
    picture.save(update_fields=["entry"])


def _finish(upload: EntrantUpload) -> None:
    entered = Entry.objects.filter(pk__in=upload.pictures.exclude(entry=None).values("entry"))
    ensure_boards(set(entered.values_list("competition_id", flat=True)))
    upload.status, upload.done, upload.lease_until = "applied", upload.total, None
    upload.finished_at = timezone.now()
    upload.save()
    transaction.on_commit(_drawn_anew)


def _drawn_anew() -> None:
    invalidate_contests()
    invalidate_frames()
