"""Formats of pictures that come with an edit."""

from pathlib import Path

import pytest

from tests.gateway.client import Providers, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
HEIC = Path(__file__).resolve().parents[1] / "data" / "heic"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


@pytest.mark.parametrize(("name", "leaves"), [("plain", "image/jpeg"), ("transparent", "image/png")])
def test_a_heic_of_an_edit_leaves_as_what_providers_take(name: str, leaves: str) -> None:
    make_sellers("alpha", modes=("image-edit",))
    content = (HEIC / f"{name}.heic").read_bytes()
    providers = Providers()
    told = with_gateway(providers, lambda client: client.edit([("image", content)], size="64x48"))
    assert told.status == 200
    assert f"Content-Type: {leaves}".encode() in providers.asked[0].content


def test_what_is_no_picture_is_refused_by_the_name_of_its_part() -> None:
    make_sellers("alpha", modes=("image-edit",))
    told = with_gateway(Providers(), lambda client: client.edit([("image", b"%PDF-1.7")]))
    assert (told.status, told.error["param"]) == (400, "image")
    assert told.error["message"] == "image: The file is not a PNG, JPEG, WebP, AVIF, HEIC or GIF image."
