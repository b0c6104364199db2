"""Competitions with endpoints that can be called, and a provider that answers; each states only what matters."""

import base64
import itertools
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import httpx2
from django.utils import timezone

from arena.generation.plan_generation import EntrantRequest
from arena.generation.schedules import ScheduleSheet, generate_once
from arena.models import Competition, Run
from providers.dispatch.dispatcher import open_dispatcher
from providers.models import Endpoint, ProviderAccount
from providers.pricing import Size
from tests.arena.factories import make_competition
from tests.dispatch.factories import make_endpoint
from tests.dispatch.plain import PlainProvider, png, said

BASE = "https://plain.example/v1"
SMALL = Size(width_px=64, height_px=64)
PATH = "/v1/images/generations"
numbers = itertools.count(1)


def make_seller(provider: str = "harbor", price: str | None = "0.01", **fields: Any) -> Endpoint:
    """An endpoint of a provider that speaks the OpenAI protocol; its key stands in the environment of the test."""
    endpoint = make_endpoint(provider, price, **fields)
    ProviderAccount.objects.update_or_create(
        provider=endpoint.provider, defaults={"protocol": "openai", "base_url": BASE}
    )
    return endpoint


def sheet_of(competition: Competition, *endpoints: Endpoint, **fields: Any) -> ScheduleSheet:
    return ScheduleSheet(
        **{
            "competition_id": competition.pk,
            "entrants": [EntrantRequest(model_id=one.model_id, model_name=str(one.model)) for one in endpoints],
            "size": SMALL,
            "usd_per_day": Decimal(1),
            **fields,
        }
    )


def make_run(*endpoints: Endpoint, **fields: Any) -> Run:
    """Due, and not started."""
    return generate_once(sheet_of(make_competition(), *endpoints, **fields), actor=None)


def picture(**more: Any) -> httpx2.Response:
    """An answer that holds a picture of SMALL."""
    content = base64.b64encode(png(SMALL.width_px, SMALL.height_px)).decode()
    return said(created=int(timezone.now().timestamp()), data=[{"b64_json": content}], **more)


def answering(*answers: Any) -> tuple[PlainProvider, Callable[[], Any]]:
    """A provider, and what `send_generation` takes as its opener."""
    provider = PlainProvider({PATH: list(answers)})
    return provider, partial(open_dispatcher, transport=provider.transport, connections_at_most=2)
