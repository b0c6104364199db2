"""Every endpoint of the demo world takes what its model declares, in every mode it serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import InputImage
from providers.catalogue.files import read_sheet
from providers.planning.call_plan import ImageRequest, plan_calls
from providers.planning.reading import foreign_names
from providers.pricing import Size
from providers.sheet import IMAGE_EDIT, EndpointSheet, Json, ModelSheet, ParameterSheet
from tests.dispatch.plain import png
from tests.simulator.conftest import Simulator
from tests.simulator.test_meets_adapters import carried_out, opened

CATALOGUE = Path(__file__).resolve().parents[2] / "lumenboard/demo/catalogue"
PROTOCOLS = {adapter.usual_provider: adapter.name for adapter in ADAPTERS.values()} | {"harbor": "openai"}
SOURCE = InputImage(content=png(640, 512), media_type="image/png", size=Size(width_px=640, height_px=512))
# Of each type a value that any parameter of the demo accepts; the size is told once, in unified words.
USUAL: dict[str, Json] = {"string": "regular", "integer": 8, "number": 0.5, "boolean": False}
TOLD_OTHERWISE = {"prompt", "image", "n", "aspect_ratio", "resolution", "width", "height", "size"}


def sheets() -> Iterator[ModelSheet]:
    for path in sorted(CATALOGUE.glob("*.toml")):
        yield read_sheet(path.read_text(), origin=path.name)


CASES = [
    pytest.param(sheet, endpoint, mode, id=f"{endpoint.key} {mode}")
    for sheet in sheets()
    for endpoint in sheet.endpoints
    for mode in endpoint.modes
]


def value_of(row: ParameterSheet) -> Json:
    return row.values[-1] if row.values else USUAL[row.type]


@pytest.mark.parametrize(("sheet", "endpoint", "mode"), CASES)
def test_it_draws_with_every_parameter_set(
    simulator: Simulator, sheet: ModelSheet, endpoint: EndpointSheet, mode: str
) -> None:
    here = {"", endpoint.provider.slug}
    rows = [row for row in sheet.parameters if mode in row.modes and row.only_through in here]
    given: dict[str, Any] = {row.name: value_of(row) for row in rows if row.name not in TOLD_OTHERWISE}
    asked = ImageRequest(
        mode=mode,
        prompt="a lighthouse",
        images=2,
        output_format="webp",
        output_quality=80,
        parameters=given | {"size": "640x512"},
        inputs=(SOURCE,) if mode == IMAGE_EDIT else (),
    )
    protocol = PROTOCOLS[endpoint.provider.slug]
    foreign = foreign_names(endpoint, sheet.endpoints, sheet.parameters)
    plan = plan_calls(asked, endpoint, ADAPTERS[protocol], declared=sheet.parameters, foreign=foreign)
    drawn = [carried_out(simulator, protocol, order) for order in plan.orders]
    sizes = [opened(simulator, one, place).size for one in drawn for place in range(len(getattr(one, "images", ())))]
    assert sizes == [(640, 512)] * 2, drawn
