"""What schedules, probes and their single pictures ask for, in the words the gateway's callers use. Values."""

from collections.abc import Mapping

from arena.generation import probe_picture
from arena.models import Competition, Schedule
from providers.adapters.wire import InputImage
from providers.modes import IMAGE_EDIT
from providers.planning.call_plan import ImageRequest
from providers.pricing import Size, size_from_text
from providers.sheet import Json


def schedule_request(schedule: Schedule) -> ImageRequest:
    """Of a schedule with a competition."""
    assert schedule.competition is not None
    size = Size(width_px=schedule.width_px, height_px=schedule.height_px)
    return competition_request(schedule.competition, size, schedule.parameters)


def competition_request(competition: Competition, size: Size, parameters: Mapping[str, Json]) -> ImageRequest:
    """One picture. The source picture stands without its bytes, which is enough to plan and to price it."""
    return ImageRequest(
        mode=competition.mode,
        prompt=competition.prompt,
        parameters={**parameters, "size": str(size)},
        inputs=_source(competition),
    )


def probe_request(mode: str, size: Size) -> ImageRequest:
    """The small picture that measures an endpoint; the one it edits stands without its bytes."""
    inputs = (InputImage(content=b"", media_type="image/png", size=probe_picture.SIZE),) if mode == IMAGE_EDIT else ()
    return ImageRequest(mode=mode, prompt=probe_picture.PROMPTS[mode], parameters={"size": str(size)}, inputs=inputs)


def asked_size(request: ImageRequest) -> Size:
    """Of one of these requests."""
    size = size_from_text(str(request.parameters["size"]))
    assert size is not None
    return size


def _source(competition: Competition) -> tuple[InputImage, ...]:
    source = competition.source_image
    if source is None:
        return ()
    size = Size(width_px=source.width_px, height_px=source.height_px)
    return (InputImage(content=b"", media_type="image/webp", size=size),)
