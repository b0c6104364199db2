"""The vintage café logo: a round emblem with lettering on its rim and a cup at its heart."""

import math

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..lettering import Hand, width_of, write, write_round
from ..primitives import Colour, Point, arc, darker, ellipse, lighter, mix, moved, tint
from ..strokes import Sheet

NAMES = ("CAFÉ LUMEN", "THE COPPER KETTLE", "CAFÉ AURORE", "BEAN & BELL", "OLD MILL COFFEE", "CAFÉ MARIGOLD")
WORDS = ("FRESHLY ROASTED", "COFFEE & PASTRIES", "FINE COFFEES DAILY", "ROASTED WITH CARE")
CENTRE = (0.5, 0.5)


def emblem(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    dark = mix(tint("3a2417"), palette.shade, 0.35)
    cream = mix(palette.paper, tint("f3e4c6"), 0.55)
    inverted = canvas.rng.random() < 0.4
    back, front = (darker(mix(palette.foliage, palette.shade, 0.5), 0.15), cream) if inverted else (cream, dark)
    canvas.backdrop((0.0, lighter(back, 0.06)), (1.0, darker(back, 0.12)))
    canvas.glow(0.5, 0.45, 0.4, lighter(back, 0.3), 0.3)
    canvas.pixels *= 1 + canvas.grain[..., None] * (0.16 if inverted else 0.07)
    accent = mix(palette.accent, dark, 0.15)
    _rings(canvas, front, back, accent)
    name, motto = _texts(canvas, brief)
    _lettering(canvas, name, motto, back)
    _cup(canvas, front, accent, cream)
    _banner(canvas, accent, cream, f"EST. {1870 + int(canvas.rng.random() * 80)}")


def _texts(canvas: Canvas, brief: Brief) -> tuple[str, str]:
    pick = int(canvas.rng.random() * len(NAMES)), int(canvas.rng.random() * len(WORDS))
    quoted = [text.upper().rstrip(".,!") for text in brief.quoted]
    return (quoted[0] if quoted else NAMES[pick[0]]), (quoted[1] if len(quoted) > 1 else WORDS[pick[1]])


def _rings(canvas: Canvas, front: Colour, back: Colour, accent: Colour) -> None:
    x, y = CENTRE
    teeth: list[Point] = []
    for i in range(144):
        radius = 0.445 if i % 2 else 0.43
        teeth.append((x + radius * math.cos(math.pi * i / 72), y + radius * math.sin(math.pi * i / 72)))
    canvas.shadow(x + 0.01, y + 0.02, 0.43, 0.43, 0.28)
    canvas.shape(teeth, Fill(front, darker(front, 0.25), texture=0.2))
    canvas.ellipse(x, y, 0.418, 0.418, Fill(back))
    canvas.ellipse(x, y, 0.408, 0.408, Fill(front, darker(front, 0.2), texture=0.25))
    canvas.ellipse(x, y, 0.287, 0.287, Fill(mix(back, accent, 0.5)))
    canvas.ellipse(x, y, 0.279, 0.279, Fill(lighter(back, 0.12), darker(back, 0.06), texture=0.12))
    canvas.ellipse(x, y, 0.262, 0.262, Fill(front))
    canvas.ellipse(x, y, 0.2575, 0.2575, Fill(lighter(back, 0.12), darker(back, 0.06), texture=0.12))
    sheet = Sheet(canvas)
    for i in range(40):
        turn = math.radians(9 * i)
        start, end = 0.1 + 0.02 * (i % 2), 0.245
        sheet.line(
            [
                (x + start * math.cos(turn), y - 0.02 + start * math.sin(turn)),
                (x + end * math.cos(turn), y + end * math.sin(turn)),
            ],
            0.0022,
            accent,
            0.32,
        )
    sheet.lay()


def _lettering(canvas: Canvas, name: str, motto: str, ink: Colour) -> None:
    for text, below, most in ((name, False, 0.072), (motto, True, 0.05)):
        room = 0.348 * math.radians(165 if not below else 130)
        hand = Hand(most, ink, spacing=0.14, bold=0.55)
        fit = min(1.0, room / width_of(text, hand))
        write_round(canvas, text, CENTRE, 0.348, Hand(most * fit, ink, 0.14, 0.55), below=below)
    for turn in (170, 10):
        x, y = CENTRE[0] + 0.348 * math.cos(math.radians(turn)), CENTRE[1] + 0.348 * math.sin(math.radians(turn))
        canvas.shape(_star(x, y, 0.023), Fill(ink))


def _star(x: float, y: float, radius: float) -> list[Point]:
    return [
        (
            x + radius * (1 if i % 2 == 0 else 0.42) * math.sin(math.pi * i / 5),
            y - radius * (1 if i % 2 == 0 else 0.42) * math.cos(math.pi * i / 5),
        )
        for i in range(10)
    ]


def _cup(canvas: Canvas, front: Colour, accent: Colour, cream: Colour) -> None:
    x, y = 0.5, 0.47
    plain = cream if sum(front) < 1.5 else mix(accent, cream, 0.2)
    sheet = Sheet(canvas)
    for i in (-1, 0, 1):
        sway = 0.02 if i else -0.02
        path = [
            (x + 0.045 * i, y - 0.075),
            (x + 0.045 * i + sway, y - 0.115),
            (x + 0.045 * i - sway, y - 0.155),
            (x + 0.045 * i + sway * 0.6, y - 0.2),
        ]
        canvas.line(path, Fill(front), 0.014, 0.004)
    sheet.lay()
    canvas.ellipse(x, y + 0.115, 0.15, 0.022, Fill(front))
    canvas.ellipse(x, y + 0.11, 0.135, 0.016, Fill(plain, darker(plain, 0.2)))
    canvas.line(arc(x + 0.1, y + 0.0, 0.042, -80, 110, 12), Fill(front), 0.02)
    bowl = [
        (x - 0.115, y - 0.055),
        (x + 0.115, y - 0.055),
        (x + 0.1, y + 0.04),
        (x + 0.055, y + 0.1),
        (x - 0.055, y + 0.1),
        (x - 0.1, y + 0.04),
    ]
    canvas.curve(moved(bowl, 0, 0.004), Fill(front))
    inner = [(x + (px - x) * 0.92, y + 0.022 + (py - y - 0.022) * 0.88) for px, py in bowl]
    canvas.curve(inner, Fill(lighter(plain, 0.15), darker(plain, 0.18), angle=20, volume=0.4, bevel=0.02))
    canvas.ellipse(x, y - 0.052, 0.118, 0.026, Fill(front))
    canvas.ellipse(x, y - 0.05, 0.104, 0.019, Fill(tint("5a3218"), tint("8a5428")))
    canvas.ellipse(x, y - 0.048, 0.05, 0.008, Fill(tint("d9a566"), alpha=0.8))
    canvas.shape(ellipse(x, y + 0.03, 0.022, 0.032, 25), Fill(accent, darker(accent, 0.25)))
    canvas.line([(x - 0.008, y + 0.004), (x + 0.005, y + 0.03), (x + 0.004, y + 0.055)], Fill(plain), 0.005)


def _banner(canvas: Canvas, accent: Colour, cream: Colour, text: str) -> None:
    x, y = 0.5, 0.655
    for side in (-1, 1):
        tail = moved(
            [(0.13, -0.02), (0.27, -0.035), (0.24, 0.0), (0.27, 0.04), (0.13, 0.045)], x, y, 1, mirror=side < 0
        )
        canvas.shape(tail, Fill(darker(accent, 0.35)))
        canvas.shape(
            moved([(0.13, 0.035), (0.17, 0.035), (0.17, 0.048)], x, y, 1, mirror=side < 0), Fill(darker(accent, 0.6))
        )
    canvas.shape(
        moved([(-0.17, -0.035), (0.17, -0.035), (0.17, 0.035), (-0.17, 0.035)], x, y, 1),
        Fill(lighter(accent, 0.08), darker(accent, 0.15), texture=0.2),
    )
    for edge in (-0.026, 0.026):
        canvas.line([(x - 0.165, y + edge), (x + 0.165, y + edge)], Fill(cream, alpha=0.7), 0.002)
    write(canvas, text, x, y, Hand(0.042, cream, 0.12, 0.6))
