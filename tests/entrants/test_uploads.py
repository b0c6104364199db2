"""An upload from its files to its entries and back."""

import os
from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from arena.boards.recompute import recompute_board
from arena.entrants import receive
from arena.entrants.apply_upload import CannotApply, apply_step, begin_apply
from arena.entrants.plan_upload import Missing, find_missing, plan_upload
from arena.entrants.read_upload import claim, read_upload
from arena.entrants.rights import EntrantRights
from arena.entrants.run_apply import apply_upload, resume_uploads, sweep_uploads
from arena.entrants.undo_upload import CannotUndo, undo_upload
from arena.models import Battle, Board, Competition, EntrantUpload, Entry, Snapshot, StoredImage, UploadPicture
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes
from tests.entrants.factories import ALL, make_applied, make_upload, make_zip, nothing_written, picture

pytestmark = pytest.mark.django_db
PROMPTS = "fox | A red fox in the snow\nkite | A kite over the sea"
FOUR = (
    ("Alder/fox.png", picture("red")),
    ("Alder/kite.png", picture("blue")),
    ("Birch/FOX.png", picture("green")),
    ("Birch/kite.webp", picture("black", "WEBP")),
)


def test_a_zip_of_models_and_prompts_becomes_held_entries_of_drafts() -> None:
    upload = make_upload(("all.zip", make_zip(*FOUR)), prompts=PROMPTS)
    assert (upload.status, upload.total, upload.done) == ("read", 4, 4)
    assert nothing_written()
    plan = plan_upload(upload)
    assert (len(plan.ready), len(plan.new_models), plan.new_competitions) == (4, 2, 2)
    begin_apply(upload.pk, ALL)
    assert apply_upload(upload.pk) == "applied"
    found = Competition.objects.order_by("prompt")
    assert [(one.prompt, one.title, one.status) for one in found] == [
        ("A kite over the sea", "A kite over the sea", "draft"),
        ("A red fox in the snow", "A red fox in the snow", "draft"),
    ]
    assert sorted(str(entry) for entry in Entry.objects.all()) == [
        "Alder in A kite over the sea",
        "Alder in A red fox in the snow",
        "Birch in A kite over the sea",
        "Birch in A red fox in the snow",
    ]
    assert set(Entry.objects.values_list("status", flat=True)) == {"held"}
    assert not ImageModel.objects.get(name="Alder").is_announced
    assert Board.objects.filter(kind="competition").count() == 2


def test_folders_of_prompts_are_recognised_by_what_is_known() -> None:
    model, competition = make_model("Alder", modes=["text-to-image"]), make_competition("Fox")
    upload = make_upload(("up/fox/ALDER.png", picture()), ("up/fox/Birch.png", picture("red")))
    plan = plan_upload(upload)
    assert not plan.folders_are_models
    assert [(line.model.title, line.prompt.title) for line in plan.lines] == [("Alder", "Fox"), ("Birch", "Fox")]
    begin_apply(upload.pk, ALL)
    apply_upload(upload.pk)
    assert Entry.objects.filter(model=model, competition=competition).count() == 1
    assert Competition.objects.count() == 1


def test_files_dropped_on_one_competition_are_named_by_their_model() -> None:
    competition = make_competition("Fox")
    make_applied(("Alder.png", picture()), ("Birch.gif", picture("red", "GIF")), competition=competition)
    assert {str(entry) for entry in Entry.objects.all()} == {"Alder in Fox", "Birch in Fox"}


def test_two_files_for_one_place_are_named_and_stop_the_rest() -> None:
    upload = make_upload(("Alder/fox.png", picture("red")), ("alder/Fox.jpg", picture("blue", "JPEG")), prompts=PROMPTS)
    plan = plan_upload(upload)
    assert len(plan.faulty) == 2
    assert "2 files are for one place" in plan.faulty[0].fault
    with pytest.raises(CannotApply, match="Alder/fox"):
        begin_apply(upload.pk, ALL)
    assert nothing_written()


def test_what_cannot_be_read_is_named_and_may_be_left_out() -> None:
    upload = make_upload(*FOUR[:2], ("Birch/fox.png", b"no picture"), prompts=PROMPTS)
    with pytest.raises(CannotApply, match=r"Birch/fox.png: The file is not a PNG"):
        begin_apply(upload.pk, ALL)
    assert nothing_written()
    begin_apply(upload.pk, ALL, without_faulty=True)
    apply_upload(upload.pk)
    assert Entry.objects.count() == 2


def test_a_file_that_does_not_say_its_model_is_named_and_may_be_left_out() -> None:
    upload = make_upload(*FOUR[:2], ("kite.png", picture()), prompts=PROMPTS)
    assert "model__prompt.png" in plan_upload(upload).faulty[0].fault
    begin_apply(upload.pk, ALL, without_faulty=True)
    apply_upload(upload.pk)
    assert Entry.objects.count() == 2


def test_a_name_that_two_things_answer_to_is_asked() -> None:
    one, other = make_competition("Fox"), make_competition("FOX!")
    upload = make_upload(("Alder/fox.png", picture()))
    assert [option.title for option in plan_upload(upload).prompts[0].options] == ["FOX!", "Fox"]
    with pytest.raises(CannotApply, match="Say first what is meant"):
        begin_apply(upload.pk, ALL)
    upload.decisions = {"prompts": {"fox": str(other.pk)}}
    upload.save()
    begin_apply(upload.pk, ALL)
    apply_upload(upload.pk)
    assert (one.entries.count(), other.entries.count()) == (0, 1)


def test_a_model_that_has_an_entry_there_gets_no_second_one_unasked() -> None:
    competition, model = make_competition("Fox"), make_model("Alder", modes=["text-to-image"])
    make_applied(("Alder.png", picture()), competition=competition)
    again = make_upload(("Alder.png", picture("red")), competition=competition)
    assert "has an entry" in plan_upload(again).lines[0].fault
    assert model.entries.count() == 1


def test_an_edit_takes_its_source_picture_from_the_folder_source() -> None:
    files = (("Alder/fox.png", picture("red")), ("source/fox.png", picture("blue")))
    make_applied(*files, prompts="fox | Make it blue", mode="image-edit")
    competition = Competition.objects.get()
    assert (competition.source_image.width_px, competition.entries.count()) == (32, 1)
    without = make_upload(files[0], prompts="kite | Make it red", mode="image-edit")
    without.decisions = {"prompts": {"fox": "typed-0"}}
    without.save()
    assert "no picture to edit" in plan_upload(without).lines[0].fault


def test_prompts_and_addresses_come_as_csv_and_own_networks_are_not_fetched() -> None:
    prompts = b"name,prompt,title\nfox,A red fox,Fox\n"
    addresses = b"model,competition,url\nAlder,fox,http://127.0.0.1:9/a.png\n"
    upload = make_upload(("prompts.csv", prompts), ("addresses.csv", addresses), ("Birch/fox.png", picture()))
    plan = plan_upload(upload)
    assert [one.title for one in plan.typed] == ["Fox"]
    assert "The address is not fetched" in plan.faulty[0].fault
    assert find_missing(plan, 40) == Missing(0, ())


def test_prompts_alone_become_drafts() -> None:
    make_applied(prompts="A red fox\nA kite")
    assert sorted(Competition.objects.values_list("title", "status")) == [("A kite", "draft"), ("A red fox", "draft")]


def test_what_is_missing_is_said() -> None:
    upload = make_upload(*FOUR[:3], prompts=PROMPTS)
    assert find_missing(plan_upload(upload), 40) == Missing(1, (("Birch", "A kite over the sea"),))


def test_open_at_once_only_where_asked_and_allowed() -> None:
    upload = make_upload(*FOUR, prompts=PROMPTS)
    few = EntrantRights(brings=True, makes_competitions=True, makes_models=True)
    with pytest.raises(CannotApply, match="open entries"):
        begin_apply(upload.pk, few, is_live=True)
    with pytest.raises(CannotApply, match="Say first what is meant: Alder/fox"):
        begin_apply(upload.pk, EntrantRights(brings=True, makes_competitions=True))
    begin_apply(upload.pk, ALL, is_live=True)
    apply_upload(upload.pk)
    assert set(Entry.objects.values_list("status", flat=True)) == {"live"}
    assert set(Competition.objects.values_list("status", flat=True)) == {"open"}


def test_an_upload_is_undone_as_a_whole() -> None:
    kept = make_competition("Sea")
    upload = make_applied(*FOUR, ("Alder/sea.png", picture("white")), prompts=PROMPTS, is_live=True)
    assert Entry.objects.count() == 5
    undone = undo_upload(upload.pk)
    assert (undone.entries, undone.competitions, undone.models, undone.stayed) == (5, 2, 2, 0)
    assert list(Competition.objects.all()) == [kept]
    assert not Entry.objects.exists()
    assert not ImageModel.objects.exists()
    with pytest.raises(CannotUndo):
        undo_upload(upload.pk)


def test_once_voted_on_it_stays() -> None:
    upload = make_applied(*FOUR, prompts=PROMPTS, is_live=True)
    alder, birch = ImageModel.objects.get(name="Alder"), ImageModel.objects.get(name="Birch")
    competition = Competition.objects.get(prompt="A red fox in the snow")
    make_votes(competition, (alder, birch, "left", 1))
    Battle.objects.update(left_entry=Entry.objects.get(model=alder, competition=competition, image__isnull=False))
    with pytest.raises(CannotUndo, match="have voted"):
        undo_upload(upload.pk)
    assert Entry.objects.count() >= 4


def test_a_worker_that_was_killed_is_followed_by_another_and_nothing_is_there_twice() -> None:
    upload = make_upload(*FOUR, prompts=PROMPTS)
    begin_apply(upload.pk, ALL)
    claimed = claim(upload.pk, "applying")
    assert claimed is not None
    assert not apply_step(claimed, 3)
    assert Entry.objects.count() == 3
    assert apply_upload(upload.pk) == "applying"
    later = timezone.now() + timedelta(seconds=61)
    assert resume_uploads(timezone.now()) == 0
    assert resume_uploads(later) == 1
    EntrantUpload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert apply_upload(upload.pk) == "applied"
    assert (Entry.objects.count(), Competition.objects.count(), ImageModel.objects.count()) == (4, 2, 2)


def test_reading_goes_on_where_another_worker_stopped() -> None:
    upload = receive.start_upload("text-to-image")
    content = make_zip(*FOUR)
    receive.receive_piece(upload.pk, receive.Piece("a.zip", len(content), 0, content[:100]))
    assert receive.receive_piece(upload.pk, receive.Piece("a.zip", len(content), 100, content[100:])) == len(content)
    receive.begin_reading(upload.pk)
    assert read_upload(upload.pk, slice_s=0) == "reading"
    done = UploadPicture.objects.filter(is_waiting=False).count()
    assert 0 < done < 4
    while read_upload(upload.pk, slice_s=0) == "reading":
        pass
    upload.refresh_from_db()
    assert (upload.status, upload.done, StoredImage.objects.count()) == ("read", 4, 4)
    assert default_storage.listdir(f"uploads/{upload.pk}")[1] == []


def test_pieces_come_in_order_and_once() -> None:
    upload = receive.start_upload("text-to-image")
    receive.receive_piece(upload.pk, receive.Piece("a.png", 10, 0, b"12345"))
    with pytest.raises(receive.NotReceived) as refused:
        receive.receive_piece(upload.pk, receive.Piece("a.png", 10, 7, b"890"))
    assert refused.value.at == 5
    with pytest.raises(receive.NotReceived, match="5 of 10 bytes"):
        receive.begin_reading(upload.pk)
    with pytest.raises(receive.NotReceived, match="leads out of the folder"):
        receive.receive_piece(upload.pk, receive.Piece("../a.png", 10, 0, b"12345"))


def test_bounds_of_bytes_and_files_hold(settings) -> None:
    settings.MAX_BULK_BYTES = 100
    upload = receive.start_upload("text-to-image")
    with pytest.raises(receive.NotReceived, match="larger than"):
        receive.receive_piece(upload.pk, receive.Piece("a.png", 101, 0, b"1"))
    receive.receive_piece(upload.pk, receive.Piece("a.png", 60, 0, bytes(60)))
    with pytest.raises(receive.NotReceived, match="larger than"):
        receive.receive_piece(upload.pk, receive.Piece("b.png", 60, 0, bytes(60)))
    settings.MAX_BULK_PICTURES = 1
    with pytest.raises(receive.NotReceived, match="More than 1 files"):
        receive.receive_piece(upload.pk, receive.Piece("c.png", 1, 0, b"1"))


def test_what_nobody_wanted_goes_with_its_files() -> None:
    upload = receive.start_upload("text-to-image")
    receive.receive_piece(upload.pk, receive.Piece("a.png", 10, 0, b"12345"))
    file = upload.files.get()
    now = timezone.now()
    assert sweep_uploads(now) == 0
    assert sweep_uploads(now + timedelta(hours=25)) == 1
    assert not os.path.exists(default_storage.path(file.piece_name(0)))
    assert not EntrantUpload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_that_is_being_written_is_waited_for() -> None:
    upload = make_applied(*FOUR, prompts=PROMPTS)
    board = Board.objects.filter(kind="competition").earliest("id")
    is_written = Event()

    def write() -> None:
        try:
            with transaction.atomic():
                recompute_board(board.pk)
                is_written.set()
                sleep(1)
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    assert is_written.wait(60)
    assert Snapshot.objects.count() == 0
    assert undo_upload(upload.pk).competitions == 2
    writer.join()
    assert not Snapshot.objects.filter(board=board.pk).exists()
