"""Members and invitations: roles, the last owner, uses that are counted once, and a record nobody can rewrite."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from arena.models import Invitation, Membership, RightsChange, Study
from arena.studies import invitations
from arena.studies.people import LastOwner, UnknownRole, change_role, remove_member
from arena.studies.personal_data import erase_account
from tests.studies.factories import a_member, a_study, make_account

pytestmark = pytest.mark.django_db


def owner_of(study: Study) -> Membership:
    return study.memberships.get(role="owner")


def test_the_last_owner_stays() -> None:
    study = a_study(make_account())
    owner = owner_of(study)
    with pytest.raises(LastOwner):
        remove_member(study, owner.pk, owner.account_id)
    with pytest.raises(LastOwner):
        change_role(study, owner.pk, "rater", owner.account_id)
    _, second = a_member(study, "analyst")
    change_role(study, second.pk, "owner", owner.account_id)
    remove_member(study, owner.pk, owner.account_id)
    assert [member.account_id for member in study.memberships.all()] == [second.account_id]


@pytest.mark.django_db(transaction=True)
def test_two_owners_that_remove_each_other_leave_one() -> None:
    study = a_study(make_account())
    _, second = a_member(study, "owner", "bea")
    first = study.memberships.exclude(pk=second.pk).get()

    def remove(pair: tuple[Membership, Membership]) -> str:
        try:
            remove_member(study, pair[0].pk, pair[1].account_id)
            return "removed"
        except LastOwner:
            return "kept"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, [(first, second), (second, first)])) == ["kept", "removed"]
    assert study.memberships.count() == 1


def test_a_role_that_is_none_is_refused_by_action_and_table() -> None:
    study = a_study(make_account())
    _, member = a_member(study, "rater")
    with pytest.raises(UnknownRole, match="allowed are owner, editor, analyst, rater"):
        change_role(study, member.pk, "boss", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=member.pk).update(role="boss")


def test_a_member_of_another_study_is_not_found() -> None:
    study, other = a_study(make_account()), a_study(make_account("bea"), "Covers")
    with pytest.raises(Membership.DoesNotExist):
        remove_member(study, owner_of(other).pk, None)


def test_a_secret_is_kept_as_a_digest_and_a_link_works_as_often_as_it_says() -> None:
    owner = make_account()
    study = a_study(owner)
    made, secret = invitations.invite_by_link(study, "rater", owner.pk, most_uses=2)
    assert secret not in str(Invitation.objects.values().get())
    for name in ("bea", "cid"):
        assert invitations.accept(secret, make_account(name).pk).role == "rater"
    with pytest.raises(invitations.NotInvited, match="used already"):
        invitations.accept(secret, make_account("dan").pk)
    made.refresh_from_db()
    assert (made.uses, made.memberships.count()) == (2, 2)


def test_a_member_that_opens_another_invitation_stays_what_it_is() -> None:
    owner = make_account()
    study = a_study(owner)
    made, secret = invitations.invite_by_link(study, "rater", owner.pk)
    assert invitations.accept(secret, owner.pk).role == "owner"
    made.refresh_from_db()
    assert made.uses == 0


def test_revoked_and_expired_ones_work_no_more() -> None:
    owner = make_account()
    study = a_study(owner)
    revoked, first = invitations.invite_by_link(study, "rater", owner.pk)
    invitations.revoke(study, revoked.pk, owner.pk)
    invitations.revoke(study, revoked.pk, owner.pk)
    _, second = invitations.invite_by_link(study, "rater", owner.pk)
    Invitation.objects.exclude(pk=revoked.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    guest = make_account("bea")
    for secret, why in ((first, "withdrawn"), (second, "expired")):
        with pytest.raises(invitations.NotInvited, match=why):
            invitations.accept(secret, guest.pk)
    with pytest.raises(Invitation.DoesNotExist):
        invitations.accept("guessed", guest.pk)
    assert study.rights_changes.filter(what="revoked").count() == 1


@pytest.mark.parametrize(("days", "uses"), [(0, 1), (91, 1), (7, 0), (7, 501)])
def test_an_invitation_is_bounded(days: int, uses: int) -> None:
    owner = make_account()
    with pytest.raises(ValueError, match="lasts 1 to 90 days"):
        invitations.invite_by_link(a_study(owner), "rater", owner.pk, days=days, most_uses=uses)


def test_an_owner_is_invited_one_at_a_time() -> None:
    owner = make_account()
    with pytest.raises(ValueError, match="works once"):
        invitations.invite_by_link(a_study(owner), "owner", owner.pk, most_uses=2)


def taken_away(study: Study, member: Membership, way: str, by: Membership) -> None:
    if way == "removed":
        remove_member(study, member.pk, by.account_id)
    elif way == "left":
        remove_member(study, member.pk, member.account_id)
    elif way == "erased":
        erase_account(member.account_id)
    else:
        change_role(study, member.pk, way, by.account_id)


@pytest.mark.parametrize("way", ["removed", "left", "erased", "rater"])
def test_who_is_an_owner_no_more_leaves_no_invitation_to_come_back_by(way: str) -> None:
    study = a_study(make_account())
    owner = owner_of(study)
    bea, second = a_member(study, "owner", "bea")
    _, own = invitations.invite_by_link(study, "owner", bea.pk)
    invitations.invite_by_mail(study, "analyst", bea.pk, "cid@example.org")
    _, used = invitations.invite_by_link(study, "rater", bea.pk)
    invitations.accept(used, make_account("dan").pk)
    _, others = invitations.invite_by_link(study, "rater", owner.account_id)
    taken_away(study, second, way, owner)
    with pytest.raises(invitations.NotInvited, match="withdrawn"):
        invitations.accept(own, make_account("another-of-bea").pk)
    assert invitations.opened(others), "those of other owners work on"
    revoked = study.rights_changes.filter(what="revoked").order_by("id").values_list("role_before", flat=True)
    assert sorted(revoked) == ["analyst", "owner"]


@pytest.mark.parametrize("way", ["removed", "rater"])
def test_an_older_link_brings_nobody_back_whom_an_owner_took_away(way: str) -> None:
    study = a_study(make_account())
    owner = owner_of(study)
    _, secret = invitations.invite_by_link(study, "analyst", owner.account_id, most_uses=9)
    bea = make_account("bea")
    member = invitations.accept(secret, bea.pk)
    taken_away(study, member, way, owner)
    if way != "removed":
        taken_away(study, member, "left", owner)
    with pytest.raises(invitations.NotInvited, match="was changed after this invitation"):
        invitations.accept(secret, bea.pk)
    assert invitations.accept(secret, make_account("cid").pk).role == "analyst"
    _, newer = invitations.invite_by_link(study, "rater", owner.account_id)
    assert invitations.accept(newer, bea.pk).role == "rater"


def test_who_left_comes_back_by_the_same_link() -> None:
    study = a_study(make_account())
    _, secret = invitations.invite_by_link(study, "rater", owner_of(study).account_id, most_uses=2)
    bea = make_account("bea")
    taken_away(study, invitations.accept(secret, bea.pk), "left", owner_of(study))
    assert invitations.accept(secret, bea.pk).role == "rater"


@pytest.mark.django_db(transaction=True)
def test_joining_and_removing_who_invited_wait_for_each_other_at_most() -> None:
    study = a_study(make_account())
    owner = owner_of(study)
    for number in range(8):
        bea, member = a_member(study, "owner", f"bea{number}")
        _, secret = invitations.invite_by_link(study, "rater", bea.pk)
        guest = make_account(f"guest{number}")

        def join(secret: str = secret, guest: int = guest.pk) -> None:
            try:
                invitations.accept(secret, guest)
            except invitations.NotInvited:
                pass
            finally:
                connection.close()

        def remove(member: Membership = member) -> None:
            try:
                remove_member(study, member.pk, owner.account_id)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(join), pool.submit(remove)]:
                done.result()
    assert study.memberships.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_use_a_link_no_more_often_than_it_says() -> None:
    owner = make_account()
    study = a_study(owner)
    _, secret = invitations.invite_by_link(study, "rater", owner.pk, most_uses=3)
    guests = [make_account(f"guest{number}").pk for number in range(12)]

    def accept(account: int) -> bool:
        try:
            invitations.accept(secret, account)
            return True
        except invitations.NotInvited:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(accept, guests)) == 3
    assert study.memberships.filter(role="rater").count() == 3


def test_every_change_of_rights_is_on_record_and_stays_there() -> None:
    owner = make_account()
    study = a_study(owner)
    _, secret = invitations.invite_by_link(study, "rater", owner.pk)
    guest = make_account("bea")
    member = invitations.accept(secret, guest.pk)
    change_role(study, member.pk, "editor", owner.pk)
    remove_member(study, member.pk, owner.pk)
    rows = study.rights_changes.order_by("id").values_list("what", "actor", "subject", "role_before", "role_after")
    assert list(rows) == [
        ("created", owner.pk, owner.pk, "", "owner"),
        ("invited", owner.pk, None, "", "rater"),
        ("joined", guest.pk, guest.pk, "", "rater"),
        ("changed", owner.pk, guest.pk, "rater", "editor"),
        ("removed", owner.pk, guest.pk, "editor", ""),
    ]
    for change in (
        lambda: RightsChange.objects.update(role_after="rater"),
        lambda: RightsChange.objects.update(actor=guest.pk),
        lambda: RightsChange.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="stay on record"), transaction.atomic():
            change()
