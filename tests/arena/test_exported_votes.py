"""What exports say of voters and of votes that do not count: pseudonyms of one export, and fixed words."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Battle, Competition, Vote, VoteExclusion, Voter
from lumenboard.api.tables import export as table_export
from tests.arena.factories import import_text, make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
MODE = "mode-text-to-image"
FORMS = ("csv", "ndjson")


def make_log() -> list[Voter]:
    """Six competitions; votes of three voters in turn, and of nobody in the last."""
    a, b, c = (make_model(slug=slug) for slug in ("alpha", "beta", "gamma"))
    for number in range(6):
        battles = [(a, b, "left", 6 + number % 3), (b, a, "tie", 2), (b, c, "left", 5), (c, b, "left", 3 + number)]
        make_votes(make_competition(), *battles)
    voters = [Voter.objects.create() for _ in range(3)]
    last = Competition.objects.order_by("-id")[0]
    for place, voter in enumerate(voters):
        ids = [pk for pk in Battle.objects.exclude(competition=last).values_list("id", flat=True) if pk % 3 == place]
        Battle.objects.filter(id__in=ids).update(voter=voter)
    recompute_changed_boards()
    return voters


def board_votes(form: str = "csv", board: str = MODE) -> str:
    answer = Client().get(f"/api/v1/leaderboards/{board}/votes", {"format": form})
    return b"".join(answer.streaming_content).decode()


def board_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(board_votes())))


def groups(pairs) -> set[frozenset[int]]:
    """Which votes are of one voter, whatever the voter is called."""
    found: dict[str, set[int]] = {}
    for number, voter in pairs:
        found.setdefault(voter or "", set()).add(int(number))
    return {frozenset(numbers) for numbers in found.values()}


def test_a_voter_is_one_within_an_export_and_nobody_across_two() -> None:
    voters = make_log()
    first, second = board_rows(), board_rows()
    assert groups((row["number"], row["voter"]) for row in first) == groups(
        Vote.objects.values_list("number", "battle__voter__public_id")
    )
    known = [{row["voter"] for row in rows} - {""} for rows in (first, second)]
    assert [len(one) for one in known] == [3, 3]
    assert not known[0] & known[1]
    assert not any(
        str(part) in voter
        for voter in known[0]
        for one in voters
        for part in (one.pk, one.public_id)
        if len(str(part)) > 3
    )
    assert {
        row["voter"] for row in first if row["competition"] == Competition.objects.order_by("-id")[0].public_id
    } == {""}


def test_of_a_young_vote_no_voter_is_named(settings) -> None:
    settings.VOTES_DELAY_HOURS = 24
    voters = make_log()
    young = set(Vote.objects.filter(battle__voter=voters[0]).values_list("number", flat=True)[:4])
    Vote.objects.filter(number__in=young).update(cast_at=timezone.now() - timedelta(hours=23))
    old = Vote.objects.filter(battle__voter__isnull=False).exclude(number__in=young)
    old.update(cast_at=timezone.now() - timedelta(hours=25))
    rows = board_rows()
    named = {int(row["number"]) for row in rows if row["voter"]}
    assert young
    assert named == set(old.values_list("number", flat=True))
    assert len(rows) == Vote.objects.count()


def test_a_vote_that_does_not_count_says_why_in_fixed_words() -> None:
    make_log()
    numbers = list(Vote.objects.order_by("number").values_list("number", flat=True)[:3])
    exclude_votes(numbers[:1], reason="Mallory of 10.0.0.7")
    gate = VoteExclusion.objects.create(reason="faster than anyone can look", gate="too_fast", day="2026-11-23")
    Vote.objects.filter(number=numbers[1]).update(is_counted=False, exclusion=gate)
    Vote.objects.filter(number=numbers[2]).update(is_counted=False, withdrawn_at="2026-11-23T10:00Z")
    rows = {int(row["number"]): row for row in board_rows()}
    assert [rows[number]["weight_reason"] for number in numbers] == ["operator", "too_fast", "withdrawn"]
    assert {row["weight_reason"] for number, row in rows.items() if number not in numbers} == {""}
    assert "Mallory" not in board_votes()
    listed = {item["number"]: item for item in Client().get("/api/v1/votes?limit=1000").json()["items"]}
    assert [listed[number]["weight_reason"] for number in numbers[:2]] == ["operator", "too_fast"]
    assert numbers[2] not in listed


def pages(limit: int) -> list[dict]:
    items, cursor = [], ""
    while cursor is not None:
        page = Client().get(f"/api/v1/votes?limit={limit}&cursor={cursor}").json()
        items, cursor = items + page["items"], page["next"]
    return items


def test_pages_are_one_export_and_another_listing_is_another() -> None:
    make_log()
    paged = pages(7)
    assert len(paged) == Vote.objects.count()
    assert groups((item["number"], item["voter"]) for item in paged) == groups(
        Vote.objects.values_list("number", "battle__voter_id")
    )
    known = [{item["voter"] for item in items} - {None} for items in (paged, pages(1000))]
    assert [len(one) for one in known] == [3, 3]
    assert not known[0] & known[1]


@pytest.mark.parametrize("form", FORMS)
def test_whole_tables_have_the_columns_too(form: str) -> None:
    make_log()
    text = b"".join(Client().get(f"/api/v1/votes?format={form}").streaming_content).decode()
    if form == "csv":
        rows = list(csv.DictReader(StringIO(text)))
        assert {row["criterion"] for row in rows} == {"overall"}
        assert len({row["voter"] for row in rows}) == 4
    else:
        assert '"voter":null' in text.splitlines()[-1]


def test_an_export_ends_with_the_votes_it_began_with() -> None:
    make_log()
    first = Client().get("/api/v1/votes?limit=1").json()
    make_votes(make_competition(), (make_model(slug="x"), make_model(slug="y"), "left", 1))
    cursor, numbers = first["next"], []
    while cursor:
        page = Client().get(f"/api/v1/votes?limit=50&cursor={cursor}").json()
        numbers += [item["number"] for item in page["items"]]
        cursor = page["next"]
    assert max(numbers) == Vote.objects.order_by("-number")[1].number


def test_nobody_chooses_the_key_of_an_export(monkeypatch) -> None:
    make_log()
    cursor = Client().get("/api/v1/votes?limit=1").json()["next"]
    assert Client().get(f"/api/v1/votes?cursor={cursor}").status_code == 200
    monkeypatch.setattr(table_export, "LASTS_S", -1)
    answer = Client().get(f"/api/v1/votes?cursor={cursor}")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "cursor: has expired or is none of ours; begin again without one",
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["mode", "competition"])
def test_every_figure_of_a_board_follows_from_its_export(tmp_path: Path, form: str, kind: str, capsys) -> None:
    make_log()
    board = MODE if kind == "mode" else f"competition-{Competition.objects.all()[0].public_id}"
    file = tmp_path / f"{board}.votes.{form}"
    file.write_text(board_votes(form, board))
    call_command("verify_board", str(file))
    assert "Same digest and figures" in capsys.readouterr().out


def test_a_vote_moved_to_another_competition_is_noticed(tmp_path: Path) -> None:
    make_log()
    first, second = (one.public_id for one in Competition.objects.order_by("id")[:2])
    file = tmp_path / f"{MODE}.votes.csv"
    file.write_text(board_votes().replace(first, second, 1))
    with pytest.raises(CommandError, match="differences on mode-text-to-image"):
        call_command("verify_board", str(file))


VOTES = "left,right,winner,voter\na,b,left,ann\na,b,tie,bob\nb,a,left,ann\na,b,right,\n"


def test_the_same_name_in_one_file_is_one_voter_and_no_name_is_kept() -> None:
    report = import_text(VOTES)
    voters = list(Vote.objects.order_by("number").values_list("battle__voter_id", flat=True))
    assert voters[0] == voters[2] != voters[1] is not None
    assert voters[3] is None
    assert sorted(Voter.objects.values_list("votes", flat=True)) == [1, 2]
    assert not any("ann" in voter.imported_as for voter in Voter.objects.all())
    assert report.last_number


def test_a_file_that_grows_keeps_its_voters_and_another_file_has_its_own() -> None:
    import_text(VOTES)
    before = dict(Vote.objects.values_list("number", "battle__voter_id"))
    import_text(VOTES + "a,b,left,ann\na,b,left,cid\n")
    ann = before[min(before)]
    grown = list(Vote.objects.order_by("number").values_list("battle__voter_id", flat=True))
    assert grown[4] == ann
    assert grown[5] not in before.values()
    assert Voter.objects.get(id=ann).votes == 3
    import_text(VOTES + "b,a,left,ann\n", title="Others")
    assert Voter.objects.count() == 5


def test_a_column_of_competitions_may_be_called_voter() -> None:
    import_text(VOTES.replace(",\n", ",dee\n"), competition_column="voter")
    assert not Voter.objects.exists()
    assert Competition.objects.count() == 3
