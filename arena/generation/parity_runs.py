"""The same prompts under the same seeds at several endpoints of one model: what that costs, and its start.

One schedule and one run per prompt, as any other run; their pictures become entries of the model's parity board.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from arena.generation.plan_generation import EntrantRequest, Line, Plan, competition_request, make_plan, offers_by_model
from arena.generation.schedules import ScheduleSheet, generate_once
from arena.models import Competition, Run
from providers.models import ImageModel
from providers.planning.reading import read_catalogue
from providers.pricing import Size

NO_SEED: Final = "it takes no seed, and pairs must be of the same one"
LEAST_ENDPOINTS: Final = 2


@dataclass(frozen=True, kw_only=True)
class ParityOrder:
    """Which endpoints of a model are asked for which prompts, each once under each seed. `competitions` are of one
    mode, with their source picture loaded."""

    model: ImageModel
    endpoint_ids: Sequence[int]
    competitions: Sequence[Competition]
    seeds: tuple[int, ...]
    size: Size
    entry_status: str = "held"


@dataclass(frozen=True)
class ParityPlan:
    """A plan for each prompt; `why_not` is empty where all of it can be started."""

    order: ParityOrder
    plans: tuple[tuple[Competition, Plan], ...] = field(default=())

    @property
    def images(self) -> int:
        return sum(plan.images for _, plan in self.plans)

    @property
    def total_usd(self) -> Decimal:
        return sum((plan.total_usd for _, plan in self.plans), Decimal(0))

    @property
    def is_exact(self) -> bool:
        return all(plan.is_exact for _, plan in self.plans)

    @property
    def is_simulated(self) -> bool:
        return any(plan.is_simulated for _, plan in self.plans)

    @property
    def lines(self) -> tuple[tuple[Competition, Line], ...]:
        return tuple((competition, line) for competition, plan in self.plans for line in plan.lines)

    @property
    def why_not(self) -> str:
        """In words for the operator."""
        if len(self.order.endpoint_ids) < LEAST_ENDPOINTS:
            return "Choose two endpoints at least."
        if not self.order.competitions:
            return "Choose one prompt at least."
        left_out = [line for _, plan in self.plans for line in plan.left_out]
        return f"{left_out[0].entrant.model_name} cannot be started: {left_out[0].why_not}." if left_out else ""


def plan_parity(order: ParityOrder) -> ParityPlan:
    """Every endpoint at every prompt. Writes nothing; reads the catalogue once."""
    catalogue = read_catalogue({order.model.pk})
    keys = {endpoint.pk: endpoint.key for endpoint in order.model.endpoints.all()}
    entrants = [
        EntrantRequest(model_id=order.model.pk, model_name=keys.get(pk, "an endpoint that is gone"), endpoint_id=pk)
        for pk in order.endpoint_ids
    ]
    plans = []
    for competition in order.competitions:
        request = competition_request(competition, order.size, {"seed": order.seeds[0]} if order.seeds else {})
        plan = make_plan(entrants, offers_by_model(catalogue, request), images=len(order.seeds))
        plans.append((competition, Plan(tuple(map(_with_seed, plan.lines)))))
    return ParityPlan(order, tuple(plans))


def _with_seed(line: Line) -> Line:
    takes_none = line.offer is not None and any(notice.parameter == "seed" for notice in line.offer.notices)
    return replace(line, why_not=NO_SEED) if takes_none and not line.why_not else line


class ParityNotStarted(ValueError):
    """The message says why."""


@transaction.atomic
def start_parity(plan: ParityPlan, *, actor: User | None) -> list[Run]:
    """One run per prompt; what each may cost is what was planned for it. Raises ParityNotStarted."""
    if plan.why_not:
        raise ParityNotStarted(plan.why_not)
    order = plan.order
    return [
        generate_once(
            ScheduleSheet(
                kind="parity",
                competition_id=competition.pk,
                entrants=[line.entrant for line in of_one.lines],
                size=order.size,
                usd_per_day=of_one.total_usd,
                images=len(order.seeds),
                seeds=order.seeds,
                entry_status=order.entry_status,
            ),
            actor=actor,
        )
        for competition, of_one in plan.plans
    ]
