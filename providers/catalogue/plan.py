"""Plans: what an import would change, shown first, then written over the rows in one transaction, or not at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Final, TypeVar

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from providers.catalogue.checks import check_sheet
from providers.catalogue.codec import same_values
from providers.catalogue.conflicts import refuse_conflicts, shared_changes
from providers.catalogue.diff import Change, differences
from providers.catalogue.errors import ConflictError, StalePlanError
from providers.catalogue.rows import price_sheet, read_sheets
from providers.models import (
    Creator,
    CuratedImage,
    Endpoint,
    EndpointParameter,
    Family,
    ImageModel,
    ModelAlias,
    ModelParameter,
    PriceComponent,
    Provider,
    ReportedPerformance,
    ReportedStanding,
)
from providers.plain_values import settled_json
from providers.sheet import EndpointSheet, ModelSheet, Named, ParameterSheet, ReportedSheet

M = TypeVar("M", bound=Model)
PLAIN_FIELDS: Final = (
    *("name", "status", "sunset_on", "successor", "released_on", "tagline", "about", "example_prompt"),
    *("is_announced", "max_width_px", "max_height_px"),
)
LIST_FIELDS: Final = ("alternative_names", "tags", "input_modalities", "output_modalities", "modes")


def release_claims(sheets: Iterable[ModelSheet]) -> None:
    """Give up slugs and endpoints the sheets no longer name, so that models of one import can trade them."""
    for sheet in sheets:
        ModelAlias.objects.filter(model__slug=sheet.slug).exclude(slug__in=sheet.aliases).delete()
        keys = [endpoint.key for endpoint in sheet.endpoints]
        Endpoint.objects.filter(model__slug=sheet.slug).exclude(key__in=keys).delete()


def write_sheet(sheet: ModelSheet) -> ImageModel:
    """Make the model's rows say what the sheet says."""
    model = ImageModel.objects.filter(slug=sheet.slug).first() or ImageModel(slug=sheet.slug)
    for name in PLAIN_FIELDS:
        setattr(model, name, getattr(sheet, name))
    for name in LIST_FIELDS:
        setattr(model, name, list(getattr(sheet, name)))
    model.creator = _named(Creator, sheet.creator)
    model.family = _named(Family, sheet.family, creator=model.creator) if sheet.family else None
    model.save()
    _write_aliases(model, sheet)
    for position, endpoint in enumerate(sheet.endpoints):
        _write_endpoint(model, endpoint, position)
    named = {parameter.only_through for parameter in sheet.parameters}
    providers = {provider.slug: provider for provider in Provider.objects.filter(slug__in=named)}
    _write_parameters(model.parameters, partial(ModelParameter, model=model), sheet.parameters, providers)
    _write_curated(model, sheet)
    if sheet.reported:
        _write_reported(model, sheet.reported)
    return model


def _named(table: type[M], named: Named, **owner: Any) -> M:
    row, is_new = table._default_manager.get_or_create(slug=named.slug, **owner, defaults={"name": named.name})
    if not is_new and getattr(row, "name", "") != named.name:
        table._default_manager.filter(pk=row.pk).update(name=named.name)
    return row


def _write_aliases(model: ImageModel, sheet: ModelSheet) -> None:
    known = {alias.slug: alias for alias in model.aliases.all()}
    sunsets = {alias.slug: alias.sunset_on for alias in sheet.alias_sunsets}
    for position, slug in enumerate(sheet.aliases):
        alias = known.get(slug) or ModelAlias(model=model, slug=slug)
        alias.position, alias.sunset_on = position, sunsets.get(slug)
        alias.save()


def _write_endpoint(model: ImageModel, sheet: EndpointSheet, position: int) -> None:
    provider = _named(Provider, sheet.provider)
    endpoint, _ = Endpoint.objects.update_or_create(
        key=sheet.key,
        defaults={
            "model": model,
            "provider": provider,
            "provider_model_id": sheet.provider_model_id,
            "modes": list(sheet.modes),
            "call_style": sheet.call_style,
            "capabilities": sheet.capabilities,
            "source_url": sheet.source_url,
            "notes": list(sheet.notes),
            "is_enabled": sheet.is_enabled,
            "position": position,
        },
    )
    _write_parameters(endpoint.parameters, partial(EndpointParameter, endpoint=endpoint), sheet.parameters)
    _write_prices(endpoint, sheet)


def _write_prices(endpoint: Endpoint, sheet: EndpointSheet) -> None:
    """Rows that already say what a price says keep their id; the others go before new ones come."""
    left = list(endpoint.prices.all())
    rows = []
    for position, price in enumerate(sheet.prices):
        row = next((row for row in left if same_values(price_sheet(row), price)), None)
        if row:
            left.remove(row)
        else:
            values = {field.name: getattr(price, field.name) for field in fields(price)}
            row = PriceComponent(endpoint=endpoint, **values)
        row.position = position
        rows.append(row)
    endpoint.prices.filter(pk__in=[row.pk for row in left]).delete()
    _save_all(rows)


def _write_parameters(
    owned: Any,
    make: Callable[..., Any],
    sheets: Iterable[ParameterSheet],
    providers: Mapping[str, Provider] | None = None,
) -> None:
    """All that a model or an endpoint has; declared ones name `providers` by slug."""
    known = {row.name: row for row in owned.all()}
    rows = []
    for position, sheet in enumerate(sheets):
        row = known.get(sheet.name) or make(name=sheet.name)
        row.position = position
        row.group, row.type, row.description = sheet.group, sheet.type, sheet.description
        row.default, row.values = settled_json(sheet.default), settled_json(sheet.values)
        row.modes, row.required_modes = list(sheet.modes), list(sheet.required_modes)
        if providers is not None:
            row.only_through = providers[sheet.only_through] if sheet.only_through else None
        rows.append(row)
    owned.exclude(name__in=[row.name for row in rows]).delete()
    _save_all(rows)


def _write_curated(model: ImageModel, sheet: ModelSheet) -> None:
    known = list(model.curated_images.all())
    rows = []
    for position, image in enumerate(sheet.curated_images):
        row = known[position] if position < len(known) else CuratedImage(model=model)
        row.position, row.prompt, row.url = position, image.prompt, image.url
        rows.append(row)
    model.curated_images.exclude(pk__in=[row.pk for row in rows if row.pk]).delete()
    _save_all(rows)


def _write_reported(model: ImageModel, report: ReportedSheet) -> None:
    """A report is one source's word of one day: it replaces the former as a whole."""
    origin = {"model": model, "source": report.source, "reported_on": report.reported_on}
    providers = {row.slug: row for row in Provider.objects.filter(slug__in=[p.provider for p in report.performance])}
    model.reported_performance.all().delete()
    model.reported_standings.all().delete()
    ReportedPerformance.objects.bulk_create(
        ReportedPerformance(**origin, **{**asdict(row), "provider": providers[row.provider]}, position=position)
        for position, row in enumerate(report.performance)
    )
    ReportedStanding.objects.bulk_create(
        ReportedStanding(**origin, **asdict(row), position=position) for position, row in enumerate(report.standings)
    )


def _save_all(rows: Iterable[Model]) -> None:
    for row in rows:
        row.save()


# Any fixed number: it only must be the same for everyone who writes the catalogue.
CATALOGUE_LOCK: Final = 0x6C62_0001


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one sheet would change; `current` is what the rows held when it was made, None for a new model."""

    sheet: ModelSheet
    current: ModelSheet | None
    changes: tuple[Change, ...]

    def lines(self) -> tuple[str, ...]:
        """The plan as text: the model, then a line per change."""
        if not self.changes:
            return (f"{self.sheet.slug}: nothing to do",)
        return (f"{self.sheet.slug}:", *(f"  {change}" for change in self.changes))


def plan_model(sheet: ModelSheet) -> Plan:
    """Plan one sheet. Raises SheetError for bad values, ConflictError for claims that cannot be met."""
    return plan_models([sheet])[0]


def plan_models(sheets: Sequence[ModelSheet]) -> tuple[Plan, ...]:
    """Plan several sheets as one change."""
    for sheet in sheets:
        check_sheet(sheet)
    refuse_conflicts(sheets)
    rows = read_sheets(sheet.slug for sheet in sheets)
    return tuple(
        Plan(
            sheet=sheet,
            current=rows.get(sheet.slug),
            changes=(*shared, *differences(rows.get(sheet.slug), sheet)),
        )
        for sheet, shared in zip(sheets, shared_changes(sheets), strict=True)
    )


def apply_plan(plan: Plan) -> None:
    """Write one plan. Raises StalePlanError when the rows changed since it was made."""
    apply_plans([plan])


def apply_plans(plans: Sequence[Plan]) -> None:
    """Write several plans in one transaction."""
    try:
        with transaction.atomic():
            lock_catalogue()
            _refuse_stale(plans)
            changed = [plan for plan in plans if plan.changes]
            release_claims(plan.sheet for plan in changed)
            for plan in changed:
                write_sheet(plan.sheet)
    except IntegrityError as error:
        raise ConflictError(
            f"the catalogue refused the change, nothing was written: {database_message(error)}"
        ) from None


def lock_catalogue() -> None:
    """Let one catalogue import at a time write; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CATALOGUE_LOCK])


def _refuse_stale(plans: Iterable[Plan]) -> None:
    planned = {plan.sheet.slug: plan for plan in plans}
    rows = read_sheets(planned)
    for slug, plan in planned.items():
        if not same_values(plan.current, rows.get(slug)):
            raise StalePlanError(f"{slug}: the model changed after the plan was made; plan again")


def database_message(error: DatabaseError) -> str:
    """What the database says of the row it refused."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "message_detail", None) or getattr(diagnosis, "message_primary", None) or str(error)


def switch_endpoints(ids: Iterable[int], *, is_enabled: bool) -> int:
    """Returns how many were changed."""
    with transaction.atomic():
        lock_catalogue()
        return Endpoint.objects.filter(pk__in=list(ids)).exclude(is_enabled=is_enabled).update(is_enabled=is_enabled)
