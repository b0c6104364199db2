"""A board's voters are examined nightly: findings for everybody, figures of single voters, one more method."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from arena import tasks
from arena.boards.methods import RATER_WEIGHTED, chosen_method
from arena.boards.recompute import recompute_changed_boards
from arena.boards.table import board_table
from arena.images.measure_images import measure_images
from arena.models import Battle, Board, Entry, RaterFindings, Snapshot, StoredImage, Tally, Vote, Voter, VoterFigures
from arena.raters import examine_raters as examining
from arena.raters.examine_raters import examine_changed_raters, examine_raters
from arena.raters.read_answers import read_answers
from arena.rating.raters.board import rank_rater_board
from tests.arena.factories import make_competition, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db


def make_crowd(voters: int = 45, votes: int = 24, careless: int = 5, competitions: int = 1) -> list[Voter]:
    """Voters who prefer alpha to beta to gamma nine times in ten, the first few of them by the toss of a coin."""
    rng = np.random.default_rng(1)
    models = [make_model(slug=slug) for slug in ("alpha", "beta", "gamma")]
    made = Voter.objects.bulk_create(
        [Voter(device="phone" if place % 2 else "desktop", language="en", group="in") for place in range(voters)]
    )
    for _ in range(competitions):
        competition = make_competition()
        battles, owners = [], []
        for voter in range(voters):
            for _ in range(votes // competitions):
                left, right = rng.choice(3, 2, replace=False).tolist()
                chance = 0.5 if voter < careless else 0.9
                better = "left" if left < right else "right"
                worse = "right" if left < right else "left"
                battles.append((models[left], models[right], better if rng.random() < chance else worse, 1))
                owners.append(made[voter].id)
        appended = make_votes(competition, *battles)
        numbers = Vote.objects.filter(number__gte=appended.first_number).order_by("number")
        found = list(Battle.objects.filter(votes__in=numbers).order_by("votes__number"))
        for battle, owner in zip(found, owners, strict=True):
            battle.voter_id = owner
        Battle.objects.bulk_update(found, ["voter"])
    return made


def test_careless_voters_are_seen_by_operators_and_weigh_less() -> None:
    voters = make_crowd()
    recompute_changed_boards()
    assert examine_changed_raters() == 2
    assert examine_changed_raters() == 0
    board = Board.objects.get(kind="mode")
    figures = {figure.voter_id: figure for figure in VoterFigures.objects.filter(board=board)}
    assert len(figures) == 45
    careless = [figures[voter.id] for voter in voters[:5]]
    assert np.mean([figure.care for figure in careless]) < 0.5
    assert np.mean([figure.distance for figure in careless]) < -2
    assert np.mean([figures[voter.id].care for voter in voters[5:]]) > 0.9
    findings = board.rater_findings.findings
    assert findings["care"] == {"weighed": 45, "voters": 45, "careless": pytest.approx(0.13, abs=0.06)}
    assert 0.3 < findings["alpha"]["nominal"] < 0.8
    assert findings["alpha"]["nominal_lower"] is None  # of three pairs
    assert (findings["alpha"]["raters"], findings["alpha"]["units"]) == (45, 3)
    # single voters are looked at on boards of modes alone
    assert not VoterFigures.objects.exclude(board=board).exists()


def test_the_weighing_method_is_one_more_snapshot_recomputable_from_the_votes() -> None:
    make_crowd()
    recompute_changed_boards()
    examine_changed_raters()
    method = chosen_method("rater-weighted")
    assert method == RATER_WEIGHTED
    table = board_table("mode-text-to-image", method.name, method.variant)
    board = Board.objects.get(kind="mode")
    read = read_answers(board, Vote.objects.latest("number").number)
    again = rank_rater_board(read.read.tallies, read.answers)
    assert [(row.model, row.rating, row.lower, row.upper, row.rank) for row in again.rows] == [
        (row.slug, row.rating, row.lower, row.upper, row.rank) for row in table.rows
    ]
    assert table.computation.digest == again.digest == Snapshot.objects.current_headline().get(board=board).digest
    headline = {row.slug: row.rating for row in board_table("mode-text-to-image").rows}
    weighed = {row.slug: row.rating for row in table.rows}
    assert weighed["alpha"] - weighed["gamma"] > headline["alpha"] - headline["gamma"] + 20


def test_groups_are_compared_and_what_a_study_declared_is_not_public() -> None:
    make_crowd()
    recompute_changed_boards()
    examine_changed_raters()
    found = RaterFindings.objects.get(board__kind="mode")
    device = found.findings["device"]
    assert device["p_value"] > 0.01
    assert [(one["name"], one["voters"]) for one in device["segments"]] == [("desktop", 23), ("phone", 22)]
    assert found.findings["language"] is None  # one language alone
    Voter.objects.update(group="")
    Voter.objects.filter(device="phone").update(group="secret")
    Voter.objects.filter(device="desktop").update(group="other")
    examine_raters([found.board_id])
    found.refresh_from_db()
    assert found.findings["group"]["segments"][1]["name"] == "secret"
    assert "secret" not in str(found.about({"alpha", "beta", "gamma"}))
    hidden = found.about({"alpha"})
    assert hidden["device"]["segments"][0]["model"] in {None, "alpha"}


def test_looks_follow_once_pictures_are_measured() -> None:
    make_crowd(competitions=6)
    rng = np.random.default_rng(2)
    for entry in Entry.objects.all():
        entry.image = make_image()
        entry.save()
    recompute_changed_boards()
    examine_changed_raters()
    found = RaterFindings.objects.get(board__kind="mode")
    assert (found.unmeasured, found.findings["looks"]["withheld"]) == (18, "few_pictures")
    for image in StoredImage.objects.all():
        image.sharpness, image.saturation, image.contrast = rng.uniform(0, 1, 3).tolist()
        image.save()
    assert examine_changed_raters() == 7  # though no vote came
    found.refresh_from_db()
    looks = found.findings["looks"]
    assert (found.unmeasured, looks["withheld"], looks["leader"], looks["entries"]) == (0, "", "alpha", 18)
    assert looks["lower"] <= looks["share"] <= looks["upper"]
    assert [effect["covariate"] for effect in looks["effects"]] == ["sharpness", "saturation", "contrast"]
    assert found.about({"beta"})["looks"] is None
    assert examine_changed_raters() == 0


def test_votes_of_nobody_known_and_a_board_without_votes_are_examined_too() -> None:
    competition = make_competition()
    make_votes(competition, (make_model(), make_model(), "left", 20))
    recompute_changed_boards()
    assert tasks.examine_raters.apply().get() == 2
    findings = RaterFindings.objects.get(board__kind="mode").findings
    assert (findings["alpha"]["nominal"], findings["care"]) == (None, {"weighed": 0, "voters": 0, "careless": None})
    headline = board_table("mode-text-to-image").rows
    weighed = board_table("mode-text-to-image", "rater-weighted", "").rows
    assert [(row.slug, row.rating, row.lower) for row in weighed] == [
        (row.slug, row.rating, row.lower) for row in headline
    ]


def test_votes_after_the_cut_off_and_votes_taken_out_are_not_read() -> None:
    competition = make_competition()
    a, b = make_model(), make_model()
    first = make_votes(competition, (a, b, "left", 3))
    make_votes(competition, (a, b, "right", 2))
    Vote.objects.filter(number=first.first_number).update(is_counted=False, withdrawn_at=datetime.now(UTC))
    board = Board.objects.get(kind="mode")
    Tally.objects.update(left=2)
    assert len(read_answers(board, first.last_number).answers) == 2
    assert len(read_answers(board, first.last_number + 2).answers) == 4


def test_pictures_that_cannot_be_measured_are_not_waited_for() -> None:
    make_crowd(voters=3)
    Entry.objects.update(image=make_image())
    recompute_changed_boards()
    StoredImage.objects.update(file="gone.webp")
    for times in range(3):
        assert examine_changed_raters() == 2
        assert RaterFindings.objects.filter(unmeasured__gt=0).count() == 2
        assert measure_images() == 0
        assert StoredImage.objects.get().measure_failures == times + 1
    assert examine_changed_raters() == 2
    assert examine_changed_raters() == 0
    measure_images()  # still tried, for the file may come back
    assert StoredImage.objects.get().measure_failures == 3


def test_boards_that_waited_longest_are_examined_first_and_none_is_begun_past_its_time(monkeypatch) -> None:
    make_crowd(voters=3)
    make_competition()
    recompute_changed_boards()
    first, second = Board.objects.filter(snapshots__is_current=True).order_by("id").distinct()[:2]
    assert examine_changed_raters() == 2
    RaterFindings.objects.update(version="0")
    RaterFindings.objects.filter(board=first).update(computed_at=timezone.now() + timedelta(days=1))
    looked_at = []

    def look(board_id: int, _: int) -> bool:
        looked_at.append(board_id)
        return True

    monkeypatch.setattr(examining, "examine_board", look)
    assert examine_changed_raters() == 2
    assert looked_at == [second.id, first.id]
    assert examine_raters(looked_at, seconds=-1.0) == 0
    assert len(looked_at) == 2


def test_a_board_deleted_meanwhile_is_in_nobodys_way(monkeypatch) -> None:
    make_crowd(voters=3)
    recompute_changed_boards()
    of_competition = Board.objects.get(kind="competition")

    def read(board: Board, up_to: int):
        found = read_answers(board, up_to)
        if board == of_competition:
            Board.objects.filter(pk=board.pk).delete()
        return found

    monkeypatch.setattr(examining, "read_answers", read)
    assert examine_changed_raters() == 1
