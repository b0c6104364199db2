"""From a request to the endpoints it is offered to, or to the error that says why there are none; and the dry run."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from email.utils import format_datetime
from typing import Final

from lumenboard.gateway.errors import GatewayError, JsonObject, invalid, item_of
from lumenboard.gateway.request_spec import OWN_FIELDS, RequestSpec
from providers.adapters.capabilities import sends_base64
from providers.planning.call_plan import CONVERTED, ImageRequest
from providers.planning.checks import FieldsRefused, check_fields
from providers.planning.notices import Notice, left_out
from providers.planning.offers import EndpointOffer, checked, offer_for, ranked
from providers.planning.routing import Catalogue, ServedEndpoint, ServedModel
from providers.planning.sizes import SIZE_WORDS, SizeRefused
from providers.pricing import UnknownCost, estimate_for, micros
from providers.sheet import IMAGE_EDIT, Json

NEAR: Final = 3
PICTURES: Final = ("image", "images", "mask")
# Unified words that a provider may be given of its own; the rest is said once for all.
OWN_WORDS: Final = frozenset({*SIZE_WORDS, "seed"})
# What is paid for nothing where it does not arrive.
NEEDED: Final = frozenset({"image", "mask", "output_format"})
# Which of several endpoints is tried first needs no secret.
DRAW: Final = random.Random().random  # noqa: S311


@dataclass(frozen=True, kw_only=True)
class Route:
    """Offers of the endpoints to try, best first; `left_out` are endpoints that cannot take the request, with why.

    `warnings` and `headers` hold whichever endpoint draws.
    """

    offers: tuple[EndpointOffer, ...]
    warnings: tuple[JsonObject, ...] = ()
    left_out: tuple[JsonObject, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


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


def route_again(catalogue: Catalogue, spec: RequestSpec) -> tuple[RequestSpec, Route]:
    """A request that has been answered, and what would be said of it today; nothing where its model has gone."""
    try:
        spec = in_the_models_form(model_of(catalogue, spec.model), spec)
        return spec, offers_for(catalogue, spec)
    except GatewayError:
        return spec, Route(offers=())


def offers_for(catalogue: Catalogue, spec: RequestSpec, draw: Callable[[], float] = DRAW) -> Route:
    """Raises GatewayError where no endpoint is left."""
    model = model_of(catalogue, spec.model)
    ending, headers = _ending(catalogue, model, spec.model)
    _refuse_pictures(model, spec)
    able = _able(model, spec)
    request = _checked(model, spec)
    options = {provider: _options(model, spec, provider) for provider in spec.preference.options}
    offers = [_offer(model, endpoint, request, options.get(endpoint.provider, {})) for endpoint in able]
    notices = (*ending, *spec.notices, *_unused_options(model, spec))
    lacking = {offer.endpoint.key: names for offer in offers if (names := _lacking(spec, offer, notices))}
    if offers and len(lacking) == len(offers):
        raise _nobody_takes(model, spec, lacking)
    fit = [offer for offer in offers if offer.endpoint.key not in lacking]
    routed = ranked(catalogue, fit, spec.preference, draw)
    if not routed:
        raise invalid("provider", f"no endpoint of {model.slug} is left; {_sold(model, spec.mode)}")
    left = ({"endpoint": key, "reason": f"takes no {' and no '.join(names)}"} for key, names in lacking.items())
    return Route(offers=tuple(routed), warnings=tuple(map(item_of, notices)), left_out=tuple(left), headers=headers)


def _ending(catalogue: Catalogue, model: ServedModel, name: str) -> tuple[list[Notice], dict[str, str]]:
    """What is said of a name that is answered for a while still. Raises GatewayError once it is answered no more."""
    day, is_own = model.sunset_of(name), model.sheet.status == "deprecated"
    if day is None and not is_own:
        return [], {}
    successor = model.sheet.successor if is_own else model.slug
    if successor in catalogue.by_name:
        successor = catalogue.by_name[successor].slug
    instead = f"use {successor}" if successor else ""
    if day is not None and day <= datetime.now(UTC).date():
        message = f"model: {name[:80]} was retired on {day}{f'; {instead}' if instead else ''}"
        raise GatewayError("MODEL_RETIRED", message, "model", metadata={"successor": successor or None})
    done = f"it is answered no more from {day} on" if day else "it is deprecated"
    notice = Notice(parameter="model", kind="deprecated", wanted=name, done=done, why=instead)
    headers = {"deprecation": f"@{model.updated}"}
    if day:
        headers["sunset"] = format_datetime(datetime.combine(day, datetime.min.time(), UTC), usegmt=True)
    if successor:
        headers["link"] = f'</openai/v1/models/{successor}>; rel="successor-version"'
    return [notice], headers


def _options(model: ServedModel, spec: RequestSpec, provider: str) -> Mapping[str, Json]:
    """What is said to one provider, its size and seed in their types. Raises GatewayError."""
    options, place = spec.preference.options[provider], f"provider.options.{provider}"
    if shared := sorted((CONVERTED | OWN_FIELDS).intersection(options) - OWN_WORDS - set(PICTURES)):
        raise invalid(f"{place}.{shared[0]}", "it is said once for all providers, beside model and prompt")
    unified = {name: options[name] for name in OWN_WORDS if name in options}
    try:
        checked_words = check_fields(model.groups, spec.mode, unified, [*spec.parameters, *OWN_FIELDS, *PICTURES])
    except FieldsRefused as refused:
        raise GatewayError("INVALID_REQUEST", f"{place}.{refused}", f"{place}.{refused.errors[0].field}") from None
    return {name: value for name, value in {**options, **checked_words}.items() if value is not None}


def _unused_options(model: ServedModel, spec: RequestSpec) -> Iterator[Notice]:
    sellers = {endpoint.provider for endpoint in model.endpoints}
    for provider, options in spec.preference.options.items():
        if options and provider not in sellers:
            names = ", ".join(sorted(options))
            yield left_out(f"provider.options.{provider}", names, f"{_sold(model)}")


def _lacking(spec: RequestSpec, offer: EndpointOffer, notices: Iterable[Notice]) -> list[str]:
    """Why an endpoint is left out: pictures it cannot take, and what else it lacks where the caller requires all."""
    if not spec.preference.require_parameters:
        return [name for name in offer.lacking if name in NEEDED]
    return list(dict.fromkeys([*(one.parameter for one in notices if one.kind == "unsupported"), *offer.lacking]))


def _nobody_takes(model: ServedModel, spec: RequestSpec, lacking: Mapping[str, Sequence[str]]) -> GatewayError:
    each = list(lacking.values())
    of_all = [name for name in each[0] if all(name in names for names in each)]
    listed = "; ".join(f"{key} takes no {' and no '.join(names)}" for key, names in lacking.items())
    if not of_all:
        message = f"no endpoint of {model.slug} takes every parameter of the request: {listed}"
        return invalid("provider.require_parameters", message)
    asks = "provider.require_parameters asks for it. " if spec.preference.require_parameters else ""
    return invalid(of_all[0], f"no endpoint of {model.slug} takes {' or '.join(of_all)}. {asks}There is: {listed}")


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
                where = f"{place}.{name}" if place else name
                raise invalid(where, f"{model.slug} is asked for {spec.mode} and takes no picture here; {asks}")


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
        merged = replace(request, parameters={**request.parameters, **options}, addressed=frozenset(options))
        return offer_for(model, endpoint, merged)
    except SizeRefused as refused:
        raise GatewayError("INVALID_REQUEST", str(refused), refused.field) from None


def _able(model: ServedModel, spec: RequestSpec) -> list[ServedEndpoint]:
    """Endpoints that serve the mode and can be called. Raises GatewayError where there is none."""
    enabled = [endpoint for endpoint in model.endpoints if endpoint.sheet.is_enabled]
    if not enabled:
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


def warnings_on(
    offers: Iterable[EndpointOffer], warnings: Iterable[JsonObject], left: Iterable[JsonObject]
) -> JsonObject:
    """What became of parameters at the endpoints that draw, each said once; what came of one goes before its plan."""
    found = [*warnings]
    came = {one["parameter"] for one in found}
    planned = [item_of(one) for offer in offers for one in offer.notices if one.parameter not in came]
    found += [one for place, one in enumerate(planned) if one not in planned[:place]]
    return {name: items for name, items in (("warnings", found), ("left_out", [*left])) if items}


def dry_run(spec: RequestSpec, route: Route) -> JsonObject:
    """What the request would cost at the endpoint that would be tried first. Nothing is sent."""
    first = route.offers[0]
    cost = first.cost
    if isinstance(cost, UnknownCost):
        costs: JsonObject = {"total_cost_micros": None, "components": [], "unknown_because": cost.reason}
        if first.most_usd is not None:
            costs["worst_case_cost_micros"] = micros(first.most_usd)
    else:
        estimate = estimate_for(cost)
        costs = {"total_cost_micros": estimate.total_cost_micros, "components": list(estimate.components)}
    metadata = warnings_on([first], route.warnings, route.left_out)
    return {
        "estimated": True,
        "model": spec.asked,
        "executed_model": first.endpoint.key,
        "provider": first.endpoint.provider,
        "currency": "USD",
        **costs,
        **notes_on([first]),
        "route": [offer.endpoint.key for offer in route.offers],
        **({"metadata": metadata} if metadata else {}),
    }
