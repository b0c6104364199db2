"""Entries of parity boards: taken in as they are generated, shown, retired."""

from collections.abc import Collection, Mapping
from typing import Any

from arena.models import (
    Competition,
    Generation,
    ParityBoard,
    ParityEndpoint,
    ParityEntry,
    ParityScene,
    StoredImage,
)
from arena.parity.open_battle import invalidate_parity_pools
from providers.models import Endpoint
from providers.pricing import Size


def board_for(model_id: int, mode: str) -> ParityBoard:
    """The board, made at the first call; its row is locked until the transaction ends."""
    board, _ = ParityBoard.objects.get_or_create(model_id=model_id, mode=mode)
    return ParityBoard.objects.select_for_update(no_key=True).get(pk=board.pk)


def scene_for(board: ParityBoard, competition: Competition, seed: int, size: Size) -> ParityScene:
    """In a transaction that holds the board's row."""
    asked = {"competition": competition, "seed": seed, "width_px": size.width_px, "height_px": size.height_px}
    # two competitions that were joined may leave two of the same
    found = ParityScene.objects.filter(board=board, **asked).order_by("pk").first()
    return found or ParityScene.objects.create(board=board, **asked)


def endpoint_for(board: ParityBoard, key: str, endpoint: Endpoint | None) -> ParityEndpoint:
    """In a transaction that holds the board's row."""
    found, is_new = ParityEndpoint.objects.get_or_create(board=board, key=key, defaults={"endpoint": endpoint})
    if not is_new and endpoint is not None and found.endpoint_id != endpoint.pk:
        found.endpoint = endpoint
        found.save(update_fields=["endpoint"])
    return found


def enter_parity(generation: Generation, image: StoredImage, provenance: Mapping[str, Any]) -> ParityEntry:
    """What a generation of a schedule of kind `parity` made, in the caller's transaction.

    An earlier entry of the same endpoint and scene is retired, with its record.
    """
    schedule = generation.run.schedule
    assert schedule.competition is not None
    assert generation.seed is not None
    board = board_for(generation.model_id, schedule.competition.mode)
    scene = scene_for(board, schedule.competition, generation.seed, schedule.size)
    endpoint = endpoint_for(board, generation.endpoint_key, generation.endpoint)
    retire_parity_entries(list(ParityEntry.objects.filter(scene=scene, endpoint=endpoint).values_list("pk", flat=True)))
    return ParityEntry.objects.create(scene=scene, endpoint=endpoint, image=image, generation=generation, **provenance)


def show_parity_entries(entry_ids: Collection[int]) -> int:
    """Let held ones be drawn; how many changed."""
    changed = ParityEntry.objects.filter(pk__in=entry_ids, status="held").update(status="live")
    invalidate_parity_pools()
    return changed


def retire_parity_entries(entry_ids: Collection[int]) -> int:
    """Draw them no more and keep their record; how many changed."""
    changed = ParityEntry.objects.filter(pk__in=entry_ids).exclude(status="retired").update(status="retired")
    invalidate_parity_pools()
    return changed
