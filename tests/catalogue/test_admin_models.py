"""A model's page in the admin saves what was typed, and what is refused is said beside the field."""

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from providers.catalogue.checks import check_sheet
from providers.catalogue.rows import read_sheets
from providers.models import Creator, Family, ImageModel, Provider
from providers.sheet import AliasSunsetSheet, ParameterSheet
from tests.catalogue.factories import (
    full_sheet,
    make_endpoint_sheet,
    make_sheet,
    store,
    stored,
)
from tests.catalogue.forms import add_row, errors_of, form_of, page_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("parameter", "shown"),
    [
        ({"type": "number", "default": 0.5, "values": (0.5, 1, 2.25)}, "0.5\r\n1\r\n2.25"),
        ({"type": "boolean", "default": False, "values": (True, False)}, "true\r\nfalse"),
        ({"type": "string", "default": " spaced, ", "values": ("a, b", "true", "7", "é")}, "a, b\r\ntrue\r\n7\r\né"),
        ({"type": "string", "default": "two\nlines", "values": ("x\ny",)}, "x\r\ny"),
        ({"type": "string", "default": ""}, ""),
    ],
    ids=["numbers", "booleans", "texts that look like others", "line ends", "the empty text"],
)
def test_values_of_parameters_come_through_a_form_unharmed(parameter: dict, shown: str, operator: Client) -> None:
    said = ParameterSheet(name="knob", group="core", description="old", **parameter)
    (model,) = store(make_sheet(parameters=(said,)))
    form = form_of(operator, page_of(model))
    assert form["parameters-0-values"] == [shown]
    form["parameters-0-description"] = ["new"]
    assert operator.post(page_of(model), form).status_code == 302
    assert stored("heron").parameters == (replace(said, description="new"),)


def test_a_new_model_is_made_with_everything_on_its_page(operator: Client) -> None:
    store(make_sheet("other", endpoints=(make_endpoint_sheet("fal/other"),)))
    creator, provider = Creator.objects.get(), Provider.objects.get()
    url = reverse("admin:providers_imagemodel_add")
    form = form_of(operator, url) | {
        "name": ["Swift 3"],
        "slug": ["swift-3"],
        "creator": [str(creator.pk)],
        "alternative_names": ["Swift Three\r\n\r\nSwift III\r\n"],
        "tags": ["fast, , open-weights,fast"],
        "about": ["## Overview\r\n\r\nQuick."],
        "modes": ["image-edit"],
        "input_modalities": ["text", "image"],
        "status": ["deprecated"],
        "sunset_on": ["2027-01-31"],
        "successor": ["other"],
    }
    add_row(form, "aliases", slug="swift-latest", sunset_on="2027-01-01")
    add_row(form, "aliases", slug="swift-new", position="0")
    add_row(
        form, "endpoints", key="fal/swift-3", provider=str(provider.pk), provider_model_id="swift", modes="image-edit"
    )
    add_row(
        form, "parameters", name="n", group="output", type="integer", default="1", values="1\r\n2", modes="image-edit"
    )
    add_row(form, "parameters", name="seed", group="core", type="integer", only_through=str(provider.pk))
    add_row(form, "curated_images", url="https://example.com/a.webp", prompt="A swift")
    answer = operator.post(url, form)
    assert answer.status_code == 302, errors_of(answer)

    made = check_sheet(stored("swift-3"))
    assert (made.alternative_names, made.tags) == (("Swift Three", "Swift III"), ("fast", "open-weights"))
    assert (made.about, made.modes, made.sunset_on) == ("## Overview\n\nQuick.", ("image-edit",), date(2027, 1, 31))
    assert made.aliases == ("swift-new", "swift-latest")
    assert made.alias_sunsets == (AliasSunsetSheet(slug="swift-latest", sunset_on=date(2027, 1, 1)),)
    assert made.successor == "other"
    assert [endpoint.key for endpoint in made.endpoints] == ["fal/swift-3"]
    assert [(p.name, p.default, p.values, p.only_through) for p in made.parameters] == [
        ("n", 1, (1, 2), ""),
        ("seed", None, (), "fal"),
    ]
    assert [image.prompt for image in made.curated_images] == ["A swift"]
    assert not made.is_announced


def test_new_rows_go_to_the_end_in_the_order_they_were_added(operator: Client) -> None:
    (model,) = store(make_sheet(aliases=("a", "b")))
    form = form_of(operator, page_of(model))
    for slug in ("c", "d"):
        add_row(form, "aliases", slug=slug, position="")
    operator.post(page_of(model), form)
    assert stored("heron").aliases == ("a", "b", "c", "d")


MODEL_FAULTS = {
    "a successor of an active model": (
        {"successor": "other", "status": "active"},
        "successor: 'other'; allowed: another",
    ),
    "sunset of an active model": ({"sunset_on": "2027-01-01", "status": "active"}, "sunset_on: '2027-01-01'; allowed"),
    "a mode that is none": ({"modes": "text-to-video"}, "modes: Select a valid choice"),
    "a modality that is none": ({"input_modalities": "smell"}, "input_modalities: Select a valid choice"),
    "one side of a size": ({"max_width_px": "1024", "max_height_px": ""}, "max_width_px: '1024'; allowed: both sides"),
    "a side of zero": ({"max_width_px": "0", "max_height_px": "0"}, "max_width_px: '0'; allowed: 1 to"),
    "a side beyond the table": (
        {"max_width_px": "9999999999", "max_height_px": "1"},
        "max_width_px: '9999",
    ),
    "a slug with a space": ({"slug": "a b"}, "slug: 'a b'; allowed: ASCII letters"),
    "the slug of another model": ({"slug": "other"}, "slug: other already names the model Other; allowed"),
    "an alias of another model": ({"slug": "other-latest"}, "slug: other-latest already names the model Other"),
    "its own alias": ({"slug": "heron-latest"}, "slug: heron-latest is an alias of this model"),
    "the name of another model": ({"name": "Other"}, "already exists"),
    "a long tag": ({"tags": "x" * 201}, "tags: "),
    "a control character": ({"about": "a\x01b"}, "about: "),
    "a parameter of spaces": ({"parameters-0-name": "a b"}, "name: 'a b'; allowed"),
    "a parameter twice": ({"parameters-1-name": "prompt"}, "correct the duplicate"),
    "a default of another type": (
        {"parameters-1-default": "perhaps"},
        "default: Not of the type boolean; allowed: true",
    ),
    "a default that is no number": ({"parameters-1-type": "number", "parameters-1-default": "NaN"}, "default: Not of"),
    "a default beyond bounds": ({"parameters-1-type": "number", "parameters-1-default": "1e400"}, "default: "),
    "a value of another type": ({"parameters-1-values": "true\r\n2"}, "values: Not of the type boolean"),
    "required where it is not accepted": (
        {"parameters-1-required_modes": "image-edit"},
        "required_modes: 'image-edit'; allowed: text-to-image",
    ),
    "a key of another provider": ({"endpoints-0-key": "other/heron"}, "key: 'other/heron'; allowed: a key that begins"),
    "the key of another model": ({"endpoints-0-key": "fal/other"}, "key: Endpoint with this Key already exists"),
    "a link that is none": ({"curated_images-0-url": "javascript:alert(1)"}, "url: Enter a valid URL"),
    "an alias of another": ({"aliases-0-slug": "other-latest"}, "slug: "),
    "an alias that is another's slug": ({"aliases-0-slug": "other"}, "slug: other already names the model Other"),
    "an alias that is its slug": ({"aliases-0-slug": "heron-2"}, "slug: This is the model's own slug"),
}


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_wrong_model_is_refused_beside_the_field(fault: str, operator: Client) -> None:
    typed, said = MODEL_FAULTS[fault]
    other = make_sheet("other", aliases=("other-latest",), endpoints=(make_endpoint_sheet("fal/other"),))
    model = store(full_sheet(), other)[0]
    before = read_sheets()
    form = form_of(operator, page_of(model)) | {name: [value] for name, value in typed.items()}
    assert said in errors_of(operator.post(page_of(model), form))
    assert read_sheets() == before


def test_two_new_aliases_of_one_slug_are_refused(operator: Client) -> None:
    (model,) = store(make_sheet())
    form = form_of(operator, page_of(model))
    for _ in range(2):
        add_row(form, "aliases", slug="twice")
    assert "duplicate" in errors_of(operator.post(page_of(model), form))


def test_a_family_of_another_creator_is_refused(operator: Client) -> None:
    (model,) = store(make_sheet())
    family = Family.objects.create(slug="x", name="X", creator=Creator.objects.create(slug="b", name="B"))
    form = form_of(operator, page_of(model)) | {"family": [str(family.pk)]}
    assert "family: X is a family of another creator" in errors_of(operator.post(page_of(model), form))


def test_a_model_is_renamed_and_keeps_its_old_slug_as_an_alias(operator: Client) -> None:
    (model,) = store(make_sheet())
    form = form_of(operator, page_of(model)) | {"slug": ["heron-one"]}
    add_row(form, "aliases", slug="heron")
    answer = operator.post(page_of(model), form)
    assert answer.status_code == 302, errors_of(answer)
    assert (stored("heron-one").aliases, ImageModel.objects.get().pk) == (("heron",), model.pk)


def test_reported_figures_are_shown_and_cannot_be_sent(operator: Client) -> None:
    (model,) = store(full_sheet())
    text = operator.get(page_of(model)).content.decode()
    assert "#2 of 9" in text
    assert "10W / 4L / 2T" in text
    form = form_of(operator, page_of(model)) | {"reported_standings-0-rating": ["9999"]}
    operator.post(page_of(model), form)
    assert stored("heron-2").reported.standings[0].rating == 1104
