"""docker-compose.yml as Debian's docker-compose reads it: whole, closed, and stopping where a secret is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from lumenboard.embedded.programs import web
from lumenboard.settings.environment import DECLARED
from tests.docs.pages import printed
from tests.embedded.factories import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
SECRETS = {
    "POSTGRES_PASSWORD": "pg",
    "VALKEY_PASSWORD": "vk",
    "LUMENBOARD_SECRET_KEY": "k" * 50,
    "LUMENBOARD_SITE_URL": "https://arena.example.org",
    "LUMENBOARD_ALLOWED_HOSTS": "arena.example.org,127.0.0.1",
}
# What compose itself decides; no .env file has a say in it.
FIXED = {"DATABASE_URL", "BROKER_URL", "LUMENBOARD_DATA_DIR", "LUMENBOARD_DEBUG", "PORT"}


def ours(read: dict[str, Any]) -> list[str]:
    """Services that run this repository's image, whichever there are."""
    return [name for name, service in read.items() if "build" in service]


def config(environ: dict[str, str], place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """What it prints with that in the .env file; one of this checkout has no say."""
    file = place / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in environ.items()))
    command = ["docker-compose", "--env-file", str(file), *words, "config"]
    known = {"PATH": os.environ["PATH"], "LUMENBOARD_DOTENV": str(file)}
    return subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False)


def services(place: Path, **more: str) -> dict[str, Any]:
    answer = config({**SECRETS, **more}, place, "--profile", "gateway")
    assert answer.returncode == 0, answer.stderr
    return dict(yaml.safe_load(answer.stdout)["services"])


def test_the_application_s_containers_are_closed(tmp_path: Path) -> None:
    read = services(tmp_path)
    assert {"web", "gateway", "worker", "generations", "outbound", "beat", "migrate"} <= set(ours(read))
    assert {*ours(read), "postgres", "valkey"} == set(read)
    for name in ours(read):
        assert read[name]["read_only"] is True
        assert read[name]["cap_drop"] == ["ALL"]
        assert read[name]["security_opt"] == ["no-new-privileges:true"]
    assert read["web"]["ports"] == ["127.0.0.1:8000:8000/tcp"]
    assert "ports" not in read["postgres"]
    assert "ports" not in read["valkey"]


def test_a_bucket_reaches_the_image_and_the_programs(tmp_path: Path) -> None:
    read = services(tmp_path, LUMENBOARD_S3_BUCKET="pictures")
    for name in ours(read):
        assert read[name]["build"]["args"] == {"S3_BUCKET": "pictures"}
        assert read[name]["environment"]["LUMENBOARD_S3_BUCKET"] == "pictures"


def test_every_documented_setting_reaches_every_program(tmp_path: Path) -> None:
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    given = {
        name: f"value-of-{name}" for name in {*documented, "LUMENBOARD_KEY_HARBOR", "LUMENBOARD_S3_SECRET_KEY_FILE"}
    }
    assert documented == set(DECLARED)
    given |= {**SECRETS, "PORT": "127.0.0.1:9000"}
    read = services(tmp_path, **given)
    for name in ours(read):
        environ = read[name]["environment"]
        assert {key for key in given if environ.get(key) != given[key]} == FIXED
    assert read["web"]["environment"]["PORT"] == "8000"


def test_without_a_word_of_theirs_settings_keep_the_default_of_the_code_but_two(tmp_path: Path) -> None:
    for read in (services(tmp_path), services(tmp_path, **dict.fromkeys(set(DECLARED) - set(SECRETS), ""))):
        set_here = {name for name, value in read["web"]["environment"].items() if value and name not in SECRETS}
        assert set_here == FIXED | {"LUMENBOARD_HTTPS_ONLY", "LUMENBOARD_TRUSTED_PROXIES"}
        assert read["web"]["ports"] == ["127.0.0.1:8000:8000/tcp"]


def test_an_empty_value_of_any_setting_is_its_default(tmp_path: Path) -> None:
    """Else a line without a value in .env, or a variable compose knows nothing of, would stop the start."""
    code = (
        "import os, django; django.setup(); from django.conf import settings; "
        "print({k: str(v) for k, v in vars(settings._wrapped).items() if k.isupper()})"
    )
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "lumenboard.settings", "LUMENBOARD_TESTING": "1"}
    place = {"LUMENBOARD_DATA_DIR": str(tmp_path / "data")}
    unset, empty = (
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        for environ in ({**base, **place}, {**base, **dict.fromkeys(DECLARED, ""), **place})
    )
    assert unset == empty


def test_services_are_watched_bounded_and_given_time(tmp_path: Path) -> None:
    read = services(tmp_path)
    for name, service in read.items():
        assert service["init"] is True
        assert service["logging"]["options"] == {"max-file": "5", "max-size": "20m"}
        assert "mem_limit" in service
        assert name == "migrate" or "healthcheck" in service
    for name in ("web", "gateway", "generations"):
        assert read[name]["stop_grace_period"] == "330s", "a call to a provider may last five minutes"
    assert read["postgres"]["shm_size"] == "256m"


def test_the_server_is_brought_back_as_in_the_embedded_stack() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    said, embedded = json.loads(command), web({}, 8000).argv
    for flag in ("--interface", "--no-ws", "--respawn-failed-workers", "--workers", "--backlog", "--backpressure"):
        assert flag in said
        assert said[said.index(flag) + 1] == embedded[embedded.index(flag) + 1] or flag.startswith(("--no", "--resp"))
    grace = int(said[said.index("--workers-kill-timeout") + 1])
    assert 300 < grace < 330, "longer than a call may last, shorter than docker waits"


def test_images_are_pinned_and_ours_is_named_by_its_version(tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    read, dated = services(tmp_path), services(tmp_path, LUMENBOARD_VERSION="2f1c0de")
    assert {read[name]["image"] for name in ours(read)} == {f"lumenboard:{version}"}
    assert {dated[name]["image"] for name in ours(dated)} == {"lumenboard:2f1c0de"}
    assert version == settings.SITE_VERSION
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for image in (*bases, read["postgres"]["image"], read["valkey"]["image"]):
        assert re.search(r":\d+\.\d+(\.\d+)?(-|$)", image), f"{image} names no version"


def test_everything_of_ours_is_stopped_before_a_restore(tmp_path: Path) -> None:
    stop = next(line for block in printed("6. Backup and restore") for line in block.splitlines() if " stop " in line)
    running = {name for name in ours(services(tmp_path)) if name != "migrate"}
    assert set(stop.split(" stop ")[1].split()) == running
    assert "--profile gateway" in stop


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_it_and_is_named(name: str, tmp_path: Path) -> None:
    answer = config({key: value for key, value in SECRETS.items() if key != name}, tmp_path)
    assert answer.returncode != 0
    assert f"set {name}" in answer.stderr
