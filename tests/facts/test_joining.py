"""Which reported figure yields to which measured one, and how parameters are compiled."""

from decimal import Decimal

from lumenboard.facts.assembly import join_standings
from lumenboard.facts.types import MEASURED, Origin, StandingFacts
from providers.planning.schema.compile import compile_parameters
from providers.sheet import EndpointSheet, Named, ParameterSheet

REPORTED = Origin(kind="reported", source="cards.example")


def make_standing(title="Red Fox", ranked_models=20, origin=REPORTED, **changes):
    values = {"kind": "competition", "mode": "", "rating": Decimal(1000), "rank": 1, "wins": 1, "losses": 0, "ties": 0}
    return StandingFacts(title=title, ranked_models=ranked_models, origin=origin, **{**values, **changes})


def make_measured(title="Red Fox", ranked_models=20, **changes):
    return make_standing(title, ranked_models, MEASURED, **{"mode": "text-to-image", **changes})


def make_parameter(name="seed", group="core", kind="integer", **changes):
    return ParameterSheet(name=name, group=group, type=kind, **changes)


def make_endpoint(provider, *parameters, modes=("text-to-image",)):
    named = Named(slug=provider, name=provider)
    return EndpointSheet(key=f"{provider}/m", provider=named, provider_model_id="m", modes=modes, parameters=parameters)


def origins(standings):
    return [(row.origin.kind, row.ranked_models) for row in standings]


def test_a_report_yields_to_its_measured_counterpart_alone():
    joined = join_standings([make_measured("Red Fox")], [make_standing("Red Fox"), make_standing("Blue Fox")])
    assert [(row.title, row.origin.kind) for row in joined] == [("Red Fox", "measured"), ("Blue Fox", "reported")]


def test_boards_of_one_title_pair_by_size():
    reported = [make_standing(ranked_models=14), make_standing(ranked_models=21)]
    assert origins(join_standings([make_measured(ranked_models=9)], reported)) == [("measured", 9), ("reported", 14)]
    two = [make_measured(ranked_models=5), make_measured(ranked_models=9)]
    assert {kind for kind, _ in origins(join_standings(two, reported))} == {"measured"}


def test_a_category_pairs_only_within_its_mode():
    report = make_standing("Portrait", kind="category", mode="image-edit")
    other = make_measured("Portrait", kind="category", mode="text-to-image")
    same = make_measured("Portrait", kind="category", mode="image-edit")
    assert len(join_standings([other], [report])) == 2
    assert len(join_standings([same], [report])) == 1


def test_the_measured_standing_keeps_the_picture_of_its_report_unless_it_has_its_own():
    report = make_standing(image_url="https://pictures.example/1")
    assert join_standings([make_measured()], [report])[0].image_url == "https://pictures.example/1"
    own = make_measured(image_url="https://here.example/2")
    assert join_standings([own], [report])[0].image_url == "https://here.example/2"


def test_unmatched_reports_keep_their_order():
    reported = [make_standing(title, rating=Decimal(rating)) for title, rating in (("B", 900), ("A", 1200))]
    assert [row.title for row in join_standings([], reported)] == ["B", "A"]


def test_a_win_rate_counts_ties_as_nothing():
    assert round(make_standing(wins=11, losses=4, ties=3).win_rate * 100, 1) == Decimal("61.1")
    assert make_standing(wins=0).win_rate is None


def test_endpoint_rows_come_before_declared_ones():
    declared = [make_parameter("seed", kind="string", default="a", modes=("text-to-image",), description="Declared.")]
    native = make_endpoint("fal", make_parameter("seed", default=7))
    (seed,) = compile_parameters(declared, [native])[0].parameters
    assert (seed.type, seed.default, seed.description) == ("integer", 7, "Declared.")


def test_groups_and_order_are_the_declared_ones_and_the_rest_follows_by_name():
    declared = [make_parameter("size", "size"), make_parameter("b"), make_parameter("a")]
    native = make_endpoint("fal", make_parameter("z"), make_parameter("c"))
    groups = compile_parameters(declared, [native])
    names = [(group.slug, [row.name for row in group.parameters]) for group in groups]
    assert names == [("core", ["b", "a", "c", "z"]), ("size", ["size"])]


def test_only_via_names_a_provider_when_another_known_one_lacks_it():
    alone = [make_endpoint("fal", make_parameter("turbo")), make_endpoint("replicate", make_parameter("seed"))]
    assert [row.only_via for group in compile_parameters([], alone) for row in group.parameters] == ["replicate", "fal"]
    silent = [make_endpoint("fal", make_parameter("turbo")), make_endpoint("replicate")]
    assert compile_parameters([], silent)[0].parameters[0].only_via == ""


def test_a_value_is_allowed_where_any_endpoint_allows_it():
    both = [
        make_endpoint("fal", make_parameter("format", values=("png", "jpeg"))),
        make_endpoint("replicate", make_parameter("format", values=("png", "webp"))),
    ]
    assert compile_parameters([], both)[0].parameters[0].values == ("png", "jpeg", "webp")
    free = [*both, make_endpoint("other", make_parameter("format"))]
    assert compile_parameters([], free)[0].parameters[0].values == ()


def test_a_parameter_is_required_in_the_modes_where_every_endpoint_requires_it():
    both = ("text-to-image", "image-edit")
    endpoints = [
        make_endpoint("fal", make_parameter("prompt", required_modes=both), modes=both),
        make_endpoint("replicate", make_parameter("prompt", required_modes=("text-to-image",)), modes=both),
    ]
    prompt = compile_parameters([], endpoints)[0].parameters[0]
    assert (prompt.required_modes, prompt.is_required) == (("text-to-image",), False)
