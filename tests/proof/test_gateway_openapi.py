"""Schemathesis over what gateway and REST API say of themselves: nothing undocumented, no 5xx, no forgotten key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.gateway_stack import Gateway, command


@pytest.mark.parametrize("document", ["/v1/openapi.json", "/api/v1/openapi.json"])
def test_no_request_breaks_what_the_document_promises(gateway: Gateway, document: str, tmp_path: Path) -> None:
    key = gateway.keys["OPENAI_API_KEY"]
    if document.startswith("/api"):
        words = ("create_api_key", "fuzz", "--scope", "samples:write")
        key = command(gateway.stack.layout, *words).splitlines()[-1]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", gateway.base + document),
            *("--header", f"Authorization: Bearer {key}"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--mode", "all"),
            *("--max-examples", os.environ.get("GATEWAY_EXAMPLES", "15"), "--seed", "7"),
            *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
            *("--checks", "response_schema_conformance,ignored_auth"),
        ],
        cwd=tmp_path,  # where it keeps what it found, to try that again
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
