"""Models and providers over REST. Reads only; each operation reads facts and shapes them."""

from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status

from lumenboard.facts import api_items, rows
from lumenboard.facts.assembly import model_facts, this_site
from lumenboard.facts.listing import ModelQuery, ordered_ids, summaries
from lumenboard.facts.provider_schemas import MOST_ENDPOINTS, ProviderItem, ProviderList, ProviderQuery
from lumenboard.facts.providers import list_providers, part_of, provider_facts
from lumenboard.facts.rows import near_models, near_providers
from lumenboard.facts.schemas import MOST_STANDINGS, FormatQuery, ModelItem, ModelList, ModelSchema, NotFound, Word
from providers.api_types import TOTAL

router = Router(tags=["models and providers"])


@router.get("/models", response=ModelList, summary="Models", operation_id="list_models")
def list_models(request: HttpRequest, query: Query[ModelQuery]) -> ModelList:
    """Models that match every filter given; `q` looks in names, slugs, aliases, creators and tags.

    Ratings are those of the board of `mode`, or of text-to-image when no mode is given.
    """
    ids, start = ordered_ids(query), query.limit * (query.page - 1)
    shown = summaries(ids[start : start + query.limit], query)
    items = [api_items.model_list_item(summary, this_site().url) for summary in shown]
    return ModelList(items=items, count=len(ids), page=query.page, pages=max(1, ceil(len(ids) / query.limit)))


@router.get(
    "/models/{slug}",
    response={200: ModelItem | ModelSchema, 404: NotFound},
    summary="One model",
    operation_id="get_model",
)
def get_model(request: HttpRequest, response: HttpResponse, slug: Path[Word], query: Query[FormatQuery]) -> Any:
    """Everything known of a model, by slug or alias; with `schema=true` its compiled parameters alone.

    Standings come 500 a page; the header X-Total-Count says how many there are.
    """
    model = rows.find_model(slug)
    if model is None:
        near = [name for name, _ in near_models(slug)]
        return Status(404, NotFound(detail=f"slug: there is no model {slug!r}{_hint(near)}", did_you_mean=near))
    facts = model_facts(model)
    if query.compiled_only:
        return Status(200, api_items.model_schema(facts))
    response[TOTAL] = str(len(facts.standings))
    start = (query.page - 1) * MOST_STANDINGS
    return Status(200, api_items.model_item(facts, slice(start, start + MOST_STANDINGS)))


@router.get("/providers", response=ProviderList, summary="Providers", operation_id="list_providers")
def get_providers(request: HttpRequest) -> ProviderList:
    """Every provider with how many models and endpoints it sells."""
    items = [api_items.provider_list_item(facts, this_site().url) for facts in list_providers()]
    return ProviderList(items=items, count=len(items))


@router.get(
    "/providers/{slug}",
    response={200: ProviderItem, 404: NotFound},
    summary="One provider",
    operation_id="get_provider",
)
def get_provider(request: HttpRequest, response: HttpResponse, slug: Path[Word], query: Query[ProviderQuery]) -> Any:
    """A provider's endpoints with prices, and the performance of their models; 500 endpoints a page.

    The header X-Total-Count says how many endpoints there are.
    """
    facts = provider_facts(slug)
    if facts is None:
        near = [name for name, _ in near_providers(slug)]
        return Status(404, NotFound(detail=f"slug: there is no provider {slug!r}{_hint(near)}", did_you_mean=near))
    response[TOTAL] = str(len(facts.endpoints))
    shown = part_of(facts, (query.page - 1) * MOST_ENDPOINTS, MOST_ENDPOINTS)
    return Status(200, api_items.provider_item(shown, this_site().url))


def _hint(near: list[str]) -> str:
    return f"; did you mean {near[0]!r}?" if near else ""
