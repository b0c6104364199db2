"""Keys: shown once, kept as a hash, deny by default, ended at once."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from providers.accounts.api_keys import create_api_key, revoke_api_key
from providers.accounts.key_format import FORM, live_key, read_key_text
from providers.models import ApiKey, BudgetCap
from tests.arena.factories import make_staff

pytestmark = pytest.mark.django_db


def test_only_a_hash_of_the_secret_is_kept() -> None:
    made = create_api_key("laptop")
    secret = made.text.partition(".")[2]
    kept = ApiKey.objects.values().get()
    assert FORM.fullmatch(made.text)
    assert secret not in str(kept)
    assert secret not in repr(made)
    assert kept["secret_sha256"] == read_key_text(made.text).secret_sha256


def test_a_key_is_found_by_its_text_and_names_its_scopes() -> None:
    made = create_api_key("reader", scopes=["requests:read"])
    assert live_key(f"Bearer {made.text}") == made.row
    key = live_key(f"bearer {made.text}")
    assert key is not None
    assert key.scopes == ["requests:read"]


@pytest.mark.parametrize("spoiled", ["", "Bearer", "Basic {}", "{}", "Bearer {}x", "Bearer lb_x.y", "Bearer {} {}"])
def test_anything_else_is_no_key(spoiled: str) -> None:
    made = create_api_key("laptop")
    assert live_key(spoiled.format(made.text, made.text)) is None


def test_another_secret_with_a_known_id_is_refused() -> None:
    ours, theirs = create_api_key("ours"), create_api_key("theirs")
    crossed = f"lb_{ours.row.public_id}.{theirs.text.partition('.')[2]}"
    assert live_key(f"Bearer {crossed}") is None


def test_a_revoked_key_and_an_expired_one_are_dead() -> None:
    revoked, expired = create_api_key("a"), create_api_key("b", expires_at=timezone.now() - timedelta(seconds=1))
    assert revoke_api_key(revoked.row)
    assert not revoke_api_key(revoked.row)
    assert live_key(f"Bearer {revoked.text}") is None
    assert live_key(f"Bearer {expired.text}") is None


def test_a_scope_that_does_not_exist_is_refused_by_the_table() -> None:
    with pytest.raises(IntegrityError):
        create_api_key("laptop", scopes=["everything"])


def test_the_command_prints_the_key_alone_on_its_last_line() -> None:
    out = StringIO()
    call_command("create_api_key", "laptop", "--budget", "2.5", stdout=out)
    text = out.getvalue().splitlines()[-1]
    key = live_key(f"Bearer {text}")
    assert key is not None
    assert BudgetCap.objects.get(scope="key", subject=key.public_id).usd_per_day == Decimal("2.5")


def test_without_a_budget_a_key_may_spend_five_dollars_a_day() -> None:
    made = create_api_key("laptop")
    assert BudgetCap.objects.get(scope="key", subject=made.row.public_id).usd_per_day == 5


@pytest.mark.parametrize("budget", ["-1", "much", "NaN", "1e9"])
def test_a_budget_that_is_no_amount_is_refused(budget: str) -> None:
    with pytest.raises(CommandError, match="allowed are dollars"):
        call_command("create_api_key", "laptop", f"--budget={budget}")


def test_the_command_ends_a_key_by_its_id() -> None:
    made = create_api_key("laptop")
    out = StringIO()
    call_command("revoke_api_key", f"lb_{made.row.public_id}", stdout=out)
    assert "revoked" in out.getvalue()
    assert live_key(f"Bearer {made.text}") is None
    with pytest.raises(CommandError, match="there is no key"):
        call_command("revoke_api_key", "lb_nobody")


def test_the_admin_shows_a_new_key_once(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    form = {"name": "shop", "scopes": ["images"], "calls_per_minute": "60", "usd_per_day": "3"}
    page = client.post("/admin/providers/apikey/add/", form, follow=True).content.decode()
    text = FORM.search(page)[0]
    assert live_key(f"Bearer {text}").name == "shop"
    assert text not in client.get("/admin/providers/apikey/").content.decode()
    changed = {**form, "name": "shop two", "usd_per_day": "4"}
    key = ApiKey.objects.get()
    assert client.post(f"/admin/providers/apikey/{key.pk}/change/", changed).status_code == 302
    assert BudgetCap.objects.get(scope="key").usd_per_day == 4
    assert live_key(f"Bearer {text}").name == "shop two"


def test_the_admin_gives_no_scope_that_its_user_may_not_give(client: Client) -> None:
    client.force_login(make_staff("add_apikey", "change_apikey", "view_apikey"))
    form = {"name": "shop", "scopes": ["entries:write"], "calls_per_minute": "60", "usd_per_day": "3"}
    assert "is not one of the available choices" in client.post("/admin/providers/apikey/add/", form).content.decode()
    without, holding = create_api_key("a", scopes=["images"]).row, create_api_key("b", scopes=["entries:write"]).row
    codes = [client.post(f"/admin/providers/apikey/{one.pk}/change/", form).status_code for one in (without, holding)]
    assert codes == [200, 302]
    assert sorted(ApiKey.objects.values_list("name", "scopes")) == [("a", ["images"]), ("shop", ["entries:write"])]
