"""Whatever a provider gives, the charge is its tariff on what came, to the last digit. CHARGE_SEEDS: how many orders.

Fewer pictures or more, other sizes, other qualities, and counts in four spellings or none; the tariff is computed here
a second time, from docs/prices.md and docs/money.md.
"""

import asyncio
import base64
import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import httpx2
import pytest

from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap, BudgetWindow, Endpoint, Intent, PriceComponent
from tests.dispatch.plain import png
from tests.gateway.client import Client, Providers, make_sellers, with_gateway
from tests.gateway.test_what_came import NINE

pytestmark = pytest.mark.usefixtures("shared_database")
SEEDS = int(os.environ.get("CHARGE_SEEDS", "60"))
AT_ONCE = 4
SIZES = ("1024x1024", "1024x1536", "1536x1024")
QUALITIES = ("low", "medium", "high")
SELLERS = ("table", "area", "tokens")
WORST = Decimal("0.5")
# What amounts are kept to.
BILLIONTH = Decimal("0.000000001")
MEGAPIXEL, PICTURE = Decimal("0.00513"), Decimal("0.0017")
TEXT_IN, IMAGE_OUT = Decimal("0.00000493"), Decimal("0.00003217")
SPELLINGS = ("details", "completion", "both details", "sums alone", "none")


@dataclass
class Came:
    """One answer of a provider: how many were ordered of it, and what it drew and said."""

    ordered: int
    sizes: list[str]
    quality: str | None = None
    stated_size: str | None = None
    counts: tuple[int, int] | None = None
    spelling: str = ""


@dataclass
class Order:
    """What a client asks for, drawn from its number; `came` fills up as providers are asked."""

    number: int
    came: list[Came] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(self.number)
        self.seller = SELLERS[self.number % len(SELLERS)]
        self.count = self.rng.randint(1, 4)
        self.size = self.rng.choice(SIZES)
        self.quality = self.rng.choice((*QUALITIES, "auto"))

    @property
    def fields(self) -> dict[str, Any]:
        wanted = {"prompt": f"order {self.number}", "n": self.count, "size": self.size, "response_format": "b64_json"}
        return {**wanted, "quality": self.quality, "provider": {"only": [self.seller]}}

    def answer(self, ordered: int) -> httpx2.Response:
        rng, seen = self.rng, Came(ordered, [])
        self.came.append(seen)
        given = rng.choice((ordered, ordered, max(1, ordered - 1), 1, ordered + 1))
        seen.sizes = [self._drawn_size() for _ in range(given)]
        said: dict[str, Any] = {}
        if self.quality == "auto" or rng.random() < 0.3:
            seen.quality = said["quality"] = rng.choice(QUALITIES)
        if rng.random() < 0.3:
            seen.stated_size = said["size"] = rng.choice(SIZES)
        if self.seller == "tokens":
            seen.counts, seen.spelling = (rng.randint(1, 4000), rng.randint(1, 9000)), rng.choice(SPELLINGS)
            said |= {} if seen.spelling == "none" else {"usage": spelled(*seen.counts, seen.spelling)}
        items = [{"b64_json": picture(size)} for size in seen.sizes]
        return httpx2.Response(200, json={"created": 1, "data": items, **said})

    def _drawn_size(self) -> str:
        """As ordered, another of the list, or with sides that the provider has rounded."""
        return self.rng.choice((self.size, self.size, self.rng.choice(SIZES), "1008x1008", "1016x1528"))


@cache
def picture(size: str) -> str:
    return base64.b64encode(png(*map(int, size.split("x")))).decode()


def spelled(given: int, drawn: int, spelling: str) -> dict[str, Any]:
    text, image = {"text_tokens": given, "image_tokens": 0}, {"image_tokens": drawn, "text_tokens": 0}
    return {
        "details": {"input_tokens": given, "output_tokens": drawn, "input_tokens_details": text},
        "completion": {"prompt_tokens": given, "completion_tokens": drawn, "prompt_tokens_details": text},
        "both details": {
            "input_tokens": given,
            "output_tokens": drawn,
            "input_tokens_details": text,
            "output_tokens_details": image,
        },
        "sums alone": {"input_tokens": given, "output_tokens": drawn, "total_tokens": given + drawn},
    }[spelling]


def price_of(order: Order, came: Came) -> Decimal | None:
    """By the tariff on what came, at most on what was ordered, to the billionth; None where that leaves it open."""
    exact = _exactly(order, came)
    return None if exact is None else exact.quantize(BILLIONTH, ROUND_HALF_UP)


def _exactly(order: Order, came: Came) -> Decimal | None:
    charged = came.sizes[: came.ordered]
    if order.seller == "tokens":
        return None if came.spelling == "none" else came.counts[0] * TEXT_IN + came.counts[1] * IMAGE_OUT
    if order.seller == "area":
        areas = [int(size.partition("x")[0]) * int(size.partition("x")[2]) for size in charged]
        return sum((Decimal(area) / 1_000_000 * MEGAPIXEL for area in areas), Decimal(0)) + PICTURE * len(charged)
    quality = came.quality or order.quality
    named = [next(size for size in (drawn, came.stated_size, order.size) if size in SIZES) for drawn in charged]
    return sum((Decimal(NINE[quality, size]) for size in named), Decimal(0))


def make_tariffs() -> None:
    make_sellers(*SELLERS)
    for endpoint in Endpoint.objects.all():
        endpoint.prices.all().delete()
        endpoint.worst_case_usd = WORST
        endpoint.save()
        endpoint.parameters.create(name="quality", type="string", values=["auto", *QUALITIES])
    table, area, tokens = (Endpoint.objects.get(key=f"{name}/boat") for name in SELLERS)
    for (quality, size), usd in NINE.items():
        conditions = {"quality": quality, "size": size}
        PriceComponent.objects.create(endpoint=table, metric="image", amount_usd=Decimal(usd), conditions=conditions)
    PriceComponent.objects.create(endpoint=area, metric="image", amount_usd=PICTURE)
    PriceComponent.objects.create(endpoint=area, metric="megapixel", amount_usd=MEGAPIXEL)
    for direction, kind, usd in (("input", "text", TEXT_IN), ("output", "image", IMAGE_OUT)):
        PriceComponent.objects.create(
            endpoint=tokens,
            metric="token",
            direction=direction,
            amount_usd=usd * 1_000_000,
            unit_size=Decimal(1_000_000),
            conditions={"modality": kind},
        )


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SELLERS:
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name.upper()}", "k")


def test_each_charge_is_the_tariff_on_what_came_to_the_last_digit() -> None:
    make_tariffs()
    BudgetCap.objects.create(scope="site", usd_per_day=Decimal(100_000))
    orders = {f"order {number}": Order(number) for number in range(SEEDS)}
    told: dict[str, tuple[UUID, Decimal]] = {}

    async def draw(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        return orders[body["prompt"]].answer(body.get("n", 1))

    async def work(client: Client) -> None:
        waiting = list(orders.items())

        async def some() -> None:
            while waiting:
                name, order = waiting.pop()
                got = await client.generate(**order.fields)
                assert got.status == 200, (name, got.content[:500])
                metadata = got.json["metadata"]
                told[name] = (UUID(metadata["request_id"].removeprefix("req_")), Decimal(str(metadata["cost"])))

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    key = create_api_key("rich", usd_per_day=Decimal(10_000), calls_per_minute=1_000_000)
    with_gateway(Providers({f"{name}.example": draw for name in SELLERS}), work, key.text)
    rows = defaultdict(list)
    for intent in Intent.objects.order_by("id"):
        rows[intent.request_id].append(intent)
    seen: Counter[str] = Counter()
    for name, order in orders.items():
        request, cost = told[name]
        intents = rows[request]
        assert len(intents) == len(order.came), name
        for intent, came in zip(intents, order.came, strict=True):
            due = price_of(order, came)
            assert intent.cost_usd == (intent.reserved_usd if due is None else due), (name, order.seller, came)
            assert intent.cost_basis == ("worst_case" if due is None else "price"), (name, came)
            seen.update(kinds_of(order, came))
        # the answer tells what rows keep to the billionth
        assert abs(cost - sum(intent.cost_usd for intent in intents)) < BILLIONTH * len(intents), name
    spent = {(window.spent_usd, window.reserved_usd) for window in BudgetWindow.objects.filter(scope="site")}
    assert spent == {(sum(intent.cost_usd for intent in Intent.objects.all()), Decimal(0))}
    print(f"{SEEDS} orders, {sum(len(order.came) for order in orders.values())} charges: {dict(sorted(seen.items()))}")
    assert min(seen[kind] for kind in ("fewer", "more", "other size", "other quality", *SPELLINGS)) > SEEDS // 60


def kinds_of(order: Order, came: Came) -> list[str]:
    """What was unusual about an answer."""
    found = {
        "fewer": len(came.sizes) < came.ordered,
        "more": len(came.sizes) > came.ordered,
        "other size": set(came.sizes) != {order.size},
        "other quality": came.quality not in {None, order.quality},
    }
    return [*(kind for kind, holds in found.items() if holds), *([came.spelling] if came.spelling else [])]
