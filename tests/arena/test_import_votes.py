"""Importing files of votes: what is made, what is matched, what is known already, and nothing when refused."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from arena.exchange.import_votes import apply_import
from arena.exchange.plan_import import ImportOptions, ImportRefused, plan_import
from arena.models import Board, Competition, Entry, Snapshot, Vote, VoteImport
from providers.models import Creator, ImageModel, ModelAlias
from tests.arena.factories import import_text, make_model, read, row_counts
from tests.arena.test_vote_file import REFUSED

HEADER = "left,right,winner\n"
SCENES = "left,right,winner,scene\nA,B,left,Car\nB,C,tie,Car\nA,C,right,Bikes\n"


@pytest.mark.django_db
def test_makes_what_is_missing() -> None:
    import_text(SCENES, mode="image-edit", competition_column="scene")
    competitions = Competition.objects.order_by("title").values_list("title", "mode", "status", "is_imported")
    assert list(competitions) == [("Bikes", "image-edit", "closed", True), ("Car", "image-edit", "closed", True)]
    assert list(ImageModel.objects.values_list("name", "slug", "creator__slug", "modes")) == [
        (name, name.lower(), "imported", ["image-edit"]) for name in "ABC"
    ]
    assert Creator.objects.get().name == "Imported"
    assert set(Entry.objects.values_list("status", "image")) == {("retired", None)}
    assert Entry.objects.count() == 5
    assert list(Board.objects.order_by("kind").values_list("kind", flat=True)) == ["competition", "competition", "mode"]


@pytest.mark.django_db
def test_one_competition_is_titled_after_the_file_or_as_asked() -> None:
    import_text(HEADER + "A,B,left\n", file_name="evening round.csv")
    import_text(HEADER + "A,B,right\n", title="Named")
    import_text(SCENES, competition_column="scene", title="Set 1")
    assert set(Competition.objects.values_list("title", flat=True)) == {
        "evening round",
        "Named",
        "Set 1: Car",
        "Set 1: Bikes",
    }


@pytest.mark.django_db
def test_names_are_kept_without_blanks_around_them_and_slugs_stay_apart() -> None:
    make_model("Taken", slug="dq-1")
    import_text(HEADER + 'DQ 1,DQ-1,left\n模型," =1+1",tie\n')
    made = dict(ImageModel.objects.filter(creator__slug="imported").values_list("name", "slug"))
    assert made == {"DQ 1": "dq-1-2", "DQ-1": "dq-1-3", "模型": made["模型"], "=1+1": "model-11"}
    assert made["模型"].startswith("model-")


@pytest.mark.django_db
def test_a_model_of_that_name_is_used_and_an_alias_keeps_its_slug() -> None:
    known = make_model("Z-Image", slug="z-image")
    ModelAlias.objects.create(model=known, slug="other")
    import_text(HEADER + "Z-Image,other,left\n")
    assert Entry.objects.filter(model=known).count() == 1
    assert ImageModel.objects.get(name="other").slug == "other-2"


@pytest.mark.django_db
def test_of_two_models_of_one_name_the_imported_one_is_meant() -> None:
    for creator in ("one", "two"):
        make_model("Twin", creator=creator)
    import_text(HEADER + "Twin,B,left\n")
    import_text(HEADER + "Twin,B,right\n")
    assert ImageModel.objects.filter(name="Twin").count() == 3
    assert Vote.objects.filter(battle__left_model__creator__slug="imported").count() == 2


@pytest.mark.django_db
def test_slugs_and_aliases_match_only_when_asked() -> None:
    known = make_model("Z-Image Turbo", slug="z-image-turbo")
    ModelAlias.objects.create(model=known, slug="z-turbo")
    report = import_text(HEADER + "z-turbo,B,left\n", match_slugs=True)
    assert report.plan.new_models == 1
    assert Entry.objects.filter(model=known).exists()


@pytest.mark.django_db
def test_two_names_of_one_model_are_refused() -> None:
    make_model("Z-Image Turbo", slug="z-image-turbo")
    before = row_counts()
    with pytest.raises(ImportRefused, match="'z-image-turbo' and 'Z-Image Turbo' are one model here"):
        import_text(HEADER + "z-image-turbo,Z-Image Turbo,left\n", match_slugs=True)
    assert row_counts() == before


@pytest.mark.django_db
def test_the_same_file_again_adds_nothing() -> None:
    import_text(SCENES, competition_column="scene")
    before = row_counts()
    report = import_text(SCENES, competition_column="scene", file_name="copy.csv")
    assert (report.plan.new_votes, report.plan.votes_before) == (0, 3)
    assert report.plan.earlier is not None
    assert row_counts() == before


@pytest.mark.django_db
def test_a_file_that_goes_on_adds_only_its_new_rows() -> None:
    import_text(SCENES, competition_column="scene")
    longer = SCENES + "C,D,left,Car\n"
    assert import_text(longer, competition_column="scene").plan.new_votes == 1
    assert import_text(longer + "D,A,tie,Boat\n", competition_column="scene").plan.new_votes == 1
    assert import_text(longer, competition_column="scene").plan.new_votes == 0
    assert import_text(SCENES, competition_column="scene").plan.new_votes == 0
    assert Vote.objects.count() == 5
    assert Competition.objects.count() == 3


@pytest.mark.django_db
def test_a_file_that_goes_on_under_another_name_stays_in_its_competition() -> None:
    import_text(HEADER + "A,B,left\n", file_name="monday.csv")
    import_text(HEADER + "A,B,left\nA,B,right\n", file_name="tuesday.csv")
    assert Competition.objects.get().title == "monday"
    assert Vote.objects.count() == 2


@pytest.mark.django_db
def test_the_same_rows_for_another_mode_or_title_are_other_votes() -> None:
    import_text(HEADER + "A,B,left\n", title="One")
    import_text(HEADER + "A,B,left\n", title="Two")
    import_text(HEADER + "A,B,left\n", title="One", mode="image-edit")
    assert Vote.objects.count() == Competition.objects.count() == 3
    assert ImageModel.objects.get(name="A").modes == ["text-to-image", "image-edit"]


@pytest.mark.django_db
def test_a_later_file_joins_the_imported_competition_of_its_title() -> None:
    import_text(HEADER + "A,B,left\n", title="One")
    report = import_text(HEADER + "B,A,left\n", title="One")
    assert (report.plan.new_competitions, report.plan.new_models) == (0, 0)
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_votes_come_in_again_after_their_competition_was_deleted() -> None:
    import_text(HEADER + "A,B,left\n")
    Competition.objects.all().delete()
    assert import_text(HEADER + "A,B,left\n").plan.new_votes == 1
    assert VoteImport.objects.count() == 1


@pytest.mark.django_db
def test_a_title_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ImportRefused, match="has 204 characters; at most 200"):
        import_text(SCENES, competition_column="scene", title="t" * 199)
    with pytest.raises(ImportRefused, match="title: missing"):
        import_text(HEADER + "A,B,left\n", file_name="")


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_bring_the_votes_once_and_keep_their_order() -> None:
    rows = "".join(f"A,B,{'left' if n % 3 else 'tie'}\n" for n in range(300))
    same, other = HEADER + rows, HEADER + rows.replace("A,", "C,")
    start = Barrier(3)

    def run(text: str, title: str) -> tuple[int, int]:
        try:
            plan = plan_import(read(text), ImportOptions(mode="text-to-image", title=title))
            start.wait(timeout=10)
            report = apply_import(plan)
            return report.first_number, report.last_number
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(run, text, title) for text, title in ((same, "One"), (same, "One"), (other, "Two"))]
        spans = [job.result(timeout=30) for job in jobs]
    assert sorted(last - first for first, last in spans) == [0, 299, 299]
    assert Vote.objects.count() == 600
    for first, last in spans:
        outcomes = Vote.objects.filter(number__range=(first, last)).order_by("number").values_list("outcome", flat=True)
        assert list(outcomes[:4]) == (["tie", "left", "left", "tie"] if last else [])


def run_command(path: Path | str, *arguments: str) -> str:
    out = StringIO()
    call_command("import_votes", str(path), "--mode", "text-to-image", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_imports_computes_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(SCENES)
    assert "Imported 3 votes" in run_command(path, "--competition-column", "scene")
    assert Snapshot.objects.filter(board__kind="mode", is_current=True).count() == 6
    assert "All were imported before, from votes.csv" in run_command(path, "--competition-column", "scene")
    assert Vote.objects.count() == 3


@pytest.mark.django_db
def test_progress_goes_to_standard_error_unless_silenced(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(SCENES)
    for verbosity, told in ((1, "wrote 3 of 3 votes (100%)"), (0, "")):
        error = StringIO()
        title = f"Run {verbosity}"
        call_command(
            "import_votes",
            str(path),
            mode="text-to-image",
            title=title,
            verbosity=verbosity,
            stdout=StringIO(),
            stderr=error,
        )
        assert error.getvalue().strip() == told


@pytest.mark.django_db
def test_the_plan_is_told_and_not_done(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(SCENES)
    before = row_counts()
    told = run_command(path, "--competition-column", "scene", "--plan")
    assert "3 votes in the file." in told
    assert "New: 3 votes, 2 of 2 competitions, 3 of 3 models." in told
    assert row_counts() == before


@pytest.mark.django_db
@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_writes_nothing_and_says_where(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    path = tmp_path / "votes.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = row_counts()
    with pytest.raises(CommandError) as refused:
        run_command(path)
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    assert row_counts() == before


@pytest.mark.django_db
def test_what_is_not_a_readable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        run_command(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        run_command(tmp_path)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'video'"):
        call_command("import_votes", "votes.csv", "--mode", "video")
