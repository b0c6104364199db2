"""Pictures from model, prompt, seed and size, and those that come with an order: kept while among the latest."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from providers.simulator.plain import plain_png

MOST_SOURCE_BYTES: Final = 256 * 2**20
LARGEST_SOURCE_PX: Final = 40_000_000


class UnreadablePicture(ValueError):
    """An input picture that is none, or too large, or kept no longer."""


class Source:
    """A picture to be edited; two of the same bytes are equal. `size` is width and height in pixels."""

    __slots__ = ("_content", "digest", "size")

    def __init__(self, content: bytes, digest: bytes) -> None:
        self._content = content
        self.digest = digest
        self.size = size_of(content)

    @property
    def content(self) -> bytes:
        """Raises UnreadablePicture once it had to make room."""
        if not self._content:
            raise UnreadablePicture("the picture to edit is kept no longer")
        return self._content

    def drop(self) -> int:
        """Forget the bytes; returns how many they were."""
        dropped, self._content = len(self._content), b""
        return dropped

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


class Sources:
    """The latest ones, by digest."""

    def __init__(self, most_bytes: int = MOST_SOURCE_BYTES) -> None:
        self._kept: OrderedDict[bytes, Source] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    def take(self, content: bytes) -> Source:
        """Raises UnreadablePicture where it is none that can be edited."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        found = self._kept.get(digest)
        if found is None:
            found = self._kept[digest] = Source(content, digest)
            self._bytes += len(content)
        self._kept.move_to_end(digest)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.drop()
        return found


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture.

    Raises UnreadablePicture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UnreadablePicture("it cannot be read as PNG, JPEG or WebP") from None
    if width * height > LARGEST_SOURCE_PX:
        raise UnreadablePicture(f"it has {width}x{height} pixels, more than {LARGEST_SOURCE_PX}")
    return width, height


if TYPE_CHECKING:
    from PIL.Image import Image

PictureKind = Literal["plain", "painted"]
KINDS: Final[tuple[PictureKind, ...]] = ("plain", "painted")
MEDIA_TYPES: Final = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
SVG: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 8 8">'
    b'<rect width="8" height="8" fill="#%s"/></svg>'
)
MOST_KEPT: Final = 2048
MOST_KEPT_BYTES: Final = 128 * 2**20
# Painted at most this long and enlarged: a fifth of a second whatever the size.
LARGEST_PAINTED_PX: Final = 512


@dataclass(frozen=True, kw_only=True)
class PictureSpec:
    """All that fixes a picture. `source` is the picture edited, None where one is drawn from nothing."""

    slug: str
    prompt: str
    seed: int
    width_px: int
    height_px: int
    format: str = "png"
    quality: int = 85
    source: Source | None = None

    @cached_property
    def digest(self) -> bytes:
        text = f"{self.slug}\x1f{self.prompt}\x1f{self.seed}\x1f{self.width_px}x{self.height_px}"
        edited = self.source.digest if self.source else b""
        return hashlib.blake2b(text.encode() + edited, digest_size=32).digest()

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


@dataclass(frozen=True)
class Picture:
    """An encoded picture."""

    content: bytes = field(repr=False)
    media_type: str

    @cached_property
    def base64(self) -> bytes:
        return base64.b64encode(self.content)

    @property
    def data_uri(self) -> str:
        return f"data:{self.media_type};base64,{self.base64.decode()}"


class Pictures:
    """The drawing desk and what it has drawn."""

    def __init__(self, kind: PictureKind) -> None:
        self.kind: PictureKind = kind
        self._kept: OrderedDict[PictureSpec, Picture] = OrderedDict()
        self._kept_bytes = 0
        self._under_way: dict[PictureSpec, asyncio.Task[Picture]] = {}
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="painter")

    async def get(self, spec: PictureSpec) -> Picture:
        """Draw it, or give what was drawn before."""
        found = self._kept.get(spec)
        if found is not None:
            self._kept.move_to_end(spec)
            return found
        if self.kind == "plain" and spec.format == "png" and not spec.source:
            return self._keep(spec, Picture(plain_png(spec.digest, spec.width_px, spec.height_px), "image/png"))
        return await asyncio.shield(self._begun(spec))

    def begin(self, spec: PictureSpec) -> None:
        """Have it drawn while the job still seems to run."""
        if self.kind == "painted" and spec not in self._kept:
            self._begun(spec)

    def _begun(self, spec: PictureSpec) -> asyncio.Task[Picture]:
        task = self._under_way.get(spec)
        if task is None:
            task = self._under_way[spec] = asyncio.create_task(self._drawn(spec))
        return task

    async def _drawn(self, spec: PictureSpec) -> Picture:
        draw: Callable[[PictureSpec], bytes] = painted if self.kind == "painted" else patterned
        try:
            content = await asyncio.get_running_loop().run_in_executor(self._desk, draw, spec)
        finally:
            del self._under_way[spec]
        return self._keep(spec, Picture(content, spec.media_type))

    def _keep(self, spec: PictureSpec, picture: Picture) -> Picture:
        self._kept[spec] = picture
        self._kept_bytes += len(picture.content)
        while len(self._kept) > MOST_KEPT or self._kept_bytes > MOST_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.content)
        return picture

    def close(self) -> None:
        self._desk.shutdown(wait=False, cancel_futures=True)


def painted(spec: PictureSpec) -> bytes:
    """By the painter of the demo world, in the style its name gives the model."""
    from PIL import Image

    from providers.simulator.painting import paint, style_of

    shrink = max(1.0, max(spec.width_px, spec.height_px) / LARGEST_PAINTED_PX)
    image = paint(
        spec.prompt,
        style=style_of(spec.slug, 0.3 + 0.65 * style_of(spec.slug, 0).detail),
        seed=spec.seed,
        width_px=max(1, round(spec.width_px / shrink)),
        height_px=max(1, round(spec.height_px / shrink)),
        source=Image.open(io.BytesIO(spec.source.content)) if spec.source else None,
    )
    if shrink > 1:
        image = image.resize((spec.width_px, spec.height_px), Image.Resampling.BICUBIC)
    return _encoded(image, spec)


def patterned(spec: PictureSpec) -> bytes:
    """The plain picture where it is not a PNG drawn from nothing; an edit inverts its source under a tint."""
    from PIL import Image, ImageOps

    if not spec.source:
        return _encoded(Image.open(io.BytesIO(plain_png(spec.digest, spec.width_px, spec.height_px))), spec)
    size = (spec.width_px, spec.height_px)
    source = ImageOps.fit(Image.open(io.BytesIO(spec.source.content)).convert("RGB"), size)
    tint = Image.new("RGB", size, (spec.digest[0], spec.digest[1], spec.digest[2]))
    return _encoded(Image.blend(ImageOps.invert(source), tint, 0.35), spec)


def _encoded(image: Image, spec: PictureSpec) -> bytes:
    if spec.format == "svg":
        return SVG % (spec.width_px, spec.height_px, spec.digest.hex()[:6].encode())
    out = io.BytesIO()
    lossy = {"quality": max(1, spec.quality)} if spec.format != "gif" else {}
    options = {"compress_level": 3} if spec.format == "png" else lossy
    image.convert("RGB").save(out, spec.format.upper(), **options)
    return out.getvalue()
