"""A second factor: turned on with the password and a code, asked for at each log-in, lost and removed, required."""

import re
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from lumenboard.counters import forget_counters
from tests.accounts.factories import PASSWORD, code_of, log_in, make_operator, turn_on
from tests.arena.factories import make_staff

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor"


@pytest.fixture(autouse=True)
def operator(settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_counters()
    return make_operator()


def logged_in() -> Client:
    client = Client()
    assert log_in(client).status_code == 302
    return client


def submit(client: Client, action: str, code: str, password: str = PASSWORD):
    return client.post(PAGE, {"action": action, "password": password, "code": code})


def test_it_is_turned_on_with_the_password_and_a_code_and_asked_for_from_then_on(operator: User) -> None:
    client = logged_in()
    page = client.get(PAGE)
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    app = TOTPDevice.objects.get()
    assert submit(client, "on", code_of(app.bin_key), password="wrong").status_code == 400
    assert not TOTPDevice.objects.get().confirmed
    shown = submit(client, "on", code_of(app.bin_key)).content.decode()
    codes = re.findall(r"<li><code>(\w{8})</code>", shown)
    assert len(set(codes)) == 10
    assert client.get("/ops").status_code == 200, "the session that turned it on goes on"
    assert log_in(Client()).status_code == 200
    assert "has a second factor" in log_in(Client()).content.decode()
    assert log_in(Client(), code=code_of(app.bin_key, steps=1)).status_code == 302
    again = Client()
    assert log_in(again, code=codes[0].upper()).status_code == 302
    assert again.get("/ops").status_code == 200
    assert log_in(Client(), code=codes[0]).status_code == 200, "a recovery code works once"


def test_whoever_asks_is_known_in_two_queries(django_assert_num_queries) -> None:
    """The session; the account with its devices, its permissions and those of its groups."""
    staff = make_staff()
    group = Group.objects.create(name="deciders")
    group.permissions.add(Permission.objects.get(codename="change_voteflag"))
    staff.groups.add(group)
    staff.set_password(PASSWORD)
    staff.save()
    key, _ = turn_on(staff)
    client = Client()
    assert log_in(client, staff.username, code=code_of(key, steps=1)).status_code == 302
    with django_assert_num_queries(2):
        user = client.get("/robots.txt").wsgi_request.user
        assert user.has_perm("arena.see_operations")
        assert user.has_perm("arena.change_voteflag")
        assert not user.has_perm("arena.delete_voteflag")


def test_a_code_works_once_and_wrong_ones_are_slowed_down(operator: User) -> None:
    key, _ = turn_on(operator)
    assert log_in(Client(), code=code_of(key)).status_code == 200, "it was used to turn it on"
    answers = [log_in(Client(), code=f"{n:06d}", host=f"198.51.{n}.1").status_code for n in range(8)]
    assert 302 not in answers
    assert TOTPDevice.objects.get().throttling_failure_count >= 1


def test_wrong_codes_count_as_log_ins_that_failed(operator: User) -> None:
    turn_on(operator)
    assert [log_in(Client(), code="recovery").status_code for _ in range(6)] == [200] * 5 + [429]


def test_sessions_of_before_end_with_it_on_every_page(operator: User) -> None:
    before = logged_in()
    assert before.get("/ops").status_code == before.get("/admin/").status_code == 200
    turn_on(operator)
    for page in ("/ops", "/ops/keys", "/admin/", PAGE):
        assert before.get(page)["Location"].startswith("/admin/login/"), page
    assert before.post("/ops/keys/new", {}).status_code == 302


def test_recovery_codes_are_renewed_and_it_is_turned_off(operator: User) -> None:
    _, codes = turn_on(operator)
    client = Client()
    assert log_in(client, code=codes[0]).status_code == 302
    assert "Recovery codes left: <b>9</b>" in client.get(PAGE).content.decode()
    assert submit(client, "renew", "123").status_code == 400
    StaticToken.objects.first().device.throttle_reset()
    new = re.findall(r"<li><code>(\w{8})</code>", submit(client, "renew", codes[1]).content.decode())
    assert len(new) == 10
    assert set(new).isdisjoint(codes)
    assert submit(client, "off", new[0]).status_code == 303
    assert log_in(Client()).status_code == 302
    assert TOTPDevice.objects.filter(confirmed=True).count() == StaticToken.objects.count() == 0


def test_a_lost_one_is_removed_by_a_command(operator: User) -> None:
    turn_on(operator)
    out = StringIO()
    call_command("remove_second_factor", "operator", stdout=out)
    assert "operator is removed" in out.getvalue()
    assert log_in(Client()).status_code == 302
    for name in ("operator", "nobody"):
        with pytest.raises(CommandError):
            call_command("remove_second_factor", name)


def test_where_it_is_required_staff_is_led_to_turning_it_on_first(settings, operator: User) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client = logged_in()
    for page in ("/ops", "/ops/keys", "/admin/", "/admin/arena/vote/"):
        assert client.get(page)["Location"] == f"{PAGE}?next={page}"
    assert client.get(f"{PAGE}?next=/ops/keys").status_code == 200
    app = TOTPDevice.objects.get()
    shown = client.post(PAGE, {"action": "on", "password": PASSWORD, "code": code_of(app.bin_key), "next": "/ops/keys"})
    assert 'href="/ops/keys"' in shown.content.decode()
    assert client.get("/ops").status_code == 200
    assert submit(client, "off", code_of(app.bin_key, steps=1)).status_code == 400


def test_the_page_is_for_staff_and_leads_nowhere_else(operator: User) -> None:
    assert Client().get(PAGE)["Location"].startswith("/admin/login/?next=")
    client = Client()
    client.force_login(User.objects.create_user("visitor"))
    assert client.get(PAGE).status_code == 302
    client.force_login(make_staff())
    assert 'href="/ops"' in client.get(f"{PAGE}?next=https://elsewhere.example/").content.decode()


def test_a_visitor_pays_nothing_for_it(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        Client().get("/docs")


def test_the_keys_of_apps_are_on_no_page_of_the_admin(operator: User) -> None:
    client = logged_in()
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert client.get("/admin/").status_code == 200
