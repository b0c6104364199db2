"""The picture that a link to a board shows elsewhere, drawn from its numbers. Pure: Pillow, no files of ours."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX: Final = 1200
HEIGHT_PX: Final = 630
LEFT_PX: Final = 72
RIGHT_PX: Final = WIDTH_PX - 72
FIRST_ROW_PX: Final = 268
ROW_PX: Final = 56
MOST_ROWS: Final = 5
AXIS_LEFT_PX: Final = 560
AXIS_RIGHT_PX: Final = 980
GROUND: Final = "#fafaf8"
LINE: Final = "#e4e3dd"
TEXT: Final = "#1c1c19"
MUTED: Final = "#5e5d56"
ACCENT: Final = "#3d4fd1"
SUN: Final = "#f0a020"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model: rank, name, rating with its interval on the board's scale."""

    rank: int
    name: str
    rating: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is drawn: at most five rows."""

    site: str
    title: str
    lede: str
    rows: tuple[Row, ...]


def draw_png(picture: Picture) -> bytes:
    """PNG of 1200 x 630 pixels, the size that link previews crop least."""
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), GROUND)
    pen = ImageDraw.Draw(image)
    pen.ellipse((LEFT_PX, 66, LEFT_PX + 22, 88), fill=SUN)
    pen.text((LEFT_PX + 36, 62), picture.site, font=_font(26), fill=MUTED)
    pen.text((LEFT_PX, 118), _fitting(pen, picture.title, 54, RIGHT_PX - LEFT_PX), font=_font(54), fill=TEXT)
    pen.text((LEFT_PX, 196), _fitting(pen, picture.lede, 26, RIGHT_PX - LEFT_PX), font=_font(26), fill=MUTED)
    _draw_rows(pen, picture.rows[:MOST_ROWS])
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_rows(pen: ImageDraw.ImageDraw, rows: Sequence[Row]) -> None:
    if not rows:
        return
    low, high = min(row.lower for row in rows), max(row.upper for row in rows)
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return AXIS_LEFT_PX + (AXIS_RIGHT_PX - AXIS_LEFT_PX) * (value - low) / span

    for place, row in enumerate(rows):
        top = FIRST_ROW_PX + place * ROW_PX
        middle = top + ROW_PX / 2
        pen.line((LEFT_PX, top, RIGHT_PX, top), fill=LINE, width=2)
        pen.text((LEFT_PX, middle), str(row.rank), font=_font(26), fill=MUTED, anchor="lm")
        name = _fitting(pen, row.name, 28, AXIS_LEFT_PX - LEFT_PX - 76)
        pen.text((LEFT_PX + 52, middle), name, font=_font(28), fill=TEXT, anchor="lm")
        pen.line((across(row.lower), middle, across(row.upper), middle), fill=ACCENT, width=4)
        dot = across(row.rating)
        pen.ellipse((dot - 8, middle - 8, dot + 8, middle + 8), fill=ACCENT)
        pen.text((RIGHT_PX, middle), f"{row.rating:.0f}", font=_font(28), fill=TEXT, anchor="rm")


def _fitting(pen: ImageDraw.ImageDraw, text: str, size: int, most_px: float) -> str:
    """The text, cut with an ellipsis where it is too wide."""
    line = _drawable(text)
    if pen.textlength(line, font=_font(size)) <= most_px:
        return line
    while line and pen.textlength(f"{line}…", font=_font(size)) > most_px:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _drawable(text: str) -> str:
    """The text in letters that Pillow's own font has: accents fall, other scripts become question marks."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split()))
    letters = (letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() or letter in "–…" else "?" for letter in letters)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
