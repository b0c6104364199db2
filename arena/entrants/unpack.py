"""Lists what is in an upload: pictures, archives of pictures, lists of prompts and of addresses. Decodes nothing."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Final

from django.conf import settings
from django.db import transaction

from arena.entrants.archive import ArchiveRefused, is_litter
from arena.entrants.lists import MOST_PROMPTS, ListRefused, read_addresses, read_prompts
from arena.entrants.matching import parts_of
from arena.entrants.sources import Sources, Unreadable, member_content, start_of
from arena.models import EntrantUpload, UploadFile, UploadPicture

LIST_BYTES: Final = 8 << 20
LISTS: Final = (".csv", ".tsv")
PROMPT_LIST: Final = "prompts.txt"


def unpack(upload: EntrantUpload, sources: Sources) -> None:
    """Rows for all pictures at once, and the upload with the prompts that came as files. Raises ArchiveRefused,
    ListRefused, and then there is no row.
    """
    prompts = list(upload.prompts)
    start = upload.pictures.count()
    places = count(start)
    pictures = []
    for file in upload.files.all():
        for picture in _of_file(file, sources, prompts):
            picture.upload, picture.place = upload, next(places)
            pictures.append(picture)
            if len(pictures) > settings.MAX_BULK_PICTURES:
                raise ArchiveRefused(f"There are more than {settings.MAX_BULK_PICTURES:,} pictures in one upload.")
    with transaction.atomic():
        locked = EntrantUpload.objects.select_for_update().get(pk=upload.pk)
        if locked.is_unpacked or locked.status != "reading":
            return
        UploadPicture.objects.bulk_create(pictures, batch_size=500)
        locked.is_unpacked, locked.prompts, locked.total = True, prompts, start + len(pictures)
        locked.save(update_fields=["is_unpacked", "prompts", "total"])


def _of_file(file: UploadFile, sources: Sources, prompts: list[dict[str, str]]) -> Iterator[UploadPicture]:
    if is_litter(file.name):
        return
    if is_list(file.name):
        yield from _of_list(file.name, start_of(file, LIST_BYTES + 1), prompts)
        return
    archive = sources.archive(file)
    if archive is None:
        yield _picture(file, file.name)
        return
    for member in archive.members:
        if is_list(member.path):
            try:
                content = member_content(archive, member.number, LIST_BYTES + 1)
            except Unreadable as problem:
                raise ArchiveRefused(f"{member.path}: {problem}") from None
            yield from _of_list(member.path, content, prompts)
        else:
            yield _picture(file, member.path, member.number)


def is_list(name: str) -> bool:
    return name.lower().endswith(LISTS) or name.lower().rpartition("/")[2] == PROMPT_LIST


def _picture(file: UploadFile, path: str, member: int | None = None) -> UploadPicture:
    first, second = parts_of(path)
    return UploadPicture(file=file, member=member, name=path[:500], first=first[:250], second=second[:250])


def _of_list(name: str, content: bytes, prompts: list[dict[str, str]]) -> Iterator[UploadPicture]:
    """Pictures behind its addresses; or else its prompts join the others. Raises ListRefused."""
    if len(content) > LIST_BYTES:
        raise ListRefused(f"{name} is longer than {LIST_BYTES >> 20} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListRefused(f"{name} is not text in UTF-8.") from None
    try:
        addresses = read_addresses(text)
        if addresses is None:
            prompts += [asdict(one) for one in read_prompts(text)]
            if len(prompts) > MOST_PROMPTS:
                raise ListRefused(f"with it there are more than {MOST_PROMPTS:,} prompts in one upload.")
    except ListRefused as refused:
        raise ListRefused(f"{name}: {refused}") from None
    for one in addresses or ():
        yield UploadPicture(
            name=f"{name}, line {one.line}"[:500],
            url=one.url,
            first=one.model[:250],
            second=one.prompt[:250],
            is_stated=True,
        )
