"""Archives that are not what they seem are refused by name, and nothing of them is written."""

import struct
import zipfile
from io import BytesIO

import pytest

from arena.entrants.archive import ArchiveRefused, is_archive, open_archive
from arena.models import StoredImage
from tests.entrants.factories import make_upload, make_zip, nothing_written, picture

FOX = ("Alder/fox.png", picture())


def refusal(content: bytes, most_bytes: int = 1 << 30) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        open_archive(BytesIO(content), most_bytes)
    return str(refused.value)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def encrypted(content: bytes) -> bytes:
    """The flag in the local head and in the list."""
    found = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found[found.index(mark) + at] |= 1
    return bytes(found)


def with_name(content: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    return content.replace(old, new)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (make_zip(FOX, ("../../etc/fox.png", b"x")), "“../../etc/fox.png” leads out of the folder"),
        (make_zip(FOX, ("/etc/fox.png", b"x")), "“/etc/fox.png” leads out of the folder"),
        (make_zip(FOX, ("C:\\fox.png", b"x")), "“C:/fox.png” leads out of the folder"),
        (make_zip(FOX, (link("Alder/link.png"), b"/etc/passwd")), "“Alder/link.png” is a link or a device"),
        (make_zip(FOX, ("Alder/inner.zip", make_zip(FOX))), "“Alder/inner.zip” is an archive within the archive"),
        (make_zip(FOX, ("Alder/bomb.tiff", bytes(30 << 20))), "“Alder/bomb.tiff” unpacks to more than 200 times"),
        (encrypted(make_zip(FOX)), "“Alder/fox.png” is encrypted"),
        (make_zip(FOX, method=zipfile.ZIP_LZMA), "“Alder/fox.png” is packed in a way that is not taken"),
        (make_zip(FOX)[:-10], "damaged or cut off"),
        (make_zip(*[(f"a/{n}.png", b"") for n in range(20_001)], method=zipfile.ZIP_STORED), "20,001 files"),
    ],
)
def test_it_is_refused_by_name(content: bytes, said: str) -> None:
    assert is_archive(content)
    assert said in refusal(content)


def test_two_files_of_one_path_and_one_over_another_are_refused() -> None:
    twice = with_name(make_zip(("Alder/fox.png", b"1"), ("Alder/fix.png", b"2")), b"Alder/fix.png", b"Alder/fox.png")
    assert "“Alder/fox.png” is there 2 times" in refusal(twice)
    content = bytearray(make_zip(("a.png", b"1"), ("b.png", b"2")))
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, second + 42, 0)
    assert "lies over another file" in refusal(bytes(content))


def test_what_all_take_unpacked_is_bounded() -> None:
    assert "more than 1 MB unpacked" in refusal(make_zip(("a.png", bytes(2 << 20)), ("b.png", b"")), 1 << 20)


def test_a_list_of_files_without_end_is_not_read_into_memory() -> None:
    names = [(f"{'x' * 250}{n}.png", b"") for n in range(18_000)]
    assert "longer than 4 MB" in refusal(make_zip(*names, method=zipfile.ZIP_STORED))


def test_names_are_read_in_utf8_marked_or_not_and_in_code_page_437() -> None:
    marked = make_zip(("Alder/füchse 🦊.png", b"1"))
    unmarked = bytearray(marked)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = unmarked.index(mark) + at
        struct.pack_into("<H", unmarked, place, struct.unpack_from("<H", unmarked, place)[0] & ~0x800)
    old = make_zip(("Alder/x.png", b"1")).replace(b"Alder/x.png", b"Alder/\x81.png")
    paths = [open_archive(BytesIO(bytes(one)), 100).members[0].path for one in (marked, unmarked, old)]
    assert paths == ["Alder/füchse 🦊.png", "Alder/füchse 🦊.png", "Alder/ü.png"]


def test_litter_of_systems_is_left_out() -> None:
    names = ("__MACOSX/Alder/._fox.png", "Alder/.DS_Store", "Thumbs.db", "Alder/")
    opened = open_archive(BytesIO(make_zip(FOX, *((name, b"") for name in names))), 1 << 20)
    assert [member.path for member in opened.members] == ["Alder/fox.png"]


@pytest.mark.django_db
def test_a_refused_archive_leaves_nothing() -> None:
    upload = make_upload(("a.zip", make_zip(FOX, ("../fox.png", b"x"))), prompts="fox | A fox")
    assert (upload.status, upload.total) == ("refused", 0)
    assert "“../fox.png” leads out of the folder" in upload.problem
    assert nothing_written()
    assert not StoredImage.objects.exists()


@pytest.mark.django_db
def test_prompts_of_many_lists_are_counted_together() -> None:
    lists = [(f"{place}/prompts.txt", b"\n".join([b"a fox"] * 400)) for place in range(1000)]
    upload = make_upload(("a.zip", make_zip(*lists)))
    assert (upload.status, upload.prompts) == ("refused", [])
    assert upload.problem == "2/prompts.txt: with it there are more than 1,000 prompts in one upload."


@pytest.mark.django_db
def test_a_member_that_is_damaged_is_named() -> None:
    content = bytearray(make_zip(FOX, ("Birch/fox.png", picture("red")), method=zipfile.ZIP_STORED))
    content[content.index(b"IDAT") + 6] ^= 0xFF
    upload = make_upload(("a.zip", bytes(content)), prompts="fox | A fox")
    assert [one.problem for one in upload.pictures.all()] == [
        "The archive is damaged here: what is packed is not what its list says.",
        "",
    ]
