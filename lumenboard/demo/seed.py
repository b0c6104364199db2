"""Builds the demo world in one transaction, or removes it in one: all of it is there afterwards, or nothing."""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.competitions.change_competitions import delete_competitions
from arena.images.handover import store_image
from arena.models import (
    Board,
    Category,
    Competition,
    Entry,
    ParityBoard,
    ParityEntry,
    RaterFindings,
    Snapshot,
    StoredImage,
)
from arena.parity.recompute import recompute_parity_boards
from arena.raters.examine_raters import examine_raters
from arena.votes.append import NewVotes, Pairing, append_votes
from lumenboard.demo.outcomes import STATUSES, simulate, simulate_calls
from lumenboard.demo.parity import parity_orders, seed_parity
from lumenboard.demo.pictures import SIDE_PX, DrawnPicture, PictureOrder, draw_all, orders_for
from lumenboard.demo.world import CATEGORIES, COMPETITIONS, MODELS, DemoCompetition
from lumenboard.facts.assembly import STANDARD_SIZE
from providers.catalogue.exchange import import_sheets
from providers.catalogue.files import read_sheet
from providers.models import Creator, Endpoint, ImageModel, Provider, ProviderAccount, SlugClaim
from providers.pricing import Cost, defaults_of, image_cost
from providers.sheet import EndpointSheet, ModelSheet
from providers.telemetry.import_samples import record_samples
from providers.telemetry.roll_up import roll_up_changed
from providers.telemetry.sample_rows import NewSample

MEGAPIXELS: Final = Decimal(STANDARD_SIZE.pixels) / 10**6
# these were refused before any work was done, so nothing is charged
FREE: Final = {"rate_limit", "client", "gateway", "upstream"}


def measure(sheets: Iterable[ModelSheet], now: datetime) -> int:
    """Thirty days of simulated calls to the endpoints of these models; how many."""
    ids = dict(Endpoint.objects.values_list("key", "id"))
    made = [
        sample for sheet in sheets for e in sheet.endpoints if e.key in ids for sample in _calls(e, ids[e.key], now)
    ]
    return record_samples(sorted(made, key=lambda sample: sample.started_at))


def forget_samples(endpoint_ids: Iterable[int]) -> None:
    """Takes the samples of endpoints out, before they go themselves."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM providers_requestsample WHERE endpoint_id = ANY(%s)", [list(endpoint_ids)])


def _calls(endpoint: EndpointSheet, endpoint_id: int, now: datetime) -> Iterator[NewSample]:
    calls = simulate_calls(endpoint.key)
    costs = {mode: image_cost(endpoint.prices, mode, STANDARD_SIZE, defaults_of(endpoint)) for mode in endpoint.modes}
    columns = (calls.age_hours, calls.total_ms, calls.ttfb_ms, calls.status, calls.is_scheduled, calls.is_second_mode)
    for age, total, ttfb, place, is_scheduled, is_second in zip(*(c.tolist() for c in columns), strict=True):
        mode, status = endpoint.modes[-1 if is_second else 0], STATUSES[place]
        cost = costs[mode]
        charged = cost.total_usd if isinstance(cost, Cost) else None
        yield NewSample(
            endpoint_id=endpoint_id,
            started_at=now - timedelta(hours=age, milliseconds=total),
            total_ms=total,
            ttfb_ms=None if status == "timeout" else ttfb,
            status=status,
            mode=mode,
            source="scheduled" if is_scheduled else "gateway",
            simulated=True,
            cost_usd=Decimal(0) if status in FREE else charged,
            megapixels=MEGAPIXELS if status == "ok" else None,
        )


CATALOGUE = Path(__file__).parent / "catalogue"
SPAN = timedelta(days=29)
COMPUTATIONS = 6
Progress = Callable[[str], None]


def seed_demo(progress: Progress, *, side_px: int = SIDE_PX) -> None:
    """Catalogue, competitions, pictures of `side_px` a side, votes, boards; nothing where all is already in."""
    if Competition.objects.filter(is_demo=True).exists():
        progress("the demo world is already in")
        return
    of_providers = parity_orders(side_px)
    pictures = _draw(progress, side_px, [order.picture for order in of_providers])
    parity_pictures = [pictures.pop() for _ in of_providers][::-1]
    with transaction.atomic():
        measured = measure(_seed_catalogue(), timezone.now())
        competitions = {competition.slug: _open(competition) for competition in COMPETITIONS}
        entries = _enter(competitions, pictures)
        boards = ensure_boards([competition.id for competition in competitions.values()])
        _vote(competitions, entries, boards)
        parity = seed_parity(competitions, of_providers, parity_pictures)
    recompute_parity_boards([parity.pk] if parity else [])
    recompute_boards(boards)
    complete_boards(boards)
    examine_raters(boards)
    roll_up_changed(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    progress(f"{measured} simulated calls rolled up")
    progress(f"{len(competitions)} competitions, {len(entries)} entries, {len(boards)} boards")


def _draw(progress: Progress, side_px: int, more: Sequence[PictureOrder]) -> list[DrawnPicture]:
    orders = [order for competition in COMPETITIONS for order in orders_for(competition, side_px)] + list(more)
    drawn = []
    for picture in draw_all(orders):
        drawn.append(picture)
        if len(drawn) % 25 == 0 or len(drawn) == len(orders):
            progress(f"{len(drawn)} of {len(orders)} pictures drawn")
    return drawn


def _seed_catalogue() -> list[ModelSheet]:
    """What is new of the demo's models; those already in the catalogue stay as their operator has them."""
    known = {table: set(table.objects.values_list("pk", flat=True)) for table in (Creator, Provider, ImageModel)}
    taken = set(SlugClaim.objects.values_list("slug", flat=True))
    sheets = [read_sheet(file.read_text(), origin=file.name) for file in sorted(CATALOGUE.glob("*.toml"))]
    new = [sheet for sheet in sheets if sheet.slug not in taken]
    import_sheets(new)
    _seed_accounts()
    for table, before in known.items():
        table.objects.exclude(pk__in=before).update(is_demo=True)
    return new


def _seed_accounts() -> None:
    """The invented provider speaks a protocol too; those that exist are known by their slugs."""
    for provider in Provider.objects.filter(slug="harbor"):
        account = {"protocol": "openai", "base_url": "https://harbor.invalid/v1"}
        ProviderAccount.objects.get_or_create(provider=provider, defaults=account)


def _open(demo: DemoCompetition) -> Competition:
    competition = Competition.objects.create(title=demo.title, mode=demo.mode, prompt=demo.prompt, is_demo=True)
    for place, key in enumerate(CATEGORIES):
        if key in demo.categories:
            category = CATEGORIES[key]
            row, _ = Category.objects.get_or_create(
                slug=category.slug,
                mode=category.mode,
                defaults={"name": category.name, "position": place, "is_demo": True},
            )
            competition.categories.add(row)
    return competition


def _enter(competitions: dict[str, Competition], pictures: Iterable[DrawnPicture]) -> dict[tuple[int, str], Entry]:
    """One live entry per picture, keyed by competition id and model slug; sources go to their competition."""
    models = ImageModel.objects.in_bulk([model.slug for model in MODELS], field_name="slug")
    endpoints = {(e.model_id, mode): e for e in Endpoint.objects.all() for mode in e.modes}
    entries = {}
    for drawn in pictures:
        order, image = drawn.order, store_image(drawn.picture)
        competition = competitions[order.competition]
        if not order.model:
            competition.source_image = image
            competition.save(update_fields=["source_image"])
            continue
        model = models[order.model]
        entries[competition.id, order.model] = Entry.objects.create(
            competition=competition,
            model=model,
            image=image,
            endpoint=endpoints.get((model.id, competition.mode)),
            seed=order.seed,
            simulated=True,
            status="live",
            generated_at=timezone.now(),
        )
    return entries


def _vote(competitions: dict[str, Competition], entries: dict[tuple[int, str], Entry], boards: Collection[int]) -> None:
    """All votes of all competitions, numbered in the order in which they were cast; boards computed along the way."""
    places: dict[Pairing, int] = {}
    cast: list[tuple[float, int, int]] = []
    for demo in COMPETITIONS:
        votes, competition = simulate(demo), competitions[demo.slug]
        fighters = [entries[competition.id, slug] for slug in votes.models]
        for left, right, outcome, age in zip(*(column.tolist() for column in votes.columns), strict=True):
            pairing = _pairing(competition, fighters[left], fighters[right])
            cast.append((age, places.setdefault(pairing, len(places)), outcome))
    cast.sort(key=lambda vote: -vote[0])
    now = timezone.now()
    moments = [now - age * SPAN for age, _, _ in cast]
    pairings = list(places)
    for start in range(0, len(cast), stride := -(-len(cast) // COMPUTATIONS)):
        part, when = cast[start : start + stride], moments[start : start + stride]
        places_column = array("I", (place for _, place, _ in part))
        outcomes = array("B", (outcome for _, _, outcome in part))
        append_votes(NewVotes(pairings, places_column, outcomes, opened_at=when, cast_at=when))
        recompute_boards(boards, at=when[-1])


def _pairing(competition: Competition, left: Entry, right: Entry) -> Pairing:
    return Pairing(competition.id, left.id, right.id, left.model_id, right.model_id)


def remove_demo() -> dict[str, int]:
    """Counts of what was removed, by kind. Creators, providers and models stay where others have come to use them."""
    with transaction.atomic():
        removed = _remove_rows()
        Board.objects.filter(kind="mode").exclude(mode__in=Competition.objects.values("mode")).delete()
    boards = list(Board.objects.exclude(kind="competition").values_list("id", flat=True))
    roll_up_changed(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    recompute_boards(boards)
    complete_boards(boards)
    # of voters of the demo; what is to be found about the others is, the next night
    RaterFindings.objects.filter(board__in=boards).delete()
    return removed


def _remove_rows() -> dict[str, int]:
    competitions = Competition.objects.filter(is_demo=True)
    pictures = set(competitions.values_list("entries__image", "source_image"))
    of_parity = ParityEntry.objects.filter(scene__competition__in=competitions)
    candidates = {key for pair in pictures for key in pair if key} | set(of_parity.values_list("image", flat=True))
    keys = list(competitions.values_list("id", flat=True))
    removed = {"competitions": len(keys)}
    delete_competitions(keys)
    ParityBoard.objects.filter(scenes__isnull=True).delete()
    Category.objects.filter(is_demo=True, competitions__isnull=True).delete()
    # what a wider board was with the demo's models is no history of anything
    Snapshot.objects.filter(standings__model__is_demo=True).delete()
    models = ImageModel.objects.filter(is_demo=True, entries__isnull=True, parity_boards__isnull=True)
    removed["models"] = models.count()
    forget_samples(Endpoint.objects.filter(model__in=models).values_list("id", flat=True))
    models.delete()
    Creator.objects.filter(is_demo=True, models__isnull=True).delete()
    Provider.objects.filter(is_demo=True, endpoints__isnull=True).delete()
    removed["pictures"] = _forget_pictures(candidates)
    return removed


def _forget_pictures(candidates: Iterable[int]) -> int:
    """Rows that nothing shows any more; their files go once that is certain."""
    used = Competition.objects.filter(source_image__isnull=False).values("source_image")
    unused = StoredImage.objects.filter(pk__in=set(candidates), entries__isnull=True)
    unused = unused.exclude(pk__in=used).exclude(pk__in=ParityEntry.objects.values("image"))
    names = [name for pair in unused.values_list("file", "thumbnail") for name in pair if name]
    count = unused.count()
    unused.delete()
    transaction.on_commit(lambda: _delete_files(names))
    return count


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
