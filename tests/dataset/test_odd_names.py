"""Names that came past every form never stop an export, nor the import of what it wrote."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from arena.models import Category, Competition
from providers.models import Creator, ImageModel
from tests.arena.factories import make_competition, make_model, make_votes
from tests.dataset.moving import empty_the_site, export, restore

pytestmark = pytest.mark.django_db(transaction=True)


def write(table: str, column: str, old: str, new: str) -> None:
    """As SQL by hand does."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [new, old])


def make_odd_names() -> None:
    competition = make_competition("Robots")
    competition.categories.add(Category.objects.create(slug="toys", name="Toys", mode="text-to-image"))
    first, second, third = (
        make_model(name, slug=f"m-{place}") for place, name in enumerate(("Cafe", "Second", "Third"))
    )
    make_votes(competition, (first, second, "left", 3), (second, third, "tie", 1))
    for old, new in (("Second", "Cafe "), ("Third", "\u200b")):
        write("providers_imagemodel", "name", old, new)
    write("providers_creator", "name", "Atelier", "Ate\u202elier\n")
    write("arena_category", "name", "Toys", "\u2060")
    write("arena_competition", "title", "Robots", " Ro\u200bbots ")


def names() -> tuple[list[str], ...]:
    models = ImageModel.objects.order_by("slug").values_list("name", flat=True)
    others = (
        Creator.objects.values_list("name"),
        Category.objects.values_list("name"),
        Competition.objects.values_list("title"),
    )
    return (list(models), *([name for (name,) in rows] for rows in others))


CLEAN = (["Cafe", "Cafe (m-1)", "m-2"], ["Atelier"], ["toys"], ["Robots"])


def test_a_site_with_odd_names_is_exported_and_comes_back(tmp_path: Path) -> None:
    make_odd_names()
    export(tmp_path / "set")
    call_command("export_catalogue", str(tmp_path / "catalogue"), verbosity=0)
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert names() == CLEAN


def test_a_catalogue_that_an_earlier_version_wrote_with_odd_names_comes_back(tmp_path: Path) -> None:
    make_odd_names()
    root = export(tmp_path / "set")
    from providers.catalogue.exchange import import_catalogue

    file = root / "catalogue" / "m-0.toml"
    file.write_text(file.read_text().replace('"Cafe"', '"Ca\u200bfe"'))
    empty_the_site()
    import_catalogue([str(root / "catalogue")], repair=True)
    assert names()[0] == CLEAN[0]


def test_names_that_are_there_are_put_right_by_the_migrations() -> None:
    make_odd_names()
    import_module("providers.migrations.0014_names").tidy_names(apps, None)
    import_module("arena.migrations.0011_names").tidy_names(apps, None)
    assert names() == CLEAN


@pytest.mark.parametrize("name", ["\u200b", "Base\u200b", "\u202eevil", "a\nb", "\u3164"])
def test_no_form_takes_what_nobody_sees(name: str) -> None:
    for row in (
        ImageModel(name=name, slug="s", creator=Creator.objects.create(slug="c", name="C")),
        Competition(title=name, mode="text-to-image"),
        Category(name=name, slug="s", mode="text-to-image"),
        Creator(name=name, slug="d"),
    ):
        with pytest.raises(ValidationError, match=r"name|title"):
            row.full_clean(exclude=["creator"])


def test_blanks_around_a_name_go_wherever_it_is_written() -> None:
    make_model(" Cafe\u0301  au  lait ", slug="m-0")
    assert ImageModel.objects.get(name="Café au lait").name == "Café au lait"
