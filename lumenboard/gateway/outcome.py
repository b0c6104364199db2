"""How a request ends: OpenAI's answer with metadata, or the error that says best what went wrong."""

import time
from decimal import Decimal
from typing import Any, Final

import orjson
from django.core.files.storage import default_storage

from lumenboard.gateway.call import Answer
from lumenboard.gateway.choosing import Route, notes_on, warnings_on
from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.execution import CALLERS_KINDS, Attempt, RequestExecution
from lumenboard.gateway.pictures import Picture, converted
from lumenboard.gateway.request_spec import RequestSpec
from providers.dispatch.picture_header import format_of
from providers.pricing import Usage, usage_from
from providers.requests.settle_requests import CANCELLED
from providers.sheet import IMAGE_EDIT

OF_KIND: Final = {
    "client": "INVALID_REQUEST",
    "moderation": "CONTENT_POLICY_VIOLATION",
    **dict.fromkeys(CALLERS_KINDS, "INSUFFICIENT_BALANCE"),
    "rate_limit": "RATE_LIMITED",
    "timeout": "UPSTREAM_TIMEOUT",
    "busy": "UNAVAILABLE",
    "storage": "UNAVAILABLE",
    "unknown_cost": "PRICE_UNKNOWN",
}
NO_USAGE: Final = {
    "input_tokens": 0,
    "output_tokens": 0,
    "total_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
}
FULL_AGAIN_S: Final = 30.0
ON_ITS_WAY_S: Final = 10.0
# One of these in every attempt is an answer of its own; mixed with others the providers are exhausted.
UNANIMOUS: Final = frozenset({"rate_limit", "timeout", "busy", "storage", "unknown_cost"})


def answer_body(execution: RequestExecution, pictures: list[Picture]) -> JsonObject:
    """The answer, its pictures still without links or bytes: `data` is filled in by the operation."""
    endpoint = execution.done[0][0].endpoint
    return {
        "created": int(time.time()),
        "data": [],
        "size": pictures[0].size,
        "output_format": pictures[0].format,
        **usage_of(execution),
        "metadata": metadata_of(execution)
        | {
            "executed_model": endpoint.key,
            "provider": endpoint.provider,
            "provider_name": endpoint.sheet.provider.name,
        },
    }


def usage_of(execution: RequestExecution) -> JsonObject:
    """What the providers of the pictures counted, summed, by OpenAI's names; nothing where they did not count."""
    counted = [one for _, done in execution.done for one in usage_from(done.usage).tokens]
    if not counted:
        return {}
    usage = Usage(tokens=tuple(counted))
    cached = usage.count("input", cached=True)
    entered, left = usage.count("input"), usage.count("output")
    return {
        "usage": {
            "input_tokens": entered,
            "input_tokens_details": _kinds(usage, "input") | ({"cached_tokens": cached} if cached else {}),
            "output_tokens": left,
            "output_tokens_details": _kinds(usage, "output"),
            "total_tokens": entered + left,
        }
    }


def _kinds(usage: Usage, direction: str) -> JsonObject:
    return {f"{kind}_tokens": usage.count(direction, kind) for kind in ("text", "image")}


def metadata_of(execution: RequestExecution) -> JsonObject:
    """What the answer says of the route, on success and on failure."""
    return {
        "model": execution.spec.asked,
        "request_id": f"req_{execution.request_id.hex}",
        "cost": float(execution.cost_usd),
        "cost_currency": "USD",
        "simulated": execution.is_simulated,
        "attempts": [attempt.to_dict() for attempt in execution.attempts],
        **warnings_on((offer for offer, _ in execution.done), execution.warnings, execution.left_out),
        **notes_on(offer for offer, _ in execution.done),
    }


def failure_of(execution: RequestExecution) -> GatewayError:
    """The error of a request without pictures."""
    last, metadata = execution.last_failure, metadata_of(execution)
    if last is None and execution.is_abandoned:
        return GatewayError("CANCELLED", CANCELLED, metadata=metadata)
    if last is None:
        return GatewayError("UPSTREAM_TIMEOUT", "There was no time left for an attempt.", metadata=metadata)
    kinds = {attempt.kind for attempt in execution.attempts}
    code = OF_KIND.get(last.kind, "ALL_PROVIDERS_EXHAUSTED")
    if last.kind in UNANIMOUS and kinds != {last.kind}:
        code = "ALL_PROVIDERS_EXHAUSTED"
    waits = [attempt.retry_after_s for attempt in execution.attempts if attempt.retry_after_s]
    if last.kind == "storage":
        return GatewayError(code, "This site's storage is full. Nothing was charged.", None, FULL_AGAIN_S, metadata)
    usual = 1.0 if code in {"RATE_LIMITED", "UNAVAILABLE"} else None
    return GatewayError(
        code, _words(code, last, execution), None, max(waits, default=usual) if usual else None, metadata
    )


def _words(code: str, last: Attempt, execution: RequestExecution) -> str:
    if code == "INSUFFICIENT_BALANCE":
        return f"{last.message[:1].upper()}{last.message[1:]}."
    if code == "PRICE_UNKNOWN":
        return (
            f"What this request costs at {last.endpoint_key} cannot be known beforehand: {last.message}. "
            "Whoever runs this site has to state a worst case or a price there. Nothing was sent."
        )
    if code in {"INVALID_REQUEST", "CONTENT_POLICY_VIOLATION"}:
        refused = "refused the request by its content policy" if last.kind == "moderation" else "refused the request"
        return f"{last.provider} {refused}: {last.message}"
    tried = f"{len(execution.attempts)} attempt{'' if len(execution.attempts) == 1 else 's'}"
    return f"No provider delivered after {tried}; the last, {last.provider}: {last.message}"


def stored_answer(
    status: int, body: JsonObject, pictures: list[Picture], as_base64: bool, *, keeps_unstored: bool
) -> JsonObject:
    """What the log keeps to answer a repeat: pictures by name; those that lie nowhere where nobody else has them."""
    named = [
        {"name": picture.name, "revised_prompt": picture.revised_prompt}
        | (picture.to_dict(True) if keeps_unstored and not picture.is_stored else {})
        for picture in pictures
    ]
    return {"status": status, "body": body, "pictures": named, "as_base64": as_base64}


def repeated_body(stored: dict[str, Any], spec: RequestSpec, route: Route) -> JsonObject:
    """The answer again, with fresh links or the stored bytes. Blocking. Raises GatewayError when they are gone."""
    if stored.get("as_they_came"):
        return _body_of_a_lost_request(stored, spec, route)
    items = []
    for item in stored["pictures"]:
        if "b64_json" in item:
            items.append({name: value for name, value in item.items() if value and name != "name"})
            continue
        content = _stored(item["name"], reads=stored["as_base64"], answered_at=stored["body"].get("created", 0))
        picture = Picture(name=item["name"], format="", size="", content=content, revised_prompt=item["revised_prompt"])
        items.append(picture.to_dict(stored["as_base64"]))
    return stored["body"] | ({"data": items} if items else {})


def _body_of_a_lost_request(stored: dict[str, Any], spec: RequestSpec, route: Route) -> JsonObject:
    """Its process died before it could convert the pictures and answer."""
    formatted = [_in_format(item, spec) for item in stored["pictures"][: spec.images]]
    pictures = [picture for picture, _ in formatted]
    came = list({notice["message"]: notice for _, notice in formatted if notice}.values())
    drew = [offer for offer in route.offers if offer.endpoint.key == stored["body"]["metadata"].get("executed_model")]
    warnings = warnings_on(drew, [*route.warnings, *came], ())
    data = [picture.to_dict(spec.as_base64) for picture in pictures]
    body = stored["body"] | {"size": pictures[0].size, "output_format": pictures[0].format, "data": data}
    return body | {"metadata": body["metadata"] | warnings}


def _in_format(item: JsonObject, spec: RequestSpec) -> tuple[Picture, JsonObject | None]:
    """The picture, and what is to be said where it is not in the format that was asked for."""
    name, revised_prompt, came = item["name"], item["revised_prompt"], format_of(item["media_type"])
    to = spec.output_format if spec.output_format != came else None
    content = _stored(name, reads=spec.as_base64 or to is not None)
    picture = Picture(name=name, format=came, size=item["size"], content=content, revised_prompt=revised_prompt)
    return converted(picture, to, spec.output_quality) if to else (picture, None)


def _stored(name: str, *, reads: bool = True, answered_at: float = 0.0) -> bytes:
    """Blocking. A picture that has just been given may still be on its way to the disk."""
    until = min(answered_at + ON_ITS_WAY_S, time.time() + ON_ITS_WAY_S)
    while True:
        try:
            with default_storage.open(name, "rb") as stored:
                return bytes(stored.read()) if reads else b""
        except FileNotFoundError:
            if time.time() > until:
                raise GatewayError("NOT_FOUND", "The answer's pictures are no longer stored.") from None
        time.sleep(0.1)


def overhead_ms(execution: RequestExecution) -> float:
    """What the request took beside its providers."""
    return max(0.0, 1000 * (time.monotonic() - execution.began_at - execution.waited_s))


def headers_of(execution: RequestExecution) -> dict[str, str]:
    """What the answer says of the route beside its body."""
    tried = {attempt.endpoint_key for attempt in execution.attempts if attempt.status != "refused"}
    served = execution.done[0][0].endpoint if execution.done else None
    named = {"x-lumenboard-provider": served.provider, "x-lumenboard-model": served.key} if served else {}
    return named | {
        "x-lumenboard-cost": f"{execution.cost_usd.normalize():f}",
        "x-lumenboard-overhead-ms": f"{overhead_ms(execution):.3f}",
        "x-lumenboard-attempts": str(len(execution.attempts)),
        "x-lumenboard-fallbacks": str(max(0, len(tried) - 1)),
    }


def headers_again(body: JsonObject) -> dict[str, str]:
    """Those of an answer that is given again, as far as its body holds them."""
    metadata = body.get("metadata", {})
    named = {"x-lumenboard-provider": "provider", "x-lumenboard-model": "executed_model"}
    headers = {header: str(metadata[name]) for header, name in named.items() if metadata.get(name)}
    if metadata.get("cost") is not None:
        headers["x-lumenboard-cost"] = f"{Decimal(str(metadata['cost'])).normalize():f}"
    return headers | {"x-lumenboard-repeated": "true"}


def warned(body: JsonObject) -> dict[str, str]:
    """How many warnings the body holds."""
    warnings = body.get("metadata", {}).get("warnings")
    return {"x-lumenboard-warnings": str(len(warnings))} if warnings else {}


def finished(spec: RequestSpec, body: JsonObject, headers: dict[str, str]) -> Answer:
    """As JSON, or for a client that asked for a stream as one completed event per picture."""
    headers = headers | warned(body)
    if not spec.streams:
        return Answer(200, body, headers)
    kind = "image_edit.completed" if spec.mode == IMAGE_EDIT else "image_generation.completed"
    shared = {name: value for name, value in body.items() if name not in {"data", "created"}}
    # Counts are of the whole request: they stand once, in the last event, so that they may be summed.
    usages = [NO_USAGE] * (len(body["data"]) - 1) + [body.get("usage", NO_USAGE)]
    events = [
        orjson.dumps({"type": kind, "created_at": body["created"], **shared, "usage": usage, **item})
        for usage, item in zip(usages, body["data"], strict=True)
    ]
    lines = [b"event: %s\ndata: %s\n\n" % (kind.encode(), event) for event in events]
    content = b"".join([*lines, b"data: [DONE]\n\n"])
    return Answer(200, content, headers | {"cache-control": "no-store"}, "text/event-stream")
