"""Entrants that a program brings: an upload with all its pictures at once, once per request however often it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from arena.entrants.lists import LONGEST_LABEL, LONGEST_URL, TypedPrompt
from arena.entrants.receive import PIECE_BYTES, NotReceived, begin_reading, start_upload
from arena.models import Competition, EntrantUpload, UploadFile, UploadPicture
from providers.models import ApiKey
from providers.names import prompt_problem


class BringRefused(ValueError):
    """What was brought is not taken; the message begins with its field."""


@dataclass(frozen=True)
class Brought:
    """A picture, its bytes or its address, of a model; for a competition by its public id, or for a prompt."""

    name: str
    model: str
    competition: str = ""
    prompt: str = ""
    content: bytes = field(default=b"", repr=False)
    url: str = ""


def bring(
    key: ApiKey, word: str, mode: str, entries: Sequence[Brought], *, applies_itself: bool
) -> tuple[EntrantUpload, bool]:
    """The upload, and whether it is new. Raises BringRefused."""
    digest = _digest(mode, entries, applies_itself=applies_itself)
    if before := _before(key, word, digest):
        return before, False
    _check(mode, entries)
    prompts = list(dict.fromkeys(one.prompt for one in entries if one.prompt))
    try:
        with transaction.atomic():
            typed = tuple(TypedPrompt(prompt, f"prompt {number}") for number, prompt in enumerate(prompts, start=1))
            made = start_upload(
                mode, prompts=typed, key=key, applies_itself=applies_itself, idempotency_key=word, body_sha256=digest
            )
            _add(made, entries, {prompt: one.name for prompt, one in zip(prompts, typed, strict=True)})
            begin_reading(made.pk)
    except NotReceived as refused:
        raise BringRefused(f"entries: {refused}") from None
    except IntegrityError:
        # the same request came at the same time
        before = _before(key, word, digest)
        if before is None:
            raise
        return before, False
    made.refresh_from_db()
    return made, True


def _before(key: ApiKey, word: str, digest: str) -> EntrantUpload | None:
    found = EntrantUpload.objects.filter(key=key, idempotency_key=word).first()
    if found and found.body_sha256 != digest:
        raise BringRefused("Idempotency-Key: was used before for another request")
    return found


def _digest(mode: str, entries: Sequence[Brought], *, applies_itself: bool) -> str:
    made = sha256(f"{mode} {applies_itself}".encode())
    for one in entries:
        for part in (one.model, one.competition, one.prompt, one.url):
            made.update(f"{len(part)}:{part}".encode())
        made.update(sha256(one.content).digest())
    return made.hexdigest()


def _check(mode: str, entries: Sequence[Brought]) -> None:
    named = {one.competition for one in entries if one.competition}
    known = set(Competition.objects.filter(mode=mode, public_id__in=named).values_list("public_id", flat=True))
    for one in entries:
        if problem := next(_problems(one, known), ""):
            where = f"{one.name}." if one.name.startswith("entries") else ""
            raise BringRefused(f"{where}{problem}")


def _problems(one: Brought, known: set[str]) -> Iterator[str]:
    if not one.model.strip() or len(one.model) > LONGEST_LABEL:
        yield f"model: needs a name of 1 to {LONGEST_LABEL} characters"
    if bool(one.competition) == bool(one.prompt.strip()):
        yield "competition: needs its public id, or in its place a prompt"
    if one.competition and one.competition not in known:
        yield "competition: there is none of that public id and mode"
    if problem := prompt_problem(one.prompt):
        yield f"prompt: {problem}"
    if len(one.url) > LONGEST_URL:
        yield f"image: an address has at most {LONGEST_URL:,} characters"


def _add(upload: EntrantUpload, entries: Sequence[Brought], names: dict[str, str]) -> None:
    """Rows of all pictures, and their bytes in our storage."""
    for place, one in enumerate(entries):
        UploadPicture.objects.create(
            upload=upload,
            place=place,
            name=one.name,
            file=None if one.url else _stored(upload, one),
            url=one.url,
            first=one.model,
            second=one.competition or names[one.prompt],
            is_stated=True,
        )
    upload.is_unpacked, upload.total = True, len(entries)
    upload.received_bytes = sum(len(one.content) for one in entries)
    upload.save(update_fields=["is_unpacked", "total", "received_bytes"])


def _stored(upload: EntrantUpload, one: Brought) -> UploadFile:
    size = len(one.content)
    file = UploadFile.objects.create(upload=upload, name=one.name, size_bytes=size, received_bytes=size)
    content = BytesIO(one.content)
    while part := content.read(PIECE_BYTES):
        default_storage.save(file.piece_name(file.pieces), ContentFile(part))
        file.pieces += 1
    file.save(update_fields=["pieces"])
    return file
