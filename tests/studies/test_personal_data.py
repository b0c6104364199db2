"""What is known of a member as a file, and an account that goes while its votes stay."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Q

from arena.models import Competition, Identity, Invitation, Membership, RightsChange, Study, Tally, Vote, Voter
from arena.studies.invitations import invite_by_mail
from arena.voting.ballot import Ballot
from arena.voting.cast_vote import cast_vote
from tests.studies.factories import a_member, a_study, client_of, make_account
from tests.voting.factories import NETWORK, make_battle, make_contest

pytestmark = pytest.mark.django_db
ADDRESS = "bea@example.org"


@pytest.fixture
def study() -> Study:
    return a_study(make_account("owner"), status="open")


def vote(voter: Voter, competition: Competition) -> Vote:
    battle, token = make_battle(voter, competition.pk)
    cast_vote(Ballot(battle, token, "left", voter.pk, NETWORK))
    return Vote.objects.latest("number")


def test_a_rater_takes_their_data_along(study: Study) -> None:
    bea, member = a_member(study, "rater", "bea", ADDRESS)
    _, other = a_member(study, "rater", "cid")
    contest, _ = make_contest(3)
    for voter in (member.voter, other.voter):
        assert voter
        vote(voter, contest)
    answer = client_of(bea).get("/account/data")
    assert answer["Content-Disposition"].startswith("attachment")
    known = answer.json()
    assert (known["account"]["name"], known["account"]["address"]) == ("bea", ADDRESS)
    (own,) = known["studies"]
    assert (own["study"], own["role"], own["pseudonym"]) == (study.public_id, "rater", str(member.voter))
    assert [(one["competition"], one["outcome"]) for one in own["votes"]] == [(contest.public_id, "left")]


def test_an_erased_account_leaves_its_votes_and_no_name(study: Study) -> None:
    bea, member = a_member(study, "rater", "bea", ADDRESS)
    Identity.objects.create(account=bea, issuer="https://id.example", subject="7")
    invite_by_mail(study, "rater", study.memberships.get(role="owner").account_id, ADDRESS.upper())
    contest, _ = make_contest(3)
    voter = member.voter
    assert voter
    vote(voter, contest)
    tallied = list(Tally.objects.values_list())
    client = client_of(bea)
    assert client.get("/account/erase").status_code == 200
    assert client.post("/account/erase").status_code == 200
    assert client.get("/studies").status_code == 302
    assert not User.objects.filter(Q(username="bea") | Q(email__iexact=ADDRESS)).exists()
    assert Membership.objects.filter(study=study).count() == 1
    assert Vote.objects.get(battle__voter=voter).is_counted
    assert tallied == list(Tally.objects.values_list())
    assert list(Invitation.objects.values_list("address", flat=True)) == [""]
    assert Invitation.objects.get().revoked_at
    left = RightsChange.objects.get(what="left")
    assert (left.actor, left.subject, left.role_before) == (None, None, "rater")
    assert not Identity.objects.exists()
    owner = client_of(User.objects.get(username="owner"))
    page = owner.get(f"{study.get_absolute_url()}/people/record").content.decode()
    assert "an erased account" in page
    assert "bea" not in page


def test_an_address_that_looks_like_anothers_takes_no_invitation_along(study: Study) -> None:
    invite_by_mail(study, "rater", study.memberships.get(role="owner").account_id, "bob@github.com")
    look_alike, _ = a_member(study, "rater", "bob", "bob@g\u0131thub.com")
    assert client_of(look_alike).post("/account/erase").status_code == 200
    found = Invitation.objects.get()
    assert (found.address, found.revoked_at) == ("bob@github.com", None)


def test_the_only_owner_hands_over_first(study: Study) -> None:
    owner = User.objects.get(username="owner")
    answer = client_of(owner).post("/account/erase")
    assert answer.status_code == 409
    assert study.title in answer.content.decode()
    a_member(study, "owner", "bea")
    assert client_of(owner).post("/account/erase").status_code == 200
    assert study.memberships.get().account.username == "bea"


def test_an_operators_account_is_not_erased_here() -> None:
    operator = User.objects.create_superuser("operator")
    assert client_of(operator).post("/account/erase").status_code == 409
    assert User.objects.filter(pk=operator.pk).exists()
