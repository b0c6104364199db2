"""Words as the subject: the clean printed menu and the chalkboard on the pavement."""

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..lettering import Hand, width_of, write
from ..primitives import Colour, box, darker, ellipse, lighter, mix, moved, rounded, tint
from ..strokes import Sheet, foliage, grass, specks
from .meadow import ANIMALS, animal

SECTIONS = (
    ("STARTERS", (("Roast Tomato Soup", 8), ("Burrata & Figs", 12), ("Warm Olive Bread", 6), ("Citrus Salad", 9))),
    ("MAINS", (("Wild Mushroom Risotto", 18), ("Seared Salmon", 24), ("Herb Roast Chicken", 21), ("Garden Pasta", 16))),
    ("SWEETS", (("Lemon Tart", 8), ("Dark Chocolate Mousse", 9), ("Pear & Almond Cake", 8), ("Vanilla Ice Cream", 6))),
)
HOUSES = ("FIG & FENNEL", "THE GREEN TABLE", "SALT & LINDEN", "MAISON CLAIRE", "OLIVE & RYE")


def signage(canvas: Canvas, brief: Brief) -> None:
    if brief.words & {"chalkboard", "blackboard", "chalk", "signboard", "sign"}:
        _chalkboard(canvas, brief)
    else:
        _menu(canvas, brief)


def _menu(canvas: Canvas, brief: Brief) -> None:
    """A printed card on a linen table, sprigs beside it."""
    palette = canvas.palette
    cloth = mix(mix(palette.far, palette.shade, 0.25), palette.foliage, 0.25)
    canvas.backdrop((0.0, lighter(cloth, 0.12)), (1.0, darker(cloth, 0.25)))
    canvas.pixels *= 1 + canvas.grain[..., None] * 0.25
    canvas.glow(0.1, 0.05, 0.4, palette.light, 0.35)
    canvas.shadow(0.52, 0.53, 0.4, 0.47, 0.5)
    paper = lighter(palette.paper, 0.35)
    canvas.shape(box(0.13, 0.04, 0.87, 0.97), Fill(lighter(paper, 0.3), darker(paper, 0.06), angle=50, texture=0.05))
    ink, accent = darker(palette.shade, 0.2), mix(palette.accent, palette.shade, 0.12)
    sheet = Sheet(canvas)
    for inset, width in ((0.02, 0.003), (0.028, 0.001)):
        edge = box(0.13 + inset, 0.04 + inset, 0.87 - inset, 0.97 - inset)
        sheet.line([*edge, edge[0]], width, accent)
    sheet.lay()
    title = brief.quoted[0].upper() if brief.quoted else HOUSES[int(canvas.rng.random() * len(HOUSES))]
    _fitted(canvas, title, 0.125, 0.6, Hand(0.068, ink, 0.16, 0.5))
    _fitted(canvas, "SEASONAL KITCHEN", 0.178, 0.4, Hand(0.022, accent, 0.42))
    _sections(canvas, ink, accent)
    for side in (-1, 1):
        _sprig(canvas, 0.5 + side * 0.37, 0.86, side)


def _fitted(canvas: Canvas, text: str, y: float, room: float, hand: Hand) -> None:
    fit = min(1.0, room / width_of(text, hand))
    write(canvas, text, 0.5, y, Hand(hand.height * fit, hand.colour, hand.spacing, hand.bold, hand.slant, hand.chalk))


def _sections(canvas: Canvas, ink: Colour, accent: Colour) -> None:
    y = 0.25
    dots = Sheet(canvas)
    for heading, dishes in SECTIONS:
        write(canvas, heading, 0.5, y, Hand(0.032, accent, 0.28, 0.6))
        half = width_of(heading, Hand(0.032, accent, 0.28)) / 2 + 0.02
        for side in (-1, 1):
            dots.line([(0.5 + side * half, y), (0.5 + side * (half + 0.09), y)], 0.0015, accent)
        for dish, price in dishes:
            y += 0.043
            hand = Hand(0.029, ink, 0.02, 0.12)
            write(canvas, dish, 0.21, y, hand, "left")
            write(canvas, str(price), 0.79, y, hand, "right")
            x = 0.21 + width_of(dish, hand) + 0.02
            while x < 0.755:
                dots.dot(x, y + 0.008, 0.0013, mix(ink, accent, 0.4), 0.7)
                x += 0.011
        y += 0.068
    dots.lay()


def _sprig(canvas: Canvas, x: float, y: float, side: int) -> None:
    green = mix(canvas.palette.foliage, canvas.palette.ground, 0.25)
    stem = moved([(0.06, 0.1), (0.0, 0.0), (-0.02, -0.12), (0.02, -0.26)], x, y, 1, mirror=side < 0)
    canvas.shadow(x + 0.015, y - 0.04, 0.06, 0.15, 0.3)
    canvas.line(stem, Fill(darker(green, 0.2)), 0.005, 0.002)
    for i in range(7):
        px, py = -0.02 + 0.012 * abs(i - 3), 0.02 - 0.043 * i
        for way in (-1, 1):
            cx, cy = moved([(px + way * 0.026, py - 0.012)], x, y, 1, mirror=side < 0)[0]
            tone = mix(green, canvas.palette.light, canvas.chance(0, 0.3))
            canvas.shape(
                ellipse(cx, cy, 0.028, 0.011, -35 * way * side),
                Fill(lighter(tone, 0.12), darker(tone, 0.25), volume=0.5, bevel=0.006),
            )


def _chalkboard(canvas: Canvas, brief: Brief) -> None:
    """A framed board before a blurred autumn street; a capybara rests behind if the prompt has one."""
    palette = canvas.palette
    warm = mix(palette.horizon, tint("f0c27a"), 0.45)
    canvas.backdrop((0.0, mix(warm, palette.foliage, 0.35)), (0.6, warm), (1.0, darker(warm, 0.5)))
    _bokeh(canvas, warm)
    if "capybara" in brief.words:
        _bench(canvas)
        animal(canvas, ANIMALS["capybara"], 0.86, 0.7, 0.26)
    canvas.shadow(0.47, 0.965, 0.36, 0.03, 0.6)
    wood = tint("8a5a34")
    for x in (0.2, 0.74):
        canvas.shape(box(x - 0.018, 0.8, x + 0.018, 0.975), Fill(wood, darker(wood, 0.4), angle=0))
    canvas.shape(
        rounded(0.125, 0.105, 0.815, 0.9, 0.02),
        Fill(lighter(wood, 0.18), darker(wood, 0.35), angle=50, volume=0.8, bevel=0.01, texture=0.4),
    )
    slate = mix(tint("232a2b"), palette.shade, 0.3)
    canvas.shape(box(0.165, 0.145, 0.775, 0.86), Fill(lighter(slate, 0.1), slate, angle=50, texture=0.35))
    canvas.glow(0.25, 0.2, 0.2, palette.light, 0.16)
    _chalked(canvas, brief.quoted[0] if brief.quoted else "Fresh Bread & Good Coffee")
    clumps = [
        (canvas.left + 0.08 * i, canvas.top + canvas.chance(-0.02, 0.05), 0.07)
        for i in range(int((canvas.right - canvas.left) / 0.08) + 1)
    ]
    foliage(canvas, clumps, mix(tint("cf7a22"), palette.accent, 0.3), leaf=0.017, count=int(16 + 22 * brief.detail))
    grass(canvas, 0.97, canvas.bottom + 0.04, 120, 0.05, (darker(palette.foliage, 0.2), palette.ground))


def _bokeh(canvas: Canvas, warm: Colour) -> None:
    colours = (lighter(warm, 0.4), tint("e89a3c"), mix(canvas.palette.foliage, warm, 0.4), canvas.palette.light)
    for i in range(34):
        x, y = canvas.chance(canvas.left, canvas.right), canvas.chance(canvas.top, 0.72)
        radius = canvas.chance(0.015, 0.05)
        canvas.ellipse(x, y, radius, radius, Fill(colours[i % 4], alpha=canvas.chance(0.15, 0.4), soft=0.003))
    specks(canvas, 8, canvas.palette.light, size=0.03, top=0.0, bottom=0.5)


def _bench(canvas: Canvas) -> None:
    wood = tint("6e4a2e")
    for y in (0.52, 0.56, 0.6):
        canvas.shape(
            box(0.7, y, canvas.right + 0.1, y + 0.024), Fill(lighter(wood, 0.15), darker(wood, 0.2), soft=0.003)
        )
    canvas.shape(box(0.66, 0.68, canvas.right + 0.1, 0.72), Fill(lighter(wood, 0.25), darker(wood, 0.3), soft=0.003))
    canvas.shape(box(0.72, 0.72, 0.75, 0.86), Fill(darker(wood, 0.4), soft=0.003))


def _chalked(canvas: Canvas, text: str) -> None:
    """The words in as many lines as they need, rules and a steaming cup under them."""
    chalk, tinted = tint("f4f1e6"), mix(tint("f4f1e6"), canvas.palette.second, 0.55)
    lines = _wrapped(text)
    size = min(0.125, 0.5 / len(lines))
    hands = [Hand(size, tinted if i % 2 else chalk, 0.03, 0.35, slant=0.18, chalk=0.55) for i in range(len(lines))]
    top = 0.45 - size * 1.18 * (len(lines) - 1) / 2
    for i, (line, hand) in enumerate(zip(lines, hands, strict=True)):
        fit = min(1.0, 0.54 / width_of(line, hand))
        write(canvas, line, 0.47, top + size * 1.18 * i, Hand(size * fit, hand.colour, 0.03, 0.35, 0.18, 0.55))
    sheet = Sheet(canvas)
    for y in (top - size * 0.95, top + size * (1.18 * len(lines) - 0.3)):
        sheet.line([(0.26, y), (0.36, y - 0.012), (0.47, y), (0.58, y - 0.012), (0.68, y)], 0.004, chalk, 0.8)
        sheet.dot(0.47, y - 0.018, 0.006, tinted, 0.9)
    x, y = 0.47, 0.8
    sheet.line(
        [
            (x - 0.045, y - 0.03),
            (x - 0.035, y + 0.02),
            (x + 0.035, y + 0.02),
            (x + 0.045, y - 0.03),
            (x - 0.045, y - 0.03),
        ],
        0.004,
        chalk,
        0.85,
    )
    sheet.line(
        [(x + 0.045, y - 0.02), (x + 0.065, y - 0.015), (x + 0.06, y + 0.005), (x + 0.04, y + 0.008)],
        0.004,
        chalk,
        0.85,
    )
    for dx in (-0.02, 0.0, 0.02):
        sheet.line(
            [(x + dx, y - 0.04), (x + dx + 0.006, y - 0.052), (x + dx - 0.004, y - 0.064), (x + dx + 0.003, y - 0.075)],
            0.003,
            tinted,
            0.7,
        )
    sheet.lay(soft=0.0007)


def _wrapped(text: str) -> list[str]:
    """Lines of at most about 13 letters; a lone "&" joins the word after it."""
    lines = [""]
    for word in text.rstrip(".").split():
        if lines[-1] and len(lines[-1]) + len(word) > 12:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
