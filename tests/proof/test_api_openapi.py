"""Schemathesis over the REST API's own document: nothing undocumented, no 5xx, no operation that forgets its key."""

import os
import subprocess
import sys
from pathlib import Path

from tests.proof.conftest import Demo


def test_no_request_breaks_what_the_document_promises(demo_stack: Demo, tmp_path: Path) -> None:
    key = demo_stack.command("create_api_key", "fuzz", "--scope", "samples:write").splitlines()[-1]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{demo_stack.url}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {key}"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--mode", "all"),
            *("--max-examples", os.environ.get("API_EXAMPLES", "20"), "--seed", "7"),
            *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
            *("--checks", "response_schema_conformance,ignored_auth"),
        ],
        cwd=tmp_path,  # where it keeps what it found, to try that again
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout
