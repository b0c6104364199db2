"""The two subjects of the street scene, each with its reflection: the old man under his umbrella, the red bicycle."""

from dataclasses import dataclass

from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, arc, darker, ellipse, lighter, mix, moved, outline, tint
from ..strokes import Sheet
from .people import SKINS


def _spots(points: list[Point], x: float, foot: float, size: float, side: int, mirrored: bool) -> list[Point]:
    """Figure points (feet at the origin, up is negative) on the ground or in its reflection."""
    return [
        (px, foot + (foot - py) * 0.8 if mirrored else py) for px, py in moved(points, x, foot, size, mirror=side < 0)
    ]


def bicycle(canvas: Canvas, x: float, foot: float, size: float, side: int, *, mirrored: bool) -> None:
    red = mix(tint("d81f2a"), canvas.palette.accent, 0.2)
    alpha, soft = (0.35, 0.006) if mirrored else (1.0, 0.0)
    black = Fill((0.07, 0.07, 0.09), alpha=alpha, soft=soft)
    paint = Fill(red, darker(red, 0.25), alpha=alpha, soft=soft)

    def line(points: list[Point], fill: Fill, width: float) -> None:
        canvas.line(_spots(points, x, foot, size, side, mirrored), fill, width * size)

    if not mirrored:
        canvas.shadow(x, foot + 0.004, size * 0.95, 0.012, 0.45)
    for hub in (-0.6, 0.6):
        rim = ellipse(hub, -0.42, 0.39, 0.39, steps=30)
        line([*rim, rim[0]], black, 0.055)
        inner = ellipse(hub, -0.42, 0.35, 0.35, steps=30)
        line([*inner, inner[0]], Fill(tint("b9bfc6"), alpha=alpha * 0.8, soft=soft), 0.02)
        if not mirrored:
            sheet = Sheet(canvas)
            for spoke in ellipse(hub, -0.42, 0.35, 0.35, steps=16):
                sheet.line(_spots([(hub, -0.42), spoke], x, foot, size, side, False), 0.001, tint("cfd5da"), 0.7)
            sheet.lay()
    seat, crank, head, fork = (-0.27, -0.95), (-0.1, -0.4), (0.4, -1.0), (0.6, -0.42)
    for start, end in (
        (seat, crank),
        (crank, head),
        (seat, head),
        ((-0.6, -0.42), seat),
        ((-0.6, -0.42), crank),
        (head, fork),
    ):
        line([start, end], paint, 0.07)
    line([seat, (-0.31, -1.1)], Fill(tint("c2c8ce"), alpha=alpha, soft=soft), 0.04)
    line([(-0.45, -1.12), (-0.3, -1.13), (-0.15, -1.1)], Fill(tint("3b2417"), alpha=alpha, soft=soft), 0.09)
    line([head, (0.37, -1.17), (0.5, -1.25), (0.26, -1.2)], Fill(tint("c2c8ce"), alpha=alpha, soft=soft), 0.04)
    line(list(arc(-0.6, -0.42, 0.45, 190, 320, 8)), paint, 0.045)
    line(
        [(0.5, -1.05), (0.82, -1.05), (0.78, -0.78), (0.54, -0.78), (0.5, -1.05)],
        Fill(tint("9a6a3a"), tint("6e4822"), alpha=alpha, soft=soft),
        0.05,
    )


def old_man(canvas: Canvas, x: float, foot: float, size: float, side: int, *, mirrored: bool) -> None:
    """Seen from the side, walking: cap, white beard, long coat, umbrella over him."""
    alpha, soft = (0.35, 0.007) if mirrored else (1.0, 0.0)
    if not mirrored:
        canvas.shadow(x, foot, size * 0.2, 0.014, 0.5)
    for part in (*_clothes(canvas), *_head()):
        volume = 0 if mirrored else part.volume
        fill = Fill(
            part.top, part.low, alpha=alpha, soft=soft, volume=volume, bevel=part.bevel * size * 2, texture=0.25
        )
        canvas.curve(_spots(outline(part.points), x, foot, size, side, mirrored), fill)
    _umbrella(canvas, (x, foot, size), side, mirrored)


@dataclass(frozen=True)
class Part:
    """One piece of the figure: its outline, its colour above and below, its relief."""

    points: str
    top: Colour
    low: Colour
    volume: float
    bevel: float


def _clothes(canvas: Canvas) -> list[Part]:
    coat, scarf = mix(tint("4a4f3c"), canvas.palette.shade, 0.35), canvas.palette.accent
    cloth, leather = (tint("3a3a42"), tint("23232a"), 0.8, 0.02), (tint("2c1c14"), tint("120b08"), 0.6, 0.008)
    body = "-.05,-.79 .06,-.8 .13,-.72 .16,-.5 .17,-.24 0,-.21 -.15,-.25 -.13,-.5 -.12,-.7"
    sleeve = "0,-.72 .06,-.7 .05,-.55 -.08,-.5 -.17,-.53 -.16,-.57 -.06,-.58"
    return [
        Part("-.1,-.34 -.02,-.34 -.025,-.04 -.105,-.04", *cloth),
        Part("-.12,-.05 -.04,-.055 -.17,-.012 -.17,.005 -.025,.005", *leather),
        Part(".02,-.34 .1,-.34 .095,-.04 .015,-.04", *cloth),
        Part("0,-.05 .08,-.055 -.05,-.012 -.05,.005 .095,.005", *leather),
        Part(body, lighter(coat, 0.15), darker(coat, 0.35), 1.0, 0.03),
        Part(sleeve, lighter(coat, 0.22), darker(coat, 0.25), 1.0, 0.016),
        Part("-.16,-.575 -.2,-.57 -.2,-.53 -.16,-.525", SKINS[0], darker(SKINS[0], 0.2), 0.6, 0.008),
        Part("-.1,-.79 .06,-.82 .1,-.76 -.02,-.73 -.11,-.75", scarf, darker(scarf, 0.4), 0.8, 0.012),
    ]


def _head() -> list[Part]:
    skin, cap, eye = SKINS[0], tint("5b5148"), (0.08, 0.06, 0.06)
    face = "-.03,-.97 .07,-.95 .085,-.86 .03,-.79 -.06,-.8 -.085,-.87 -.075,-.93"
    beard = "-.09,-.85 -.03,-.865 .03,-.88 .05,-.83 -.01,-.765 -.08,-.75 -.105,-.8"
    crown = "-.11,-.93 -.06,-.99 .04,-1.005 .1,-.96 .095,-.925 0,-.93"
    nose = "-.095,-.885 -.115,-.865 -.085,-.85"
    return [
        Part(face, lighter(skin, 0.08), darker(skin, 0.2), 0.8, 0.02),
        Part(nose, lighter(skin, 0.05), mix(skin, tint("c4503c"), 0.3), 0.5, 0.005),
        Part(beard, tint("f3f1ec"), tint("c2c0bd"), 0.8, 0.014),
        Part(".03,-.95 .085,-.93 .085,-.86 .045,-.85", tint("eceae5"), tint("bdbbb8"), 0.6, 0.01),
        Part("-.06,-.9 -.05,-.91 -.045,-.895 -.055,-.89", eye, eye, 0.0, 0.004),
        Part(crown, lighter(cap, 0.15), darker(cap, 0.3), 1.0, 0.014),
        Part("-.08,-.945 -.15,-.925 -.15,-.91 -.06,-.92", darker(cap, 0.2), darker(cap, 0.4), 0.5, 0.005),
    ]


def _umbrella(canvas: Canvas, place: tuple[float, float, float], side: int, mirrored: bool) -> None:
    x, foot, size = place
    alpha, soft = (0.3, 0.008) if mirrored else (1.0, 0.0)
    tone = mix(canvas.palette.sky, canvas.palette.shade, 0.55)
    canvas.line(
        _spots([(-0.185, -0.5), (-0.13, -1.12)], x, foot, size, side, mirrored),
        Fill((0.12, 0.1, 0.1), alpha=alpha, soft=soft),
        0.012 * size,
    )
    dome = outline("-0.52,-0.97 -0.44,-1.13 -0.28,-1.22 -0.12,-1.25 0.04,-1.21 0.2,-1.11 0.27,-0.95")
    scallops = outline("0.19,-0.985 0.08,-0.955 -0.02,-1 -0.13,-0.965 -0.24,-1.005 -0.34,-0.97 -0.44,-1.005")
    canvas.curve(
        _spots([*dome, *scallops], x, foot, size, side, mirrored),
        Fill(
            lighter(tone, 0.2),
            darker(tone, 0.35),
            alpha=alpha,
            soft=soft,
            volume=0 if mirrored else 0.9,
            bevel=0.03 * size,
        ),
    )
    if not mirrored:
        for end in (-0.44, -0.24, -0.02, 0.19):
            rib = [(-0.12, -1.25), ((end - 0.12) / 2, -1.16), (end, -0.99)]
            canvas.line(_spots(rib, x, foot, size, side, False), Fill(darker(tone, 0.5), alpha=0.6), 0.006 * size)
