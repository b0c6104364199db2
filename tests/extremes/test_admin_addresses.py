"""No address under /admin is an error of ours, whatever row it names: registered tables and all that have a type."""

from itertools import product

import pytest
from django.contrib.admin import site as admin_site
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from arena.models import StoredImage, Vote
from providers.models import ImageModel
from tests.accounts.factories import make_operator
from tests.arena.factories import make_votes
from tests.dispatch.factories import make_account, make_endpoint, make_intent
from tests.voting.factories import make_contest

pytestmark = pytest.mark.django_db
SCREENS = ("", "history/", "delete/", "history/?p=²")
FEW_IDS = ("999999", "abc", "1_0", "²", str(2**63))
IDS = ("999999", "0", "-1", "abc", "1_0", "²", "１", "1.0", str(2**63), "9" * 5000, "_5F", "a/b", "%2e%2e", "😀")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_operator())
    competition, models = make_contest()
    make_votes(competition, (models[0], models[1], "left", 2))
    endpoint = make_endpoint()
    make_account(endpoint.provider)
    make_intent(endpoint)
    return client


def test_every_row_of_every_type_has_a_page_or_none(operator: Client) -> None:
    wrong = []
    types = list(ContentType.objects.all())
    assert {"operations", "imagemodel", "session"} <= {one.model for one in types}
    for kind in types:
        model = kind.model_class()
        rows = model._default_manager.values_list("pk", flat=True)[:2] if model and model._meta.managed else ()
        for key in (*map(str, rows), *IDS, "1"):
            answer = operator.get(f"/admin/r/{kind.pk}/{key}/")
            if answer.status_code not in {302, 404}:
                wrong.append((kind, key[:20], answer.status_code))
    for kind, key in product(IDS, ("1", "abc")):
        if operator.get(f"/admin/r/{kind}/{key}/").status_code != 404:
            wrong.append((kind[:20], key))
    assert wrong == []


def test_a_model_is_shown_on_the_site(operator: Client) -> None:
    model = ImageModel.objects.first()
    kind = ContentType.objects.get_for_model(ImageModel)
    answer = operator.get(f"/admin/r/{kind.pk}/{model.pk}/")
    assert answer.status_code == 302
    assert answer["Location"] == f"http://testserver{model.get_absolute_url()}"


def test_every_screen_of_every_table_answers_for_any_row(operator: Client) -> None:
    wrong = []
    assert StoredImage.objects.exists()
    assert Vote.objects.exists()
    for model in admin_site._registry:
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = [str(key) for key in model._default_manager.values_list("pk", flat=True)[:1]]
        for key, screen in (*product(IDS, ("change/",)), *product((*rows, *FEW_IDS), SCREENS)):
            answer = operator.get(f"{place}{key}/{screen}")
            if answer.status_code >= 500 or (key in rows and answer.status_code not in {200, 302, 403}):
                wrong.append((place, key[:20], screen, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    "query",
    ["p=²", "p=1_0", "p=-1", "o=９", "o=1.x", "o=-99", "all=x", "q=%F0%9F%98%80", "id__exact=1_0", "id__in=x", "e=1"],
)
def test_every_list_answers_any_query(operator: Client, query: str) -> None:
    addresses = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/?{query}" for model in admin_site._registry]
    assert [(one, got) for one in addresses if (got := operator.get(one).status_code) not in {200, 302, 400}] == []


def test_the_sites_own_addresses(operator: Client) -> None:
    for address in ("jsi18n/", "autocomplete/", "r/", "auth/", "nowhere/", "password_change/", "auth/user/²/password/"):
        assert operator.get(f"/admin/{address}").status_code < 500, address
    for model in admin_site._registry:
        names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        for field, page in product([one.name for one in model._meta.get_fields()], ("1", "²", "1_0")):
            query = {**names, "field_name": field, "term": "a", "page": page}
            assert operator.get("/admin/autocomplete/", query).status_code < 500, query
