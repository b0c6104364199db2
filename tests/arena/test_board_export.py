"""A board's past, its pairs and its votes over REST, and the published figures computed again from the votes."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Battle, BoardExclusion, Snapshot, Vote
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
BOARD = "/api/v1/leaderboards/mode-text-to-image"
COLUMNS = "number,battle,left,right,outcome,counted,competition,criterion,voter,weight_reason"


def make_board() -> list[ImageModel]:
    a, b, c = models = [make_model(slug=slug) for slug in ("alpha", "beta", "gamma")]
    make_votes(make_competition(), (a, b, "left", 9), (b, c, "left", 5), (c, a, "tie", 2), (a, c, "both_bad", 1))
    recompute_changed_boards()
    return models


def exported(form: str = "csv") -> str:
    answer = Client().get(f"{BOARD}/votes", {"format": form})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def saved(folder: Path, text: str, form: str = "csv") -> str:
    path = folder / f"mode-text-to-image.votes.{form}"
    path.write_text(text)
    return str(path)


def test_votes_are_exported_in_order_without_name_or_time() -> None:
    make_board()
    rows = list(csv.DictReader(StringIO(exported())))
    assert ",".join(rows[0]) == COLUMNS
    assert [int(row["number"]) for row in rows] == sorted(Vote.objects.values_list("number", flat=True))
    assert {row["battle"] for row in rows} == {
        str(found) for found in Battle.objects.values_list("public_id", flat=True)
    }
    assert [(row["left"], row["outcome"]) for row in rows].count(("alpha", "left")) == 9
    assert [json.loads(line)["number"] for line in exported("ndjson").splitlines()] == [int(r["number"]) for r in rows]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_the_export_gives_the_published_digest_and_figures(tmp_path: Path, form: str, capsys) -> None:
    make_board()
    exclude_votes(Vote.objects.filter(outcome="tie"), reason="a test")
    recompute_changed_boards()
    call_command("verify_board", saved(tmp_path, exported(form), form))
    assert "Same digest and figures: 15 votes, 3 models" in capsys.readouterr().out


def test_models_kept_off_the_board_are_not_in_its_votes(tmp_path: Path) -> None:
    *_, kept_off = make_board()
    BoardExclusion.objects.create(
        board=Snapshot.objects.filter(board__kind="mode")[0].board, model=kept_off, reason="x"
    )
    recompute_changed_boards()
    assert "gamma" not in exported()
    call_command("verify_board", saved(tmp_path, exported()))


def test_later_votes_do_not_matter_and_changed_ones_do(tmp_path: Path) -> None:
    a, b, _ = make_board()
    make_votes(make_competition(), (a, b, "right", 3))
    text = exported()
    call_command("verify_board", saved(tmp_path, text))
    with pytest.raises(CommandError, match="differences on mode-text-to-image"):
        call_command("verify_board", saved(tmp_path, text.replace("alpha,beta,left", "alpha,beta,right", 1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "left,right\n",
            "line 1: must be number,battle,left,right,outcome,counted,competition,criterion,voter,weight_reason",
        ),
        (f"{COLUMNS}\n1,x,a,b,won,true,c,overall,,\n", "line 2: outcome is 'won'; allowed are left"),
        (f"{COLUMNS}\n1,x,a,b,left\n", "line 2: has no counted"),
        ('{"number": 1}\nnothing\n', "line 1: has no battle"),
        (f"{COLUMNS}\n1,x,a,a,left,true,c,overall,,\n", "left and right are both 'a'"),
    ],
)
def test_other_files_are_refused_by_line(tmp_path: Path, text: str, message: str) -> None:
    make_board()
    with pytest.raises(CommandError, match=message):
        call_command("verify_board", saved(tmp_path, text))


def test_pairs_tell_how_sure_an_order_is(client: Client) -> None:
    make_board()
    answer = client.get(f"{BOARD}/pairs").json()
    assert answer["digest"] == client.get(BOARD).json()["digest"]
    assert len(answer["items"]) == 3
    first = answer["items"][0]
    assert first["first"] == client.get(BOARD).json()["standings"][0]["slug"]
    assert 0.5 < first["probability"] < 1
    assert all(pair["votes_needed"] >= 0 for pair in answer["items"])
    assert len(client.get(f"{BOARD}/pairs", {"model": "beta"}).json()["items"]) == 2


def test_history_holds_every_kept_snapshot(client: Client) -> None:
    a, b, _ = make_board()
    make_votes(make_competition(), (a, b, "right", 3))
    recompute_changed_boards()
    items = client.get(f"{BOARD}/history").json()["items"]
    assert [item["votes"] for item in items] == [17, 20]
    assert {standing["slug"] for standing in items[0]["standings"]} == {"alpha", "beta", "gamma"}
    Snapshot.objects.filter(votes=17).update(computed_at="2026-01-01T00:00Z")
    assert len(client.get(f"{BOARD}/history", {"days": "7"}).json()["items"]) == 1


@pytest.mark.parametrize("part", ["history", "pairs", "votes"])
def test_an_unknown_board_has_none(client: Client, part: str) -> None:
    assert client.get(f"/api/v1/leaderboards/nowhere/{part}").status_code == 404


@pytest.mark.parametrize(("part", "queries"), [("history", 3), ("pairs", 4)])
def test_queries_do_not_grow(client: Client, part: str, queries: int, django_assert_num_queries) -> None:
    make_board()
    with django_assert_num_queries(queries):
        client.get(f"{BOARD}/{part}")
