"""The unified layer: parameters that every model takes through the gateway, whatever its providers call them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from providers.adapters.gpt_image import sends_base64
from providers.modes import IMAGE_EDIT, MODES
from providers.planning.schema.compile import compile_parameters
from providers.planning.schema.types import ParameterFacts, ParameterGroup
from providers.sheet import EndpointSheet, ParameterSheet

OUTPUT_FORMATS: Final = ("png", "jpeg", "gif", "webp", "avif")
MOST_IMAGES: Final = 10
# Of the numbers that this layer, not a provider, understands.
RANGES: Final[Mapping[str, tuple[int, int]]] = {"n": (1, MOST_IMAGES), "output_compression": (0, 100)}


def _row(name: str, group: str, kind: str, description: str, **more: object) -> ParameterSheet:
    return ParameterSheet(
        name=name,
        group=group,
        type=kind,
        description=description,
        **{"modes": MODES, **more},  # type: ignore[arg-type]
    )


UNIFIED: Final = (
    _row("prompt", "core", "string", "What to draw, or what to change in the given picture.", required_modes=MODES),
    _row("seed", "core", "integer", "The same seed gives the same picture, where a provider honours it."),
    _row("size", "size", "string", "`WxH` in pixels, an aspect ratio such as `16:9`, or `auto`."),
    _row("aspect_ratio", "size", "string", "Such as `16:9`; the nearest one a provider has."),
    _row("resolution", "size", "string", "A tier: `0.5K`, `1K`, `2K` or `4K`."),
    _row(
        "image",
        "media",
        "file",
        "The picture to change; several as `image[]`.",
        modes=(IMAGE_EDIT,),
        required_modes=(IMAGE_EDIT,),
    ),
    _row(
        "response_format",
        "output",
        "string",
        "`url` for a link that expires, or `b64_json`.",
        default="url",
        values=("url", "b64_json"),
    ),
    _row("output_format", "output", "string", "Converted where a provider has not got it.", values=OUTPUT_FORMATS),
    _row("output_compression", "output", "integer", "Quality for `jpeg`, `webp` and `avif`."),
    _row(
        "n",
        "output",
        "integer",
        "How many pictures.",
        default=1,
    ),
)


def compile_schema(
    declared: Sequence[ParameterSheet], endpoints: Sequence[EndpointSheet]
) -> tuple[ParameterGroup, ...]:
    """A model's parameters, with those of the unified layer that neither it nor an endpoint describes itself.

    A model that nobody serves takes none but what it declares.
    """
    served = {mode for endpoint in endpoints for mode in endpoint.modes}
    known = {row.name for row in declared} | {row.name for endpoint in endpoints for row in endpoint.parameters}
    added = [_within(row, served) for row in UNIFIED if row.name not in known and served & set(row.modes)]
    if sends_base64(endpoint.provider_model_id for endpoint in endpoints):
        added = [replace(row, default="b64_json") if row.name == "response_format" else row for row in added]
    groups = compile_parameters((*declared, *added), endpoints)
    return tuple(replace(group, parameters=tuple(map(_bounded, group.parameters))) for group in groups)


def _bounded(parameter: ParameterFacts) -> ParameterFacts:
    lowest, highest = RANGES.get(parameter.name, (None, None))
    return replace(parameter, minimum=lowest, maximum=highest) if parameter.type == "integer" else parameter


def _within(row: ParameterSheet, served: set[str]) -> ParameterSheet:
    modes = tuple(mode for mode in row.modes if mode in served)
    return ParameterSheet(
        **{**vars(row), "modes": modes, "required_modes": tuple(m for m in row.required_modes if m in served)}
    )
