"""The city skyline over a river."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, box, darker, lighter, mix, tint
from ..strokes import Sheet
from .weather import sky, water


def city(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    bank = 0.74
    sky(canvas, bank, clouds=0.7)
    neon = bool(brief.words & {"neon", "cyberpunk", "futuristic"}) or palette.night
    for depth, tall in ((0.0, 0.28), (0.4, 0.42), (0.8, 0.36)):
        skyline(
            canvas,
            bank,
            tall,
            mix(mix(palette.far, palette.horizon, 0.45), palette.shade, 0.15 + depth * 0.6),
            lit=depth if neon else depth * 0.4,
        )
        canvas.haze(0.3, bank, palette.horizon, 0.42 - depth * 0.35)
    _bridge(canvas, bank)
    water(canvas, bank, ripple=1.5, tone=0.35)
    if neon:
        for _ in range(8):
            colour = (palette.accent, palette.second, tint("4fd8ff"))[int(canvas.rng.random() * 3)]
            canvas.glow(canvas.chance(canvas.left, canvas.right), canvas.chance(bank - 0.2, bank), 0.03, colour, 0.55)


def skyline(canvas: Canvas, base: float, tall: float, colour: Colour, *, lit: float, step: float = 0.075) -> None:
    """A row of towers, highest near the middle, with `lit` 0..1 of their windows burning."""
    x = canvas.left - step * canvas.chance(0, 0.5)
    sheet = Sheet(canvas)
    while x < canvas.right:
        wide = step * canvas.chance(0.6, 1.25)
        middle = 1 - min(abs(x + wide / 2 - 0.5) * 1.3, 0.75)
        top = base - tall * (0.3 + middle * canvas.chance(0.3, 0.95))
        tone = mix(colour, canvas.palette.light, canvas.chance(0, 0.14))
        _tower(canvas, (x, top, x + wide, base), tone)
        _windows(canvas, sheet, (x, top, x + wide, base), tone, lit)
        x += wide * canvas.chance(0.85, 1.15)
    sheet.lay()


def _tower(canvas: Canvas, place: tuple[float, float, float, float], tone: Colour) -> None:
    left, top, right, base = place
    wide = right - left
    sunny = canvas.light[0] < 0
    canvas.shape(
        box(left, top, right, base),
        Fill(
            mix(tone, canvas.palette.light, 0.18 if sunny else 0),
            mix(tone, canvas.palette.light, 0 if sunny else 0.18),
            angle=0,
        ),
    )
    side = box(left + wide * 0.62, top, right, base) if sunny else box(left, top, left + wide * 0.38, base)
    canvas.shape(side, Fill(darker(tone, 0.25), alpha=0.65))
    crown = float(canvas.rng.random())
    if crown < 0.3:
        canvas.shape(
            [(left + wide * 0.2, top), (left + wide * 0.5, top - wide * 0.9), (left + wide * 0.8, top)],
            Fill(tone, darker(tone, 0.2), angle=0),
        )
        canvas.line(
            [(left + wide / 2, top - wide * 0.8), (left + wide / 2, top - wide * 1.6)],
            Fill(darker(tone, 0.3)),
            0.003,
            0.001,
        )
    elif crown < 0.6:
        canvas.shape(box(left + wide * 0.2, top - wide * 0.3, right - wide * 0.25, top), Fill(darker(tone, 0.1)))


def _windows(canvas: Canvas, sheet: Sheet, place: tuple[float, float, float, float], tone: Colour, lit: float) -> None:
    left, top, right, base = place
    columns, rows = max(int((right - left) / 0.012), 2), max(int((base - top) / 0.016), 2)
    wide, high = (right - left) / columns, (base - top) / rows
    burning = canvas.rng.random((rows, columns))
    dark = darker(tone, 0.28)
    for row in range(rows):
        for column in range(columns):
            x, y = left + wide * column, top + high * row
            on = burning[row, column] < lit * 0.55
            colour = (
                mix(tint("ffd58a"), lighter(canvas.palette.second, 0.3), float(burning[row, column])) if on else dark
            )
            sheet.polygon(
                box(x + wide * 0.25, y + high * 0.25, x + wide * 0.75, y + high * 0.75), colour, 1.0 if on else 0.5
            )


def _bridge(canvas: Canvas, base: float) -> None:
    tone = darker(canvas.palette.shade, 0.1)
    deck = base - 0.03
    canvas.shape(box(canvas.left, deck, canvas.right, deck + 0.01), Fill(tone))
    piers = (canvas.left + 0.22, canvas.right - 0.22)
    for x in piers:
        canvas.shape(box(x - 0.009, deck - 0.13, x + 0.009, base + 0.01), Fill(tone, lighter(tone, 0.15), angle=0))
    sheet = Sheet(canvas)
    span = [piers[0] + (piers[1] - piers[0]) * i / 30 for i in range(31)]
    middle, half = (piers[0] + piers[1]) / 2, (piers[1] - piers[0]) / 2
    cable = [(x, deck - 0.012 - 0.115 * ((x - middle) / half) ** 2) for x in span]
    sheet.line(cable, 0.003, tone)
    for x, y in cable:
        sheet.line([(x, y), (x, deck)], 0.001, tone, 0.8)
    sheet.lay()
    for x in np.linspace(canvas.left, canvas.right, 14).tolist():
        canvas.glow(x, deck - 0.008, 0.005, tint("ffdf9a"), 0.8)
