"""Models as OpenAI's clients list them, with what a chooser wants to know beside it."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings

from lumenboard.gateway.choosing import is_creator, model_of
from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from providers.plain_values import whole_number
from providers.planning.routing import Catalogue, ServedModel
from providers.planning.schema.compile import compile_schema
from providers.planning.schema.face import schema_face
from providers.pricing import starting_price
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

MOST: Final = 1_000


def model_list(catalogue: Catalogue, query: Mapping[str, str]) -> JsonObject:
    """Models that can be called, in OpenAI's form: the first thousand, or those after one. Raises GatewayError."""
    asked, after = query.get("limit", ""), query.get("starting_after", "").lower()
    limit = whole_number(asked, 1, MOST) if asked else MOST
    if limit is None:
        raise invalid("limit", f"{asked!r:.40} is not allowed; allowed are whole numbers from 1 to {MOST}")
    served = [model for model in catalogue.models if model.modes and not model.is_over and model.slug > after]
    data = [_item(model) for model in served[:limit]]
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return {"object": "list", "data": data, "has_more": len(served) > limit, **ends}


def model_item(catalogue: Catalogue, name: str, *, with_schema: bool = False) -> JsonObject:
    """One model by slug, alias, or provider/slug. Raises GatewayError."""
    provider, _, slug = name.lower().rpartition("/")
    model = model_of(catalogue, slug)
    provider = "" if is_creator(model, provider) else provider
    if provider and all(endpoint.provider != provider for endpoint in model.endpoints):
        raise GatewayError("MODEL_NOT_FOUND", f"model: {provider[:80]} does not offer {model.slug}", "model")
    item = _item(model) | {"id": name}
    return item | ({"schema": _schema(model, provider)} if with_schema else {})


def _item(model: ServedModel) -> JsonObject:
    sheet = model.sheet
    offers = [endpoint.sheet for endpoint in model.endpoints]
    starts = [
        start
        for mode in (TEXT_TO_IMAGE, IMAGE_EDIT)
        if mode in model.modes and (start := starting_price(offers, mode=mode))
    ]
    return {
        "id": sheet.slug,
        "object": "model",
        "created": model.created,
        "owned_by": sheet.creator.slug,
        "name": sheet.name,
        "creator_organization": sheet.creator.name,
        "model_status": sheet.status,
        "modality": "image",
        "capabilities": list(model.modes),
        "aliases": list(sheet.aliases),
        "alternative_names": list(sheet.alternative_names),
        "tags": list(sheet.tags),
        "providers": sorted({endpoint.provider for endpoint in model.endpoints if endpoint.sheet.is_enabled}),
        "starting_price": [
            {"mode": start.mode, "amount": float(start.amount_usd), "currency": "USD", "size": str(start.size)}
            for start in starts
        ],
        "model_page_path": f"/models/{sheet.creator.slug}/{sheet.slug}",
        "model_page_url": f"{settings.SITE_URL}/models/{sheet.creator.slug}/{sheet.slug}",
    }


def _schema(model: ServedModel, provider: str) -> JsonObject:
    sheets = [
        endpoint.sheet
        for endpoint in model.endpoints
        if endpoint.sheet.is_enabled and provider in {"", endpoint.provider}
    ]
    groups = model.groups if not provider else compile_schema(model.sheet.parameters, sheets)
    return {"model": model.slug, "modes": list(model.modes), **schema_face(groups, sheets)}
