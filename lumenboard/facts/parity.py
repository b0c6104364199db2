"""A parity board with what each endpoint charges and how fast and reliable it was. Values for page and API."""

from dataclasses import dataclass

from django.utils import timezone

from arena.models import ParityBoard
from arena.parity.board import ParityRow, ParityTable, parity_table
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.figures import measured_performance
from lumenboard.facts.rows import endpoint_sheet, endpoints_with_prices
from lumenboard.facts.types import PerformanceFacts
from providers.models import Endpoint, ImageModel
from providers.pricing import Cost, UnknownCost, defaults_of, image_cost
from providers.telemetry.reading import endpoint_name, performance_for
from providers.telemetry.tables import STANDARD, sliding_window

GONE = UnknownCost("the endpoint is not in the catalogue any more, or switched off")


@dataclass(frozen=True)
class ParityLine:
    """An endpoint's place, the cost of one image of the standard size, and its figures; None where there are none."""

    row: ParityRow
    image_cost: Cost | UnknownCost
    performance: PerformanceFacts | None


@dataclass(frozen=True)
class ParityFacts:
    """`lines` in the order of the board."""

    table: ParityTable
    lines: tuple[ParityLine, ...]

    @property
    def board(self) -> ParityBoard:
        return self.table.board


def parity_facts(board: ParityBoard) -> ParityFacts:
    """Of a board of `find_parity_board`. Seven queries."""
    table = parity_table(board)
    keys = [row.endpoint.key for row in table.rows]
    sold = {one.key: one for one in endpoints_with_prices().filter(key__in=keys)}
    measured = _measured(board.model, list(sold.values()), board.mode)
    lines = [
        ParityLine(row, _cost(sold.get(row.endpoint.key), board.mode), measured.get(row.endpoint.key))
        for row in table.rows
    ]
    return ParityFacts(table, tuple(lines))


def _cost(endpoint: Endpoint | None, mode: str) -> Cost | UnknownCost:
    if endpoint is None:
        return GONE
    sheet = endpoint_sheet(endpoint)
    return image_cost(sheet.prices, mode, STANDARD_SIZE, defaults_of(sheet))


def _measured(model: ImageModel, endpoints: list[Endpoint], mode: str) -> dict[str, PerformanceFacts]:
    """By key, in the mode of the board; simulated calls count where there are no others."""
    names = [endpoint_name(row, model) for row in endpoints]
    table = performance_for(names, sliding_window(STANDARD, timezone.now()), by=("endpoint", "mode"))
    lines = [line for line in table.lines if line.subject.mode == mode]
    lines.sort(key=lambda line: not line.subject.simulated)
    return {line.subject.endpoint_key: measured_performance(line) for line in lines}
