"""The pages of a study: who sees which, and 404 for everybody else, as if it were not there."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from arena.models import Study
from arena.studies.people import add_member
from tests.studies.factories import Worker, a_member, a_study, client_of, mailed_links, make_account, make_maker

pytestmark = pytest.mark.django_db
PAGES = {"": "see", "/edit": "edit", "/people": "people", "/people/record": "people"}
POSTS = {
    "/edit": "edit",
    "/people/invite": "people",
    "/people/1/role": "people",
    "/people/1/remove": "people",
    "/invitations/1/revoke": "people",
    "/invitations/1/mail": "people",
}
MAY = {"owner": {"see", "edit", "people"}, "editor": {"see", "edit"}, "analyst": {"see"}, "rater": {"see"}, "": set()}
FORM = {"title": "Posters", "question": "Which would you hang up?", "visibility": "members", "status": "open"}


@pytest.fixture
def study() -> Study:
    return a_study(make_maker(), status="open", instructions="Look at the **hands**.")


def opened(client: Client, study: Study) -> set[str]:
    """The pages that answer; all others are 404."""
    answers = {path: client.get(f"{study.get_absolute_url()}{path}").status_code for path in PAGES}
    assert set(answers.values()) <= {200, 404}
    return {path for path, status in answers.items() if status == 200}


@pytest.mark.parametrize("role", list(MAY))
def test_each_role_opens_its_pages_and_no_other(study: Study, role: str) -> None:
    user = a_member(study, role)[0] if role else make_account()
    client = client_of(user)
    assert opened(client, study) == {path for path, right in PAGES.items() if right in MAY[role]}
    for path, right in POSTS.items():
        status = client.post(f"{study.get_absolute_url()}{path}", {}).status_code
        assert (status == 404) or right in MAY[role], path


def test_without_a_log_in_there_is_nothing(study: Study) -> None:
    answers = [Client().get(address) for address in (study.get_absolute_url(), "/studies/nonesuch2345")]
    assert {answer.status_code for answer in answers} == {404}
    assert study.title not in answers[0].content.decode()


def test_a_draft_is_seen_by_those_who_prepare_it(study: Study) -> None:
    Study.objects.update(status="draft")
    seen = {role: bool(opened(client_of(a_member(study, role)[0]), study)) for role in MAY if role}
    assert seen == {"owner": True, "editor": True, "analyst": False, "rater": False}
    rater = client_of(User.objects.get(username="rater"))
    assert study.title not in rater.get("/studies").content.decode()
    Study.objects.update(visibility="public")
    assert Client().get(study.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(("visibility", "status"), [("members", 404), ("link", 200), ("public", 200)])
def test_the_words_of_an_open_study_are_seen_as_it_says(study: Study, visibility: str, status: int) -> None:
    Study.objects.update(visibility=visibility)
    answer = Client().get(study.get_absolute_url())
    assert answer.status_code == status
    assert answer["X-Robots-Tag"] == "noindex" if status == 200 else True
    assert opened(Client(), study) == ({""} if status == 200 else set())


def test_the_list_holds_ones_own(study: Study, django_assert_max_num_queries: Any) -> None:
    a_study(make_account("bea"), "Covers", status="open")
    rater, _ = a_member(study, "rater")
    client = client_of(rater)
    with django_assert_max_num_queries(5):  # session, account, count, rows, and once a second when boards were computed
        page = client.get("/studies").content.decode()
    assert "Posters" in page
    assert "Covers" not in page


def test_a_study_page_takes_few_queries(study: Study, django_assert_max_num_queries: Any) -> None:
    client = client_of(a_member(study, "rater")[0])
    with django_assert_max_num_queries(4):
        page = client.get(study.get_absolute_url())
    assert "<strong>hands</strong>" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_operators_see_every_study_and_change_it_with_the_permission(study: Study) -> None:
    operator = make_account("operator", is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="see_operations"))
    assert opened(client_of(operator), study) == {""}
    operator.user_permissions.add(Permission.objects.get(codename="change_study"))
    assert opened(client_of(operator), study) == set(PAGES)


def test_a_study_is_made_by_operators_with_the_permission() -> None:
    assert client_of(make_account()).get("/studies/new").status_code == 404
    maker = client_of(make_maker())
    assert maker.post("/studies/new", {**FORM, "title": ""}).status_code == 400
    answer = maker.post("/studies/new", FORM)
    study = Study.objects.get()
    assert answer["Location"] == f"{study.get_absolute_url()}/people"
    assert [(member.account.username, member.role) for member in study.memberships.all()] == [("maker", "owner")]
    assert maker.post(f"{study.get_absolute_url()}/edit", {**FORM, "title": "Covers"}).status_code == 303
    assert Study.objects.get().title == "Covers"


def save(study: Study, user: User, **changes: str) -> tuple[int, Study]:
    """The form as it comes with these changes; its answer, and what is stored then."""
    form = {**FORM, "visibility": study.visibility, "status": study.status, **changes}
    status = client_of(user).post(f"{study.get_absolute_url()}/edit", form).status_code
    return status, Study.objects.get(pk=study.pk)


@pytest.mark.parametrize("status", ["draft", "open"])
def test_an_editor_changes_words_and_not_who_sees_them(study: Study, status: str) -> None:
    Study.objects.update(status=status)
    editor, _ = a_member(study, "editor")
    page = client_of(editor).get(f"{study.get_absolute_url()}/edit").content.decode()
    assert 'name="question"' in page
    assert not any(f'name="{name}"' in page for name in ("visibility", "status"))
    answer, stored = save(study, editor, title="Covers", visibility="link", status="closed")
    assert (answer, stored.title, stored.visibility, stored.status) == (303, "Covers", "members", status)


def test_an_owner_shows_a_study_by_link_and_an_operator_to_everybody(study: Study) -> None:
    owner, _ = a_member(study, "owner")
    assert 'value="public"' not in client_of(owner).get(f"{study.get_absolute_url()}/edit").content.decode()
    assert save(study, owner, visibility="link")[1].visibility == "link"
    answer, stored = save(study, owner, visibility="public")
    assert (answer, stored.visibility) == (400, "link")
    for permission in ("change_study", "change_competition"):
        operator = make_account(permission, is_staff=True)
        add_member(study, operator.pk, "owner")
        operator.user_permissions.add(Permission.objects.get(codename=permission))
        assert save(study, operator, visibility="public")[1].visibility == "public"
        answer, stored = save(stored, owner, title="Covers", visibility="public")
        assert (answer, stored.title) == (303, "Covers"), "it stays what an operator chose"
        assert save(study, owner, visibility="members")[1].visibility == "members"


def test_who_makes_a_study_shows_it_to_everybody_with_the_permission_alone() -> None:
    assert client_of(make_maker()).post("/studies/new", {**FORM, "visibility": "public"}).status_code == 400
    maker = make_maker("other")
    maker.user_permissions.add(Permission.objects.get(codename="change_study"))
    assert client_of(maker).post("/studies/new", {**FORM, "visibility": "public"}).status_code == 303


def owner_page(study: Study) -> tuple[Client, str]:
    return client_of(User.objects.get(username="maker")), f"{study.get_absolute_url()}/people"


def test_a_link_is_shown_once_and_never_again(study: Study) -> None:
    client, people = owner_page(study)
    answer = client.post(f"{people}/invite", {"role": "rater", "days": "7", "most_uses": "3", "address": ""})
    link = answer.content.decode().partition("/invitations/")[2].partition('"')[0]
    assert len(link) >= 32
    assert "no-store" in answer["Cache-Control"]
    assert link not in client.get(people).content.decode()
    assert "a link" in client.get(people).content.decode()
    assert Client().get(f"/invitations/{link}").status_code == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"role": "boss", "days": "7", "most_uses": "1"}, "boss is not one of the available choices"),
        ({"role": "rater", "days": "91", "most_uses": "1"}, "less than or equal to 90"),
        ({"role": "rater", "days": "7", "most_uses": "2", "address": "a@example.org"}, "for one person"),
        ({"role": "owner", "days": "7", "most_uses": "2"}, "works once"),
        ({"role": "rater", "days": "7", "most_uses": "1", "address": "no address"}, "valid email"),
    ],
)
def test_what_cannot_be_invited_is_said_beside_the_field(study: Study, form: dict[str, str], words: str) -> None:
    client, people = owner_page(study)
    answer = client.post(f"{people}/invite", form)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert study.invitations.count() == 0


def test_roles_change_and_members_go_and_the_record_says_so(study: Study) -> None:
    _, member = a_member(study, "rater", "bea")
    client, people = owner_page(study)
    client.post(f"{people}/{member.pk}/role", {"role": "analyst"})
    client.post(f"{people}/{member.pk}/remove")
    own = study.memberships.get()
    page = client.post(f"{people}/{own.pk}/remove", follow=True).content.decode()
    assert "last owner" in page
    record = client.get(f"{people}/record").content.decode()
    assert "changed the role" in record
    assert "rater → analyst" in record
    assert client.post(f"{people}/999999/remove").status_code == 404
    assert client.post(f"{people}/{member.pk}/role", {"role": "owner"}).status_code == 404


def test_an_owner_that_steps_down_is_led_to_the_list(study: Study) -> None:
    a_member(study, "owner", "bea")
    client, people = owner_page(study)
    own = study.memberships.get(account__username="maker")
    assert client.post(f"{people}/{own.pk}/role", {"role": "rater"})["Location"] == "/studies"
    assert client.get(people).status_code == 404


def test_the_people_page_asks_as_often_for_many(study: Study, django_assert_max_num_queries: Any) -> None:
    client, people = owner_page(study)
    for number in range(30):
        a_member(study, "rater", f"rater{number}")
        client.post(f"{people}/invite", {"role": "rater", "days": "7", "most_uses": "1"})
    with django_assert_max_num_queries(7):
        page = client.get(people).content.decode()
    assert "Open invitations (30)" in page


@pytest.fixture
def invited(study: Study, mail_worker: Worker) -> str:
    """The path of a mailed invitation."""
    client, people = owner_page(study)
    form = {"role": "analyst", "days": "7", "most_uses": "1", "address": "cid@example.org"}
    client.post(f"{people}/invite", form)
    assert mail_worker.run() == [True]
    return mailed_links()[-1]


def test_a_mailed_invitation_is_seen_by_its_reader_alone(study: Study, invited: str) -> None:
    client, people = owner_page(study)
    assert invited.rpartition("/")[2] not in client.get(people).content.decode()
    assert "mailed" in client.get(people).content.decode()


def test_an_invitation_is_mailed_again_with_another_link(study: Study, invited: str, mail_worker: Worker) -> None:
    client, _ = owner_page(study)
    number = study.invitations.get().pk
    client.post(f"{study.get_absolute_url()}/invitations/{number}/mail")
    client.post(f"{study.get_absolute_url()}/invitations/{number}/revoke")
    assert mail_worker.run() == [False], "it was revoked meanwhile"
    assert Client().get(invited).status_code == 410
    assert (
        "no more" in client.post(f"{study.get_absolute_url()}/invitations/{number}/mail", follow=True).content.decode()
    )


def test_a_mail_that_cannot_be_sent_is_said(study: Study, mail_worker: Worker, settings: Any) -> None:
    client, people = owner_page(study)
    form = {"role": "analyst", "days": "7", "most_uses": "1", "address": "cid@example.org"}
    client.post(f"{people}/invite", form)
    settings.EMAIL_HOST = ""
    assert mail_worker.run() == [False]
    assert "no mail server is configured" in client.get(people).content.decode()
    settings.EMAIL_HOST = "mail.example"
    client.post(f"{study.get_absolute_url()}/invitations/{study.invitations.get().pk}/mail")
    assert mail_worker.run() == [True]


def test_mails_of_invitations_are_bounded_like_those_of_log_ins(study: Study, mail_worker: Worker) -> None:
    client, people = owner_page(study)
    form = {"role": "rater", "days": "7", "most_uses": "1"}
    answers = [client.post(f"{people}/invite", {**form, "address": f"a{one}@example.org"}) for one in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Too many mails" in answers[-1].content.decode()
    assert study.invitations.count() == 10
    assert client.post(f"{people}/invite", {**form, "address": ""}).status_code == 200, "a link is no mail"


def test_an_invitation_is_not_mailed_again_without_end(study: Study, invited: str, mail_worker: Worker) -> None:
    client, _ = owner_page(study)
    again = f"{study.get_absolute_url()}/invitations/{study.invitations.get().pk}/mail"
    assert [client.post(again).status_code for _ in range(3)] == [303, 303, 429]
    assert mail_worker.run() == [True, False]
    assert client.post(again).status_code == 429
    assert mail_worker.run() == []
