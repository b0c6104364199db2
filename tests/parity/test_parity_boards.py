"""Parity boards: figures and verdicts from votes, who sees them, price and speed beside."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from arena.competitions.change_competitions import delete_competitions, merge_competitions
from arena.models import Competition, ParityEntry, ParitySnapshot, ParityVote
from arena.models.visibility import EVERYONE, OPERATOR
from arena.parity.append import NewParityVote, append_parity_votes
from arena.parity.board import find_parity_board, parity_table
from arena.parity.counted import differing_tallies, read_counted
from arena.parity.exclude_votes import exclude_parity_votes
from arena.parity.recompute import recompute_parity_board, recompute_parity_boards
from arena.parity.steps import withdraw_parity
from arena.rating.board import rank_board
from arena.rating.tallies import OUTCOMES, Tallies
from providers.models import PriceComponent
from tests.parity.factories import ParityWorld, judge, make_parity

pytestmark = pytest.mark.django_db
KEY = "parity-quillfeather-9-text-to-image"
PAGE = f"/leaderboards/{KEY}"


def append(world: ParityWorld, left: str, right: str, outcome: str, times: int) -> None:
    scenes, now = world.scenes, timezone.now()
    pairs = [(world.entries[one.pk, left], world.entries[one.pk, right]) for one in scenes]
    append_parity_votes(
        [NewParityVote(*pairs[n % len(pairs)], outcome, now + timedelta(seconds=n)) for n in range(times)]
    )
    recompute_parity_board(world.board.pk)


def table():
    board = find_parity_board(KEY, EVERYONE)
    assert board is not None
    return parity_table(board)


def test_figures_are_those_of_the_same_fit_with_endpoints_for_models() -> None:
    world = make_parity(providers=3)
    a, b, c = world.keys
    judge(world, a, b, "left", 6)
    judge(world, c, b, "tie", 4)
    judge(world, a, c, "both_bad", 1)
    assert recompute_parity_boards() == 1
    assert recompute_parity_boards() == 0
    expected = rank_board(Tallies.from_rows([(a, b, 6, 0, 0, 0), (c, b, 0, 0, 4, 0), (a, c, 0, 0, 0, 1)]))
    snapshot = ParitySnapshot.objects.get()
    assert (snapshot.digest, snapshot.votes) == (expected.digest, 11)
    assert [(row["endpoint"], row["rating"], row["lower"], row["rank"]) for row in snapshot.standings] == [
        (row.model, row.rating, row.lower, row.rank) for row in expected.rows
    ]
    assert differing_tallies() == 0


def test_before_the_first_vote_the_board_lists_its_endpoints() -> None:
    make_parity()
    found = table()
    assert [row.battles for row in found.rows] == [0, 0]
    assert found.verdicts == ()
    assert Client().get(PAGE).status_code == 200


def test_one_that_is_better_is_said_to_be_after_enough_votes() -> None:
    world = make_parity()
    one, two = world.keys
    append(world, two, one, "left", 3)
    assert table().verdicts[0].sentence == "Which of Mosscloud and Fernhost is better on this prompt is undecided."
    append(world, two, one, "left", 40)
    verdict = table().verdicts[0]
    assert verdict.sentence.startswith("Mosscloud is better than Fernhost on this prompt, since vote ")
    assert verdict.votes == 43
    decided, first = verdict.pair.better, ParityVote.objects.order_by("number")[0].number
    assert first + 3 < decided.number < first + 43
    assert decided.decided_on == ParityVote.objects.get(pk=decided.number).cast_at.date()


def test_equals_are_said_to_be_within_the_margin() -> None:
    world = make_parity()
    one, two = world.keys
    append(world, two, one, "tie", 4000)
    said = table().verdicts[0].sentence
    assert said.startswith("Fernhost and Mosscloud are equivalent within ±25 points on this prompt, since vote ")


def test_for_prompts_like_these_it_takes_five_prompts() -> None:
    world = make_parity(prompts=4, seeds=1)
    one, two = world.keys
    append(world, two, one, "left", 400)
    assert table().verdicts[0].pair.for_prompts.kind == "withheld"
    assert table().verdicts[0].pair.on_these.winner == two
    assert "only 4 prompts have battles of both. On these prompts Mosscloud is better" in table().verdicts[0].sentence


def test_over_many_prompts_a_verdict_is_for_prompts_like_these_too() -> None:
    world = make_parity(prompts=7, seeds=1)
    one, two = world.keys
    append(world, two, one, "left", 420)
    pair = table().verdicts[0].pair
    assert (pair.for_prompts.kind, pair.for_prompts.winner, pair.for_prompts.competitions) == ("better", two, 7)
    assert table().verdicts[0].sentence.startswith("Mosscloud is better than Fernhost for prompts like these. On these")


def test_a_decision_goes_where_its_votes_are_taken_out() -> None:
    world = make_parity()
    one, two = world.keys
    append(world, two, one, "left", 40)
    decided = ParitySnapshot.objects.get().verdicts
    exclude_parity_votes(ParityVote.objects.all(), reason="a ring", actor=None)
    recompute_parity_board(world.board.pk)
    assert decided["decisions"]
    assert ParitySnapshot.objects.get().verdicts["decisions"] == []
    assert ParitySnapshot.objects.get().set_aside_votes == 40


def test_an_undone_vote_leaves_no_trace_in_the_verdicts() -> None:
    world = make_parity()
    one, two = world.keys
    judge(world, one, two, "left", 5)
    recompute_parity_board(world.board.pk)
    judge(world, one, two, "right", 1)
    recompute_parity_board(world.board.pk)
    last = ParityVote.objects.order_by("-number").select_related("battle")[0].battle
    withdraw_parity(last.public_id, last.voter_id)
    judge(world, one, two, "left", 1)
    recompute_parity_board(world.board.pk)
    went_on = stored()
    ParitySnapshot.objects.all().delete()
    recompute_parity_board(world.board.pk)
    assert stored() == went_on


@pytest.mark.parametrize("path", [PAGE, f"/api/v1/parity/{KEY}"])
def test_a_board_of_drafts_is_for_operators_alone(admin_client: Client, path: str) -> None:
    world = make_parity()
    judge(world, *world.keys, "left", 4)
    Competition.objects.update(status="draft")
    assert Client().get(path).status_code == 404
    assert find_parity_board(KEY, EVERYONE) is None
    assert find_parity_board(KEY, OPERATOR) == world.board
    assert admin_client.get(PAGE).status_code == 200
    assert KEY not in Client().get("/leaderboards").content.decode()
    assert KEY not in Client().get("/llms.txt").content.decode()
    recompute_parity_boards()
    assert ParitySnapshot.objects.get().votes == 0, "what is not public counts for nothing"


def test_held_entries_make_nothing_public() -> None:
    make_parity(status="held")
    assert find_parity_board(KEY, EVERYONE) is None
    ParityEntry.objects.filter(endpoint__key__startswith="fernhost").update(status="live")
    assert find_parity_board(KEY, EVERYONE) is None, "one endpoint alone compares nothing"
    ParityEntry.objects.update(status="live")
    assert find_parity_board(KEY, EVERYONE) is not None


def test_the_page_says_price_and_leads_there_from_model_and_index(django_assert_max_num_queries) -> None:
    world = make_parity()
    end = world.board.endpoints.order_by("key")[0].endpoint
    PriceComponent.objects.create(endpoint=end, metric="image", amount_usd=Decimal("0.005"))
    judge(world, *world.keys, "left", 4)
    recompute_parity_boards()
    with django_assert_max_num_queries(8):
        page = Client().get(PAGE).content.decode()
    assert "$0.005" in page
    assert "not measured" in page
    for address in ("/leaderboards", f"{world.model.get_absolute_url()}/providers", "/llms.txt", "/sitemap.xml"):
        assert PAGE in Client().get(address).content.decode(), address


def test_the_api_answers_in_json_and_csv() -> None:
    world = make_parity()
    judge(world, *world.keys, "left", 4)
    recompute_parity_boards()
    listed = Client().get("/api/v1/parity")
    assert (listed.json()["count"], listed.json()["items"][0]["id"], listed["X-Total-Count"]) == (1, KEY, "1")
    assert Client().get("/api/v1/parity?mode=image-edit").json()["items"] == []
    assert Client().get("/api/v1/parity?mode=nothing").status_code == 400
    found = Client().get(f"/api/v1/parity/{KEY}").json()
    assert (found["votes"], found["prompts"], found["seeds"]) == (4, 1, 2)
    assert [row["endpoint"] for row in found["standings"]] == list(world.keys)
    assert found["verdicts"][0]["sentence"] == "Which of Fernhost and Mosscloud is better on this prompt is undecided."
    assert found["verdicts"][0]["for_prompts_like_these"] is None
    rows = list(csv.DictReader(StringIO(Client().get(f"/api/v1/parity/{KEY}?format=csv").content.decode())))
    assert [(row["endpoint"], row["wins"]) for row in rows] == [(world.keys[0], "4"), (world.keys[1], "0")]
    assert Client().get(f"/api/v1/parity/{KEY}?format=xml").status_code == 400
    assert Client().get("/api/v1/parity/parity-nothing").status_code == 404
    assert Client().get("/api/v1/parity/%00").status_code == 404


def stored() -> dict:
    row = ParitySnapshot.objects.values("digest", "standings", "verdicts").get()
    # the last digits of where a replay goes on from depend on where it was interrupted
    del row["verdicts"]["strengths"]
    return row


class TestAnyVotes(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.permutations([0, 1, 2]), st.sampled_from(OUTCOMES)), max_size=40), st.data())
    def test_recomputing_on_the_way_and_at_the_end_is_the_same(self, votes, data) -> None:
        world = make_parity(providers=3, seeds=1)
        scene, now = world.scenes[0].pk, timezone.now()
        cut = data.draw(st.integers(0, len(votes)))
        for part in (votes[:cut], votes[cut:]):
            append_parity_votes(
                [
                    NewParityVote(
                        world.entries[scene, world.keys[places[0]]],
                        world.entries[scene, world.keys[places[1]]],
                        said,
                        now,
                    )
                    for places, said in part
                ]
            )
            recompute_parity_board(world.board.pk)
        before = stored()
        ParitySnapshot.objects.all().delete()
        recompute_parity_board(world.board.pk)
        assert stored() == before


def test_joined_prompts_keep_every_vote_and_deleted_ones_take_theirs_along() -> None:
    world = make_parity(prompts=3, seeds=1)
    judge(world, *world.keys, "left", 6)
    first, second, third = world.competitions
    Competition.objects.filter(pk=second.pk).update(status="closed")
    merge_competitions(first.pk, second.pk)
    recompute_parity_board(world.board.pk)
    assert (ParitySnapshot.objects.get().votes, len(read_counted(world.board.pk).competitions)) == (6, 2)
    delete_competitions([third.pk])
    recompute_parity_board(world.board.pk)
    assert (ParitySnapshot.objects.get().votes, ParityVote.objects.count(), differing_tallies()) == (4, 4, 0)
