"""Schedules, probes and the gateway ask an endpoint for the same picture at the same price, over the demo catalogue."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.generation.plan_generation import EntrantRequest, plan_probe, plan_schedule, requested_size
from arena.generation.schedules import ScheduleSheet, generate_once
from arena.generation.send_generation import call_spec_for, catalogue_for
from arena.generation.start_run import make_generations
from arena.models import Generation, Run, StoredImage
from lumenboard.demo.seed import CATALOGUE
from lumenboard.gateway.choosing import dry_run, offers_for
from lumenboard.gateway.request_spec import read_request_spec
from lumenboard.pages.operator.generation_form import SIZES
from providers.adapters.wire import InputImage
from providers.catalogue.exchange import import_sheets
from providers.catalogue.files import read_sheet
from providers.models import Endpoint, ImageModel, Provider, ProviderAccount
from providers.planning.offers import EndpointOffer
from providers.planning.reading import read_catalogue
from providers.planning.routing import Catalogue
from providers.pricing import Cost, Size, UnknownCost
from providers.sheet import IMAGE_EDIT, MODES
from tests.arena.factories import make_competition
from tests.dispatch.plain import png

pytestmark = pytest.mark.django_db
PROMPT, SEED = "A paper boat on a pond", 7


@pytest.fixture
def demo(settings) -> Catalogue:
    """Every model of the demo, all of its providers played by the simulator."""
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    files = sorted(CATALOGUE.glob("*.toml"))
    import_sheets([read_sheet(file.read_text(), origin=file.name) for file in files])
    harbor = Provider.objects.get(slug="harbor")
    ProviderAccount.objects.create(provider=harbor, protocol="openai", base_url="https://harbor.invalid/v1")
    return read_catalogue()


def make_source() -> StoredImage:
    content = png(1024, 768)
    name = default_storage.save("one-planner.png", ContentFile(content))
    return StoredImage.objects.create(sha256="a" * 64, file=name, width_px=1024, height_px=768, size_bytes=len(content))


def make_run(mode: str, size: str, endpoints: list[Endpoint]) -> Run:
    """Of every endpoint that serves the mode, due and then planned."""
    source = (StoredImage.objects.first() or make_source()) if mode == IMAGE_EDIT else None
    competition = make_competition(mode=mode, prompt=PROMPT, source_image=source)
    width, height = map(int, size.split("x"))
    sheet = ScheduleSheet(
        competition_id=competition.pk,
        entrants=[EntrantRequest(model_id=one.model_id, model_name=one.key, endpoint_id=one.pk) for one in endpoints],
        size=Size(width_px=width, height_px=height),
        usd_per_day=100,
        seeds=(SEED,),
    )
    run = generate_once(sheet, actor=None)
    make_generations(run.pk)
    return Run.objects.get(pk=run.pk)


def gateway_offer(
    demo: Catalogue, endpoint: Endpoint, mode: str, size: str, inputs: tuple[InputImage, ...]
) -> EndpointOffer:
    target = f"{endpoint.provider.slug}/{endpoint.model.slug}"
    fields = {"model": target, "prompt": PROMPT, "size": size, "seed": SEED}
    spec = read_request_spec(fields, mode, inputs)
    return next(offer for offer in offers_for(demo, spec).offers if offer.endpoint.id == endpoint.pk)


def cost(known: Cost | UnknownCost) -> str:
    return str(known.total_usd) if isinstance(known, Cost) else known.reason


def serving(mode: str) -> list[Endpoint]:
    endpoints = Endpoint.objects.filter(is_enabled=True, modes__contains=[mode]).exclude(model__status="deprecated")
    return list(endpoints.select_related("model", "provider").order_by("key"))


def asked_alike(demo: Catalogue, mode: str, size: str) -> Iterator[tuple[str, object, object]]:
    """Of each endpoint what the schedule and what the gateway asks for: body, address, price, and what is said."""
    endpoints = serving(mode)
    run = make_run(mode, size, endpoints)
    related = ("run__schedule__competition__source_image", "endpoint")
    made = {one.endpoint_id: one for one in Generation.objects.filter(run=run).select_related(*related)}
    catalogue = catalogue_for(made.values())
    for endpoint in endpoints:
        ticket = call_spec_for(made[endpoint.pk], catalogue)
        offer = gateway_offer(demo, endpoint, mode, size, ticket.order.inputs)
        assert offer.endpoint.access is not None
        scheduled = ticket.adapter.submit(ticket.order, ticket.access.account, 60.0)
        asked = offer.endpoint.access.adapter.submit(offer.calls[0].order, offer.endpoint.access.account, 60.0)
        yield (
            f"{endpoint.key} {mode} {size}",
            (scheduled.url, scheduled.content, cost(ticket.cost), made[endpoint.pk].planned_usd),
            (asked.url, asked.content, cost(offer.cost), offer.most_usd),
        )


def test_no_body_and_no_price_differs_between_schedule_and_gateway(demo: Catalogue) -> None:
    pairs = [pair for size, mode in product(SIZES, MODES) for pair in asked_alike(demo, mode, size)]
    assert len(pairs) == 336
    assert [name for name, scheduled, asked in pairs if scheduled[:2] != asked[:2]] == []
    assert [(name, scheduled[2:], asked[2:]) for name, scheduled, asked in pairs if scheduled[2:] != asked[2:]] == []


def test_a_probe_asks_as_the_gateway_does(demo: Catalogue) -> None:
    lines = plan_probe().startable
    assert {line.entrant.endpoint_id for line in lines} == {one.pk for mode in MODES for one in serving(mode)}
    for line in lines:
        offer = line.offer
        assert offer is not None
        endpoint = Endpoint.objects.select_related("model", "provider").get(pk=offer.endpoint.id)
        inputs, size = offer.request.inputs, str(requested_size(line))
        fields = {
            "model": f"{endpoint.provider.slug}/{endpoint.model.slug}",
            "prompt": offer.request.prompt,
            "size": size,
        }
        (asked,) = offers_for(demo, read_request_spec(fields, offer.request.mode, inputs)).offers
        assert (offer.calls, offer.most_usd, offer.size_note) == (asked.calls, asked.most_usd, asked.size_note)


def test_a_dry_run_costs_what_the_schedule_plans_and_says_the_same_of_the_size(demo: Catalogue) -> None:
    """Of a model of at most 1024x1024: before, a schedule was planned at 2048x2048 for four times the price."""
    endpoint = Endpoint.objects.get(key="fal/cobalt-turbo")
    model = ImageModel.objects.get(slug="cobalt-turbo")
    assert (model.max_width_px, model.max_height_px) == (1024, 1024)
    run = make_run("text-to-image", "2048x2048", [endpoint])
    assert run.planned_usd == Decimal("0.002097152")
    spec = read_request_spec({"model": "fal/cobalt-turbo", "prompt": PROMPT, "size": "2048x2048"}, "text-to-image")
    told = dry_run(spec, offers_for(demo, spec))
    assert told["total_cost_micros"] == 2098
    (line,) = plan_schedule(run.schedule).lines
    assert line.offer is not None
    assert [line.offer.size_note] == told["notes"] == ["size: 2048x2048 was asked for, the model gives 1024x1024"]
