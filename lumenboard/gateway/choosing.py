"""From a request to the endpoints it is offered to, or to the error that says why there are none; and the dry run."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from lumenboard.gateway.request_spec import OWN_FIELDS, RequestSpec
from providers.adapters.gpt_image import sends_base64
from providers.modes import IMAGE_EDIT
from providers.planning.call_plan import CONVERTED, ImageRequest
from providers.planning.offers import EndpointOffer, checked, offer_for, ranked
from providers.planning.schema.check import FieldsRefused
from providers.planning.served import Catalogue, ServedEndpoint, ServedModel
from providers.planning.sizes import SizeRefused
from providers.pricing import UnknownCost, estimate_for, micros
from providers.sheet import Json

NEAR: Final = 3
PICTURES: Final = ("image", "images", "mask")
# Which of several endpoints is tried first needs no secret.
DRAW: Final = random.Random().random  # noqa: S311


def model_of(catalogue: Catalogue, name: str) -> ServedModel:
    """By slug or alias. Raises GatewayError, which knows near names."""
    model = catalogue.by_name.get(name)
    if model is None:
        near = get_close_matches(name, catalogue.by_name, NEAR, 0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise GatewayError("MODEL_NOT_FOUND", f"model: there is no model {name[:80]!r}{hint}", "model")
    return model


def is_creator(model: ServedModel, prefix: str) -> bool:
    """Whether what stands before the model's name is who made it, and no provider that sells it."""
    return prefix == model.sheet.creator.slug and all(one.provider != prefix for one in model.endpoints)


def in_the_models_form(model: ServedModel, spec: RequestSpec) -> RequestSpec:
    """Without the creator before its name; where nobody said how pictures are to come, in the answer for models whose
    own API knows no links.
    """
    if is_creator(model, spec.preference.forced):
        spec = replace(spec, preference=replace(spec.preference, forced=""))
    if spec.response_format or spec.as_base64:
        return spec
    upstream = (endpoint.sheet.provider_model_id for endpoint in model.endpoints)
    return replace(spec, as_base64=sends_base64((model.slug, *model.sheet.aliases, *upstream)))


def offers_for(catalogue: Catalogue, spec: RequestSpec, draw: Callable[[], float] = DRAW) -> list[EndpointOffer]:
    """Offers of the endpoints to try, best first. Raises GatewayError."""
    model = model_of(catalogue, spec.model)
    _refuse_pictures(model, spec)
    able = _able(model, spec)
    request = _checked(model, spec)
    options = spec.preference.options
    offers = [_offer(model, endpoint, request, options.get(endpoint.provider, {})) for endpoint in able]
    routed = ranked(catalogue, offers, spec.preference, draw)
    if not routed:
        raise invalid("provider", f"no endpoint of {model.slug} is left; {_sold(model, spec.mode)}")
    return routed


def _refuse_pictures(model: ServedModel, spec: RequestSpec) -> None:
    """Raises GatewayError for pictures among the fields: nothing would be done with them, and that would be paid."""
    own = {
        parameter.name for group in model.groups for parameter in group.parameters if spec.mode in parameter.modes
    } - CONVERTED
    options = {f"provider.options.{provider}": fields for provider, fields in spec.preference.options.items()}
    for place, fields in {"": spec.parameters, **options}.items():
        for name in PICTURES:
            if name in fields and name not in own:
                asks = "it draws from text alone"
                if IMAGE_EDIT in model.modes:
                    asks = "pictures to change belong into image, images and mask of /openai/v1/images/edits"
                field = f"{place}.{name}" if place else name
                raise invalid(field, f"{model.slug} is asked for {spec.mode} and takes no picture here; {asks}")


def _checked(model: ServedModel, spec: RequestSpec) -> ImageRequest:
    """The parameters in their types. Raises GatewayError, which names every field that is wrong."""
    try:
        return checked(model, spec.request, OWN_FIELDS)
    except FieldsRefused as refused:
        raise GatewayError("INVALID_REQUEST", str(refused), refused.errors[0].field) from None


def _offer(
    model: ServedModel, endpoint: ServedEndpoint, request: ImageRequest, options: Mapping[str, Json]
) -> EndpointOffer:
    """A provider's own options come before the shared parameters. Raises GatewayError for a size that says nothing."""
    try:
        return offer_for(model, endpoint, replace(request, parameters={**request.parameters, **options}))
    except SizeRefused as refused:
        raise GatewayError("INVALID_REQUEST", str(refused), refused.field) from None


def _able(model: ServedModel, spec: RequestSpec) -> list[ServedEndpoint]:
    """Endpoints that serve the mode and can be called. Raises GatewayError where there is none."""
    enabled = [endpoint for endpoint in model.endpoints if endpoint.sheet.is_enabled]
    if model.is_over or not enabled:
        raise GatewayError("MODEL_DISABLED", f"model: {model.slug} is no longer served", "model")
    forced = spec.preference.forced
    if forced and all(endpoint.provider != forced for endpoint in model.endpoints):
        raise GatewayError("MODEL_NOT_FOUND", f"model: {forced} does not offer {model.slug}; {_sold(model)}", "model")
    meant = [endpoint for endpoint in enabled if forced in {"", endpoint.provider}]
    serving = [endpoint for endpoint in meant if spec.mode in endpoint.sheet.modes]
    if not serving:
        message = f"Model '{model.slug}' does not support {spec.mode}. Supported modes: {', '.join(model.modes)}"
        raise GatewayError("INVALID_REQUEST", message, "model")
    callable_now = [endpoint for endpoint in serving if not endpoint.obstacle]
    if not callable_now:
        obstacles = "; ".join(sorted({endpoint.obstacle for endpoint in serving}))
        raise GatewayError("MODEL_DISABLED", f"model: no provider of {model.slug} can be called: {obstacles}", "model")
    return callable_now


def _sold(model: ServedModel, mode: str = "") -> str:
    sellers = sorted({endpoint.provider for endpoint in model.endpoints if not mode or mode in endpoint.sheet.modes})
    return f"its providers are {', '.join(sellers)}"


def notes_on(offers: Iterable[EndpointOffer]) -> JsonObject:
    """What is given otherwise than it was asked for, as answers have it; nothing where all is as asked."""
    notes = list(dict.fromkeys(offer.size_note for offer in offers if offer.size_note))
    return {"notes": notes} if notes else {}


def dry_run(spec: RequestSpec, offers: list[EndpointOffer]) -> JsonObject:
    """What the request would cost at the endpoint that would be tried first. Nothing is sent."""
    first = offers[0]
    cost = first.cost
    if isinstance(cost, UnknownCost):
        costs: JsonObject = {"total_cost_micros": None, "components": [], "unknown_because": cost.reason}
        if first.most_usd is not None:
            costs["worst_case_cost_micros"] = micros(first.most_usd)
    else:
        estimate = estimate_for(cost)
        costs = {"total_cost_micros": estimate.total_cost_micros, "components": list(estimate.components)}
    return {
        "estimated": True,
        "model": spec.asked,
        "executed_model": first.endpoint.key,
        "provider": first.endpoint.provider,
        "currency": "USD",
        **costs,
        **notes_on([first]),
        "route": [offer.endpoint.key for offer in offers],
    }
