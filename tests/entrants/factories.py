"""Uploads of entrants, from zips and files that tests write, read and applied as workers do."""

import zipfile
from functools import cache
from io import BytesIO

from arena.entrants import receive
from arena.entrants.apply_upload import begin_apply
from arena.entrants.lists import read_prompts
from arena.entrants.rights import EntrantRights
from arena.entrants.run_apply import apply_upload, read_upload
from arena.models import Competition, EntrantUpload, Entry
from providers.models import ImageModel
from tests.intake.files import make_file

ALL = EntrantRights(brings=True, makes_competitions=True, makes_models=True, opens=True)


@cache
def picture(colour: str = "teal", kind: str = "PNG") -> bytes:
    return make_file(kind, (32, 24), colour=colour)


def make_zip(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def make_upload(*files: tuple[str, bytes], prompts: str = "", mode: str = "text-to-image", **options) -> EntrantUpload:
    """Received and read."""
    upload = receive.start_upload(mode, prompts=read_prompts(prompts), **options)
    for name, content in files:
        receive.receive_file(upload.pk, name, BytesIO(content), len(content))
    receive.begin_reading(upload.pk)
    read_upload(upload.pk)
    upload.refresh_from_db()
    return upload


def make_applied(*files: tuple[str, bytes], is_live: bool = False, **options) -> EntrantUpload:
    upload = make_upload(*files, **options)
    begin_apply(upload.pk, ALL, is_live=is_live)
    assert apply_upload(upload.pk) == "applied"
    upload.refresh_from_db()
    return upload


def nothing_written() -> bool:
    return not (Competition.objects.exists() or Entry.objects.exists() or ImageModel.objects.exists())
