"""Many models at once: filters, order and the few facts a list shows, in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from ninja import Field, Schema

from arena.models import Entry, Standing
from arena.models.boards import HEAVY
from arena.models.competitions import public_models
from lumenboard.facts import rows
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.schemas import Word
from providers.api_types import Whole
from providers.models import Endpoint, ImageModel
from providers.pricing import StartingPrice, headline_price
from providers.sheet import MODES, STATUSES, TEXT_TO_IMAGE

SORTS: Final = {"rating": "Highest rated", "price": "Lowest price", "name": "Name", "newest": "Newest"}


class ModelFilter(Schema):
    """What narrows and orders the list of models; empty means any."""

    q: Word = ""
    mode: Literal["", "text-to-image", "image-edit"] = ""
    creator: Word = Field("", description="Slug.")
    provider: Word = Field("", description="Slug.")
    status: Literal["", "active", "preview", "deprecated"] = ""
    tag: Word = ""
    sort: Literal["rating", "price", "name", "newest"] = "rating"

    @property
    def rating_mode(self) -> str:
        """The one board ratings are taken from: ratings of different boards do not compare."""
        return self.mode or TEXT_TO_IMAGE

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was chosen."""
        return any((self.q, self.mode, self.creator, self.provider, self.status, self.tag))


class ModelQuery(ModelFilter):
    """The same, a page at a time."""

    page: Whole = Field(1, ge=1, le=1_000_000)
    limit: Whole = Field(50, ge=1, le=100)


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """One model in a list: the figures with what they are for."""

    slug: str
    name: str
    url: str
    creator: str
    creator_slug: str
    tagline: str
    modes: tuple[str, ...]
    status: str
    demo: bool
    tags: tuple[str, ...]
    price: StartingPrice | None
    rating: float | None
    lower: float | None
    upper: float | None
    prompts_withheld: str
    rank: int | None
    ranked_models: int | None
    rating_mode: str
    thumb_url: str
    thumb_alt: str = ""
    rating_board: str = ""
    price_size: str = field(default="")

    @property
    def price_usd(self) -> Decimal | None:
        """The starting price, where one is known."""
        return self.price.amount_usd if self.price else None


def read_filter(given: Mapping[str, str]) -> ModelFilter:
    """A filter from the query of an address; unknown modes, statuses and orders count as not given."""
    words = {name: given.get(name, "").strip()[:120] for name in ("q", "creator", "provider", "tag")}
    known = {"mode": MODES, "status": STATUSES, "sort": SORTS}
    return ModelFilter.model_validate(words | {name: given[name] for name in known if given.get(name) in known[name]})


def matching(chosen: ModelFilter) -> QuerySet[ImageModel]:
    """Every model the filter leaves, in no particular order."""
    found = public_models()
    for word in chosen.q.split():
        names = Q(name__icontains=word) | Q(slug__icontains=word) | Q(creator__name__icontains=word)
        also = (
            Q(aliases__slug__icontains=word) | Q(alternative_names__icontains=word) | Q(tags__contains=[word.lower()])
        )
        found = found.filter(pk__in=ImageModel.objects.filter(names | also).values("pk"))
    if chosen.mode:
        found = found.filter(modes__contains=[chosen.mode])
    if chosen.creator:
        found = found.filter(creator__slug=chosen.creator)
    if chosen.provider:
        sold = Endpoint.objects.filter(is_enabled=True, provider__slug=chosen.provider)
        if chosen.mode:
            sold = sold.filter(modes__contains=[chosen.mode])
        found = found.filter(pk__in=sold.values("model"))
    if chosen.status:
        found = found.filter(status=chosen.status)
    return found.filter(tags__contains=[chosen.tag]) if chosen.tag else found


def ordered_ids(chosen: ModelFilter) -> list[int]:
    """Primary keys in the order asked for; one query, three by price."""
    found = matching(chosen)
    if chosen.sort == "price":
        return _by_price(found, chosen)
    orders = {
        "name": (F("name").asc(),),
        "newest": (F("released_on").desc(nulls_last=True), F("created_at").desc()),
        "rating": (F("rated").desc(nulls_last=True), F("name").asc()),
    }
    rated = found.annotate(rated=Subquery(_mode_standings(chosen).filter(model=OuterRef("pk")).values("rating")[:1]))
    return list(rated.order_by(*orders[chosen.sort], "pk").values_list("pk", flat=True))


def _by_price(found: QuerySet[ImageModel], chosen: ModelFilter) -> list[int]:
    models = rows.models_with_prices().filter(pk__in=found.values("pk"))
    priced = [(_price(model, chosen), model.name, model.pk) for model in models]
    priced.sort(key=lambda row: (row[0] is None, row[0].amount_usd if row[0] else Decimal(0), row[1]))
    return [pk for _, _, pk in priced]


def summaries(ids: Sequence[int], chosen: ModelFilter) -> list[ModelSummary]:
    """The models with these keys, in their order; five queries."""
    models = {model.pk: model for model in rows.models_with_prices().filter(pk__in=ids)}
    placed = _mode_standings(chosen).filter(model__in=ids).select_related("snapshot")
    standings = {row.model_id: row for row in placed.defer(*(f"snapshot__{name}" for name in HEAVY))}
    thumbs = _thumbnails(ids)
    return [_summary(models[pk], standings.get(pk), thumbs.get(pk), chosen) for pk in ids if pk in models]


def _mode_standings(chosen: ModelFilter) -> QuerySet[Standing]:
    """Rows of the mode's current headline board."""
    boards = {"snapshot__board__kind": "mode", "snapshot__board__mode": chosen.rating_mode}
    return Standing.objects.public().current_headline().filter(**boards, is_comparable=True)


def _thumbnails(ids: Iterable[int]) -> dict[int, Entry]:
    """One picture for each model: that of its best record."""
    shown = Entry.objects.pictured().filter(model__in=ids).select_related("image", "competition")
    best = shown.order_by("model_id", F("losses") - F("wins"), "id").distinct("model_id")
    return {entry.model_id: entry for entry in best}


def _price(model: ImageModel, chosen: ModelFilter) -> StartingPrice | None:
    sheets = [rows.endpoint_sheet(row) for row in model.endpoints.all()]
    if chosen.provider:
        sheets = [sheet for sheet in sheets if sheet.provider.slug == chosen.provider]
    return headline_price(sheets, [chosen.mode] if chosen.mode else model.modes)


def _summary(model: ImageModel, standing: Standing | None, entry: Entry | None, chosen: ModelFilter) -> ModelSummary:
    price = _price(model, chosen)
    return ModelSummary(
        slug=model.slug,
        name=model.name,
        url=model.get_absolute_url(),
        creator=model.creator.name,
        creator_slug=model.creator.slug,
        tagline=model.tagline,
        modes=tuple(model.modes),
        status=model.status,
        demo=model.is_demo,
        tags=tuple(model.tags),
        price=price,
        price_size=str(STANDARD_SIZE).replace("x", "×"),
        rating=standing.rating if standing else None,
        lower=standing.lower if standing else None,
        upper=standing.upper if standing else None,
        prompts_withheld=standing.prompts_withheld if standing else "",
        rank=standing.rank if standing else None,
        ranked_models=standing.snapshot.ranked_models if standing else None,
        rating_mode=chosen.rating_mode,
        rating_board="Elo, demo votes" if entry and entry.competition.is_demo else "Elo",
        thumb_url=entry.image.thumbnail_url if entry and entry.image else "",
        thumb_alt=f"{model.name} in {entry.competition.title}" if entry else "",
    )
