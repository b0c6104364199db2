"""The providers' own SDKs, unmodified, against the simulator; they are pointed there by what they document."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import free_port

SDKS = ROOT / ".venv-sdks"
PROGRAMS = ROOT / "tests" / "proof" / "sdks"
VERSIONS = {
    "current": {"fal_client": "1.0.3", "replicate": "1.0.7", "dashscope": "2.0.2", "openai": "3.57.0"},
    "earlier": {"fal_client": "0.14.1", "replicate": "2.0.0b4", "dashscope": "1.27.8", "openai": "2.54.0"},
    "oldest": {"openai": "1.109.1"},
}
ASKED = [640, 512]

pytestmark = pytest.mark.skipif(
    not all((SDKS / name / ".ready").exists() for name in VERSIONS), reason="the SDKs are not installed: make proof"
)


@dataclass
class Simulator:
    """A running simulator and the files that programs need."""

    http: str
    https: str
    certificate: Path
    picture: Path
    home: Path

    def charges(self) -> list[dict[str, Any]]:
        with urlopen(f"{self.http}/ledger") as answer:
            return json.load(answer)["charges"]

    def send(self, path: str, body: object) -> None:
        content = json.dumps(body).encode()
        urlopen(Request(self.http + path, data=content, method="POST")).close()

    def told_by(self, generation: str, program: str, *arguments: str, **environ: str) -> dict[str, Any]:
        """What a program says at its end, run with one generation of SDKs and nothing of ours."""
        self.send("/reset", {})
        self.send("/script", {"prompt": "fails once", "simulate": "status=500,retry-after=0", "nth": 1})
        process = subprocess.run(
            [sys.executable, "-S", str(PROGRAMS / f"{program}.py"), *arguments],
            env=self._environ(generation) | environ,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert process.returncode == 0, process.stderr[-3000:]
        return json.loads(process.stdout.splitlines()[-1])

    def _environ(self, generation: str) -> dict[str, str]:
        host = self.https.removeprefix("https://")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(SDKS / generation),
            "NO_PROXY": "127.0.0.1",
            "SIMULATOR": self.http,
            "SOURCE_PICTURE": str(self.picture),
            "FAL_KEY": "id:secret",
            "FAL_RUN_HOST": f"{host}/fal/run",
            "FAL_QUEUE_RUN_HOST": f"{host}/fal/queue",
            "REPLICATE_API_TOKEN": "r8_any",
            "REPLICATE_BASE_URL": f"{self.http}/replicate",
            "REPLICATE_POLL_INTERVAL": "0.02",
            "DASHSCOPE_API_KEY": "sk-any",
            "DASHSCOPE_HTTP_BASE_URL": f"{self.http}/dashscope/api/v1",
            "OPENAI_API_KEY": "sk-any",
            "OPENAI_BASE_URL": f"{self.http}/openai/v1",
        }

    @property
    def over_tls(self) -> dict[str, str]:
        return {"SIMULATOR": self.https, "SSL_CERT_FILE": str(self.certificate)}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    place = tmp_path_factory.mktemp("simulator")
    port, tls_port = free_port(), free_port()
    Image.effect_noise((64, 48), 40).convert("RGB").save(place / "source.png")
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--tls-port", str(tls_port)]
    argv += ["--speed", "0.02", "--certificate-dir", str(place)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    certificate = place / "simulator-certificate.pem"
    running = Simulator(
        f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}", certificate, place / "source.png", place
    )
    try:
        assert becomes_true(lambda: answers(running.http), 30)
        yield running
    finally:
        process.terminate()
        assert process.wait(10) == 0


def answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/health") as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("generation", VERSIONS)
def test_no_file_of_an_sdk_is_changed(generation: str) -> None:
    """Each one's list of files holds the digests it was published with."""
    for name, version in VERSIONS[generation].items():
        record = SDKS / generation / f"{name}-{version}.dist-info" / "RECORD"
        for line in record.read_text().splitlines():
            path, digest, _ = line.rsplit(",", 2)
            if digest and not path.startswith(".."):
                found = hashlib.sha256((SDKS / generation / path).read_bytes()).digest()
                assert digest == f"sha256={base64.urlsafe_b64encode(found).rstrip(b'=').decode()}", path


@pytest.mark.parametrize(
    ("generation", "way"), [("current", "tls"), ("current", "http"), ("earlier", "tls"), ("earlier", "http")]
)
def test_fal(simulator: Simulator, generation: str, way: str) -> None:
    told = simulator.told_by(generation, "use_fal", way, **(simulator.over_tls if way == "tls" else {}))
    assert (told["run"], told["seed"], told["subscribed"], told["asynchronous"]) == (ASKED, 11, 2, ASKED)
    assert told["edited"] is told["edited_by_file"] is True
    assert "Completed" in told["states"]
    assert (told["waiting"], told["after_cancel"]["status"]) == ("Queued", 499)
    expected = {"moderation": 422, "queued_moderation": 422, "invalid": 422, "missing": 404, "unauthorized": 401}
    assert {name: told[name]["status"] for name in expected} == expected
    assert "content_policy_violation" in told["queued_moderation"]["text"]
    assert told["unavailable"] | {"text": ""} == {
        "class": "FalClientHTTPError", "status": 503, "code": "runner_scheduling_failure", "text": ""
    }  # fmt: skip
    assert len(simulator.charges()) == 5


@pytest.mark.parametrize("way", ["http", "tls"])
def test_replicate(simulator: Simulator, way: str) -> None:
    tls = {**simulator.over_tls, "REPLICATE_BASE_URL": f"{simulator.https}/replicate"}
    told = simulator.told_by("current", "use_replicate", **(tls if way == "tls" else {}))
    assert told["drawn"] == told["by_version"] == told["asynchronous"] == ASKED
    assert (told["kind"], told["edited"], told["listed"]) == ("FileOutput", True, True)
    assert told["first_status"] in {"starting", "processing"}
    assert told["stopped"] == "canceled"
    assert told["waited"] == ["succeeded", "succeeded", ["predict_time", "total_time"]]
    assert told["uploaded"] == [simulator.picture.stat().st_size, "image/png"]
    assert told["failed"]["class"] == "ModelError"
    expected = {"invalid": 422, "missing": 404, "throttled": 429, "unauthorized": 401}
    assert {name: told[name]["status"] for name in expected} == expected


def test_replicate_2(simulator: Simulator) -> None:
    address = f"{simulator.http}/replicate/v1"
    told = simulator.told_by("earlier", "use_replicate_2", REPLICATE_BASE_URL=address)
    assert told["drawn"] == told["asynchronous"] == ASKED
    assert (told["kind"], told["edited"]) == ("FileOutput", True)
    assert told["first_status"] in {"starting", "processing"}
    assert (told["waited"], told["stopped"]) == ("succeeded", "canceled")
    assert told["uploaded"] == simulator.picture.stat().st_size
    assert {name: told[name]["class"] for name in ("failed", "invalid", "missing", "throttled", "unauthorized")} == {
        "failed": "ModelError",
        "invalid": "UnprocessableEntityError",
        "missing": "NotFoundError",
        "throttled": "RateLimitError",
        "unauthorized": "AuthenticationError",
    }


@pytest.mark.parametrize("generation", ["current", "earlier"])
def test_dashscope(simulator: Simulator, generation: str) -> None:
    told = simulator.told_by(generation, "use_dashscope")
    assert told["version"] == VERSIONS[generation]["dashscope"]
    assert (told["drawn"], told["usage"]) == (ASKED, [*ASKED, 1])
    assert told["revised"] == ["a paper boat, with more of everything"]
    assert told["edited"] is told["by_task"] is True
    assert (told["task"], told["waited"], told["unknown"]) == ("PENDING", ["SUCCEEDED", 2], "UNKNOWN")
    assert told["failed"] == [200, None, "FAILED", "InternalError.Algo"]
    assert told["cancelled"] == [200, "CANCELED"]
    assert {name: told[name] for name in ("moderation", "throttled", "broke", "unauthorized", "wrong_size")} == {
        "moderation": [400, "DataInspectionFailed"],
        "throttled": [429, "Throttling.RateQuota"],
        "broke": [400, "Arrearage"],
        "unauthorized": [401, "InvalidApiKey"],
        "wrong_size": [400, "InvalidParameter"],
    }


def test_dashscope_client(simulator: Simulator) -> None:
    told = simulator.told_by("current", "use_dashscope_client")
    assert told["drawn"] == told["asynchronous"] == ASKED
    assert (told["task"], told["edited"], told["chat"]["class"]) == ([ASKED, ASKED], True, None)
    assert {name: told[name]["class"] for name in ("moderation", "throttled", "error_200", "unauthorized")} == {
        "moderation": "ContentFilterError",
        "throttled": "RateLimitError",
        "error_200": "InternalServerError",
        "unauthorized": "AuthenticationError",
    }


OPENAI_ERRORS = {
    "moderation": ("BadRequestError", 400, "moderation_blocked"),
    "invalid": ("BadRequestError", 400, "invalid_value"),
    "missing": ("NotFoundError", 404, "model_not_found"),
    "throttled": ("RateLimitError", 429, "rate_limit_exceeded"),
    "broken": ("InternalServerError", 500, None),
    "html": ("InternalServerError", 502, None),
    "reset": ("APIConnectionError", None, None),
    "slow": ("APITimeoutError", None, None),
    "unauthorized": ("AuthenticationError", 401, "invalid_api_key"),
}


@pytest.mark.parametrize("generation", VERSIONS)
def test_openai(simulator: Simulator, generation: str) -> None:
    told = simulator.told_by(generation, "use_openai")
    assert told["drawn"] == [ASKED, ASKED]
    assert told["linked"] == told["asynchronous"] == told["streamed"] == told["retried"] == ASKED
    assert all(told[name] for name in ("differ", "usage", "request_id", "edited", "named", "models"))
    assert (told["several"], told["model"]) == ([True, True], "fal/z-image-turbo")
    assert told["events"] == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    raised = {name: (told[name]["class"], told[name]["status"], told[name]["code"]) for name in OPENAI_ERRORS}
    assert raised == OPENAI_ERRORS
    # A repeat after an error is one charge; one after a reset would be another.
    assert len([charge for charge in simulator.charges() if charge["prompt"] == "fails once"]) == 1
