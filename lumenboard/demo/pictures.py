"""Draws the demo's pictures on every core; each one depends on nothing but its model, prompt and seed."""

import os
import signal
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from arena.images.imaging import EncodedImage, encode
from lumenboard.demo.world import DemoCompetition, DemoModel, entrants_of, strength_in
from lumenboard.embedded.process import die_with_parent
from providers.simulator.painting import Medium, Style, paint, style_of

SIDE_PX = 768
SOURCE_STYLE = Style(Medium.PHOTO, palette="azure", detail=0.9, coherence=0.97)


@dataclass(frozen=True)
class PictureOrder:
    """One picture to draw; `source_prompt` is set for edits, whose source is drawn from it first."""

    competition: str
    model: str
    prompt: str
    quality: float
    seed: int
    side_px: int
    source_prompt: str = ""


@dataclass(frozen=True)
class DrawnPicture:
    """An order with what came of it."""

    order: PictureOrder
    picture: EncodedImage


def quality_of(strength: float) -> float:
    """Strength in log odds to the painter's 0..1; the strongest come out near 1."""
    return min(0.98, max(0.05, 0.5 + strength / 3.2))


def orders_for(competition: DemoCompetition, side_px: int = SIDE_PX) -> list[PictureOrder]:
    """One picture per entrant, and for an edit one of the source under the model name ""."""
    orders = [_order(competition, model, side_px) for model in entrants_of(competition)]
    if competition.source_prompt:
        source = PictureOrder(
            competition.slug, "", competition.source_prompt, 0.95, _seed(competition.slug, ""), side_px
        )
        orders.insert(0, source)
    return orders


def _order(competition: DemoCompetition, model: DemoModel, side_px: int) -> PictureOrder:
    quality = quality_of(strength_in(model, competition))
    seed = _seed(competition.slug, model.slug)
    return PictureOrder(
        competition.slug, model.slug, competition.prompt, quality, seed, side_px, competition.source_prompt
    )


def _seed(competition: str, model: str) -> int:
    return zlib.crc32(f"{competition}/{model}".encode())


def draw(order: PictureOrder) -> DrawnPicture:
    """Paints and encodes one picture."""
    source = None
    if order.source_prompt:
        source = paint(
            order.source_prompt,
            style=SOURCE_STYLE,
            seed=_seed(order.competition, ""),
            width_px=order.side_px,
            height_px=order.side_px,
        )
    style = style_of(order.model, order.quality) if order.model else SOURCE_STYLE
    image = paint(
        order.prompt, style=style, seed=order.seed, width_px=order.side_px, height_px=order.side_px, source=source
    )
    return DrawnPicture(order, encode(image))


def draw_all(orders: list[PictureOrder]) -> Iterator[DrawnPicture]:
    """Every order drawn, as each is done.

    Workers are spawned, as forking a process with database handles is unsafe, and killed with us.
    """
    try:
        pool = ProcessPoolExecutor(
            max_workers=os.cpu_count(),
            mp_context=get_context("spawn"),
            initializer=die_with_parent,
            initargs=(signal.SIGKILL,),
        )
    except OSError:
        # No shared semaphores for us here, as in a bare chroot: one after another, then.
        yield from map(draw, orders)
        return
    with pool:
        yield from pool.map(draw, orders, chunksize=4)
