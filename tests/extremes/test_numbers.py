"""`1_0` and digits of other scripts are numbers nowhere: fields of forms and parameters, found by walking them."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from lumenboard.api.routes import api
from lumenboard.pages.base import Paginator
from providers.number_fields import AmountField, MomentField, RowField, WholeNumberField
from tests.arena.factories import make_competition
from tests.extremes.every_form import APPS, ROOT, every_form

pytestmark = pytest.mark.django_db
NUMBERS = (forms.IntegerField, forms.DurationField)
MOMENTS = (forms.fields.BaseTemporalField, forms.SplitDateTimeField)
# A page may be asked for by text: in OpenAPI these parameters are strings whose text is a number.
NUMBERED = {"page", "limit", "offset", "days", "prior", "k"}


def number_fields() -> list[tuple[str, forms.Field]]:
    return [
        (f"{form}: {name}", field)
        for form, made in every_form().items()
        for name, field in made.base_fields.items()  # type: ignore[attr-defined]
        if isinstance(field, (*NUMBERS, *MOMENTS, forms.ModelChoiceField))
    ]


def wrong_for(field: forms.Field) -> list[Any]:
    if isinstance(field, forms.SplitDateTimeField):
        return [["２０２６-01-01", "12:00"], ["2026-01-01", "１２:00"], ["2_0", "1_0"]]
    if isinstance(field, forms.TimeField):
        return ["１２:00", "1_0"]
    if isinstance(field, MOMENTS):
        return ["２０２６-01-01", "2026-01-0１", "1_0"]
    texts = ["1_0", "１０", "٣", "²", "\u00a010"]
    return [[text] for text in texts] if isinstance(field, forms.ModelMultipleChoiceField) else list(texts)


def test_every_field_for_a_number_of_every_form_refuses_them(django_assert_num_queries: Any) -> None:
    fields = number_fields()
    assert len(fields) > 60
    taken = []
    for name, field in fields:
        for wrong in wrong_for(field):
            try:
                with django_assert_num_queries(0):
                    taken.append((name, wrong, field.clean(wrong)))
            except ValidationError as error:
                if isinstance(field, NUMBERS) and not re.search(r"is not a .*; allowed: ", error.messages[0]):
                    taken.append((name, wrong, error.messages[0]))
    assert "\n".join(map(str, taken)) == ""


def test_fields_take_numbers_as_people_write_them() -> None:
    assert WholeNumberField().clean(" 10 ") == 10
    assert WholeNumberField(min_value=-5).clean("-3") == -3
    assert AmountField().clean("0.50") == Decimal("0.50")
    assert MomentField().clean("2027-01-31T12:00") == datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert AmountField(required=False).clean("") is None


def test_a_row_is_not_found_by_another_spelling_of_its_number() -> None:
    competition = make_competition()
    field = RowField(type(competition).objects.all())
    assert field.clean(str(competition.pk)) == competition
    spelled = "".join(chr(ord(digit) + ord("０") - ord("0")) for digit in str(competition.pk))
    with pytest.raises(ValidationError):
        field.clean(spelled)


def test_a_wrong_number_at_admin_is_said_beside_its_field(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    answer = client.post("/admin/providers/budgetcap/add/", {"scope": "site", "usd_per_day": "1_0"})
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors["usd_per_day"]
    assert errors == ["“1_0” is not a number; allowed: " + AmountField.allowed + "."]


def parameters() -> list[tuple[str, str]]:
    """Addresses with every parameter that is a number, by its type or its name."""
    found = []
    for path, operations in api.get_openapi_schema()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            schema = parameter["schema"]
            kinds = {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", []))}
            if parameter["in"] == "query" and (kinds & {"integer", "number"} or parameter["name"] in NUMBERED):
                found.append((path, parameter["name"]))
    return found


@pytest.mark.parametrize(("path", "name"), parameters())
def test_every_parameter_of_the_api_that_is_a_number_refuses_them(client: Client, path: str, name: str) -> None:
    method = {"prior": "bradley-terry", "k": "elo"}.get(name)
    address = path.replace("{id}", "mode-text-to-image")
    for text in ("1_0", "１０", " 10 ", "+10", "٣"):
        answer = client.get(address, {name: text} | ({"method": method} if method else {}))
        assert answer.status_code in {400, 422}, (address, text)
        assert answer.json()["detail"].startswith(f"{name}: "), answer.json()["detail"]


def test_pages_of_lists_have_no_other_spelling() -> None:
    pages = Paginator(range(1000), 10)
    assert pages.get_page("10").number == 10
    assert [pages.get_page(text).number for text in ("1_0", "１０", "٣", " 10")] == [1, 1, 1, 1]


def test_nobody_reads_numbers_with_what_django_has() -> None:
    own = {"providers/number_fields.py", "lumenboard/pages/base.py"}
    django = re.compile(
        r"forms\.(Integer|Decimal|Float|Date|Time|DateTime|SplitDateTime|Duration)Field|core\.paginator"
    )
    wrong = [
        place
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if (place := path.relative_to(ROOT).as_posix()) not in own and django.search(path.read_text())
    ]
    assert wrong == []
