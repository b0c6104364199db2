"""The demo's parity board: one model at three providers, drawn under the same seeds, with simulated votes."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from arena.images.handover import store_image
from arena.models import Competition, ParityBoard, ParityEntry
from arena.parity.append import NewParityVote, append_parity_votes
from arena.parity.entries import board_for, endpoint_for, scene_for
from arena.rating.tallies import OUTCOMES
from lumenboard.demo.outcomes import simulate_pairs
from lumenboard.demo.pictures import DrawnPicture, PictureOrder, quality_of
from lumenboard.demo.world import COMPETITIONS
from providers.models import Endpoint, ImageModel
from providers.pricing import Size
from providers.sheet import TEXT_TO_IMAGE

MODEL: Final = "z-image-turbo"
# how good each makes it, in log odds: two as good as one another, the third behind
STRENGTHS: Final = {"alibaba/z-image-turbo": -0.4, "fal/z-image-turbo": 0.0, "replicate/z-image-turbo": 0.0}
PROMPTS: Final = ("modern-clean-menu", "adorable-baby-animals", "geometric-composition")
SEEDS: Final = (7, 11)
VOTES: Final = 4800
SPAN: Final = timedelta(days=14)


@dataclass(frozen=True)
class ParityOrder:
    """What is drawn for one endpoint."""

    endpoint: str
    seed: int
    picture: PictureOrder


def parity_orders(side_px: int) -> list[ParityOrder]:
    """Of one seed all endpoints draw the same scene, each as well as it does."""
    prompts = {one.slug: one.prompt for one in COMPETITIONS if one.slug in PROMPTS}
    return [
        ParityOrder(
            key, seed, PictureOrder(slug, MODEL, prompts[slug], quality_of(strength), _drawn(slug, seed), side_px)
        )
        for slug in PROMPTS
        for seed in SEEDS
        for key, strength in STRENGTHS.items()
    ]


def _drawn(slug: str, seed: int) -> int:
    return zlib.crc32(f"parity/{slug}/{seed}".encode())


def seed_parity(
    competitions: dict[str, Competition], orders: Iterable[ParityOrder], pictures: Iterable[DrawnPicture]
) -> ParityBoard | None:
    """In the caller's transaction; `pictures` run along with the orders. None where the model is not the demo's."""
    model = ImageModel.objects.filter(slug=MODEL).first()
    rows = Endpoint.objects.in_bulk(list(STRENGTHS), field_name="key")
    if model is None or len(rows) < len(STRENGTHS):
        return None
    board = board_for(model.pk, TEXT_TO_IMAGE)
    ParityBoard.objects.filter(pk=board.pk).update(is_demo=True)
    entries: dict[tuple[str, int], list[ParityEntry]] = {}
    for order, drawn in zip(orders, pictures, strict=True):
        slug, side_px = order.picture.competition, order.picture.side_px
        scene = scene_for(board, competitions[slug], order.seed, Size(width_px=side_px, height_px=side_px))
        entry = ParityEntry.objects.create(
            scene=scene,
            endpoint=endpoint_for(board, order.endpoint, rows[order.endpoint]),
            image=store_image(drawn.picture),
            simulated=True,
            status="live",
            generated_at=timezone.now(),
        )
        entries.setdefault((slug, order.seed), []).append(entry)
    append_parity_votes(_votes(list(entries.values()), timezone.now()))
    return board


def _votes(scenes: list[list[ParityEntry]], now: datetime) -> list[NewParityVote]:
    """Scenes in turn; entries stand in the order of STRENGTHS."""
    pairs = simulate_pairs(tuple(STRENGTHS.values()), VOTES)
    return [
        NewParityVote(
            left=scenes[place % len(scenes)][left],
            right=scenes[place % len(scenes)][right],
            outcome=OUTCOMES[outcome],
            cast_at=now - SPAN * (1 - place / VOTES),
        )
        for place, (left, right, outcome) in enumerate(pairs)
    ]
