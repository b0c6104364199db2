"""The tables there are: which rows are public, under which names, by what they can be narrowed and ordered."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from arena.models import Board, Category, Competition, Entry, PromptSuggestion, Vote
from arena.models.competitions import unannounced_models
from arena.models.visibility import public_competition
from arena.rating.criteria import OVERALL
from arena.rating.tallies import ALL_OUTCOMES
from arena.votes.exported import voter_pseudonym, weight_reason
from lumenboard.api.tables.table import Column, Filter, Table
from providers.models import Endpoint, PriceComponent
from providers.sheet import METRICS, MODES

MODE: Final = Filter("mode", "mode", MODES)


def _text(expression: Any) -> Any:
    return Cast(expression, CharField())


def _board_of_category() -> Any:
    return Subquery(Board.objects.public().filter(category=OuterRef("pk")).values("key"))


def _picture(path: str) -> Any:
    """The address of a picture, null without one."""
    address = Concat(Value(f"{settings.SITE_URL}/images/"), F(f"{path}__sha256"), output_field=CharField())
    return Case(When(Q(**{f"{path}__isnull": False}), then=address), default=None, output_field=CharField())


def _live_picture() -> Any:
    """The picture of an entry, as long as everybody may see it."""
    return Case(When(status="live", then=_picture("image")), default=None, output_field=CharField())


def _public_votes() -> QuerySet[Vote]:
    """Not before the delay has passed; withdrawn ones never. Imported votes may have no time and are not held back."""
    until = timezone.now() - timedelta(hours=settings.VOTES_DELAY_HOURS)
    overall = Vote.objects.filter(criterion=OVERALL, withdrawn_at__isnull=True)
    past = overall.filter(Q(cast_at__isnull=True) | Q(cast_at__lte=until))
    hidden = unannounced_models()
    public = past.filter(public_competition("battle__competition__"))
    return public.exclude(Q(battle__left_model__in=hidden) | Q(battle__right_model__in=hidden))


def _public_suggestions() -> QuerySet[PromptSuggestion]:
    """Once the competition that was made of it is public: until then the prompt is a draft's."""
    made = Competition.objects.public().filter(mode=OuterRef("mode"), prompt=OuterRef("prompt"))
    return PromptSuggestion.objects.filter(Exists(made), status="accepted")


CATEGORIES = Table(
    name="categories",
    title="Categories",
    about="Use cases within one mode, those that have a competition.",
    rows=Category.objects.public,
    columns=(
        Column("id", "public_id"),
        Column("slug", "slug"),
        Column("name", "name"),
        Column("mode", "mode"),
        Column("board", _board_of_category()),
    ),
    filters=(MODE,),
    sorts=("name", "id"),
    usual_sort="name",
)
COMPETITIONS = Table(
    name="competitions",
    title="Competitions",
    about="One prompt each, with its board. Drafts are not listed.",
    rows=Competition.objects.public,
    columns=(
        Column("id", "public_id"),
        Column("title", "title"),
        Column("mode", "mode"),
        Column("prompt", "prompt"),
        Column("status", "status", meaning="open or closed"),
        Column("source_image", _picture("source_image"), meaning="the picture to be edited"),
        Column("board", Concat(Value("competition-"), "public_id", output_field=CharField())),
        Column("is_imported", "is_imported", "boolean", "votes came as a file, without pictures"),
        Column("is_demo", "is_demo", "boolean"),
        Column("created_at", "created_at", "time"),
    ),
    filters=(
        MODE,
        Filter("status", "status", ("open", "closed")),
        Filter("category", "categories__slug", meaning="a category's slug"),
    ),
    sorts=("created_at", "title", "id"),
    usual_sort="-created_at",
)
ENTRIES = Table(
    name="entries",
    title="Entries",
    about="Pictures of models in competitions, with where they come from. Held ones are not listed.",
    rows=Entry.objects.public,
    columns=(
        Column("id", "public_id"),
        Column("competition", "competition__public_id"),
        Column("model", "model__slug"),
        Column("status", "status", meaning="live or retired"),
        Column("image", _live_picture(), meaning="the picture's address; null for imported votes and retired entries"),
        Column("endpoint", "endpoint__key"),
        Column("parameters", "parameters", "json"),
        Column("seed", "seed", "integer"),
        Column("cost_usd", "cost_usd", "money"),
        Column("generation_ms", "generation_ms", "integer"),
        Column("generated_at", "generated_at", "time"),
        Column("simulated", "simulated", "boolean", "no provider was called"),
        Column("wins", "wins", "integer"),
        Column("losses", "losses", "integer"),
        Column("ties", "ties", "integer", "both_bad among them"),
        Column("both_bad", "both_bad", "integer"),
        Column("created_at", "created_at", "time"),
    ),
    filters=(
        Filter("competition", "competition__public_id", meaning="a competition's id"),
        Filter("model", "model__slug", meaning="a model's slug"),
        Filter("mode", "competition__mode", MODES),
        Filter("endpoint", "endpoint__key", meaning="an endpoint's key"),
    ),
    sorts=("created_at", "wins", "id"),
    usual_sort="-created_at",
)
ENDPOINTS = Table(
    name="endpoints",
    title="Endpoints",
    about="Models at providers.",
    rows=Endpoint.objects.all,
    columns=(
        Column("key", "key"),
        Column("model", "model__slug"),
        Column("provider", "provider__slug"),
        Column("provider_model_id", "provider_model_id"),
        Column("modes", "modes", "json"),
        Column("notes", "notes", "json"),
        Column("source_url", "source_url"),
        Column("is_enabled", "is_enabled", "boolean"),
    ),
    filters=(
        Filter("model", "model__slug", meaning="a model's slug"),
        Filter("provider", "provider__slug", meaning="a provider's slug"),
        Filter("mode", "modes__contains", MODES, kind="member"),
    ),
    sorts=("key",),
    usual_sort="key",
)
PRICES = Table(
    name="prices",
    title="Prices",
    about="Tariff components with their history; one that is in force has no `valid_to`, or a later one.",
    rows=PriceComponent.objects.all,
    columns=(
        Column("number", "id", "integer"),
        Column("endpoint", "endpoint__key"),
        Column("model", "endpoint__model__slug"),
        Column("provider", "endpoint__provider__slug"),
        Column("metric", "metric"),
        Column("direction", "direction"),
        Column("amount_usd", "amount_usd", "money"),
        Column("unit_size", "unit_size", "money"),
        Column("rounding", "rounding"),
        Column("minimum", "minimum", "money"),
        Column("pixels_per_megapixel", "pixels_per_megapixel", "integer"),
        Column("units_per_image", "units_per_image", "money", "tokens or seconds of one picture, where stated"),
        Column("conditions", "conditions", "json"),
        Column("condition_stated", "condition_stated", "boolean"),
        Column("source_url", "source_url"),
        Column("verified_on", _text("verified_on")),
        Column("valid_from", "valid_from", "time"),
        Column("valid_to", "valid_to", "time"),
    ),
    filters=(
        Filter("endpoint", "endpoint__key", meaning="an endpoint's key"),
        Filter("model", "endpoint__model__slug", meaning="a model's slug"),
        Filter("provider", "endpoint__provider__slug", meaning="a provider's slug"),
        Filter("metric", "metric", METRICS),
    ),
    sorts=("number", "endpoint"),
    usual_sort="endpoint",
)
VOTES = Table(
    name="votes",
    title="Votes",
    about="Every vote in order, without network or time; voters are pseudonyms of one export, which its pages share. "
    "New ones appear once the site's delay has passed.",
    rows=_public_votes,
    columns=(
        Column("number", "number", "integer"),
        Column("battle", _text("battle__public_id")),
        Column("competition", "battle__competition__public_id"),
        Column("model_a", "battle__left_model__slug", meaning="shown on the left"),
        Column("model_b", "battle__right_model__slug", meaning="shown on the right"),
        Column(
            "winner",
            Case(
                *(When(outcome=one.name, then=Value(one.file_words[0])) for one in ALL_OUTCOMES),
                output_field=CharField(),
            ),
            meaning=" or ".join(", ".join(one.file_words[0] for one in ALL_OUTCOMES).rsplit(", ", 1)),
        ),
        Column("counted", "is_counted", "boolean", "false: `weight_reason` says why"),
        Column("criterion", "criterion", meaning="what was judged"),
        Column(
            "voter", voter_pseudonym, meaning="the same for all votes of one voter in this export, another in the next"
        ),
        Column("weight_reason", weight_reason(), meaning="why the vote does not count; empty where it does"),
    ),
    filters=(
        Filter("competition", "battle__competition__public_id", meaning="a competition's id"),
        Filter("mode", "battle__competition__mode", MODES),
        Filter("since", "cast_at__gte", kind="time", meaning="cast at or after"),
    ),
    sorts=("number",),
    usual_sort="number",
    keyed_by="number",
)
SUGGESTIONS = Table(
    name="suggestions",
    title="Suggested prompts",
    about="What visitors wished to see as competitions, once the competition made of it is public.",
    rows=_public_suggestions,
    columns=(
        Column("id", "public_id"),
        Column("prompt", "prompt"),
        Column("mode", "mode"),
        Column("created_at", "created_at", "time"),
    ),
    filters=(MODE,),
    sorts=("created_at",),
    usual_sort="-created_at",
)
TABLES: Final = (CATEGORIES, COMPETITIONS, ENTRIES, ENDPOINTS, PRICES, VOTES, SUGGESTIONS)
