"""Pictures drawn by code from a prompt, a style and a seed. No model, no network, no clock."""

from .painter import paint
from .primitives import PALETTES
from .style import Medium, Style, style_of

__all__ = ["PALETTES", "Medium", "Style", "paint", "style_of"]
