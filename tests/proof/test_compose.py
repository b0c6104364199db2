"""docker-compose.yml as Debian's docker-compose reads it: whole, closed, and stopping where a secret is missing."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.embedded.factories import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
SECRETS = {
    "POSTGRES_PASSWORD": "pg",
    "VALKEY_PASSWORD": "vk",
    "LUMENBOARD_SECRET_KEY": "k" * 50,
    "LUMENBOARD_SITE_URL": "https://arena.example.org",
    "LUMENBOARD_ALLOWED_HOSTS": "arena.example.org,127.0.0.1",
}
OURS = ("web", "gateway", "worker", "generations", "beat", "migrate")


def config(environ: dict[str, str], place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """What it prints; an .env file of this checkout has no say."""
    nothing = place / "empty.env"
    nothing.touch()
    command = ["docker-compose", "--env-file", str(nothing), *words, "config"]
    known = {"PATH": os.environ["PATH"], **environ}
    return subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False)


def services(place: Path, **more: str) -> dict[str, Any]:
    answer = config({**SECRETS, **more}, place, "--profile", "gateway")
    assert answer.returncode == 0, answer.stderr
    return dict(yaml.safe_load(answer.stdout)["services"])


def test_the_application_s_containers_are_closed(tmp_path: Path) -> None:
    read = services(tmp_path)
    assert {*OURS, "postgres", "valkey"} == set(read)
    for name in OURS:
        assert read[name]["read_only"] is True
        assert read[name]["cap_drop"] == ["ALL"]
        assert read[name]["security_opt"] == ["no-new-privileges:true"]
    assert read["web"]["ports"] == ["127.0.0.1:8000:8000/tcp"]
    assert "ports" not in read["postgres"]
    assert "ports" not in read["valkey"]


def test_a_bucket_reaches_the_image_and_the_programs(tmp_path: Path) -> None:
    read = services(tmp_path, LUMENBOARD_S3_BUCKET="pictures")
    for name in OURS:
        assert read[name]["build"]["args"] == {"S3_BUCKET": "pictures"}
        assert read[name]["environment"]["LUMENBOARD_S3_BUCKET"] == "pictures"


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_it_and_is_named(name: str, tmp_path: Path) -> None:
    answer = config({key: value for key, value in SECRETS.items() if key != name}, tmp_path)
    assert answer.returncode != 0
    assert f"set {name}" in answer.stderr
