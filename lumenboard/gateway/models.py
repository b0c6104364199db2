"""Models as OpenAI's clients list them, with what a chooser wants to know beside it. Pure."""

from django.conf import settings

from lumenboard.gateway.choosing import is_creator, model_of
from lumenboard.gateway.errors import GatewayError, JsonObject
from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE
from providers.planning.schema.face import schema_face
from providers.planning.schema.unified import compile_schema
from providers.planning.served import Catalogue, ServedModel
from providers.pricing import starting_price


def model_list(catalogue: Catalogue) -> JsonObject:
    """Models that can be called, in OpenAI's form."""
    return {"object": "list", "data": [_item(model) for model in catalogue.models if model.modes and not model.is_over]}


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
