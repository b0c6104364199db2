"""A multipart form as bytes; the same content gives the same bytes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from providers.adapters.wire import InputImage
from providers.sheet import Json

LINE: Final = b"\r\n"


@dataclass(frozen=True)
class FilePart:
    """A picture under a field's name."""

    name: str
    stem: str
    image: InputImage


def form_body(fields: Mapping[str, Json], files: Sequence[FilePart]) -> tuple[str, bytes]:
    """Content type and body: text parts first, as they are written in forms, then the files."""
    pairs = (pair for name, value in fields.items() for pair in _flat(name, value))
    blocks = [(_field_head(name), _field_text(value)) for name, value in pairs]
    blocks += [(_file_head(part), part.image.content) for part in files]
    boundary = _boundary(blocks)
    edge = b"--" + boundary.encode()
    body = b"".join(edge + LINE + head + LINE + LINE + content + LINE for head, content in blocks)
    return f"multipart/form-data; boundary={boundary}", body + edge + b"--" + LINE


def _boundary(blocks: Sequence[tuple[bytes, bytes]]) -> str:
    """From the content, and within none of it."""
    digest = sha256()
    for head, content in blocks:
        digest.update(head)
        digest.update(content)
    boundary = digest.hexdigest()
    while any(boundary.encode() in content for _, content in blocks):
        boundary = sha256(boundary.encode()).hexdigest()
    return boundary


def _flat(name: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Lists as `name[]` again and again, objects as `name[key]`; what is null is left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(f"{name}[]", inner)
    elif value is not None:
        yield name, value


def _field_head(name: str) -> bytes:
    return f'Content-Disposition: form-data; name="{_quoted(name)}"'.encode()


def _file_head(part: FilePart) -> bytes:
    ending = part.image.media_type.rpartition("/")[2]
    disposition = f'Content-Disposition: form-data; name="{_quoted(part.name)}"; filename="{part.stem}.{ending}"'
    return f"{disposition}\r\nContent-Type: {part.image.media_type}".encode()


def _field_text(value: Json) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _quoted(name: str) -> str:
    """As browsers escape names."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
