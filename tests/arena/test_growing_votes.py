"""A growing file goes on with the models and competitions it began with, whatever became of their names."""

from itertools import product

import pytest

from arena.competitions.change_competitions import merge_competitions
from arena.exchange.import_votes import apply_import
from arena.exchange.plan_import import ImportOptions, ImportRefused, plan_import
from arena.exchange.vote_file import VoteFileError
from arena.models import Competition, Tally, VoteImport
from providers.models import ImageModel, ModelAlias
from tests.arena.factories import import_text, make_model, read

pytestmark = pytest.mark.django_db

FIRST = ["S1,A,B,left", "S1,B,C,left", "S2,A,C,right"]
SECOND = ["S1,C,A,left", "S2,B,C,tie", "S2,A,B,left"]
THIRD = ["S2,C,B,left", "S1,A,B,both_bad", "S3,A,D,left"]
HEADER = "set,left,right,winner"


def text(*parts: list[str]) -> str:
    return "\n".join([HEADER, *(row for part in parts for row in part)]) + "\n"


def grow(*parts: list[str], column: bool = True, **options):
    return import_text(text(*parts), title="G", competition_column="set" if column else "", **options)


def rename_model() -> None:
    model = ImageModel.objects.get(slug="a")
    model.name, model.slug = "Alnus XL", "alnus-xl"
    model.full_clean()
    model.save()


def second_of_the_name() -> None:
    make_model("B", slug="b-of-others", creator="others")


def another_takes_the_name() -> None:
    ImageModel.objects.filter(slug="c").update(name="Cedrus", slug="cedrus")
    make_model("C", slug="c-of-others", creator="others")


def move_the_alias() -> None:
    ImageModel.objects.filter(slug="c").update(slug="c-old")
    ModelAlias.objects.filter(slug="c").delete()
    ModelAlias.objects.create(model=make_model("Other", creator="others"), slug="c")


def rename_competition() -> None:
    Competition.objects.filter(title="G: S1").update(title="Renamed")


def merge() -> None:
    first, second = (Competition.objects.get(title=title) for title in ("G: S1", "G: S2"))
    merge_competitions(second.pk, first.pk)


MODEL_CHANGES = (None, rename_model, second_of_the_name, another_takes_the_name, move_the_alias)
COMPETITION_CHANGES = (None, rename_competition, merge)


def outcome_counts() -> dict[tuple[int, ...], int]:
    """Votes by left and right model, of all competitions: no merge changes them."""
    found: dict[tuple[int, ...], int] = {}
    for tally in Tally.objects.all():
        key = (tally.left_model_id, tally.right_model_id)
        found[key] = found.get(key, 0) + tally.left + tally.right + tally.tie + tally.both_bad
    return found


@pytest.mark.parametrize("is_old", [False, True], ids=["names stored", "names read off the votes"])
@pytest.mark.parametrize("match_slugs", [False, True])
@pytest.mark.parametrize(("of_model", "of_competition"), list(product(MODEL_CHANGES, COMPETITION_CHANGES)))
def test_whatever_is_renamed_or_merged_the_rows_that_come_go_where_the_first_went(
    of_model, of_competition, match_slugs: bool, is_old: bool
) -> None:
    grow(FIRST, match_slugs=match_slugs)
    if is_old:
        VoteImport.objects.update(model_ids={}, competition_ids={})
    ids = dict(ImageModel.objects.values_list("name", "id"))
    boards = dict(Competition.objects.values_list("title", "id"))
    for change in filter(None, (of_model, of_competition)):
        change()
    models, competitions = ImageModel.objects.count(), Competition.objects.count()
    plan = grow(FIRST, SECOND, match_slugs=match_slugs).plan
    assert (plan.new_models, plan.new_competitions, plan.new_votes) == (0, 0, 3)
    grow(FIRST, SECOND, THIRD, match_slugs=match_slugs)
    assert ImageModel.objects.count() == models + 1
    assert Competition.objects.count() == competitions + 1
    wanted: dict[tuple[int, ...], int] = {}
    ids["D"] = ImageModel.objects.get(name="D").id
    for row in FIRST + SECOND + THIRD:
        _, left, right, _ = row.split(",")
        wanted[ids[left], ids[right]] = wanted.get((ids[left], ids[right]), 0) + 1
    assert outcome_counts() == wanted
    assert Competition.objects.get(pk=boards["G: S2"]).battles.count() == (8 if of_competition is merge else 4)


def test_a_competition_of_its_own_is_gone_on_with_after_a_merge() -> None:
    import_text("left,right,winner\nA,B,left\n", file_name="one.csv")
    import_text("left,right,winner\nA,B,right\nB,A,left\n", file_name="two.csv")
    one, two = Competition.objects.order_by("id")
    merge_competitions(two.pk, one.pk)
    plan = import_text("left,right,winner\nA,B,left\nA,B,tie\n", file_name="renamed.csv").plan
    assert [planned.id for planned in plan.competitions.values()] == [two.pk]


def test_a_competition_that_was_deleted_is_not_begun_again_with_a_part_of_its_votes() -> None:
    grow(FIRST)
    Competition.objects.get(title="G: S2").delete()
    with pytest.raises(ImportRefused, match="'S2' went to was deleted"):
        grow(FIRST, SECOND)
    assert import_text(text(FIRST, SECOND), title="Anew", competition_column="set").plan.new_votes == 6


def test_names_that_can_no_longer_be_told_are_refused() -> None:
    """An import from before names were stored, of which some votes are gone."""
    grow(FIRST)
    VoteImport.objects.update(model_ids={}, competition_ids={})
    Competition.objects.get(title="G: S2").delete()
    ImageModel.objects.filter(slug="a").update(name="Alnus")
    with pytest.raises(ImportRefused, match="first votes of"):
        grow(FIRST, ["S1,A,B,left"])


def test_a_new_value_whose_title_another_has_now_is_refused() -> None:
    grow(FIRST)
    Competition.objects.filter(title="G: S1").update(title="G: S9")
    with pytest.raises(ImportRefused, match="titled 'G: S9' is where other votes of this file went"):
        grow(FIRST, ["S9,A,B,left"])


def test_a_new_name_that_an_old_model_has_now_is_refused() -> None:
    grow(FIRST)
    rename_model()
    with pytest.raises(ImportRefused, match="'A' and 'Alnus XL' are one model here"):
        grow(FIRST, ["S1,A,B,left", "S1,Alnus XL,B,left"])


def test_an_import_made_anew_after_its_competitions_were_deleted_can_grow() -> None:
    grow(FIRST)
    grow(FIRST, SECOND)
    Competition.objects.all().delete()
    assert grow(FIRST).plan.new_votes == 3
    assert grow(FIRST, SECOND).plan.new_votes == 3
    assert grow(FIRST, SECOND, THIRD).plan.new_votes == 3


def test_spellings_that_differ_in_blanks_or_normal_form_are_one_model() -> None:
    plan = import_text("left,right,winner\nCaf\u00e9,Base,left\nCafe\u0301 ,Base,left\n Base,Caf\u00e9,tie\n").plan
    assert plan.new_models == 2
    assert sorted(ImageModel.objects.values_list("name", flat=True)) == ["Base", "Caf\u00e9"]


def test_one_model_in_two_spellings_on_both_sides_is_refused_with_its_line() -> None:
    with pytest.raises(VoteFileError, match="line 3: 'Base' and 'Base ' are one model"):
        import_text("left,right,winner\nA,Base,left\nBase,Base ,left\n")


def test_names_that_look_alike_are_named() -> None:
    make_model("cafe", slug="their-cafe")
    options = ImportOptions(mode="text-to-image", title="t")
    plan = plan_import(read("left,right,winner\nCafe,CAFE,left\nＣafe,Base,left\n"), options)
    assert plan.look_alikes == (("'Cafe'", "'CAFE'", "'Ｃafe'", "'cafe', the model their-cafe"),)
    apply_import(plan)
    assert plan_import(read("left,right,winner\nBase,Other,left\n"), options).look_alikes == ()


def test_slugs_are_none_that_tables_misread() -> None:
    import_text("left,right,winner\nNA,null,left\nNaN,True,left\n1e5,007,left\n=1+1,-5,tie\nNone,n/a,left\n")
    slugs = set(ImageModel.objects.values_list("slug", flat=True))
    assert {"model-na", "model-null", "model-nan", "model-true", "model-1e5", "model-007", "model-11"} <= slugs
    assert {"model-5", "model-none", "model-na-2"} <= slugs
