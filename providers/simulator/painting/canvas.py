"""The canvas: lit, textured shapes laid over one another in units of the shorter side (the middle square is 0..1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from . import primitives
from .primitives import Colour, Field, Palette, Pixels, Point, fractal, mix, smoothstep


@dataclass(frozen=True)
class Fill:
    """A shape's surface. `to` ends a gradient along `angle` (90 is down); `volume` lights the shape as a relief whose
    edge is `bevel` wide; `soft` blurs the outline. Lengths are in canvas units."""

    colour: Colour
    to: Colour | None = None
    angle: float = 90.0
    alpha: float = 1.0
    soft: float = 0.0
    volume: float = 0.0
    bevel: float = 0.04
    texture: float = 0.0


@dataclass(frozen=True)
class Manner:
    """How shapes are laid down: how steadily, and whether with two-tone shading or as cut paper."""

    coherence: float
    cel: bool = False
    cut: bool = False


@dataclass(frozen=True)
class View:
    """How close the canvas is to the scene, and how far its middle is off the scene's."""

    zoom: float = 1.0
    across: float = 0.0
    down: float = 0.0


Window = tuple[slice, slice]


class Canvas:
    """RGB float pixels and the hand that draws on them."""

    def __init__(
        self, width_px: int, height_px: int, palette: Palette, rng: np.random.Generator, manner: Manner, view: View
    ) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.scale = min(width_px, height_px) * view.zoom
        self.left = 0.5 + view.across - width_px / self.scale / 2
        self.top = 0.5 + view.down - height_px / self.scale / 2
        self.right, self.bottom = self.left + width_px / self.scale, self.top + height_px / self.scale
        self.palette, self.rng, self.manner = palette, rng, manner
        self.light: Point = (-0.6, -0.8)
        self.pixels: Pixels = np.zeros((height_px, width_px, 3), np.float32)
        slack = 1 - manner.coherence
        self._bend = (rng.random((2, 4)) - 0.5) * np.array([9.0, 9.0, 6.0, 0.1 * slack * slack])
        self._slack = slack

    @cached_property
    def grain(self) -> Field:
        """One texture for the whole picture, about -0.5..0.5."""
        field: Field = fractal(self.rng, self.width_px, self.height_px, 24, 4, 1.3) - np.float32(0.5)
        return field

    def chance(self, low: float, high: float) -> float:
        return low + (high - low) * float(self.rng.random())

    def place(self, points: Sequence[Point]) -> np.ndarray:
        """Canvas units to pixels; an unsteady hand bends the whole drawing and drops each shape a little off."""
        at = np.asarray(points, float)
        if self._slack > 0.05:
            slip = (self.rng.random(2) - 0.5) * 0.055 * self._slack * self._slack
            (a, b, c, d), (e, f, g, h) = self._bend
            at = at + np.stack(
                [np.sin(a * at[:, 1] + b * at[:, 0] + c) * d, np.sin(e * at[:, 0] + f * at[:, 1] + g) * h], 1
            )
            at = at + slip
        placed: np.ndarray = (at - np.array([self.left, self.top])) * self.scale
        return placed

    def backdrop(self, *stops: tuple[float, Colour]) -> None:
        """A vertical gradient over everything; stops are (share of the height, colour)."""
        rows = np.linspace(0, 1, self.height_px)
        places = [s[0] for s in stops]
        for channel in range(3):
            column = np.interp(rows, places, [s[1][channel] for s in stops])
            self.pixels[..., channel] = column[:, None]

    def shape(self, points: Sequence[Point], fill: Fill) -> None:
        """Lay one closed shape; its mask is drawn a little beyond the shown part, so that edges light rightly there."""
        at = self.place(points)
        bevel = fill.bevel * 2.5 if fill.volume else 0.0
        reach = (max(fill.soft * 2.5, bevel) + (0.03 if self.manner.cut else 0)) * self.scale + 2
        size = np.array([self.width_px, self.height_px])
        low = np.maximum(np.floor(at.min(axis=0) - reach), -reach).astype(int)
        high = np.minimum(np.ceil(at.max(axis=0) + reach), size + reach).astype(int)
        first, last = np.maximum(low, 0), np.minimum(high, size)
        if (last <= first).any():
            return
        mask = self._mask(at - low, int(high[0] - low[0]), int(high[1] - low[1]), fill.soft)
        shown = (slice(first[1] - low[1], last[1] - low[1]), slice(first[0] - low[0], last[0] - low[0]))
        window = self.pixels[first[1] : last[1], first[0] : last[0]]
        if self.manner.cut and fill.alpha > 0.9 and fill.soft < 0.01:
            self._drop_shadow(window, mask, shown)
        strength = np.asarray(mask, np.float32)[shown] * np.float32(fill.alpha / 255)
        surface = self._surface(fill, mask, shown)
        texture = fill.texture + (0.12 if self.manner.cut else 0)
        if texture and not self.manner.cel:
            surface *= 1 + self.grain[first[1] : last[1], first[0] : last[0], None] * np.float32(texture)
        window += (surface - window) * strength[..., None]

    def _mask(self, at: np.ndarray, width: int, height: int, soft: float) -> Image.Image:
        area = width * height
        fine = 4 if area < 60_000 else 3 if area < 200_000 else 2
        image = Image.new("L", (width * fine, height * fine))
        ImageDraw.Draw(image).polygon([(x * fine, y * fine) for x, y in at.tolist()], fill=255)
        mask = image.reduce(fine)
        return mask.filter(ImageFilter.GaussianBlur(soft * self.scale)) if soft else mask

    def _drop_shadow(self, window: Pixels, mask: Image.Image, shown: Window) -> None:
        drop = round(0.012 * self.scale)
        shadow = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.008 * self.scale)), np.float32)
        shadow = np.pad(shadow, ((drop, 0), (drop // 2, 0)), "edge")[: mask.height, : mask.width][shown] * np.float32(
            0.42 / 255
        )
        window *= 1 - shadow[..., None]

    def _surface(self, fill: Fill, mask: Image.Image, shown: Window) -> Pixels:
        surface: Pixels = np.empty((mask.height, mask.width, 3), np.float32)
        surface[...] = np.array(self._muddled(fill.colour), np.float32)
        if fill.to is not None:
            share = self._ramp(fill.angle, mask.height, mask.width)[..., None]
            surface += (np.array(self._muddled(fill.to), np.float32) - surface) * share
        if fill.volume:
            self._light(surface, mask, fill)
        return surface[shown]

    def _muddled(self, colour: Colour) -> Colour:
        if self._slack < 0.3:
            return colour
        mud = (self.chance(0.3, 0.6), self.chance(0.3, 0.55), self.chance(0.25, 0.5))
        return mix(colour, mud, (self._slack - 0.3) * 0.55)

    def _ramp(self, angle: float, height: int, width: int) -> Field:
        turn = np.radians(angle)
        across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(np.cos(turn))
        down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * np.float32(np.sin(turn))
        span = np.float32(abs(np.cos(turn)) + abs(np.sin(turn)))
        ramp: Field = np.clip((across + down) / span + np.float32(0.5), 0, 1)
        if self.manner.cel:
            ramp = np.floor(ramp * np.float32(3.99)) / np.float32(3)
        return ramp

    def _light(self, surface: Pixels, mask: Image.Image, fill: Fill) -> None:
        height = np.asarray(mask.filter(ImageFilter.GaussianBlur(fill.bevel * self.scale)), np.float32) / np.float32(
            255
        )
        step = max(1, round(fill.bevel * self.scale * 0.8))
        pad = np.pad(height, step)
        dx, dy = round(self.light[0] * step), round(self.light[1] * step)
        rows, columns = height.shape
        towards = pad[step + dy : step + dy + rows, step + dx : step + dx + columns]
        away = pad[step - dy : step - dy + rows, step - dx : step - dx + columns]
        relief = (away - towards) * np.float32(1.5 * fill.volume)
        if self.manner.cel:
            relief = (smoothstep(relief, 0.3, 0.33) - smoothstep(-relief, 0.16, 0.19)) * np.float32(0.5)
        lit = np.clip(relief, 0, 1)[..., None]
        dark = np.clip(-relief, 0, 0.85)[..., None]
        surface += (np.array(self.palette.light, np.float32) - surface) * (lit * np.float32(0.75))
        deep = surface * np.array(mix(self.palette.shade, (0.3, 0.3, 0.35), 0.35), np.float32)
        surface += (deep - surface) * dark

    def curve(self, points: Sequence[Point], fill: Fill) -> None:
        """A closed smooth shape through the points."""
        self.shape(primitives.spline(points), fill)

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, fill: Fill, tilt: float = 0.0) -> None:
        self.shape(primitives.ellipse(cx, cy, rx, ry, tilt), fill)

    def line(self, points: Sequence[Point], fill: Fill, width: float, end: float | None = None) -> None:
        """A smooth open line whose width runs from `width` to `end`."""
        path = primitives.spline(points, 6, closed=False) if len(points) > 2 else list(points)
        self.shape(primitives.ribbon(path, width, end), fill)

    def glow(self, cx: float, cy: float, radius: float, colour: Colour, strength: float) -> None:
        """Light added around a point; half as strong at `radius`."""
        reach = radius * 4.5
        x0, y0 = (
            int(v) for v in np.maximum((cx - reach - self.left, cy - reach - self.top), 0) * np.float64(self.scale)
        )
        x1 = min(int((cx + reach - self.left) * self.scale), self.width_px)
        y1 = min(int((cy + reach - self.top) * self.scale), self.height_px)
        if x1 <= x0 or y1 <= y0:
            return
        across = (
            np.arange(x0, x1, dtype=np.float32) / np.float32(self.scale) + np.float32(self.left - cx)
        ) / np.float32(radius)
        down = (np.arange(y0, y1, dtype=np.float32) / np.float32(self.scale) + np.float32(self.top - cy)) / np.float32(
            radius
        )
        distance = across[None] * across[None] + down[:, None] * down[:, None]
        fall = np.clip(1 / (1 + distance) - np.float32(0.05), 0, 1) * np.float32(strength)
        window = self.pixels[y0:y1, x0:x1]
        window += (1 - window) * fall[..., None] * np.array(colour, np.float32)

    def shadow(self, cx: float, cy: float, rx: float, ry: float, strength: float = 0.4) -> None:
        """A soft dark pool, as under a thing that stands."""
        self.ellipse(cx, cy, rx, ry, Fill(self.palette.shade, alpha=strength, soft=min(rx, ry) * 0.5))

    def haze(self, top: float, bottom: float, colour: Colour, amount: float) -> None:
        """Air that thickens from `top` to `bottom` and thins out again within a third of that below."""
        rows = np.arange(self.height_px) / self.scale + self.top
        share = np.interp(rows, [top, bottom, bottom + (bottom - top) / 3], [0, amount, 0]).astype(np.float32)
        used = np.flatnonzero(share)
        if len(used):
            window = self.pixels[used[0] : used[-1] + 1]
            window += (np.array(colour, np.float32) - window) * share[used[0] : used[-1] + 1, None, None]
