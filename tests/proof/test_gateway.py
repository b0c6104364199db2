"""The whole stack with simulated providers: official SDKs, curl, faults at the first endpoint, and the ledger."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.proof.gateway_stack import ORDER, Gateway
from tests.proof.test_official_sdks import PROGRAMS, SDKS, VERSIONS

GENERATIONS = (*VERSIONS, "first", "module")
SDK_READY = pytest.mark.skipif(
    not all((SDKS / name / ".ready").exists() for name in GENERATIONS), reason="the SDKs are not installed: make proof"
)


def environ_of(gateway: Gateway) -> dict[str, str]:
    """All that a client learns."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(gateway.picture.parent),
        "NO_PROXY": "127.0.0.1",
        "SIMULATOR": gateway.simulator,
        "SOURCE_PICTURE": str(gateway.picture),
        "OPENAI_BASE_URL": f"{gateway.base}/openai/v1",
        **gateway.keys,
    }


def told_by(gateway: Gateway, program: str, packages: str) -> dict[str, Any]:
    """What a program says at its end, run with a client's packages and nothing of ours."""
    argv = [sys.executable, "-S", str(PROGRAMS / program)]
    return last_line(argv, environ_of(gateway) | {"PYTHONPATH": str(SDKS / packages)})


def last_line(argv: list[str], environ: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@SDK_READY
@pytest.mark.parametrize("generation", VERSIONS)
def test_the_official_sdk_draws_edits_lists_and_raises_typed_errors(gateway: Gateway, generation: str) -> None:
    gateway.script(simulate="slow=0")
    said = told_by(gateway, "use_gateway.py", generation)
    raised = {
        name: (what["class"], what["code"])
        for name, what in said.items()
        if "class" in (what if isinstance(what, dict) else ())
    }
    assert raised == {
        "invalid": ("BadRequestError", "INVALID_REQUEST"),
        "moderation": ("BadRequestError", "CONTENT_POLICY_VIOLATION"),
        "missing": ("NotFoundError", "MODEL_NOT_FOUND"),
        "unauthorized": ("AuthenticationError", "AUTHENTICATION_FAILED"),
        "unscoped": ("PermissionDeniedError", "PERMISSION_DENIED"),
        "poor": ("APIStatusError", "INSUFFICIENT_BALANCE"),
        "throttled": ("RateLimitError", "RATE_LIMITED"),
        "down": ("InternalServerError", "ALL_PROVIDERS_EXHAUSTED"),
    }
    assert said["linked"] == [640, 512]
    assert said["within"] == [[640, 512]] * 2
    assert said["differ"]
    assert said["request_id"]
    assert said["edited"]
    assert said["several"]
    assert (said["provider"], said["model"], said["models"]) == ("fal", "fal/z-image-turbo", True)
    assert said["dry_run"] > 0


@SDK_READY
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_openai_draws_and_edits_with_a_model_of_its_time(gateway: Gateway, generation: str) -> None:
    gateway.script(simulate="slow=0")
    program = "use_openai_module.py" if generation == "module" else "use_first_openai.py"
    said = told_by(gateway, program, generation)
    assert said["drawn"] == said["by_old_words"] == said["linked"] == [1024, 1024]
    assert said["edited"] is said["masked"] is True
    assert said["elsewhere"] == [[640, 512], True]
    assert said["wrong"]["class"] == ("InvalidRequestError" if generation == "module" else "BadRequestError")


@SDK_READY
@pytest.mark.parametrize("generation", VERSIONS)
def test_unfinished_pictures_come_while_the_provider_draws(gateway: Gateway, generation: str) -> None:
    gateway.script(simulate="slow=0")
    said = told_by(gateway, "use_stream.py", generation)
    for name, kind, partial in (("drawn", "generation", 2), ("edited", "edit", 1)):
        told = said[name]
        assert told["events"] == [*[f"image_{kind}.partial_image"] * partial, f"image_{kind}.completed"]
        assert told["places"] == [*range(partial), None]
        assert told["usage"]
        # of four seconds the last third at least
        assert told["ahead_s"] > 1.0
    assert said["drawn"]["sizes"] == [[1024, 1024]] * 3
    assert said["edited"]["altered"]
    assert said["elsewhere"] == ["image_generation.completed"]
    assert (said["moderation"]["class"], said["moderation"]["status"]) == ("BadRequestError", 400)


@pytest.mark.skipif(
    not (SDKS / "node" / "node_modules").exists() or not shutil.which("node"),
    reason="node and its clients are not there",
)
def test_clients_in_javascript_draw_and_edit(gateway: Gateway, tmp_path: Path) -> None:
    gateway.script(simulate="slow=0")
    (tmp_path / "node_modules").symlink_to(SDKS / "node" / "node_modules")
    shutil.copy(PROGRAMS / "node" / "use_clients.mjs", tmp_path)
    said = last_line(["node", str(tmp_path / "use_clients.mjs")], environ_of(gateway))
    sdk = {
        "drawn": [1024, 1024],
        "linked": [640, 512],
        "edited": True,
        "several": True,
        "usage": True,
        "events": [*["image_generation.partial_image"] * 2, "image_generation.completed"],
        "streamed": [1024, 1024],
        "invalid": ["BadRequestError", 400, "INVALID_REQUEST"],
    }
    ai = {"drawn": [1024, 1024], "several": 2, "other": [640, 512], "edited": True, "masked": True, "missing": 404}
    assert said == {
        "openai": sdk,
        "azure": sdk,
        "ai_openai": ai,
        "ai_compatible": ai,
        "langchain": {"usual": [1024, 1024], "within": [1024, 1024], "several": 2},
    }


@pytest.mark.skipif(not (SDKS / "litellm" / ".ready").exists(), reason="LiteLLM is not installed: make proof")
def test_litellm_is_a_client(gateway: Gateway) -> None:
    gateway.script(simulate="slow=0")
    said = told_by(gateway, "use_litellm.py", "litellm")
    assert (said["linked"], said["within"], said["several"]) == ([640, 512], [640, 512], 2)
    assert said["edited"]
    assert said["edited_within"]
    assert said["unauthorized"]["class"] == "AuthenticationError"
    assert said["moderation"]["class"] in {"ContentPolicyViolationError", "BadRequestError"}
    assert said["down"]["class"] in {"InternalServerError", "BadGatewayError", "APIError"}


def test_past_its_rate_a_key_is_told_when_to_come_again(gateway: Gateway) -> None:
    slow = replace(gateway, keys={"OPENAI_API_KEY": gateway.keys["SLOW_KEY"]})
    slow.post(ORDER, "?dryRun=true")
    status, body, headers = slow.post(ORDER, "?dryRun=true")
    assert (status, body["error"]["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(headers["retry-after"]) <= 60


FAULTS = ("status=503", "status=429", "html", "error-200", "reset", "cut", "file.html")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_first_endpoint_is_answered_by_the_second(gateway: Gateway, fault: str) -> None:
    gateway.script(simulate=fault, provider="fal")
    route = {"order": ["fal", "replicate"], "only": ["fal", "replicate"]}
    status, body, _ = gateway.post({**ORDER, "provider": route})
    attempts = [(one["provider"], one["status"]) for one in body.get("metadata", {}).get("attempts", ())]
    assert status == 200, body
    # A breaker that earlier faults opened leaves fal out before anything is sent.
    assert attempts[-1] == ("replicate", "ok")
    assert attempts[0] in {("fal", "failed"), ("fal", "unknown"), ("fal", "refused"), ("replicate", "ok")}
    intents = [charge["intent"] for charge in gateway.charges()]
    assert None not in intents
    assert len(set(intents)) == len(intents)


def test_a_picture_of_another_size_is_given_with_a_warning(gateway: Gateway) -> None:
    gateway.script(simulate="wrong-size", provider="replicate")
    status, body, _ = gateway.post({**ORDER, "provider": {"only": ["replicate"]}})
    assert status == 200, body
    assert [one["parameter"] for one in body["metadata"]["warnings"] if "drew" in one["message"]] == ["size"]
    gateway.script(simulate="slow=0")


def test_curl_as_the_handbook_prints_it(gateway: Gateway) -> None:
    gateway.script(simulate="slow=0")
    done = subprocess.run(
        [
            *("curl", "-s", f"{gateway.base}/openai/v1/images/edits"),
            *("-H", f"Authorization: Bearer {gateway.keys['OPENAI_API_KEY']}", "-F", "model=z-image-turbo"),
            *("-F", f"image=@{gateway.picture}", "-F", "prompt=make it night", "-F", "size=640x512"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout)["data"][0]["url"].startswith(gateway.base), done.stdout
