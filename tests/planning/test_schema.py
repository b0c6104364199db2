"""A model's compiled schema: what it holds, what it refuses and in which words."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.planning.checks import FieldsRefused, check_fields
from providers.planning.schema.compile import UNIFIED, compile_schema
from providers.planning.schema.face import schema_face
from providers.sheet import EndpointSheet, Named, ParameterSheet, PriceSheet

T2I, EDIT = "text-to-image", "image-edit"


def endpoint(provider: str, *rows: ParameterSheet, modes=(T2I,), prices=()) -> EndpointSheet:
    return EndpointSheet(
        key=f"{provider}/m",
        provider=Named(slug=provider, name=provider.title()),
        provider_model_id="m",
        modes=modes,
        parameters=rows,
        prices=prices,
    )


def row(name: str, kind: str, **more) -> ParameterSheet:
    return ParameterSheet(name=name, group="additional", type=kind, **more)


FAST = row("go_fast", "boolean")
STEPS = row("steps", "integer")
SCALE = row("cfg_scale", "number")
SPEED = row("speed", "string", values=("slow", "fast"))
SCHEMA = compile_schema(
    [], [endpoint("fal", STEPS, SCALE, SPEED), endpoint("replicate", STEPS, FAST, modes=(T2I, EDIT))]
)


def names(groups) -> list[str]:
    return [parameter.name for group in groups for parameter in group.parameters]


def test_every_served_model_takes_the_unified_layer() -> None:
    assert set(names(SCHEMA)) >= {one.name for one in UNIFIED}
    only_drawing = compile_schema([], [endpoint("fal")])
    assert "image" not in names(only_drawing)


def test_what_the_model_declares_of_itself_comes_before_the_unified_layer() -> None:
    declared = [ParameterSheet(name="n", group="output", type="integer", description="One at a time", modes=(T2I,))]
    groups = compile_schema(declared, [endpoint("fal")])
    (n,) = [parameter for group in groups for parameter in group.parameters if parameter.name == "n"]
    assert n.description == "One at a time"


def test_a_model_nobody_serves_takes_what_it_declares() -> None:
    assert compile_schema([], []) == ()


@pytest.mark.parametrize(
    ("fields", "checked"),
    [
        ({"prompt": "a", "steps": "8"}, {"prompt": "a", "steps": 8}),
        ({"prompt": "a", "steps": 8.0}, {"prompt": "a", "steps": 8}),
        ({"prompt": "a", "cfg_scale": "1.5"}, {"prompt": "a", "cfg_scale": 1.5}),
        ({"prompt": "a", "go_fast": "true"}, {"prompt": "a", "go_fast": True}),
        ({"prompt": "a", "steps": None}, {"prompt": "a"}),
        ({"prompt": "a", "brand_new": [1]}, {"prompt": "a", "brand_new": [1]}),
    ],
)
def test_fields_come_out_in_their_types(fields, checked) -> None:
    assert check_fields(SCHEMA, T2I, fields) == checked


@pytest.mark.parametrize(
    ("fields", "mode", "said"),
    [
        ({}, T2I, "prompt: is needed for Text to Image"),
        ({"prompt": 5}, T2I, "prompt: 5 is not text"),
        ({"prompt": "a", "steps": "eight"}, T2I, "steps: 'eight' is not a whole number"),
        ({"prompt": "a", "steps": True}, T2I, "steps: True is not a whole number"),
        ({"prompt": "a", "cfg_scale": "nan"}, T2I, "cfg_scale: 'nan' is not a number"),
        ({"prompt": "a", "go_fast": 1}, T2I, "go_fast: 1 is not true or false"),
        ({"prompt": "a", "speed": "warp"}, T2I, "speed: 'warp' is not allowed; allowed are slow, fast"),
        ({"prompt": "a", "image": "x"}, T2I, "image: belongs to Image Edit"),
        ({"prompt": "a"}, EDIT, "image: is needed for Image Edit"),
    ],
)
def test_what_does_not_fit_is_named(fields, mode, said) -> None:
    with pytest.raises(FieldsRefused) as refused:
        check_fields(SCHEMA, mode, fields)
    assert said in str(refused.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(FieldsRefused) as refused:
        check_fields(SCHEMA, T2I, {"steps": "x", "speed": "warp"})
    assert [error.field for error in refused.value.errors] == ["prompt", "steps", "speed"]


def test_files_that_came_beside_the_fields_count_as_given() -> None:
    assert check_fields(SCHEMA, EDIT, {"prompt": "a"}, given=("image",)) == {"prompt": "a"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(names(SCHEMA)), JSON, max_size=5), st.sampled_from([T2I, EDIT]))
def test_any_value_is_taken_or_refused_in_words(fields, mode) -> None:
    errors = ()
    try:
        check_fields(SCHEMA, mode, fields)
    except FieldsRefused as refused:
        errors = refused.errors
    assert all(error.field in names(SCHEMA) and error.message for error in errors)


def test_the_json_face_tells_endpoints_with_parameters_and_prices() -> None:
    prices = (
        PriceSheet(metric="megapixel", amount_usd=Decimal("0.0050")),
        PriceSheet(
            metric="image", amount_usd=Decimal("0.03"), conditions={"prompt_extend": True}, condition_stated=False
        ),
    )
    face = schema_face(SCHEMA, [endpoint("fal", SPEED, FAST, prices=prices)])
    assert face["endpoints"] == [
        {
            "key": "fal/m",
            "provider": "fal",
            "provider_name": "Fal",
            "modes": [T2I],
            "supported_parameters": {
                "speed": {"type": "enum", "values": ["slow", "fast"]},
                "go_fast": {"type": "boolean"},
            },
            "pricing": [
                {"billable": "output_image", "unit": "megapixel", "unit_size": "1", "cost_usd": "0.005"},
                {
                    "billable": "output_image",
                    "unit": "image",
                    "unit_size": "1",
                    "cost_usd": "0.03",
                    "variant": {"prompt_extend": True},
                    "condition_stated": False,
                },
            ],
        }
    ]
    found = {one["name"]: one for group in face["groups"] for one in group["parameters"]}
    assert found["speed"]["only_via"] == "fal"
    assert found["response_format"]["values"] == ["url", "b64_json"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("n", 0, "n: 0 is not allowed; allowed are 1 to 10"),
        ("n", "11", "n: '11' is not allowed; allowed are 1 to 10"),
        ("output_compression", 101, "output_compression: 101 is not allowed; allowed are 0 to 100"),
    ],
)
def test_numbers_of_the_unified_layer_have_bounds(name, value, said) -> None:
    with pytest.raises(FieldsRefused, match=said):
        check_fields(SCHEMA, T2I, {"prompt": "a boat", name: value})


def test_bounds_are_on_the_face_and_their_ends_belong_to_them() -> None:
    described = {one["name"]: one for group in schema_face(SCHEMA, [])["groups"] for one in group["parameters"]}
    assert (described["n"]["minimum"], described["n"]["maximum"]) == (1, 10)
    assert "minimum" not in described["seed"]
    for n in (1, 10):
        assert check_fields(SCHEMA, T2I, {"prompt": "a boat", "n": n})["n"] == n
