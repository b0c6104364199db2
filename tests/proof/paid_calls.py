"""Calls to the four simulated providers, every way each can be called, with the fault written into the prompt."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from providers.accounts.reading import access_for
from providers.adapters.wire import ImageOrder, InputImage
from providers.dispatch.attempt import no_step
from providers.dispatch.call_spec import CallOutcome, CallRefused, CallSpec
from providers.dispatch.dispatcher import open_dispatcher
from providers.dispatch.order_record import order_to_record
from providers.dispatch.pictures import Step
from providers.models import Creator, Endpoint, ImageModel, Provider, ProviderAccount
from providers.pricing import Cost, Size

SIZE = Size(width_px=512, height_px=512)
PRICE = Decimal("0.01")
PROTOCOLS = {"fal": "fal", "replicate": "replicate", "alibaba": "dashscope", "harbor": "openai"}
MODELS = {
    "fal": "fal-ai/z-image/turbo",
    "replicate": "prunaai/z-image-turbo",
    "alibaba": "z-image-turbo",
    "harbor": "gpt-image-1",
}
EDIT_MODELS = {"fal": "fal-ai/z-image/turbo/image-to-image", "harbor": "gpt-image-1"}


@dataclass(frozen=True)
class Way:
    """A provider, a mode, and how it is called."""

    provider: str
    style: str = ""
    mode: str = "text-to-image"

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.style or 'usual'}-{self.mode}"

    def __str__(self) -> str:
        return f"{self.provider} {self.style or 'usual'} {self.mode}"


WAYS = (
    Way("fal", "queue"),
    Way("fal", "direct"),
    Way("replicate", "poll"),
    Way("replicate", "wait"),
    Way("alibaba", "sync"),
    Way("alibaba", "task"),
    Way("harbor"),
    Way("fal", "direct", "image-edit"),
    Way("harbor", "", "image-edit"),
)


def make_endpoints(ways: Iterable[Way] = WAYS) -> dict[str, Endpoint]:
    """By key, with accounts that let many calls go at once."""
    creator = Creator.objects.create(slug="atelier", name="Atelier")
    model = ImageModel.objects.create(slug="z", name="Z", creator=creator)
    for slug, protocol in PROTOCOLS.items():
        provider = Provider.objects.create(slug=slug, name=slug.title())
        ProviderAccount.objects.create(provider=provider, protocol=protocol, max_concurrent=500)
    made = {}
    for way in ways:
        names = MODELS if way.mode == "text-to-image" else EDIT_MODELS
        made[way.key] = Endpoint.objects.create(
            key=way.key,
            model=model,
            provider=Provider.objects.get(slug=way.provider),
            provider_model_id=names[way.provider],
            modes=[way.mode],
            call_style=way.style,
        )
    return made


def make_ticket(endpoint: Endpoint, prompt: str, **fields: Any) -> CallSpec:
    access = access_for(endpoint.provider)
    order = ImageOrder(
        mode=endpoint.modes[0],
        provider_model_id=endpoint.provider_model_id,
        prompt=prompt,
        call_style=endpoint.call_style,
        size=SIZE,
        seed=7,
        inputs=(source_picture(),) if endpoint.modes[0] == "image-edit" else (),
    )
    return CallSpec(
        **{
            "endpoint_id": endpoint.pk,
            "endpoint_key": endpoint.key,
            "access": access,
            "order": order,
            "source": "gateway",
            "cost": Cost(total_usd=PRICE, parts=()),
            "order_record": order_to_record(order, with_prompt=False),
            "skips_breaker": True,
            "deadline_s": 20.0,
            "intent_uuid": uuid4(),
            **fields,
        }
    )


def source_picture() -> InputImage:
    from tests.dispatch.plain import png

    return InputImage(content=png(512, 512), media_type="image/png", size=SIZE)


async def run_call(call: dict[str, Any], step: Step = no_step) -> CallOutcome:
    """The gateway's runner, or scheduled work's: reserved first, sent afterwards."""
    from asgiref.sync import sync_to_async

    spec = await sync_to_async(_ticket)(call)
    async with open_dispatcher(step=step, connections_at_most=2) as dispatcher:
        if spec.source == "gateway":
            return await dispatcher.run(spec)
        step("reserve.before")
        reservation = await dispatcher.reserve(spec)
        step("reserve.after")
        return reservation if isinstance(reservation, CallRefused) else await dispatcher.run_reserved(spec)


def _ticket(call: dict[str, Any]) -> CallSpec:
    endpoint = Endpoint.objects.select_related("provider").get(key=call["endpoint"])
    return make_ticket(endpoint, call["prompt"], source=call["source"], intent_uuid=UUID(call["intent"]))
