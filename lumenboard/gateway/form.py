"""A multipart body as fields and files, read piece by piece; what is large goes to a temporary file."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lumenboard.gateway.call import Call, pieces
from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from providers.scratch import scratch_dir

LARGEST_FORM: Final = 48 << 20
LARGEST_FIELD: Final = 128 << 10
MOST_PARTS: Final = 64
IN_MEMORY: Final = 1 << 20
LARGEST_PREAMBLE: Final = 8 << 10
LINE: Final = b"\r\n"
# A file whose name is said in the extended form alone, which the parser leaves out.
EXTENDED: Final = re.compile(rb";\s*filename\*\s*=", re.IGNORECASE)
INDEXED: Final = re.compile(r"([^\[\]]{1,80})\[([^\[\]]{0,80})\]")


@dataclass(frozen=True)
class FilePart:
    """A file as it came. What it is called and said to be is not looked at.

    `label` is what a caller knows it by; one with a `url` is empty until it has been fetched.
    """

    name: str
    content: IO[bytes] = field(repr=False)
    label: str = ""
    url: str = field(default="", repr=False)


@dataclass
class Form:
    """Fields by name (`a[b]` as an object, `a[]` as a list), files in order, and the hash of it all."""

    fields: JsonObject = field(default_factory=dict)
    files: list[FilePart] = field(default_factory=list)
    sha256: str = ""

    def close(self) -> None:
        """Throws temporary files away."""
        for file in self.files:
            file.content.close()


@dataclass
class _Reader:
    """The parser's callbacks."""

    form: Form = field(default_factory=Form)
    digest: Any = field(default_factory=sha256)
    headers: dict[str, bytes] = field(default_factory=dict)
    header: bytes = b""
    value: bytes = b""
    name: str = ""
    held: bytearray = field(default_factory=bytearray)
    file: IO[bytes] | None = None
    parts: int = 0
    is_over: bool = False

    def on_part_begin(self) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise invalid(None, f"The form has too many parts: allowed are {MOST_PARTS}.")
        self.headers, self.held, self.file = {}, bytearray(), None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self.header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def on_header_end(self) -> None:
        self.headers[self.header.decode("latin-1").lower()] = self.value
        self.header = self.value = b""

    def on_headers_finished(self) -> None:
        disposition = self.headers.get("content-disposition", b"")
        _, options = parse_options_header(disposition)
        self.name = options.get(b"name", b"").decode("utf-8", "replace")[:200]
        if b"filename" in options or EXTENDED.search(disposition):
            # closed with the form
            self.file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(scratch_dir()))  # noqa: SIM115
            self.form.files.append(FilePart(self.name, self.file, self.name))
        self.digest.update(f"\0{self.name}\0".encode())

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        self.digest.update(piece)
        if self.file is not None:
            self.file.write(piece)
            return
        self.held += piece
        if len(self.held) > LARGEST_FIELD:
            raise invalid(self.name, f"the text is too long: allowed are {LARGEST_FIELD:,} bytes")

    def on_part_end(self) -> None:
        if self.file is not None:
            self.file.seek(0)
            return
        if not self.held:
            # what a form leaves empty is not said
            return
        try:
            put_field(self.form.fields, self.name, bytes(self.held).decode())
        except UnicodeDecodeError:
            raise invalid(self.name, "the text is not UTF-8") from None

    def on_end(self) -> None:
        self.is_over = True


def put_field(fields: JsonObject, name: str, text: str) -> None:
    """`a[]` repeated is a list, `a[b]` an object; a plain name given twice is refused."""
    match = INDEXED.fullmatch(name)
    if match is None:
        if name in fields:
            raise invalid(name, "the field appears twice; write name[] for a list")
        fields[name] = text
    elif match[2]:
        inner = fields.setdefault(match[1], {})
        if not isinstance(inner, dict) or match[2] in inner:
            raise invalid(name, "the field appears twice")
        inner[match[2]] = text
    else:
        listed = fields.setdefault(match[1], [])
        if not isinstance(listed, list):
            raise invalid(name, "the field appears both plain and as a list")
        listed.append(text)


async def read_form(call: Call) -> Form:
    """Raises GatewayError. The caller closes the form."""
    kind, options = parse_options_header(call.header("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise GatewayError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be multipart/form-data with a boundary; edits may also be application/json.",
        )
    reader = _Reader()
    try:
        with _named():
            callbacks: Any = {name: getattr(reader, name) for name in CALLBACKS}
            parser = MultipartParser(boundary, callbacks)
            async for piece in _from_boundary(pieces(call, LARGEST_FORM), b"--" + boundary):
                parser.write(piece)
            parser.finalize()
            if not reader.is_over:
                raise invalid(None, "The form is cut off.")
    except BaseException:
        reader.form.close()
        raise
    reader.form.sha256 = reader.digest.hexdigest()
    return reader.form


async def _from_boundary(source: AsyncIterator[bytes], mark: bytes) -> AsyncIterator[bytes]:
    """Without the preamble that MIME allows; where there is no boundary, what came, for the parser to refuse."""
    head, is_inside = b"", False
    async for piece in source:
        if is_inside:
            yield piece
            continue
        head += piece
        at = 0 if head.startswith(mark) else head.find(LINE + mark)
        if at >= 0:
            is_inside = True
            yield head[at:].removeprefix(LINE)
        elif len(head) > LARGEST_PREAMBLE:
            raise invalid(None, f"The form does not begin within {LARGEST_PREAMBLE:,} bytes.")
    if not is_inside:
        yield head


CALLBACKS: Final = (
    *("on_part_begin", "on_header_field", "on_header_value", "on_header_end", "on_headers_finished"),
    *("on_part_data", "on_part_end", "on_end"),
)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise invalid(None, f"The form cannot be read: {str(error)[:120]}.") from None
