"""Where another source's prices disagree with ours."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from providers.catalogue.files import write_toml
from providers.pricing.drift import compare_prices
from providers.sheet import EndpointSheet, Named, PriceSheet
from tests.catalogue.factories import make_endpoint_sheet, make_price, make_sheet, store
from tests.pricing.test_schemes import ALIBABA_IMPORTED, ALIBABA_Z, FAL_Z, price

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def endpoint(*prices: PriceSheet, key: str = "fal/heron") -> EndpointSheet:
    provider = Named(slug="fal", name="fal.ai")
    return EndpointSheet(key=key, provider=provider, provider_model_id="x", modes=("text-to-image",), prices=prices)


@pytest.mark.parametrize(
    ("theirs", "ours", "drifting"),
    [
        pytest.param(FAL_Z, FAL_Z, [], id="alike"),
        pytest.param([price("megapixel", "0.0050")], FAL_Z, [], id="what the other leaves out is no drift"),
        pytest.param([price("megapixel", "0.006")], FAL_Z, ["0.006"], id="another amount"),
        pytest.param(ALIBABA_IMPORTED, ALIBABA_Z, [], id="a card cannot say when each holds"),
        pytest.param([price("image", "0.020")], ALIBABA_Z, ["0.020"], id="neither of ours"),
        pytest.param([price("image", "0.005")], FAL_Z, ["0.005"], id="by image instead of by megapixel"),
        pytest.param(
            [price("token", "30", unit_size=Decimal(1_000_000))],
            [price("token", "0.03", unit_size=Decimal(1_000))],
            [],
            id="the same in other units",
        ),
        pytest.param(
            [price("image", "0.03", when={"prompt_extend": False})], ALIBABA_Z, ["0.03"], id="under that condition"
        ),
        pytest.param([price("image", "0.02", valid_to=NOW)], ALIBABA_Z, [], id="theirs is over"),
    ],
)
def test_which_prices_drift(theirs, ours, drifting) -> None:
    found = compare_prices([endpoint(*theirs)], {"fal/heron": endpoint(*ours)}, NOW)
    assert [str(one.theirs.amount_usd) for one in found.drifts] == drifting


def test_endpoints_only_they_know_are_named() -> None:
    found = compare_prices([endpoint(*FAL_Z, key="fal/other")], {"fal/heron": endpoint(*FAL_Z)}, NOW)
    assert (found.drifts, found.compared, found.unknown) == ((), 0, ("fal/other",))


@pytest.fixture
def heron(db) -> None:
    store(make_sheet(endpoints=(make_endpoint_sheet(prices=(make_price("0.02"),), modes=("text-to-image",)),)))


def document(amount: str) -> str:
    stated = make_endpoint_sheet(prices=(make_price(amount),), modes=("text-to-image",))
    return write_toml(make_sheet(endpoints=(stated,)))


def test_the_command_tells_each_drift_and_ends_with_an_error(heron, tmp_path) -> None:
    file = tmp_path / "heron.toml"
    file.write_text(document("0.03"))
    out = StringIO()
    with pytest.raises(CommandError, match="1 price disagrees"):
        call_command("price_drift", str(file), stdout=out)
    assert "fal/heron: $0.030/image there, $0.020/image here" in out.getvalue()
    file.write_text(document("0.02"))
    call_command("price_drift", str(file), stdout=out)
    assert "1 prices compared, 0 disagree" in out.getvalue()


def test_the_page_compares_an_uploaded_file_and_lists_unchecked_prices(heron, client) -> None:
    assert client.get("/ops/prices").status_code == 302
    client.force_login(User.objects.create_superuser("ada", password="x"))
    text = client.get("/ops/prices").content.decode()
    assert "never" in text
    answer = client.post("/ops/prices", {"document": SimpleUploadedFile("heron.toml", document("0.03").encode())})
    assert "1 price compared, 1 disagrees" in answer.content.decode()
    assert "$0.030/image" in answer.content.decode()


def test_a_document_that_is_none_is_refused_in_words(heron, client) -> None:
    client.force_login(User.objects.create_superuser("ada", password="x"))
    answer = client.post("/ops/prices", {"document": SimpleUploadedFile("x.toml", b"slug = ")})
    assert answer.status_code == 422
    assert "is not TOML" in answer.content.decode()
