"""From an opened invitation to a member: with an account, with a new one, or by a proven address."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from arena.models import Invitation, Study
from arena.studies.invitations import invite_by_link, invite_by_mail, revoke
from tests.studies.factories import PASSWORD, Worker, a_study, client_of, mailed_links, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return a_study(make_account("owner"), status="open")


def link_to(study: Study, role: str = "rater", **more: Any) -> str:
    return f"/invitations/{invite_by_link(study, role, study.memberships.get(role='owner').account_id, **more)[1]}"


def mailed_to(study: Study, worker: Worker, address: str = "cid@example.org") -> str:
    from lumenboard.accounts.mails import mail_invitation

    made = invite_by_mail(study, "rater", study.memberships.get(role="owner").account_id, address)
    assert mail_invitation(made.pk)
    return mailed_links()[-1]


def test_a_stranger_makes_an_account_and_is_in(study: Study) -> None:
    client, link = Client(), link_to(study)
    page = client.get(link)
    assert (page.status_code, page["X-Robots-Tag"]) == (200, "noindex")
    assert study.question in page.content.decode()
    assert client.post(link, {"name": "Bea Smith", "password": PASSWORD}).status_code == 400
    assert client.post(link, {"name": "bea", "password": "password"}).status_code == 400
    answer = client.post(link, {"name": "bea", "password": PASSWORD})
    assert answer["Location"] == study.get_absolute_url()
    assert client.get(study.get_absolute_url()).status_code == 200
    member = study.memberships.get(account__username="bea")
    assert (member.role, str(member.voter)) == ("rater", str(member.voter.public_id))  # type: ignore[union-attr]
    again = Client().post("/log-in", {"username": "bea", "password": PASSWORD})
    assert again.status_code == 303


def test_a_taken_name_uses_nothing_up(study: Study) -> None:
    link = link_to(study)
    answer = Client().post(link, {"name": "owner", "password": PASSWORD})
    assert answer.status_code == 409
    assert "taken" in answer.content.decode()
    assert Invitation.objects.get().uses == 0


def test_who_is_logged_in_joins_by_a_button(study: Study) -> None:
    bea, link = make_account("bea"), link_to(study)
    client = client_of(bea)
    assert "Join as bea" in client.get(link).content.decode()
    assert not study.memberships.filter(account=bea).exists()
    assert client.post(link)["Location"] == study.get_absolute_url()
    assert study.memberships.filter(account=bea).exists()
    assert client_of(make_account("dan")).post(link).status_code == 410


def test_a_member_of_a_study_that_has_not_begun_is_led_to_the_list(study: Study) -> None:
    Study.objects.update(status="draft")
    assert Client().post(link_to(study), {"name": "bea", "password": PASSWORD})["Location"] == "/studies"
    assert Client().post(link_to(study, "editor"), {"name": "cid", "password": PASSWORD})["Location"] != "/studies"


def test_what_works_no_more_names_nothing(study: Study) -> None:
    link = link_to(study)
    revoke(study, Invitation.objects.get().pk, study.memberships.get().account_id)
    answer = Client().get(link)
    assert answer.status_code == 410
    assert study.title not in answer.content.decode()
    assert Client().get("/invitations/guessed").status_code == Client().post("/invitations/guessed").status_code == 404


def test_whoever_was_invited_by_mail_has_proven_the_address(study: Study, mail_worker: Worker) -> None:
    link = mailed_to(study, mail_worker)
    client = Client()
    assert client.post(link, {"password": PASSWORD})["Location"] == study.get_absolute_url()
    user = User.objects.get(username="cid@example.org")
    assert user.email == "cid@example.org"
    client.post("/log-out")
    client.post("/log-in/link", {"address": "cid@example.org"})
    mail_worker.run()
    assert client.post(mailed_links()[-1]).status_code == 303


def test_an_invited_address_that_has_an_account_logs_in(study: Study, mail_worker: Worker) -> None:
    make_account("cid", "cid@example.org")
    link = mailed_to(study, mail_worker)
    answer = Client().post(link, {"password": PASSWORD})
    assert answer.status_code == 409
    assert "Log in" in answer.content.decode()


def test_without_a_password_a_mailed_link_makes_the_account(study: Study, mail_worker: Worker) -> None:
    link, client = link_to(study), Client()
    assert client.post(f"{link}/address", {"address": "Bea@example.org"}).status_code == 200
    assert mail_worker.run() == [True]
    (join,) = mailed_links()
    assert client.get(join).status_code == 200
    assert not User.objects.filter(email="bea@example.org").exists()
    assert client.post(join)["Location"] == study.get_absolute_url()
    user = User.objects.get(email="bea@example.org")
    assert (user.username, user.has_usable_password()) == ("bea@example.org", False)
    assert Client().post(join).status_code == 410, "the invitation was for one"


def test_an_address_with_an_account_is_mailed_a_log_in_and_the_page_does_not_tell(
    study: Study, mail_worker: Worker
) -> None:
    bea = make_account("bea", "bea@example.org")
    link, client = link_to(study), Client()
    known = client.post(f"{link}/address", {"address": "bea@example.org"})
    unknown = client.post(f"{link}/address", {"address": "new@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert mail_worker.run() == [True, True]
    path, _, after = mailed_links()[0].partition("?next=")
    assert path.startswith("/log-in/")
    assert client.post(path, {"next": link})["Location"] == link
    client.post(link)
    assert study.memberships.filter(account=bea).exists()
    assert after


def test_a_link_that_was_changed_or_is_old_makes_nothing(
    study: Study, mail_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().post(f"{link_to(study)}/address", {"address": "bea@example.org"})
    mail_worker.run()
    (join,) = mailed_links()
    assert Client().post(f"{join}x").status_code == 410
    now = __import__("time").time()
    monkeypatch.setattr("time.time", lambda: now + 16 * 60)
    assert Client().post(join).status_code == 410
    assert User.objects.count() == 1


def test_nobody_takes_an_address_that_is_not_theirs(study: Study, mail_worker: Worker) -> None:
    """An account made by a link that was passed on has no address until a mail has come there."""
    Client().post(link_to(study), {"name": "bea", "password": PASSWORD, "address": "victim@example.org"})
    assert User.objects.get(username="bea").email == ""
    assert mail.outbox == []
