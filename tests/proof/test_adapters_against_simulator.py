"""Every adapter, mode and call style against the simulator's process over HTTP, with everything that can go wrong.

No database: the wire and the following of jobs are dispatch's, intents and budgets are not in it.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from providers.accounts.access import ProviderAccess
from providers.adapters.registry import adapter_for
from providers.adapters.wire import Account, Failed, Finished, ImageOrder, InputImage, Pending
from providers.dispatch.call_spec import CallSpec, StoredPicture
from providers.dispatch.faults import DispatchFault, NotSent
from providers.dispatch.follow import follow, own_origins_for, read_answer
from providers.dispatch.pictures import check_size, fetch_pictures
from providers.dispatch.wire import Wire, open_wire
from providers.pricing import Cost, Size
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE
from tests.dispatch.plain import png
from tests.simulator.running import charges_by_intent, running_simulator

SIZE = Size(width_px=512, height_px=512)
SOURCE = InputImage(content=png(512, 512), media_type="image/png", size=SIZE)
DEADLINE_S = 2.5


@dataclass(frozen=True)
class Way:
    """A protocol, how it is called, and for which model."""

    protocol: str
    style: str
    model: str
    edits: bool = False
    images: int = 1

    def __str__(self) -> str:
        return f"{self.protocol} {self.style or 'usual'} {self.model}"


FAL = (
    Way("fal", "direct", "fal-ai/z-image/turbo"),
    Way("fal", "queue", "fal-ai/z-image/turbo"),
    Way("fal", "", "fal-ai/z-image/turbo", images=3),
    Way("fal", "direct", "fal-ai/z-image/turbo/image-to-image", edits=True),
    Way("fal", "queue", "fal-ai/z-image/turbo/image-to-image", edits=True),
)
REPLICATE = (
    Way("replicate", "wait", "prunaai/z-image-turbo"),
    Way("replicate", "poll", "prunaai/z-image-turbo"),
    Way("replicate", "wait", "prunaai/z-image-turbo:" + "a" * 64),
    Way("replicate", "wait", "prunaai/z-image-turbo-img2img", edits=True),
    Way("replicate", "poll", "prunaai/z-image-turbo-img2img", edits=True),
)
DASHSCOPE = (
    Way("dashscope", "sync", "z-image-turbo"),
    Way("dashscope", "sync", "qwen-image-edit", edits=True),
    Way("dashscope", "task", "wan2.5-t2i-preview", images=2),
    Way("dashscope", "task", "wan2.6-t2i"),
    Way("dashscope", "task", "wan2.5-i2i-preview", edits=True),
)
OPENAI = (
    Way("openai", "", "harbor-1", images=2),
    Way("openai", "", "gpt-image-1"),
    Way("openai", "", "gpt-image-1", edits=True),
)
WAYS = FAL + REPLICATE + DASHSCOPE + OPENAI
POLLED = tuple(way for way in WAYS if way.style in {"queue", "poll", "task"} or way.images == 3)
FAL_QUEUE = tuple(way for way in POLLED if way.protocol == "fal")
HELD = tuple(way for way in WAYS if way not in POLLED and way.style != "wait")
LINKED = tuple(way for way in WAYS if way.protocol != "openai")


@dataclass(frozen=True)
class End:
    """How a call came out, in few words."""

    kind: str = ""
    may_have_charged: bool = True
    provider_wide: bool = False
    message: str = ""
    http_status: int | None = None
    retry_after_s: float | None = None
    pictures: tuple[StoredPicture, ...] = ()
    took_s: float = 0.0


@dataclass(frozen=True)
class Call:
    """One attempt and what is to go wrong with it."""

    way: Way
    simulate: str = ""
    key: str = "any:key"
    parameters: tuple[tuple[str, Any], ...] = ()
    intent: str = ""


async def carried_out(wire: Wire, call: Call, address: str) -> End:
    """As dispatch goes about it, without rows."""
    ticket, began = ticket_of(call, address), time.monotonic()
    try:
        end = await walked(wire, call, ticket, began + DEADLINE_S)
    except DispatchFault as fault:
        end = End(fault.kind, not isinstance(fault, NotSent), message=fault.message)
    return replace(end, took_s=time.monotonic() - began)


async def walked(wire: Wire, call: Call, ticket: CallSpec, ends_at: float) -> End:
    adapter, account = ticket.adapter, ticket.access.account
    request = adapter.submit(ticket.order, account, DEADLINE_S)
    origins = own_origins_for(adapter, account, request.url)
    named = {"x-lumenboard-intent": call.intent} | ({"x-simulate": call.simulate} if call.simulate else {})
    exchange = await wire.send(request, own_origins=origins, within_s=DEADLINE_S, **named)
    outcome = read_answer(adapter.read_submit, exchange, ticket)
    if isinstance(outcome, Pending):
        outcome = (await follow(wire, ticket, outcome, own_origins=origins, ends_at=ends_at)).outcome
    if isinstance(outcome, Failed):
        return End(
            outcome.kind,
            outcome.may_have_charged,
            outcome.provider_wide,
            outcome.message,
            outcome.http_status,
            outcome.retry_after_s,
        )
    assert isinstance(outcome, Finished)
    fetched = await fetch_pictures(
        wire, outcome.images, own_origins=origins, ends_at=ends_at, came_at=exchange.last_byte_at
    )
    check_size(fetched.pictures, ticket.order.size)
    return End(pictures=fetched.pictures)


def ticket_of(call: Call, address: str) -> CallSpec:
    way = call.way
    order = ImageOrder(
        mode=IMAGE_EDIT if way.edits else TEXT_TO_IMAGE,
        provider_model_id=way.model,
        prompt="a paper boat",
        call_style=way.style,
        size=SIZE,
        images=way.images,
        seed=7,
        inputs=(SOURCE,) if way.edits else (),
        parameters=dict(call.parameters),
    )
    adapter = adapter_for(way.protocol)
    access = ProviderAccess(
        provider_id=0,
        slug=way.protocol,
        adapter=adapter,
        account=Account(base_url=address + adapter.simulator_path, key=call.key),
        simulated=True,
        key_source="simulator",
    )
    return CallSpec(
        endpoint_id=0,
        endpoint_key="",
        access=access,
        order=order,
        source="probe",
        cost=Cost(total_usd=Decimal(0), parts=()),
        deadline_s=DEADLINE_S,
    )


def run(address: str, calls: list[Call]) -> list[tuple[Call, End]]:
    """All of them, some at a time, so that none waits for the machine longer than for its provider."""
    calls = [replace(call, intent=str(uuid4())) for call in calls]

    async def every() -> list[End]:
        turns = asyncio.Semaphore(24)

        async def one(call: Call) -> End:
            async with turns:
                return await carried_out(wire, call, address)

        async with open_wire() as wire:
            return await asyncio.gather(*map(one, calls))

    return list(zip(calls, asyncio.run(every()), strict=True))


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    # Fast, yet no job is done before it is asked for.
    with running_simulator("--speed", "0.01") as address:
        yield address


def test_every_way_gives_pictures_for_one_charge(simulator: str) -> None:
    done = run(simulator, [Call(way) for way in WAYS])
    charges = charges_by_intent(simulator)
    for call, end in done:
        assert end.kind == "", f"{call.way}: {end}"
        assert len(end.pictures) == call.way.images, str(call.way)
        assert {(picture.width_px, picture.height_px) for picture in end.pictures} == {(512, 512)}
        assert charges[call.intent] == 1


FREE, PAID, UNSURE = (False,), (True,), (False, True)
# What goes wrong, for which ways, what kind of failure it is ("" where pictures come all the same), and whether it can
# have cost something.
FAULTS: tuple[tuple[str, tuple[Way, ...], str, tuple[bool, ...]], ...] = (
    ("status=400", WAYS, "client", FREE),
    ("status=404", WAYS, "gateway", FREE),
    ("status=413", WAYS, "client", FREE),
    ("status=422", WAYS, "client", FREE),
    ("status=408", WAYS, "timeout", FREE),
    ("status=429", WAYS, "rate_limit", FREE),
    ("status=429,body=plain", WAYS, "rate_limit", FREE),
    ("status=500", WAYS, "upstream", FREE),
    ("status=500,body=html", WAYS, "upstream", FREE),
    ("status=502,body=html", FAL, "upstream", FREE),
    ("charged,status=502,body=html", REPLICATE + DASHSCOPE + OPENAI, "upstream", PAID),
    ("status=503,body=plain", WAYS, "upstream", FREE),
    ("status=503,body=empty", WAYS, "upstream", FREE),
    ("status=504", FAL, "timeout", FREE),
    ("charged,status=504", REPLICATE + DASHSCOPE + OPENAI, "timeout", PAID),
    ("billing", WAYS, "billing", FREE),
    ("moderation", WAYS, "moderation", UNSURE),
    ("fail", WAYS, "upstream", UNSURE),
    ("error-200", HELD, "upstream", UNSURE),
    ("html", WAYS, "upstream", PAID),
    ("truncated", WAYS, "upstream", PAID),
    ("cut", WAYS, "upstream", PAID),
    ("reset", WAYS, "upstream", PAID),
    ("hang", WAYS, "timeout", PAID),
    ("first-byte=9", WAYS, "timeout", PAID),
    ("drip=9", WAYS, "timeout", PAID),
    ("never", WAYS, "timeout", PAID),
    # fal gives such a job up by itself, and says so.
    ("never=queued", FAL_QUEUE, "timeout", FREE),
    ("never=queued", REPLICATE + DASHSCOPE[2:], "timeout", PAID),
    ("slow=0.5", WAYS, "", PAID),
    ("drip=0.5", WAYS, "", PAID),
    ("status.status=503,status.times=2", POLLED, "", PAID),
    ("status.status=429,status.retry-after=1,status.times=1", POLLED, "", PAID),
    ("status.reset,status.times=1", POLLED, "", PAID),
    ("status.hang", POLLED, "timeout", PAID),
    ("wrong-size", WAYS, "upstream", PAID),
    ("file.status=500,file.times=1,links", LINKED, "", PAID),
    ("file.reset,file.times=1,links", LINKED, "", PAID),
    ("file.status=404,links", LINKED, "upstream", PAID),
    ("file.html,links", LINKED, "upstream", PAID),
    ("file.truncated,links", LINKED, "upstream", PAID),
    ("file.hang,links", LINKED, "timeout", PAID),
    ("expired,links", LINKED, "upstream", PAID),
)


def test_every_fault_has_its_kind_in_time_and_no_charge_goes_unnoticed(simulator: str) -> None:
    cases = [(Call(way, fault), kind, paid) for fault, ways, kind, paid in FAULTS for way in ways]
    done = run(simulator, [call for call, _, _ in cases])
    charges = charges_by_intent(simulator)
    wrong = []
    for (call, end), (_, kind, paid) in zip(done, cases, strict=True):
        charged = charges.get(call.intent, 0)
        fits = end.kind == kind and (not kind or end.may_have_charged in paid)
        if not fits or charged > int(end.may_have_charged) or end.took_s > DEADLINE_S + 1:
            wrong.append(f"{call.way}, {call.simulate}: charged {charged}, {end}")
    assert not wrong, "\n".join(wrong)
    assert len(cases) > 500


def test_a_wrong_key_and_an_empty_account_close_the_whole_provider(simulator: str) -> None:
    for key, kind in (("wrong:key", "gateway"), ("broke:key", "billing")):
        for call, end in run(simulator, [Call(way, key=key) for way in WAYS]):
            assert (end.kind, end.may_have_charged, end.provider_wide) == (kind, False, True), f"{call.way}: {end}"
            assert key not in end.message


def test_the_pause_a_provider_asks_for_is_told(simulator: str) -> None:
    for call, end in run(simulator, [Call(way, "status=429,retry-after=3") for way in WAYS]):
        assert (end.kind, end.retry_after_s) == ("rate_limit", 3.0), f"{call.way}: {end}"


def test_input_that_a_provider_refuses_is_the_caller_s_fault_and_free(simulator: str) -> None:
    bad = {
        "fal": ("image_size", "gigantic"),
        "replicate": ("output_format", "jpeg"),
        "dashscope": ("size", "512x512"),
        "openai": ("size", "gigantic"),
    }
    done = run(simulator, [Call(way, parameters=(bad[way.protocol],)) for way in WAYS])
    charges = charges_by_intent(simulator)
    for call, end in done:
        assert (end.kind, end.may_have_charged) == ("client", False), f"{call.way}: {end}"
        assert call.intent not in charges
