"""The simulator's own operations: what was charged, what shall go wrong, a fresh start."""

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.ledger import Charge, total_usd
from providers.simulator.operation import WHOLE, Answer, json_answer, json_body, operations
from providers.simulator.script import BadRule, rule_of
from providers.simulator.switches import Trouble
from providers.simulator.world import World

FILTERS = ("provider", "model", "intent", "job", "prompt", "request_id")


def routes(world: World) -> list[Route]:
    route = operations(world, refuse, open_paths=True)
    return [
        route("GET", "/", index),
        route("GET", "/health", health),
        route("GET", "/ledger", ledger),
        route("DELETE", "/ledger", forget),
        route("GET", "/script", script),
        route("POST", "/script", add_rules),
        route("DELETE", "/script", drop_rules),
        route("POST", "/reset", reset),
    ]


def refuse(trouble: Trouble) -> Answer:
    """An error in plain words."""
    return json_answer({"error": trouble.message}, trouble.status or 400)


async def index(world: World, request: Request) -> Answer:
    found = {
        "what": "simulated providers of images",
        "protocols": ["/fal", "/replicate", "/dashscope", "/openai/v1"],
        "control": ["/ledger", "/script", "/reset"],
        "speed": world.conditions.speed,
        "pictures": world.conditions.pictures,
    }
    return json_answer(found)


async def health(world: World, request: Request) -> Answer:
    return Answer(body=b"ok", media_type="text/plain")


async def ledger(world: World, request: Request) -> Answer:
    """Charges that stand, those that match every filter; `after` a number, to go on from there."""
    query = request.query_params
    if unknown := set(query) - {*FILTERS, "after"}:
        raise Trouble("invalid", f"{', '.join(sorted(unknown))}: allowed are {', '.join((*FILTERS, 'after'))}")
    after = query.get("after", "0")
    if not WHOLE.fullmatch(after):
        raise Trouble("invalid", "after: a whole number is wanted")
    found = [charge for charge in world.ledger.standing(world.clock()) if _fits(charge, query, int(after))]
    shown = {
        "count": len(found),
        "amount_usd": str(total_usd(found)),
        "charges": [charge.shown() for charge in found],
        "calls": world.ledger.calls(),
    }
    return json_answer(shown)


def _fits(charge: Charge, query: QueryParams, after: int) -> bool:
    shown = charge.shown() if any(name in query for name in FILTERS) else {}
    return charge.number > after and all(shown[name] == query[name] for name in FILTERS if name in query)


async def forget(world: World, request: Request) -> Answer:
    return json_answer({"forgotten": world.ledger.clear()})


async def script(world: World, request: Request) -> Answer:
    return json_answer({"rules": [rule.shown() for rule in world.script.rules]})


async def add_rules(world: World, request: Request) -> Answer:
    """One rule, or `rules`, a list of them; all are checked before any is in force."""
    body = await json_body(request)
    given = body.get("rules", [body])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Trouble("invalid", "rules: a list of objects is wanted")
    try:
        made = [rule_of(one) for one in given]
    except BadRule as error:
        raise Trouble("invalid", str(error)) from None
    world.script.rules += made
    return json_answer({"rules": [rule.shown() for rule in world.script.rules]}, 201)


async def drop_rules(world: World, request: Request) -> Answer:
    dropped = len(world.script.rules)
    world.script.rules.clear()
    return json_answer({"dropped": dropped})


async def reset(world: World, request: Request) -> Answer:
    world.reset()
    return json_answer({"reset": True})
