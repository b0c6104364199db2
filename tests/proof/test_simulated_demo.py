"""The demo's providers: a simulator of its own, of which every part of the stack knows."""

import json
from pathlib import Path
from urllib.request import Request, urlopen

from tests.embedded.factories import becomes_true
from tests.proof.test_official_sdks import answers

NAME = b"LUMENBOARD_SIMULATOR_URL="


def environments_of(port: int) -> list[list[bytes]]:
    """The environment of every process that belongs to the stack on this port."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if f"PORT={port}".encode() in words:
            found.append(words)
    return found


def test_every_part_of_the_demo_knows_the_simulator_and_it_paints(demo: str) -> None:
    told = [
        word.removeprefix(NAME).decode()
        for words in environments_of(int(demo.rpartition(":")[2]))
        for word in words
        if word.startswith(NAME)
    ]
    # Web, worker, beat and the simulator itself at least.
    assert len(told) >= 4
    (address,) = set(told)
    # It starts beside the pages, giving way to them.
    assert becomes_true(lambda: answers(address), 30)
    with urlopen(address) as answer:
        assert json.load(answer)["pictures"] == "painted"
    body = json.dumps({"prompt": "a lighthouse", "image_size": "square", "sync_mode": True}).encode()
    call = Request(f"{address}/fal/run/demo/cobalt-xl", data=body, headers={"authorization": "Key a:b"})
    with urlopen(call, timeout=60) as answer:
        assert json.load(answer)["images"][0]["url"].startswith("data:image/png;base64,")
