"""Text, numbers and moments that no column holds: refused in words at every entry point, never an error of ours."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.db import models
from django.test import Client

from providers.plain_values import aware_moment, decimal_number, is_plain_text, whole_number
from providers.telemetry.sample_rows import Allowed, KnownEndpoint, RowRefused, read_row
from tests.arena.factories import make_competition

pytestmark = pytest.mark.django_db
NINES = "9" * 5000
NO_NUMBERS = ("", "1_0", "²", "１２", "٣", "+1", " 1", "1.0", "1e3", "0x10", "NaN", "inf", NINES, str(2**63))


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_only_digits_are_a_whole_number(text: str) -> None:
    assert whole_number(text) is None


def test_bounds_of_whole_numbers() -> None:
    assert whole_number("0") == 0
    assert whole_number(str(2**63 - 1)) == 2**63 - 1
    assert whole_number("-3") is None
    assert whole_number("-3", -5) == -3


@pytest.mark.parametrize("text", ["", "1_0", "１", "NaN", "Infinity", "-inf", "sNaN", "1,5", "1 000", NINES, "1e9999"])
def test_no_decimal(text: str) -> None:
    assert decimal_number(text) is None


@pytest.mark.parametrize("text", ["5e-05", "0.005", "12", ".5", "1.", "1E2", "-0"])
def test_decimals_as_programs_write_them(text: str) -> None:
    assert decimal_number(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "2026-11-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "２０２６-11-01T00:00:00Z",
        "2026-11-01T00:00:00+25:00",
        "now",
        "",
    ],
)
def test_no_moment(text: str) -> None:
    assert aware_moment(text) is None


def test_moments_come_in_utc() -> None:
    assert aware_moment("2026-11-01T01:30:00+01:30") == datetime(2026, 11, 1, tzinfo=UTC)
    assert aware_moment("9998-12-31T23:59:59-14:00") is not None
    assert aware_moment("0002-01-01T00:00:00+14:00") is not None


def test_plain_text() -> None:
    assert is_plain_text("Ünïcödé 😀")
    assert not any(map(is_plain_text, ("a\0", "\ud800", "a\udfff")))


ANYBODY = (
    ("/leaderboards/%00", 404),
    ("/images/%00", 404),
    ("/competitions/%00", 404),
    ("/models/%00", 404),
    ("/providers/%00", 404),
    ("/docs/%00", 404),
    ("/leaderboards/a?q=%00", 400),
    ("/search?q=a%00b", 400),
    ("/gallery?model=%00", 400),
    ("/compare?models=%00", 400),
    ("/leaderboards?%00=1", 400),
    ("/api/v1/leaderboards/%00", 404),
    ("/api/v1/models?q=%00", 400),
    ("/api/v1/competitions?category=%00", 400),
    ("/api/v1/competitions?sort=title&limit=2&cursor=WyJ0aXRsZSIsICJcdWQ4MDAiLCAieCJd", 400),
    (
        "/api/v1/competitions?sort=created_at&cursor=WyJjcmVhdGVkX2F0IiwgIjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAiLCAieCJd",
        400,
    ),
    ("/api/v1/competitions?limit=1_0", 400),
    ("/api/v1/competitions?limit=" + NINES, 400),
    ("/api/v1/performance?from=0001-01-01T00:00:00%2B14:00&to=0001-01-02T00:00:00Z", 400),
    ("/api/v1/performance?from=9999-12-31T23:30:00Z&to=9999-12-31T23:59:59Z", 400),
    ("/api/v1/performance?from=2026-11-01T00:00:00Z&to=9999-12-31T23:59:59-14:00", 400),
    ("/api/v1/incidents?from=0001-01-01T00:00:00%2B14:00&to=0001-01-02T00:00:00Z", 400),
    ("/api/v1/incidents?from=9999-12-31T23:30:00Z&to=9999-12-31T23:59:59Z", 400),
    ("/analytics?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00", 200),
)


@pytest.mark.parametrize(("address", "status"), ANYBODY)
def test_anybody_may_ask_for_anything(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "1_0"])
def test_a_boards_moment_at_the_ends_of_the_calendar_is_refused_in_words(client: Client, moment: str) -> None:
    answer = client.get(f"/api/v1/leaderboards/mode-text-to-image?at={moment}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("at: ")


def test_a_frames_width_of_5000_digits_bounds_nothing(client: Client) -> None:
    board = "http://127.0.0.1:8000/leaderboards/mode-text-to-image"
    for width in (NINES, "²", "1_0", "0"):
        assert client.get("/oembed", {"url": board, "maxwidth": width}).status_code in {200, 404}


ROW = {
    "endpoint": "a/b",
    "mode": "text-to-image",
    "started_at": "2026-11-25T08:30:00Z",
    "ttfb_ms": 1,
    "total_ms": 2,
    "status": "ok",
    "cost_usd": "0.1",
}
ALLOWED = Allowed(
    {"a/b": KnownEndpoint(1, ("text-to-image",))},
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("started_at", "9999-12-31T23:59:59-14:00"),
        ("started_at", "2026-11-25T08:30:00"),
        ("cost_usd", "1_0"),
        ("cost_usd", "１０"),
        ("cost_usd", "NaN"),
        ("cost_usd", "1e-10"),
        ("cost_usd", 1e-12),
        ("cost_usd", True),
        ("cost_usd", NINES),
        ("megapixels", "0.0000000001"),
        ("total_ms", "1_0"),
        ("total_ms", "²"),
        ("total_ms", "１２"),
        ("total_ms", NINES),
        ("total_ms", 1.5),
    ],
)
def test_a_samples_cell_that_is_no_number_or_moment_is_refused(field: str, value: object) -> None:
    with pytest.raises(RowRefused) as refused:
        read_row({**ROW, field: value}, ALLOWED)
    assert refused.value.field == field


def test_costs_down_to_a_billionth_are_stored_as_they_are() -> None:
    for text in ("0", "0.000000001", "5e-05"):
        assert read_row({**ROW, "cost_usd": text}, ALLOWED).cost_usd == Decimal(text)


BAD_KEYS = ("abc", "0", "²", "\0", NINES[:400], str(2**63), "")
FORMS = [(model, admin) for model, admin in admin_site._registry.items() if model._meta.app_label != "auth"]


@pytest.mark.parametrize(("model", "admin"), FORMS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_foreign_key_that_is_no_number_is_said_beside_its_field(operator: Client, model, admin) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
    keys = [
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
    ]
    for bad in BAD_KEYS:
        answer = operator.post(address, dict.fromkeys(keys, bad))
        assert answer.status_code in {200, 400, 403}, (keys, bad)
        assert operator.get(address, dict.fromkeys(keys, bad)).status_code in {200, 400, 403}


@pytest.mark.parametrize("page", ["generate", "schedules/new"])
def test_a_model_that_is_no_number_is_not_planned(operator: Client, page: str) -> None:
    competition = make_competition()
    for bad in BAD_KEYS:
        answer = operator.get(f"/ops/competitions/{competition.public_id}/{page}", {"model": bad, "endpoint-1": bad})
        assert answer.status_code in {200, 400, 404, 409}, bad


@pytest.mark.parametrize("address", ["/nowhere", "/ops/runs/x/progress", "/vote", "/api/v1/nowhere", "/docs/nowhere"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=\u00e9", b"x"),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 3_000_000),
    ],
)
def test_a_form_that_cannot_be_read_is_no_error_of_ours(address: str, kind: str, body: bytes) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.generic("POST", address, body, content_type=kind)
    assert 400 <= answer.status_code < 500
