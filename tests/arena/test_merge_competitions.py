"""Two competitions become one: every vote is kept and counted once, and what is not one question stays apart."""

import pytest
from django.test import Client

from arena.competitions.change_competitions import CannotMerge, merge_competitions
from arena.models import Battle, Board, Competition, Entry, Tally, Vote
from arena.votes.hash_chain import differences
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db


def make_pair(**fields) -> tuple[Competition, Competition]:
    a, b, c = (make_model(name) for name in ("Alpha", "Beta", "Gamma"))
    one = make_competition("Fantasy warrior", prompt="A warrior")
    two = make_competition("Fantasy warrior", prompt=" A  warrior", **{"status": "closed", **fields})
    make_votes(one, (a, b, "left", 10), (b, a, "left", 5))
    make_votes(two, (a, b, "left", 3), (b, c, "both_bad", 2))
    return one, two


def test_votes_tallies_and_counters_of_both_are_those_of_one(django_capture_on_commit_callbacks) -> None:
    one, two = make_pair()
    make_entry(two, make_model("Delta"), image=make_image())
    with django_capture_on_commit_callbacks(execute=True):
        kept = merge_competitions(one.pk, two.pk)
    assert kept == one
    assert list(Competition.objects.all()) == [one]
    assert Vote.objects.count() == Battle.objects.filter(competition=one).count() == 20
    assert sum(row.left + row.right + row.tie + row.both_bad for row in Tally.objects.all()) == 20
    assert differences() == []
    assert Entry.objects.filter(competition=one).count() == 4
    assert Board.objects.get(competition=one).snapshots.filter(is_current=True, votes=20).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mode": "image-edit"}, "mode: "),
        ({"prompt": "A wizard"}, "prompt: "),
        ({"status": "open"}, "status: close"),
        ({"is_demo": True}, "origin: "),
    ],
)
def test_what_is_not_one_question_stays_apart(change: dict[str, object], reason: str) -> None:
    one, two = make_pair()
    Competition.objects.filter(pk=two.pk).update(**change)
    with pytest.raises(CannotMerge, match=reason):
        merge_competitions(one.pk, two.pk)
    assert Competition.objects.count() == 2
    assert differences() == []


def test_a_competition_is_not_merged_with_itself_or_with_none() -> None:
    one, _ = make_pair()
    for other in (one.pk, 10**9):
        with pytest.raises(CannotMerge, match="two competitions"):
            merge_competitions(one.pk, other)


def test_addresses_of_what_went_lead_to_what_stays(django_capture_on_commit_callbacks) -> None:
    one, two = make_pair()
    three = make_competition("Fantasy warrior", prompt="A warrior")
    with django_capture_on_commit_callbacks(execute=True):
        merge_competitions(one.pk, two.pk)
        Competition.objects.filter(pk=one.pk).update(status="closed")
        merge_competitions(three.pk, one.pk)
    for gone in (one, two):
        for path in ("/competitions/{}", "/leaderboards/competition-{}"):
            answer = Client().get(path.format(gone.public_id))
            assert (answer.status_code, answer["Location"]) == (301, path.format(three.public_id))
