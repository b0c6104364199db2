"""How each medium turns the plain picture into its own: one function per medium, picture in, picture out."""

from collections.abc import Callable

import numpy as np

from ..primitives import Pixels
from ..style import Medium, Style
from .brush import painterly, pastel, watercolour
from .lens import photo
from .press import ink, riso
from .shapes import low_poly, papercut, pixel, vector

Finish = Callable[[Pixels, Style, np.random.Generator], Pixels]

FINISHES: dict[Medium, Finish] = {
    Medium.PHOTO: photo,
    Medium.PAINTERLY: painterly,
    Medium.WATERCOLOUR: watercolour,
    Medium.VECTOR: vector,
    Medium.PAPERCUT: papercut,
    Medium.INK: ink,
    Medium.PASTEL: pastel,
    Medium.RISO: riso,
    Medium.LOW_POLY: low_poly,
    Medium.PIXEL: pixel,
}
