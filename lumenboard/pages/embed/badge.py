"""A two-part badge as SVG: what is said on the left, the figure on the right. Pure."""

from dataclasses import dataclass
from html import escape
from typing import Final

HEIGHT_PX: Final = 22
PADDING_PX: Final = 9
MARK_PX: Final = 15
CHARACTER_PX: Final = 6.3
LONGEST: Final = 60
THEMES: Final = ("auto", "light", "dark")
LIGHT: Final = {"ground": "#f3f3ef", "line": "#e4e3dd", "label": "#5e5d56", "figure": "#1c1c19"}
DARK: Final = {"ground": "#1f2125", "line": "#2c2e34", "label": "#a8a9b0", "figure": "#ececea"}


@dataclass(frozen=True)
class Badge:
    """`label` names a board, `figure` what stands there, `title` both in a sentence for screen readers."""

    label: str
    figure: str
    title: str


def badge_svg(badge: Badge, theme: str = "auto") -> str:
    """SVG text. `auto` follows the reader's system, also within an `<img>`."""
    label, figure = _short(badge.label), _short(badge.figure)
    label_px, figure_px = _width(label), _width(figure)
    split = MARK_PX + PADDING_PX + label_px + PADDING_PX
    width = split + PADDING_PX + figure_px + PADDING_PX
    middle = HEIGHT_PX / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{HEIGHT_PX}" role="img" '
        f'aria-label="{_text(badge.title)}"><title>{_text(badge.title)}</title>{_style(theme)}'
        f'<rect class="ground" x=".5" y=".5" width="{width - 1:.0f}" height="{HEIGHT_PX - 1}" rx="6"/>'
        f'<path class="line" d="M{split:.1f} .5v{HEIGHT_PX - 1}"/>'
        f'<circle cx="{PADDING_PX + 4}" cy="{middle}" r="4" fill="#f0a020"/>'
        f"{_words('label', MARK_PX + PADDING_PX, label, label_px)}"
        f"{_words('figure', split + PADDING_PX, figure, figure_px)}</svg>"
    )


def _words(kind: str, left_px: float, text: str, width_px: float) -> str:
    # A fixed length keeps the frame right whatever font the reader has.
    length = f'textLength="{width_px:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text class="{kind}" x="{left_px:.1f}" y="15" {length}>{_text(text)}</text>'


def _style(theme: str) -> str:
    first = _colours(DARK if theme == "dark" else LIGHT)
    other = f"@media (prefers-color-scheme: dark) {{ {_colours(DARK)} }}" if theme == "auto" else ""
    font = 'text { font: 11px Inter, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif }'
    return f"<style>{font} .figure {{ font-weight: 600 }} {first} {other}</style>"


def _colours(tokens: dict[str, str]) -> str:
    return (
        f".ground {{ fill: {tokens['ground']}; stroke: {tokens['line']} }} .line {{ stroke: {tokens['line']} }} "
        f".label {{ fill: {tokens['label']} }} .figure {{ fill: {tokens['figure']} }}"
    )


def _width(text: str) -> float:
    return max(1, len(text)) * CHARACTER_PX


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(text: str) -> str:
    # XML holds no control characters, not even escaped.
    return escape("".join(character for character in text if character.isprintable()))
