"""Media of plain shapes: vector flats, cut paper, low-poly facets, pixel mosaic."""

import numpy as np
from PIL import Image, ImageDraw

from ..primitives import Pixels, blurred, luma, noise, soft_field, to_image, to_pixels
from ..style import Style
from .lens import contrasted, vignette


def vector(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Clean flats: the canvas has shaded in two tones already; the colours get snap and the sky a little grain."""
    height, width = pixels.shape[:2]
    levels = np.float32(14 + 18 * style.detail)
    stepped = np.floor(np.clip(pixels, 0, 1) * levels + np.float32(0.5)) / levels
    out = contrasted(stepped * np.float32(0.7) + pixels * np.float32(0.3), 0.3)
    grain = soft_field(rng.random((height, width), np.float32), 0.6) - np.float32(0.5)
    return np.asarray(out + (grain * np.float32(0.05))[..., None], np.float32)


def papercut(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Fibrous sheets: the canvas has cast the shadows between them already."""
    height, width = pixels.shape[:2]
    fibre = noise(rng, width, height, 170, 3.0) - np.roll(noise(rng, width, height, 170, 0.4), 1, 0)
    speck = soft_field(rng.random((height, width), np.float32), 0.7) - np.float32(0.5)
    texture = fibre * np.float32(0.045) + speck * np.float32(0.1)
    return vignette(contrasted(pixels, 0.2) + texture[..., None], 0.16)


def low_poly(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Triangles between points drawn towards the edges, each in one colour with a facet's light."""
    height, width = pixels.shape[:2]
    cells = round(42 + 26 * style.detail)
    step = min(height, width) / cells
    columns, rows = round(width / step), round(height / step)
    xs, ys = _corners(pixels, columns, rows, rng)
    soft = blurred(pixels, step * 0.22)
    sheet = Image.new("RGB", (width * 2, height * 2))
    pen = ImageDraw.Draw(sheet)
    for row in range(rows):
        for column in range(columns):
            corners = [
                (float(xs[row + j, column + i]), float(ys[row + j, column + i]))
                for j, i in ((0, 0), (0, 1), (1, 1), (1, 0))
            ]
            _facets(pen, soft, corners, (row + column) % 2 == 0)
    return contrasted(vignette(to_pixels(sheet.reduce(2)), 0.12), 0.3)


def _corners(pixels: Pixels, columns: int, rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A jittered grid whose inner points move to the strongest of a few nearby edges."""
    height, width = pixels.shape[:2]
    grey = soft_field(luma(pixels), min(height, width) * 0.004)
    edge = np.abs(np.roll(grey, 1, 1) - np.roll(grey, -1, 1)) + np.abs(np.roll(grey, 1, 0) - np.roll(grey, -1, 0))
    base_x, base_y = np.meshgrid(np.linspace(0, width - 1, columns + 1), np.linspace(0, height - 1, rows + 1))
    best_x, best_y, best = base_x.copy(), base_y.copy(), np.full(base_x.shape, -1.0)
    for _ in range(14):
        x = base_x + (rng.random(base_x.shape) - 0.5) * width / columns * 0.9
        y = base_y + (rng.random(base_x.shape) - 0.5) * height / rows * 0.9
        x[:, 0], x[:, -1], y[0], y[-1] = 0, width - 1, 0, height - 1
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
        score = edge[y.astype(int), x.astype(int)] + rng.random(base_x.shape) * 0.004
        better = score > best
        best_x, best_y, best = np.where(better, x, best_x), np.where(better, y, best_y), np.where(better, score, best)
    return best_x, best_y


def _facets(pen: ImageDraw.ImageDraw, soft: Pixels, corners: list[tuple[float, float]], falling: bool) -> None:
    a, b, c, d = corners
    height, width = soft.shape[:2]
    for triangle in ((a, b, c), (a, c, d)) if falling else ((a, b, d), (b, c, d)):
        x, y = sum(p[0] for p in triangle) / 3, sum(p[1] for p in triangle) / 3
        colour = soft[min(int(y), height - 1), min(int(x), width - 1)]
        tilt = (triangle[1][1] - triangle[0][1] + triangle[2][0] - triangle[1][0]) / min(height, width)
        lit = np.clip(colour * (1 + tilt * 1.2), 0, 1) * 255
        pen.polygon([(p[0] * 2, p[1] * 2) for p in triangle], tuple(int(v) for v in lit))


def pixel(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """A grid of tiles in few colours, dithered, each tile with a lit edge."""
    height, width = pixels.shape[:2]
    cells = round(72 + 56 * style.detail)
    step = max(min(height, width) / cells, 1.0)
    small = to_image(contrasted(pixels, 0.35)).resize(
        (max(round(width / step), 1), max(round(height / step), 1)), Image.Resampling.BOX
    )
    few = small.quantize(round(20 + 28 * style.detail), Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert(
        "RGB"
    )
    blocks = to_pixels(few.resize((width, height), Image.Resampling.NEAREST))
    across = np.arange(width, dtype=np.float32) * np.float32(small.width / width)
    down = (np.arange(height, dtype=np.float32) * np.float32(small.height / height))[:, None]
    bevel = (np.float32(0.5) - (across - np.floor(across))) + (np.float32(0.5) - (down - np.floor(down)))
    return np.asarray(blocks * (1 + bevel[..., None] * np.float32(0.07)), np.float32)
