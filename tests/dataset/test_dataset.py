"""A site as files and back: the same boards, the same digests, or nothing at all."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone
from PIL import Image

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.images.handover import store_image
from arena.images.imaging import encode
from arena.integrity.bound_votes import bound_votes
from arena.integrity.exclude_votes import exclude_votes, restore_votes
from arena.models import (
    Battle,
    Board,
    BoardExclusion,
    Category,
    Competition,
    Snapshot,
    StoredImage,
    Vote,
    VoteExclusion,
    Voter,
)
from arena.votes.hash_chain import broken_links, chain_votes, differences
from providers.models import Creator, ImageModel
from tests.arena.factories import make_competition, make_entry, make_model, make_votes, row_counts
from tests.dataset.moving import empty_the_site, entry_rows, export, published, restore, rewritten, vote_rows
from tests.integrity.factories import make_cast

pytestmark = pytest.mark.django_db(transaction=True)
FIRST_FORMAT = Path(__file__).parents[1] / "data" / "dataset-format-1"


def make_world() -> None:
    competition = make_competition("Tin robots", prompt="=Two robots")
    competition.categories.add(Category.objects.create(slug="toys", name="Toys", mode="text-to-image"))
    first, second, third = (make_model(f"Model {letter}", slug=f"m-{letter.lower()}") for letter in "ABC")
    stored = store_image(encode(Image.new("RGB", (64, 48), "teal")))
    make_entry(competition, first, image=stored, seed=7, cost_usd="0.005", parameters={"steps": 8})
    make_votes(competition, (first, second, "left", 9), (second, third, "both_bad", 4), (third, first, "tie", 3))
    exclude_votes(list(Vote.objects.order_by("number").values_list("number", flat=True)[:2]), reason="odd")
    board = Board.objects.get(key="mode-text-to-image")
    BoardExclusion.objects.create(board=board, model=third, reason="not released")
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))


def test_a_restored_site_publishes_the_same_digits(tmp_path: Path) -> None:
    make_world()
    before, entries, votes = published(), entry_rows(), vote_rows()
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert published() == before
    assert entry_rows() == entries
    assert vote_rows() == votes
    assert differences() == []
    assert StoredImage.objects.get().file.storage.exists(StoredImage.objects.get().file.name)


def test_the_vote_file_has_the_columns_the_field_uses_and_of_voters_pseudonyms_alone(tmp_path: Path) -> None:
    make_world()
    with (export(tmp_path / "set") / "votes.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["model_a"], row["model_b"], row["winner"]) for row in rows} == {
        ("m-a", "m-b", "model_a"),
        ("m-b", "m-c", "tie (bothbad)"),
        ("m-c", "m-a", "tie"),
    }
    assert not {"network", "token_digest"} & set(rows[0])
    assert {row["voter"] for row in rows} == {""}
    assert {(row["counted"], row["weight_reason"]) for row in rows} == {("t", ""), ("f", "operator")}


def test_new_votes_follow_the_restored_ones(tmp_path: Path) -> None:
    make_world()
    last = Vote.objects.order_by("-number").first()
    export(tmp_path / "set")
    empty_the_site()
    restore(tmp_path / "set")
    first, second = ImageModel.objects.order_by("slug")[:2]
    assert last
    assert make_votes(make_competition("Later"), (first, second, "left", 1)).first_number > last.number


def test_the_chain_of_a_restored_site_holds_whatever_models_were_called(tmp_path: Path) -> None:
    make_world()
    chain_votes()
    ImageModel.objects.filter(slug="m-a").update(slug="renamed")
    assert list(broken_links()) == []
    export(tmp_path / "set")
    empty_the_site()
    restore(tmp_path / "set")
    assert chain_votes() == 16
    ImageModel.objects.filter(slug="renamed").update(slug="m-a")
    assert list(broken_links()) == []


def test_a_site_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    make_world()
    export(tmp_path / "set")
    with pytest.raises(CommandError, match="restored into an empty one"):
        restore(tmp_path / "set")


def spoil_vote(root: Path) -> None:
    text = (root / "votes.csv").read_text()
    (root / "votes.csv").write_text(text.replace("model_a,", "model_b,", 2))


def drop_file(root: Path) -> None:
    (root / "entries.ndjson").unlink()


def climb_out(root: Path) -> None:
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["files"][0]["path"] = "../elsewhere"
    (root / "manifest.json").write_text(json.dumps(manifest))


def other_format(root: Path) -> None:
    manifest = json.loads((root / "manifest.json").read_text())
    (root / "manifest.json").write_text(json.dumps(manifest | {"format": 9}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_vote, "votes.csv: is not the file that was exported"),
        (drop_file, "entries.ndjson: is missing"),
        (climb_out, "must lie within the dataset"),
        (other_format, "format is 9"),
    ],
)
def test_a_dataset_that_was_changed_is_refused_whole(tmp_path: Path, spoil, said: str) -> None:
    make_world()
    root = export(tmp_path / "set")
    empty_the_site()
    empty = row_counts()
    spoil(root)
    with pytest.raises(CommandError, match=said):
        restore(root)
    assert row_counts() == empty


@pytest.mark.parametrize(
    ("file", "field", "allowed"),
    [("entries.ndjson", "status", "held, live"), ("competitions.ndjson", "mode", "text-to-image, image-edit")],
)
def test_a_word_that_no_row_may_hold_is_refused(tmp_path: Path, file: str, field: str, allowed: str) -> None:
    make_world()
    root = export(tmp_path / "set")
    first, *others = (root / file).read_text().splitlines(keepends=True)
    rewritten(root, file, json.dumps(json.loads(first) | {field: "zzz"}) + "\n" + "".join(others))
    empty_the_site()
    with pytest.raises(CommandError, match=rf"{file}: \w+: {field} 'zzz' is not allowed; allowed are .*{allowed}"):
        restore(root)
    assert not Competition.objects.exists()


def test_rows_that_do_not_fit_together_leave_nothing_behind(tmp_path: Path) -> None:
    make_world()
    root = export(tmp_path / "set")
    lines = (root / "entries.ndjson").read_text().splitlines()
    rewritten(root, "entries.ndjson", "\n".join(lines[:-1]) + "\n")
    empty_the_site()
    with pytest.raises(CommandError, match="not in the dataset"):
        restore(root)
    assert not Creator.objects.exists()
    assert not Snapshot.objects.exists()


def test_a_dataset_of_the_first_format_restores_with_its_boards() -> None:
    said = restore(FIRST_FORMAT)
    assert "all 30 boards by their methods are the exported ones, digest and figures" in said
    assert sorted(Board.objects.values_list("key", flat=True)) == [
        "category-toys-text-to-image",
        "competition-dt6a5qjyresm",
        "competition-zzfgk5acq4jh",
        "mode-image-edit",
        "mode-text-to-image",
    ]
    fox = Board.objects.get(key="mode-image-edit").snapshots.get(method="bradley-terry", variant="prior=1")
    standings = fox.standings.values_list("model__slug", "wins", "losses", "ties")
    assert list(standings) == [("m-b", 7, 0, 0), ("m-c", 0, 5, 0), ("m-a", 0, 2, 0)]
    assert (Vote.objects.count(), Vote.objects.filter(is_counted=True).count(), StoredImage.objects.count()) == (
        23,
        21,
        2,
    )
    assert BoardExclusion.objects.get().model.slug == "m-c"
    assert differences() == []


def test_an_export_never_mixes_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        export(tmp_path)


def test_restored_votes_stay_restored_and_no_vote_of_another_site_is_bounded(tmp_path: Path, settings: Any) -> None:
    settings.VOTER_MODEL_BOUND, settings.NETWORK_MODEL_BOUND, settings.NEWCOMER_MODEL_BOUND = 3, 0, 0
    competition = make_competition(prompt="A red fox")
    first, second = (make_model(f"Heron {letter}", slug=f"heron-{letter}") for letter in "ab")
    make_cast(Voter.objects.create(), (first, second, "left", 5), competition=competition)
    later = timezone.now() + timedelta(minutes=12)
    assert bound_votes(later) == 2
    restore_votes(VoteExclusion.objects.get())
    Vote.objects.create(battle=Battle.objects.latest("id"), criterion="looks", outcome="left", is_restored=True)
    export(tmp_path / "set")
    empty_the_site()
    restore(tmp_path / "set")
    assert list(Vote.objects.order_by("number").values_list("is_restored", flat=True)) == [*3 * [False], *3 * [True]]
    Vote.objects.update(is_restored=False)
    assert bound_votes(later) == 0
