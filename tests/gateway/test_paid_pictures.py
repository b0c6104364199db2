"""A picture that was paid for reaches the client, whatever fails after the provider's answer. PAID_FAULTS: how many."""

import asyncio
import base64
import errno
import os
import random
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageStat

from arena.images.intake import limits, take_in
from providers.accounts.api_keys import create_api_key
from providers.models import Intent
from tests.dispatch.plain import png
from tests.gateway import faulty
from tests.gateway.client import Client, Providers, make_sellers, with_gateway
from tests.intake.files import make_bomb, make_file, make_noise

pytestmark = pytest.mark.usefixtures("shared_database")
SEEDS = int(os.environ.get("PAID_FAULTS", "200"))
AT_ONCE = 6
SPOILED = make_noise("PNG", (60, 40))
SPOILED = SPOILED.replace(b"IDATx", b"IDAT\xff", 1)
MARKS = {
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8\xff",
    "webp": b"RIFF",
    "gif": b"GIF8",
    "avif": b"\x00\x00\x00",
    "svg": b"<svg",
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


@pytest.fixture
def store(settings, tmp_path):
    """Where pictures lie, for this test alone."""

    def use(backend: str) -> None:
        settings.MEDIA_ROOT = tmp_path
        settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend}}

    return use


def answer_of(*items: dict[str, str]) -> httpx2.Response:
    return httpx2.Response(200, json={"created": 1, "data": list(items)})


def given(content: bytes, **fields: Any):
    """What a client is told of a provider's picture."""
    make_sellers("alpha")
    answer = answer_of({"b64_json": base64.b64encode(content).decode()})
    wanted = {"response_format": "b64_json", "size": size_of(content), **fields}
    return with_gateway(Providers({"alpha.example": answer}), lambda client: client.generate(**wanted))


def size_of(content: bytes) -> str:
    """As it is asked for."""
    return "{}x{}".format(*faulty.size_of(content))


def content_of(told) -> bytes:
    assert told.status == 200, told.content[:500]
    return base64.b64decode(told.json["data"][0]["b64_json"])


def warned(told) -> list[tuple[str, str]]:
    warnings = told.json["metadata"].get("warnings", [])
    assert told.headers.get("x-lumenboard-warnings") == (str(len(warnings)) if warnings else None)
    return [(one["parameter"], one["kind"]) for one in warnings]


def animation() -> bytes:
    frames, out = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")], BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


DRAWN_ANEW = [("output_format", "emulated")]


@pytest.mark.parametrize(("came", "to"), [("GIF", "webp"), ("AVIF", "png")])
def test_a_picture_in_a_format_nobody_asked_for_is_converted(came: str, to: str) -> None:
    told = given(make_file(came), output_format=to)
    assert (told.json["output_format"], content_of(told)[:4]) == (to, MARKS[to][:4])


@pytest.mark.parametrize("to", ["jpeg", "webp"])
def test_24_million_pixels_are_converted_in_their_full_size(to: str) -> None:
    told = given(make_noise("PNG", (6000, 4000), compress_level=1), output_format=to)
    assert (warned(told), told.json["size"], told.json["output_format"]) == (DRAWN_ANEW, "6000x4000", to)
    assert Image.open(BytesIO(content_of(told))).size == (6000, 4000)


def test_an_avif_keeps_its_size_and_beyond_its_bound_the_picture_is_given_as_it_came() -> None:
    told = given(make_file("PNG", (2048, 2048)), output_format="avif")
    assert (warned(told), told.json["size"]) == (DRAWN_ANEW, "2048x2048")
    assert Image.open(BytesIO(content_of(told))).size == (2048, 2048)


@pytest.mark.parametrize(
    ("content", "to", "why"),
    [
        (make_bomb(2700, 2700), "avif", "AVIF takes up to 7 million"),
        (animation(), "webp", "animated"),
        (SPOILED, "jpeg", "damaged"),
    ],
    ids=["too large", "animated", "spoiled"],
)
def test_what_cannot_be_converted_is_given_as_it_came(content: bytes, to: str, why: str) -> None:
    told = given(content, output_format=to)
    assert content_of(told) == content
    assert warned(told) == [("output_format", "unsupported")]
    message = told.json["metadata"]["warnings"][0]["message"]
    assert why in message
    assert f"as {told.json['output_format']}" in message
    assert content.startswith(MARKS[told.json["output_format"]])
    assert told.json["metadata"]["cost"] == 0.01


@pytest.mark.parametrize(
    "script", ["import os; os.kill(os.getpid(), 9)", "import os; os.abort()", "raise SystemExit(7)", "print('?')"]
)
def test_a_child_that_dies_loses_nothing(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_core = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
    monkeypatch.setattr(take_in, "RECODER", (sys.executable, "-S", "-c", no_core + script))
    told = given(png(), output_format="webp")
    assert (content_of(told), warned(told)) == (png(), [("output_format", "unsupported")])


def test_a_child_that_hangs_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENT_WALL_CLOCK_S", 0.3)
    monkeypatch.setattr(take_in, "RECODER", (sys.executable, "-S", "-c", "import time; time.sleep(60)"))
    told = given(png(), output_format="webp")
    assert (content_of(told), warned(told)) == (png(), [("output_format", "unsupported")])


def test_scratch_that_is_full_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    told = given(png(), output_format="webp")
    assert (content_of(told), warned(told)) == (png(), [("output_format", "unsupported")])


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_link_that_storage_cannot_back_becomes_the_picture_itself(output_format: str, store) -> None:
    store("tests.gateway.faulty.NoStorage")
    told = given(png(), response_format="url", output_format=output_format)
    assert content_of(told).startswith(MARKS[output_format])
    assert warned(told) == [("response_format", "converted"), *(DRAWN_ANEW if output_format == "webp" else [])]
    assert Intent.objects.get().state == "done"


def test_one_picture_of_several_that_cannot_be_read_does_not_take_the_others_along() -> None:
    make_sellers("alpha")
    whole, cut = ({"b64_json": base64.b64encode(content).decode()} for content in (png(), png()[:50]))
    answer = answer_of(cut, whole, {"b64_json": "?"})
    told = with_gateway(
        Providers({"alpha.example": answer}), lambda client: client.generate(n=3, response_format="b64_json")
    )
    # what came short is asked for once more
    assert [base64.b64decode(item["b64_json"]) for item in told.json["data"]] == [png(), png()]


@pytest.mark.parametrize("spelling", range(8))
def test_base64_is_read_in_every_spelling(spelling: int) -> None:
    content = make_noise("PNG", (31, 17))
    text, safe = base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()
    lines = "\r\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    uri = "data:image/png;base64,"
    item = [
        {"b64_json": uri + text},
        {"b64_json": lines},
        {"b64_json": safe},
        {"b64_json": text.rstrip("=")},
        {"b64_json": uri + safe.rstrip("=")},
        {"b64_json": f"data:image/png;charset=utf-8;base64,{lines}\n"},
        {"url": uri + safe},
        {"b64_json": "", "url": uri + text.replace("+", "%2B").replace("/", "%2F")},
    ][spelling]
    make_sellers("alpha")
    wanted = {"response_format": "b64_json", "size": "31x17"}
    told = with_gateway(Providers({"alpha.example": answer_of(item)}), lambda client: client.generate(**wanted))
    assert content_of(told) == content


def test_sixteen_bit_grey_of_a_provider_is_scaled() -> None:
    buffer = BytesIO()
    Image.new("I;16", (40, 40), 28_141).save(buffer, "PNG")
    seen = Image.open(BytesIO(content_of(given(buffer.getvalue(), output_format="jpeg"))))
    assert ImageStat.Stat(seen).mean == pytest.approx([109.5] * 3, abs=2)


def test_seeded_faults_after_the_answer_lose_no_picture(monkeypatch: pytest.MonkeyPatch, store) -> None:
    store("tests.gateway.faulty.FaultyStorage")
    monkeypatch.setattr(take_in, "RECODER", faulty.FAULTY_RECODER)
    monkeypatch.setattr(tempfile, "TemporaryFile", faulty.faulty_scratch(1))
    make_sellers("alpha", prices=("0.0001",))
    drawn: dict[str, list[bytes]] = {}
    seen: Counter[str] = Counter()

    async def draw(request: httpx2.Request) -> httpx2.Response:
        body = request.content.decode()
        seed = next(word for word in body.split('"') if word.startswith("seed "))
        rng = random.Random(seed)
        size, count = faulty.any_order(rng)
        drawn[seed] = [faulty.any_picture(rng, size) for _ in range(count)]
        return answer_of(*(faulty.any_item(rng, content) for content in drawn[seed]))

    async def one(client: Client, number: int) -> None:
        rng = random.Random(number)
        seed, to, as_url = f"seed {number}", rng.choice(faulty.FORMATS), rng.random() < 0.5
        size, count = faulty.any_order(random.Random(seed))
        wanted = {"response_format": "url" if as_url else "b64_json", "n": count, "prompt": seed}
        wanted["size"] = "{}x{}".format(*size)
        told = await client.generate(**wanted, **({"output_format": to} if to else {}))
        assert told.status == 200, (number, told.content[:500])
        assert told.json["metadata"]["cost"] == pytest.approx(0.0001 * count)
        warnings = warned(told)
        contents = [await _content(client, item) for item in told.json["data"]]
        assert len(contents) == len(drawn[seed]), number
        for item, content, came in zip(told.json["data"], contents, drawn[seed], strict=True):
            is_as_it_came = content == came
            assert faulty.size_of(content) == faulty.size_of(came), number
            if to and not content.startswith(MARKS[to]):
                assert is_as_it_came, number
                assert ("output_format", "unsupported") in warnings, number
            if not to:
                assert is_as_it_came, number
            if as_url and "b64_json" in item:
                assert ("response_format", "converted") in warnings, number
            seen["as it came" if is_as_it_came else "converted"] += 1
            seen["inside" if "b64_json" in item else "linked"] += 1
        seen.update(parameter for parameter, kind in warnings if kind != "emulated")

    async def work(client: Client) -> None:
        waiting = list(range(SEEDS))

        async def some() -> None:
            while waiting:
                await one(client, waiting.pop())

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    key = create_api_key("rich", usd_per_day=Decimal(10_000), calls_per_minute=1_000_000)
    with_gateway(Providers({"alpha.example": draw}), work, key.text)
    print(f"{SEEDS} requests, {sum(map(len, drawn.values()))} pictures, all given: {dict(sorted(seen.items()))}")
    assert len(drawn) == SEEDS
    assert min(seen[kind] for kind in ("as it came", "converted", "inside", "linked", "output_format")) > SEEDS // 10


async def _content(client: Client, item: dict[str, str]) -> bytes:
    if "b64_json" in item:
        return base64.b64decode(item["b64_json"], validate=True)
    path, _, query = item["url"].partition("?")
    got = await client.call("GET", f"/media/{path.rpartition('/')[2]}", query=query)
    assert got.status == 200, got.content
    return got.content
