"""Routing as a pure function: its order, its limits, and what holds whatever comes in."""

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.planning.checks import BadPreference, read_preference
from providers.planning.routing import ALIASES, STRATEGIES, Candidate, Preference, draw_weights, route

FIGURES = {
    "price_usd": st.none() | st.decimals(0, 10, places=6),
    "p50_ms": st.none() | st.floats(1, 1e6),
    "success_rate": st.none() | st.floats(0, 1),
    "images_per_minute": st.none() | st.floats(0, 1e4),
    "rating": st.none() | st.floats(0, 3000),
}
SLUGS = st.sampled_from(["fal", "replicate", "alibaba", "harbor"])
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        endpoint_key=st.sampled_from([f"e{number}" for number in range(8)]),
        provider=SLUGS,
        model=st.just("m"),
        is_cooling=st.booleans(),
        **FIGURES,
    ),
    max_size=10,
)
NAMES = st.lists(SLUGS, max_size=3).map(tuple)
PREFERENCES = st.builds(
    Preference,
    sort=st.sampled_from(STRATEGIES),
    order=NAMES,
    only=NAMES,
    ignore=NAMES,
    allow_fallbacks=st.booleans(),
    max_price_usd=st.none() | st.decimals(0, 10, places=3),
    forced=st.just("") | SLUGS,
)


def make_candidate(key: str, provider: str = "fal", **figures) -> Candidate:
    return Candidate(endpoint_key=key, provider=provider, model="m", **figures)


def keys(candidates) -> list[str]:
    return [candidate.endpoint_key for candidate in candidates]


def read(**provider) -> Preference:
    return read_preference(provider)


@given(CANDIDATES, PREFERENCES, st.integers())
def test_whatever_comes_in_the_route_keeps_its_promises(candidates, preference, seed) -> None:
    routed = route(candidates, preference, Random(seed).random)
    assert len(set(keys(routed))) == len(routed)
    assert set(routed) <= set(candidates)
    assert routed == route(candidates, preference, Random(seed).random)
    assert [c.is_cooling for c in routed] == sorted(c.is_cooling for c in routed)
    assert not {c.provider for c in routed} & set(preference.ignore)
    assert not preference.only or {c.provider for c in routed} <= set(preference.only)
    assert not preference.forced or {c.provider for c in routed} <= {preference.forced}
    assert len(routed) <= (1 if preference.forced or not preference.allow_fallbacks else 99)
    limit = preference.max_price_usd
    assert limit is None or all(c.price_usd is not None and c.price_usd <= limit for c in routed)


@given(CANDIDATES, st.integers())
def test_without_wishes_every_endpoint_is_offered_once(candidates, seed) -> None:
    routed = route(candidates, Preference(), Random(seed).random)
    assert sorted(keys(routed)) == sorted({c.endpoint_key for c in candidates})


@given(CANDIDATES)
def test_sorted_by_price_no_dearer_endpoint_comes_first(candidates) -> None:
    routed = route(candidates, Preference(sort="price"), Random(0).random)
    for cooling in (False, True):
        prices = [c.price_usd if c.price_usd is not None else 99 for c in routed if c.is_cooling == cooling]
        assert prices == sorted(prices)


@given(CANDIDATES.filter(bool))
def test_weights_are_finite_and_cheaper_never_weighs_less(candidates) -> None:
    weights = dict(zip(candidates, draw_weights(candidates), strict=True))
    assert all(0 < weight <= 1 for weight in weights.values())
    equal = [c for c in candidates if c.success_rate == candidates[0].success_rate and c.price_usd is not None]
    for one in equal:
        assert all(weights[one] >= weights[other] for other in equal if one.price_usd < other.price_usd)


def test_half_the_price_is_tried_first_four_times_as_often() -> None:
    candidates = [make_candidate("a", price_usd=Decimal("0.01")), make_candidate("b", price_usd=Decimal("0.02"))]
    draw = Random(5).random
    first = Counter(route(candidates, Preference(), draw)[0].endpoint_key for _ in range(5000))
    assert 0.77 < first["a"] / 5000 < 0.83


def test_success_scales_the_weight() -> None:
    candidates = [make_candidate("a", success_rate=0.5), make_candidate("b", success_rate=1.0)]
    assert draw_weights(candidates) == [0.5, 1.0]


@pytest.mark.parametrize(
    ("sort", "figure", "best"),
    [("latency", "p50_ms", 10.0), ("throughput", "images_per_minute", 90.0), ("quality", "rating", 1200.0)],
)
def test_each_strategy_puts_its_best_figure_first_and_the_unknown_last(sort, figure, best) -> None:
    candidates = [
        make_candidate("none"),
        make_candidate("mid", **{figure: 50.0}),
        make_candidate("b", **{figure: best}),
    ]
    assert keys(route(candidates, Preference(sort=sort), Random(0).random)) == ["b", "mid", "none"]


def test_an_explicit_order_comes_before_the_strategy() -> None:
    candidates = [
        make_candidate("cheap", "fal", price_usd=Decimal("0.001")),
        make_candidate("dear", "replicate", price_usd=Decimal(1)),
        make_candidate("mid", "alibaba", price_usd=Decimal("0.1")),
    ]
    wish = read(order=["replicate", "alibaba"], sort="price")
    assert keys(route(candidates, wish, Random(0).random)) == ["dear", "mid", "cheap"]
    alone = read(order=["alibaba"], allow_fallbacks=False)
    assert keys(route(candidates, alone, Random(0).random)) == ["mid"]


def test_a_wished_latency_moves_slower_and_unmeasured_endpoints_back() -> None:
    candidates = [
        make_candidate("slow", p50_ms=9000, p95_ms=9e4),
        make_candidate("new"),
        make_candidate("ok", p50_ms=900),
    ]
    wish = read(preferred_max_latency=2, sort="price")
    assert keys(route(candidates, wish, Random(0).random))[0] == "ok"
    assert wish.preferred_max_latency_ms == {"p50": 2000.0}


def test_a_limit_per_image_counts_every_image() -> None:
    dear = make_candidate("dear", price_usd=Decimal("0.04"), images=2)
    assert keys(route([dear], read(max_price={"image": 0.02}), Random(0).random)) == ["dear"]
    assert route([dear], read(max_price={"request": 0.02}), Random(0).random) == ()
    assert route([make_candidate("unknown")], read(max_price=1), Random(0).random) == ()


def test_long_names_of_strategies_are_understood() -> None:
    assert {name: read(sort=name).sort for name in ALIASES} == dict(ALIASES)


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ([], "provider"),
        ({"colour": 1}, "provider.colour"),
        ({"sort": "best"}, "provider.sort"),
        ({"sort": ["price"]}, "provider.sort"),
        ({"order": "fal"}, "provider.order"),
        ({"only": [1]}, "provider.only"),
        ({"allow_fallbacks": "no"}, "provider.allow_fallbacks"),
        ({"max_price": {"token": 1}}, "provider.max_price.token"),
        ({"max_price": True}, "provider.max_price"),
        ({"preferred_max_latency": {"p99": 1}}, "provider.preferred_max_latency.p99"),
        ({"preferred_max_latency": float("nan")}, "provider.preferred_max_latency"),
        ({"options": {"fal": 1}}, "provider.options.fal"),
    ],
)
def test_a_wrong_wish_is_named(provider, field) -> None:
    with pytest.raises(BadPreference) as caught:
        read_preference(provider)
    assert caught.value.field == field


def test_null_is_no_wish() -> None:
    assert read(sort=None, order=None, options=None, max_price=None) == Preference() == read_preference(None)
