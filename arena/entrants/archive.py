"""Reads a zip of strangers' making: what is in it is judged by its list before anything is unpacked, and each refusal
names the member. Memory is bounded by the list's size, and a member by its own. Pure."""

import contextlib
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

MIB: Final = 1 << 20
# of the list at the end, which the library holds in memory
LIST_BYTES: Final = 4 * MIB
MOST_MEMBERS: Final = 20_000
# pictures are packed already; a TIFF of one colour is not, but then it is small
RATIO: Final = 200
RATIO_FROM_BYTES: Final = 4 * MIB
NAMED: Final = 5
LONGEST_PATH: Final = 480
HEADS: Final = (b"PK\x03\x04", b"PK\x05\x06")
ARCHIVES: Final = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".cbz", ".jar")
DRIVE: Final = re.compile(r"[A-Za-z]:")
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
UTF8_FLAG: Final = 0x800
ENCRYPTED_FLAGS: Final = 0x1 | 0x40 | 0x2000
# what operating systems leave in folders
LITTER: Final = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})


class ArchiveRefused(Exception):
    """The archive is not taken; the message names the members that are why."""


@dataclass(frozen=True)
class Member:
    """A file of an archive: its number in the list, its path with slashes, its size unpacked."""

    number: int
    path: str
    size_bytes: int


class _Bounded:
    """A file of which no more is read at once than a list may take, whatever its end says."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(min(size, LIST_BYTES + 1) if size >= 0 else LIST_BYTES + 1)
        if len(found) > LIST_BYTES:
            raise ArchiveRefused(f"The archive's list of files is longer than {LIST_BYTES // MIB} MB.")
        return found

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


@dataclass(frozen=True)
class Archive:
    """An opened zip and the members that are taken, in its order."""

    file: zipfile.ZipFile
    members: tuple[Member, ...]

    def open(self, number: int) -> IO[bytes]:
        """Raises OSError or zipfile.BadZipFile while it is read, where it is not what the list says."""
        return self.file.open(self.file.infolist()[number])


def is_archive(head: bytes) -> bool:
    return head.startswith(HEADS)


def open_archive(file: IO[bytes], most_bytes: int) -> Archive:
    """`most_bytes` bounds what all members take unpacked. Raises ArchiveRefused."""
    try:
        opened = zipfile.ZipFile(_Bounded(file))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, OverflowError):
        raise ArchiveRefused("The archive is damaged or cut off: its list of files cannot be read.") from None
    found = opened.infolist()
    if len(found) > MOST_MEMBERS:
        raise ArchiveRefused(f"The archive holds {len(found):,} files; allowed are {MOST_MEMBERS:,}.")
    members = [Member(number, path_of(one), one.file_size) for number, one in enumerate(found)]
    _refuse(_faults(found, members))
    taken = [one for info, one in zip(found, members, strict=True) if not info.is_dir() and not is_litter(one.path)]
    if sum(one.size_bytes for one in taken) > most_bytes:
        raise ArchiveRefused(f"The archive takes more than {most_bytes // MIB:,} MB unpacked.")
    return Archive(opened, tuple(taken))


def path_of(info: zipfile.ZipInfo) -> str:
    """With slashes. A name that is not marked as UTF-8 and reads as such is that, or else of code page 437."""
    name = info.orig_filename if "\0" in info.orig_filename else info.filename
    if not info.flag_bits & UTF8_FLAG and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def is_litter(path: str) -> bool:
    """What nobody meant to send: hidden files and what systems leave behind."""
    parts = path.lower().split("/")
    return "__macosx" in parts or parts[-1] in LITTER or parts[-1].startswith(".")


def path_problem(path: str) -> str:
    """Why a path is refused, as the end of a sentence; "" where it stays in its folder."""
    if "\0" in path or any(ord(letter) < 32 for letter in path):
        return "has a control character in its name"
    if len(path) > LONGEST_PATH:
        return f"has a path longer than {LONGEST_PATH} characters"
    if path.startswith("/") or DRIVE.match(path) or ".." in path.split("/"):
        return "leads out of the folder"
    return ""


def _faults(found: list[zipfile.ZipInfo], members: list[Member]) -> Iterator[tuple[str, str]]:
    """A path and what is wrong with it."""
    places = Counter(info.header_offset for info in found)
    paths = Counter(member.path for member in members)
    for info, member in zip(found, members, strict=True):
        problem = path_problem(member.path) or _problem(info, member)
        if not problem and places[info.header_offset] > 1:
            problem = "lies over another file of the archive"
        if not problem and paths[member.path] > 1:
            problem = f"is there {paths[member.path]} times"
        if problem:
            yield member.path, problem


def _problem(info: zipfile.ZipInfo, member: Member) -> str:
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if info.is_dir():
        return ""
    return _packing_problem(info) or _content_problem(info, member)


def _packing_problem(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & ENCRYPTED_FLAGS:
        return "is encrypted"
    if info.compress_type not in METHODS:
        return "is packed in a way that is not taken; stored and deflated are"
    return ""


def _content_problem(info: zipfile.ZipInfo, member: Member) -> str:
    if member.path.lower().endswith(ARCHIVES) and not is_litter(member.path):
        return "is an archive within the archive"
    if info.file_size > RATIO_FROM_BYTES and info.file_size > RATIO * max(1, info.compress_size):
        return f"unpacks to more than {RATIO} times its size"
    return ""


def _refuse(faults: Iterator[tuple[str, str]]) -> None:
    found = list(dict.fromkeys(faults))
    if not found:
        return
    named = "; ".join(f"{_shown(path)} {problem}" for path, problem in found[:NAMED])
    more = f"; and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    raise ArchiveRefused(f"The archive is refused, nothing of it is taken: {named}{more}.")


def _shown(path: str) -> str:
    text = "".join(letter if letter.isprintable() else "�" for letter in path)
    return f"“{text if len(text) <= 120 else text[:120] + '…'}”"
