"""What the gateway's figures are held to, as lines of the benchmark's table. Arithmetic and text alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.gateway.processes import Amounts
from bench.gateway.rounds import Result, Results, Shape
from bench.report import Line, Target

OURS, BEFORE, BARE, LITELLM, DIRECT = "lumenboard", "before", "bare proxy", "LiteLLM", "direct"
WEB_MB = 300.0


def figures(shape: Shape, results: Results) -> Iterator[str]:
    """A line a server, for reading."""
    base = results[DIRECT].p50
    for name, result in results.items():
        work = result.per_call_ms
        yield (
            f"{name:10} {shape.name}: p50 {result.p50:8.2f} ms (added {result.p50 - base:+7.2f}, "
            f"best round {result.best_p50:.2f}), "
            f"p99 {result.p99:8.2f}, {result.load.per_second:6.0f}/s, {result.load.refused} refused; processors "
            f"{work.total:6.2f} ms a call (web {work.web:.2f}, PostgreSQL {work.postgresql:.2f}, rest {work.rest:.2f})"
        )


def goals(shape: Shape, results: Results) -> Iterator[Line]:
    """Of answers that come at once; a goal without its counterpart is left out."""
    direct, ours = results[DIRECT], results.get(OURS)
    if ours is None:
        return
    if LITELLM in results:
        yield from _beside_litellm(shape, ours, results[LITELLM], direct)
    if shape.clients > 1:
        spread = ours.p99 / ours.p50
        figure = f"{ours.p99:.1f} ms : {ours.p50:.1f} ms"
        yield Line(f"p99 : p50, {shape.name}", figure, spread, Target(3.0, False, "≤ 3 ×"))
    if BEFORE in results:
        before = results[BEFORE]
        yield _at_most("processor time a call : before", shape, _work(ours), _work(before), 1 / 3)
        yield _at_most("added time : before", shape, _added(ours, direct), _added(before, direct))
    if BARE in results:
        bare = results[BARE]
        yield _exactness(shape, _added(ours, direct), _added(bare, direct))
        yield _at_most("processor time a call : bare proxy", shape, _work(ours), _work(bare))


def memory_goal(memory: Mapping[str, Amounts]) -> Iterator[Line]:
    if OURS not in memory:
        return
    held = memory[OURS]
    yield Line("memory of the web server", f"{held.web:.0f} MB", held.web / WEB_MB, Target(1.0, False, "≤ 300 MB"))
    if LITELLM in memory:
        theirs = memory[LITELLM].total
        yield Line("memory of the web server : LiteLLM", f"{held.web:.0f} : {theirs:.0f} MB", held.web / theirs)


def _beside_litellm(shape: Shape, ours: Result, theirs: Result, direct: Result) -> Iterator[Line]:
    answered, rivals = ours.load.per_second, theirs.load.per_second
    figure = f"{answered:.0f}/s : {rivals:.0f}/s"
    yield Line(f"requests : LiteLLM, {shape.name}", figure, answered / rivals, Target(3.0, True, "≥ 3 ×"))
    yield _at_most("added time : LiteLLM", shape, _added(ours, direct), _added(theirs, direct), 1 / 3)
    yield _at_most("processor time a call : LiteLLM", shape, _work(ours), _work(theirs))


def _exactness(shape: Shape, ours: float, bare: float) -> Line:
    """The price of keys, budgets, intent rows and a stored picture."""
    figure = f"costs {ours - bare:.2f} ms more ({ours:.2f} : {bare:.2f} ms)"
    return Line(f"added time : bare proxy, {shape.name}", figure, ours / bare)


def _at_most(what: str, shape: Shape, ours: float, theirs: float, share: float | None = None) -> Line:
    target = None if share is None else Target(share, False, "≤ ⅓ ×")
    return Line(f"{what}, {shape.name}", f"{ours:.2f} ms : {theirs:.2f} ms", ours / theirs, target)


def _added(result: Result, direct: Result) -> float:
    """The medians' difference, in milliseconds."""
    return result.p50 - direct.p50


def _work(result: Result) -> float:
    return result.per_call_ms.total
