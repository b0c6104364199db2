"""The whole stack beside a simulator, and its gateway as clients reach it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import Stack, environ_for, free_port, running
from tests.proof.test_official_sdks import answers

CATALOGUE = ("lumenboard/demo/catalogue/z-image-turbo.toml", "tests/proof/gpt_image.toml")
PREPARE = """
from decimal import Decimal
from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap, ProviderAccount
BudgetCap.objects.create(scope="site", usd_per_day=1000, usd_per_hour=1000)
keys = {
    "OPENAI_API_KEY": create_api_key("main", usd_per_day=Decimal(500), calls_per_minute=100000).text,
    "READING_KEY": create_api_key("reads", scopes=["requests:read"]).text,
    "POOR_KEY": create_api_key("poor", usd_per_day=Decimal("0.000001")).text,
    "SLOW_KEY": create_api_key("slow", calls_per_minute=1).text,
}
import json
print(json.dumps(keys))
"""


@dataclass
class Gateway:
    """A running stack beside a simulator."""

    base: str
    simulator: str
    keys: dict[str, str]
    picture: Path
    stack: Stack

    def post(self, body: dict[str, Any], query: str = "") -> tuple[int, Any, dict[str, str]]:
        headers = {"Authorization": f"Bearer {self.keys['OPENAI_API_KEY']}", "Content-Type": "application/json"}
        address = f"{self.base}/openai/v1/images/generations{query}"
        request = Request(address, json.dumps(body).encode(), headers, method="POST")
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer), dict(answer.headers)
        except HTTPError as error:
            return error.code, json.load(error), dict(error.headers)

    def script(self, **rule: Any) -> None:
        for path, body in (("/reset", {}), ("/script", rule)):
            urlopen(Request(self.simulator + path, json.dumps(body).encode(), method="POST")).close()

    def charges(self) -> list[dict[str, Any]]:
        with urlopen(f"{self.simulator}/ledger") as answer:
            return json.load(answer)["charges"]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    port, simulator_port = free_port(), free_port()
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(simulator_port), "--speed", "0.02"]
    simulator = f"http://127.0.0.1:{simulator_port}"
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="lumenboard-gateway-") as parent, pytest.MonkeyPatch.context() as patch:
        Path(parent).chmod(0o711)
        patch.setenv("LUMENBOARD_SIMULATOR_URL", simulator)
        # a program that tries everything asks oftener than people do
        patch.setenv("LUMENBOARD_API_REQUESTS_PER_MINUTE", "1000000")
        layout = Layout(Path(parent) / "data")
        Image.effect_noise((64, 48), 40).convert("RGB").save(Path(parent) / "source.png")
        try:
            assert becomes_true(lambda: answers(simulator), 30)
            with running(layout, port) as started:
                started.ready_after()
                for file in CATALOGUE:
                    command(layout, "import_catalogue", file)
                keys = json.loads(command(layout, "shell", "-c", PREPARE).splitlines()[-1])
                base = f"http://127.0.0.1:{port}"
                made = Gateway(base, simulator, keys, Path(parent) / "source.png", started)
                assert becomes_true(lambda: made.post(ORDER, "?dryRun=true")[0] == 200, 15)
                yield made
                started.stop()
        finally:
            process.terminate()
            process.wait(10)


def command(layout: Layout, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environ_for(layout, free_port()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ORDER = {"model": "z-image-turbo", "prompt": "a paper boat", "size": "640x512"}
