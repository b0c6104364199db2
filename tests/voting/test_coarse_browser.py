"""Of a voter's browser the site keeps a coarse device and a language without region, once, and a vote costs no more."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from arena.client import device_of, language_of
from arena.models import Voter
from tests.voting.factories import look, make_contest, send

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari"
AGENTS = {
    IPHONE: "phone",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36": "phone",
    "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36": "tablet",
    "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari": "tablet",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "desktop",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36": "desktop",
    "": "",
}


@pytest.mark.parametrize(("agent", "device"), AGENTS.items())
def test_devices_are_three(agent: str, device: str) -> None:
    assert device_of(RequestFactory().get("/", headers={"User-Agent": agent})) == device


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de-CH, en;q=0.8", "de"),
        ("PT-br", "pt"),
        ("gsw", "gsw"),
        (" en;q=0.5", "en"),
        ("*", ""),
        ("", ""),
        ("english-usa", ""),
        ("1a", ""),
        ("zh_TW", ""),
    ],
)
def test_languages_have_no_region(asked: str, language: str) -> None:
    assert language_of(RequestFactory().get("/", headers={"Accept-Language": asked})) == language


@pytest.mark.django_db
def test_they_are_of_the_first_visit_and_a_vote_asks_nothing_more() -> None:
    make_contest(models=4)
    client = Client(headers={"User-Agent": IPHONE, "Accept-Language": "fr-FR"})
    shown = look(client)
    voter = Voter.objects.get()
    assert (voter.device, voter.language, voter.group) == ("phone", "fr", "")
    with CaptureQueriesContext(connection) as asked:
        assert send(client, shown).status_code == 303
    assert not [query for query in asked if "device" in query["sql"]]
    other = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Accept-Language": "en"})
    other.cookies = client.cookies
    look(other)
    voter = Voter.objects.get()
    assert (voter.device, voter.language) == ("phone", "fr")


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"device": "iPhone 17"}, {"language": "de-"}, {"language": "DE"}])
def test_the_table_takes_nothing_finer(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Voter.objects.create(**{name: value[:8] if name == "device" else value[:3] for name, value in wrong.items()})
