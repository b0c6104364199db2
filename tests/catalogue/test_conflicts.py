"""What cannot stand beside the rest of the catalogue is refused by name, whoever writes it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from providers.catalogue.errors import CatalogueError, ConflictError, SheetError, StalePlanError
from providers.catalogue.exchange import import_sheets
from providers.catalogue.plan import apply_plan, plan_model
from providers.models import Creator, Endpoint, ImageModel, ModelAlias, PriceComponent, Provider, SlugClaim
from providers.sheet import ModelSheet, Named, ParameterSheet
from tests.arena.factories import make_creator, make_model, row_counts
from tests.catalogue.factories import full_sheet, make_endpoint_sheet, make_price, make_sheet, store, stored

pytestmark = pytest.mark.django_db
OTHER = Named(slug="other-labs", name="Other Labs")


def conflict(*sheets: ModelSheet) -> str:
    """The refusal of an import that must leave the catalogue as it was."""
    before = row_counts()
    with pytest.raises(ConflictError) as refused:
        import_sheets(sheets)
    assert row_counts() == before
    return str(refused.value)


def test_a_slug_is_refused_against_slugs_and_aliases_of_any_creator() -> None:
    store(make_sheet("heron", aliases=("heron-latest",)))
    told = conflict(make_sheet("heron-latest", creator=OTHER))
    assert told == "heron-latest: the slug 'heron-latest' already names the model heron; allowed: one that is free"
    told = conflict(make_sheet("swift", creator=OTHER, aliases=("heron", "heron-latest")))
    assert "swift: the slug 'heron' already names the model heron" in told
    assert "swift: the slug 'heron-latest' already names the model heron" in told


def test_two_sheets_of_one_import_cannot_claim_one_slug() -> None:
    told = conflict(make_sheet("heron", aliases=("bird",)), make_sheet("swift", aliases=("bird",)))
    assert told == "swift: the slug 'bird' is also claimed by heron in this import"
    assert "appears more than once" in conflict(make_sheet(), make_sheet())


def test_models_of_one_import_may_trade_aliases_and_endpoints() -> None:
    one, two = make_endpoint_sheet("fal/one"), make_endpoint_sheet("fal/two")
    store(make_sheet("a", aliases=("x",), endpoints=(one,)), make_sheet("b", aliases=("y",), endpoints=(two,)))
    store(make_sheet("a", aliases=("y",), endpoints=(two,)), make_sheet("b", aliases=("x",), endpoints=(one,)))
    assert (stored("a").aliases, stored("b").aliases) == (("y",), ("x",))
    assert Endpoint.objects.get(key="fal/one").model.slug == "b"
    assert dict(SlugClaim.objects.values_list("slug", "model__slug")) == {"a": "a", "b": "b", "x": "b", "y": "a"}


def test_a_name_stands_once_per_creator() -> None:
    store(make_sheet("heron", name="Heron"))
    assert "Marsh Labs already has a model 'Heron', heron; allowed: another" in conflict(make_sheet("b", name="Heron"))
    store(make_sheet("b", name="Heron", creator=OTHER))


def test_names_that_are_traded_in_one_import_are_refused_and_nothing_is_written() -> None:
    store(make_sheet("a", name="A"), make_sheet("b", name="B"))
    assert "nothing was written" in conflict(make_sheet("a", name="B"), make_sheet("b", name="A"))
    assert (stored("a").name, stored("b").name) == ("A", "B")


def test_an_endpoint_key_belongs_to_one_model() -> None:
    endpoints = (make_endpoint_sheet("fal/heron"),)
    store(make_sheet("heron", endpoints=endpoints))
    told = conflict(make_sheet("swift", endpoints=endpoints))
    assert told == "swift: the endpoint fal/heron belongs to the model heron; allowed: a key of its own"
    new = (make_endpoint_sheet("fal/new"),)
    assert "also claimed by b" in conflict(make_sheet("b", endpoints=new), make_sheet("c", endpoints=new))


def test_a_provider_has_one_name_in_one_import_and_is_renamed_in_the_next() -> None:
    renamed = make_endpoint_sheet("fal/b", provider=Named(slug="fal", name="Fal"))
    first = make_sheet("a", endpoints=(make_endpoint_sheet("fal/a"),))
    told = conflict(first, make_sheet("b", endpoints=(renamed,)))
    assert told == "provider fal: called 'fal.ai' and 'Fal'; allowed: one name"
    store(first)
    (plan,) = import_sheets([make_sheet("b", endpoints=(renamed,))])
    assert "  change provider fal, name: fal.ai → Fal" in plan.lines()
    assert Provider.objects.get().name == "Fal"


def test_a_provider_that_is_only_mentioned_must_be_known() -> None:
    parameter = ParameterSheet(name="seed", group="core", type="integer", only_through="nobody")
    told = conflict(make_sheet(parameters=(parameter,)))
    assert told == ("heron: no provider 'nobody' for a parameter or a reported figure; the providers are none yet")


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (
            make_endpoint_sheet("fal/a", provider=Named(slug="x", name="X")),
            "endpoints[1].key: 'fal/a'; allowed: a key that",
        ),
        (
            make_endpoint_sheet("fal", provider=Named(slug="fal", name="X")),
            "endpoints[1].key: 'fal'; allowed: provider/name",
        ),
        (make_endpoint_sheet(prices=(make_price(), make_price("2"))), "endpoints[1].prices: "),
        (make_endpoint_sheet(prices=(make_price("0.0000000001"),)), "endpoints[1].prices[1].amount_usd: "),
        (make_endpoint_sheet(prices=(make_price(unit_size=Decimal(0)),)), "endpoints[1].prices[1].unit_size: '0'"),
        (make_endpoint_sheet(prices=(make_price(pixels_per_megapixel=0),)), "pixels_per_megapixel: '0'; allowed: 1 to"),
    ],
    ids=["another's key", "no key", "two open prices", "ten decimals", "units of nothing", "no pixels"],
)
def test_wrong_endpoints_and_prices_are_refused_by_field(endpoint, said: str) -> None:
    before = row_counts()
    with pytest.raises(SheetError) as refused:
        import_sheets([make_sheet(endpoints=(endpoint,))])
    assert said in str(refused.value)
    assert row_counts() == before


def test_one_open_price_per_condition_stands_beside_closed_and_unstated_ones() -> None:
    prices = (
        make_price("1"),
        make_price("2", conditions={"quality": "high"}),
        make_price("3", valid_to=datetime(2026, 1, 1, tzinfo=UTC)),
        make_price("4", condition_stated=False),
        make_price("5", condition_stated=False),
        make_price("6", direction="input"),
    )
    sheet = make_sheet(endpoints=(make_endpoint_sheet(prices=prices),))
    store(sheet)
    assert stored("heron") == sheet


def refused_by_database(write: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    return str(refused.value)


def test_the_database_itself_keeps_one_namespace_of_slugs() -> None:
    one, two = make_model(slug="one"), make_model(slug="two")
    ModelAlias.objects.create(model=one, slug="uno")
    writes = [
        lambda: make_model(slug="uno"),
        lambda: ModelAlias.objects.create(model=two, slug="one"),
        lambda: ModelAlias.objects.create(model=two, slug="uno"),
        lambda: ModelAlias.objects.create(model=one, slug="one"),
        lambda: ImageModel.objects.filter(pk=two.pk).update(slug="uno"),
        lambda: ModelAlias.objects.filter(slug="uno").update(slug="two"),
        lambda: ImageModel.objects.bulk_create([ImageModel(slug="uno", name="x", creator=make_creator())]),
    ]
    for write in writes:
        assert "duplicate key" in refused_by_database(write)
    assert set(SlugClaim.objects.values_list("slug", flat=True)) == {"one", "two", "uno"}


def test_a_slug_that_is_given_up_is_free_again() -> None:
    one = make_model(slug="one")
    alias = ModelAlias.objects.create(model=one, slug="uno")
    # a slug leads on after a rename, until its alias is given up too
    ImageModel.objects.filter(pk=one.pk).update(slug="first")
    ModelAlias.objects.get(slug="one").delete()
    make_model(slug="one")
    alias.delete()
    make_model(slug="uno")
    one.delete()
    make_model(slug="first")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "one_open_price_per_condition"),
        ({"metric": "second", "amount_usd": Decimal(-1)}, "price_not_negative"),
        ({"metric": "second", "unit_size": 0}, "price_unit_positive"),
        ({"metric": "second", "pixels_per_megapixel": 0}, "megapixel_positive"),
        (
            {"valid_from": datetime(2026, 2, 1, tzinfo=UTC), "valid_to": datetime(2026, 1, 1, tzinfo=UTC)},
            "price_ends_after_it_begins",
        ),
    ],
)
def test_the_database_itself_holds_prices_to_their_rules(fields: dict, constraint: str) -> None:
    store(make_sheet(endpoints=(make_endpoint_sheet(prices=(make_price(),)),)))
    row = {"endpoint": Endpoint.objects.get(), "metric": "image", "amount_usd": Decimal(1), **fields}
    assert constraint in refused_by_database(lambda: PriceComponent.objects.create(**row))


def test_the_database_itself_wants_a_provider_in_a_key_and_a_sunset_only_when_deprecated() -> None:
    store(make_sheet(endpoints=(make_endpoint_sheet(),)))
    assert "endpoint_key_names_provider" in refused_by_database(lambda: Endpoint.objects.update(key="heron"))
    told = refused_by_database(lambda: ImageModel.objects.update(sunset_on="2027-01-01"))
    assert "sunset_only_when_deprecated" in told


def test_a_plan_says_what_changes_and_writes_nothing() -> None:
    store(full_sheet(tagline="Old"), make_sheet("swift"))
    endpoint = full_sheet().endpoints[0]
    dearer = replace(endpoint, prices=(replace(endpoint.prices[0], amount_usd=Decimal("0.006")),), notes=())
    wanted = full_sheet(
        tagline="New",
        aliases=(),
        endpoints=(make_endpoint_sheet("harbor/heron-2", prices=(make_price(),)), dearer),
        parameters=tuple(reversed(full_sheet().parameters)),
    )
    before = (row_counts(), stored("heron-2"))
    heron, swift, new = import_sheets([wanted, make_sheet("swift"), make_sheet("wren")], plan_only=True)
    assert heron.lines() == (
        "heron-2:",
        "  create provider harbor (Harbor)",
        '  change tagline: "Old" → "New"',
        "  remove alias heron-latest",
        "  reorder parameters: go_fast, prompt",
        "  create endpoint harbor/heron-2",
        "  change endpoint fal/heron-2, notes: Pictures are kept for a day → nothing",
        "  change endpoint fal/heron-2, price per megapixel (output), amount_usd: 0.005 → 0.006",
    )
    assert swift.lines() == ("swift: nothing to do",)
    assert new.lines() == ("wren:", "  create model wren: Wren by Marsh Labs")
    assert (row_counts(), stored("heron-2")) == before


def test_a_plan_is_stale_once_the_model_changed() -> None:
    store(make_sheet())
    plan = plan_model(make_sheet(tagline="Mine"))
    store(make_sheet(tagline="Theirs"))
    with pytest.raises(StalePlanError, match="heron: the model changed after the plan was made; plan again"):
        apply_plan(plan)
    assert stored("heron").tagline == "Theirs"


def test_rows_that_stay_keep_their_ids() -> None:
    (model,) = store(full_sheet())
    endpoint = model.endpoints.get()
    price = endpoint.prices.get()
    store(full_sheet(tagline="Other", aliases=("more", "heron-latest")))
    assert ImageModel.objects.get().pk == model.pk
    assert (Endpoint.objects.get().pk, PriceComponent.objects.get().pk) == (endpoint.pk, price.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_waits_and_both_are_whole() -> None:
    Creator.objects.create(slug="marsh-labs", name="Marsh Labs")
    refusals: list[CatalogueError] = []
    start = threading.Barrier(6)

    def write(number: int) -> None:
        try:
            start.wait(timeout=30)
            endpoints = tuple(make_endpoint_sheet(f"fal/{number}-{place}") for place in range(5))
            import_sheets(
                [make_sheet("heron", endpoints=endpoints), make_sheet(f"own-{number}", aliases=("wanted-by-all",))]
            )
        except CatalogueError as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(refusals) == 5
    assert all("the slug 'wanted-by-all' already names the model own-" in str(error) for error in refusals)
    (winner,) = ImageModel.objects.exclude(slug="heron")
    number = winner.slug.removeprefix("own-")
    assert [endpoint.key for endpoint in stored("heron").endpoints] == [f"fal/{number}-{place}" for place in range(5)]
