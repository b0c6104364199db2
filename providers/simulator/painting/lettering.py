"""Words on the canvas: straight or on an arc, plain or chalky; an incoherent hand garbles the letters."""

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .canvas import Canvas
from .primitives import Colour, resized

LOOKALIKES = {
    "a": "o",
    "e": "c",
    "i": "l",
    "o": "a",
    "n": "h",
    "s": "z",
    "t": "f",
    "r": "n",
    "u": "v",
    "f": "t",
    "C": "G",
    "B": "8",
}


@dataclass(frozen=True)
class Hand:
    """`height` of the capitals' em in canvas units; `spacing` in ems; `bold` 0..1; `slant` is a shear; `chalk` 0..1."""

    height: float
    colour: Colour
    spacing: float = 0.02
    bold: float = 0.0
    slant: float = 0.0
    chalk: float = 0.0
    alpha: float = 1.0


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType, which lettering needs")
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)


def writable(text: str) -> str:
    """The text in the letters the bundled font has: accents go, curly marks become straight."""
    straight = text.translate(str.maketrans("‘’“”–—", "''\"\"--"))
    return unicodedata.normalize("NFKD", straight).encode("ascii", "ignore").decode()


def garbled(text: str, canvas: Canvas) -> str:
    """The text as a hand of this coherence spells it: perfect from 0.6 up, worse below."""
    odds = max(0.0, 0.6 - canvas.manner.coherence) * 1.1
    out = []
    for letter in writable(text):
        draw = float(canvas.rng.random())
        if letter == " " or draw > odds:
            out.append(letter)
        elif draw < odds * 0.5:
            out.append(LOOKALIKES.get(letter, "xqjvw"[int(draw * 997) % 5]))
        elif draw < odds * 0.8:
            out.append(letter * 2)
    return "".join(out)


def width_of(text: str, hand: Hand) -> float:
    """The advance of a straight line of text, in canvas units."""
    font, text = _font(64), writable(text)
    return (font.getlength(text) / 64 + hand.spacing * max(len(text) - 1, 0)) * hand.height


def write(canvas: Canvas, text: str, x: float, y: float, hand: Hand, align: str = "centre") -> None:
    """One straight line; `y` is its vertical middle, `x` its left edge, centre or right edge."""
    text = garbled(text, canvas)
    width = width_of(text, hand)
    start = x - width * {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    size = max(round(hand.height * canvas.scale * 2), 6)
    sheet = Image.new("L", (round(width * canvas.scale * 2) + size * 2, size * 2))
    pen, font, at = ImageDraw.Draw(sheet), _font(size), float(size)
    for letter in text:
        pen.text((at, size), letter, 255, font, anchor="lm", stroke_width=round(hand.bold * size * 0.06))
        at += font.getlength(letter) + hand.spacing * size
    if hand.slant:
        sheet = sheet.transform(
            sheet.size, Image.Transform.AFFINE, (1, hand.slant, -hand.slant * size, 0, 1, 0), Image.Resampling.BILINEAR
        )
    _lay(canvas, sheet, start - size / 2 / canvas.scale, y - size / 2 / canvas.scale, hand)


def write_round(
    canvas: Canvas, text: str, centre: tuple[float, float], radius: float, hand: Hand, *, below: bool = False
) -> None:
    """Text along a circle, centred at its top, or at its bottom and readable from outside."""
    text = garbled(text, canvas)
    size = max(round(hand.height * canvas.scale * 2), 6)
    reach = round((radius + hand.height) * canvas.scale * 2)
    sheet = Image.new("L", (reach * 2, reach * 2))
    font, turn_per_unit = _font(size), 1 / radius
    turn = -width_of(text, hand) * turn_per_unit / 2
    for letter in text:
        half = (font.getlength(letter) / size + hand.spacing) * hand.height * turn_per_unit / 2
        turn += half
        tile = Image.new("L", (size * 2, size * 2))
        ImageDraw.Draw(tile).text(
            (size, size), letter, 255, font, anchor="mm", stroke_width=round(hand.bold * size * 0.06)
        )
        angle = -turn if not below else turn
        tile = tile.rotate(math.degrees(angle), Image.Resampling.BICUBIC)
        x = reach + radius * canvas.scale * 2 * math.sin(turn)
        y = reach + radius * canvas.scale * 2 * math.cos(turn) * (1 if below else -1)
        sheet.paste(255, (round(x) - size, round(y) - size), tile)
        turn += half
    corner = reach / 2 / canvas.scale
    _lay(canvas, sheet, centre[0] - corner, centre[1] - corner, hand)


def _lay(canvas: Canvas, sheet: Image.Image, left: float, top: float, hand: Hand) -> None:
    slack = 1 - canvas.manner.coherence
    left += (float(canvas.rng.random()) - 0.5) * 0.03 * slack * slack
    x, y = round((left - canvas.left) * canvas.scale), round((top - canvas.top) * canvas.scale)
    mask = np.asarray(
        sheet.resize((max(sheet.width // 2, 1), max(sheet.height // 2, 1)), Image.Resampling.BOX), np.float32
    ) / np.float32(255)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + mask.shape[1], canvas.width_px), min(y + mask.shape[0], canvas.height_px)
    if x1 <= x0 or y1 <= y0:
        return
    mask = mask[y0 - y : y1 - y, x0 - x : x1 - x]
    if hand.chalk:
        dust = resized(
            canvas.rng.random((-(-mask.shape[0] // 2), -(-mask.shape[1] // 2)), np.float32),
            mask.shape[1],
            mask.shape[0],
        )
        mask = mask * np.clip(
            np.float32(1.15) - dust * np.float32(hand.chalk) * np.float32(1.3) + canvas.grain[y0:y1, x0:x1], 0, 1
        )
    window = canvas.pixels[y0:y1, x0:x1]
    window += (np.array(hand.colour, np.float32) - window) * (mask * np.float32(hand.alpha))[..., None]
