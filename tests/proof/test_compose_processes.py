"""Production as compose describes it, without an engine: health checks, a page, a picture, backup, restore."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.docs.pages import printed
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.compose_host import OUTSIDE, VALKEY_CLI, Host, missing
from tests.proof.own_provider import CATALOGUE, MODEL, own_provider, prepare
from tests.proof.test_compose import services

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
VOTES = "left,right,winner\n" + "Alder,Birch,left\nBirch,Cedar,left\nCedar,Alder,tie\nAlder,Cedar,left\n" * 12
BEHIND_PROXY = {"Host": "arena.example.org", "X-Forwarded-Proto": "https"}
# the method that weighs voters is computed at night, and by the recompute that ends a restore
DIGESTS = (
    "from arena.models import Snapshot; import json; print(json.dumps(sorted(map(list, Snapshot.objects.filter("
    'is_current=True).exclude(method="rater-weighted").values_list("board__key", "method", "variant", "digest")))))'
)


@dataclass(frozen=True)
class Site:
    """All services up, a competition with votes, a model whose provider's key is stored; `api_key` is the gateway's."""

    host: Host
    api_key: str

    def lines(self, script: str) -> str:
        """Shell lines, with our stand-in where they say docker-compose; what they print."""
        return shell(self.host.place, script)

    def digests(self) -> str:
        return self.lines(
            f"docker-compose run --rm -T --no-deps web python manage.py shell -c '{DIGESTS}'"
        ).splitlines()[-1]

    def get(self, service: str, path: str) -> int:
        address = f"http://{self.host.services[service].address}:8000{path}"
        return status_of(Request(address, headers=BEHIND_PROXY))

    def drawn(self, service: str) -> int:
        """The status of a call that the provider answers only with its key."""
        address = f"http://{self.host.services[service].address}:8000/openai/v1/images/generations"
        body = json.dumps({"model": MODEL, "prompt": "a paper boat", "size": "512x512"}).encode()
        headers = {**BEHIND_PROXY, "Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        return status_of(Request(address, body, headers))


def status_of(request: Request) -> int:
    """0 where nobody answers yet."""
    try:
        with urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except URLError:
        return 0


def shell(place: Path, script: str) -> str:
    environ = {
        "PATH": f"{place}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "COMPOSE_PLACE": str(place),
        "PYTHONPATH": str(ROOT),
    }
    argv = ["bash", "-ec", script]
    done = subprocess.run(argv, cwd=place, env=environ, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return done.stdout


def make_host(place: Path) -> Host:
    (place / "services.json").write_text(json.dumps(services(place)))
    for folder, name, content in (
        ("shims", "valkey-cli", VALKEY_CLI),
        ("bin", "docker-compose", f'#!/bin/sh\nexec {sys.executable} -m tests.proof.compose_command "$@"\n'),
    ):
        (place / folder).mkdir()
        (place / folder / name).write_text(content)
        (place / folder / name).chmod(0o755)
    host = Host(place)
    host.fresh_volumes()
    host.lay_network()
    return host


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="lumenboard-compose-") as folder:
        place = Path(folder)
        place.chmod(0o711)
        host = make_host(place)
        try:
            with own_provider(OUTSIDE) as provider:
                shell(place, "docker-compose --profile gateway up -d")
                (place / "votes.csv").write_text(VOTES)
                (place / "harbor.toml").write_text(CATALOGUE)
                manage = "docker-compose run --rm -T --no-deps web python manage.py"
                shell(place, f"{manage} import_votes - --mode text-to-image --title Harbour < votes.csv")
                shutil.copy(place / "harbor.toml", place / "volumes" / "data")
                shell(place, f"{manage} import_catalogue /data/harbor.toml")
                said = shell(
                    place, f"{manage} shell -c {json.dumps(prepare(provider)).replace(chr(92) + 'n', chr(10))}"
                )
                yield Site(host, said.splitlines()[-1])
        finally:
            host.take_down()


def test_every_service_passes_its_health_check(site: Site) -> None:
    found = site.host.wait_until_healthy()
    logs = {name: (site.host.place / f"{name}.log").read_text()[-1500:] for name, ok in found.items() if not ok}
    assert logs == {}
    watched = {name for name, one in site.host.services.items() if name != "migrate"}
    assert set(found) == watched


@pytest.mark.parametrize("service", ["web", "gateway"])
def test_pages_and_pictures_are_served(site: Site, service: str) -> None:
    assert site.get(service, "/leaderboards/mode-text-to-image") == 200
    assert becomes_true(lambda: site.drawn(service) == 200, 40)


def test_queues_are_worked_on_and_beat_sends(site: Site) -> None:
    assert becomes_true(lambda: site.get("web", "/health/ready") == 200, 60)


def test_a_backup_by_the_handbook_brings_everything_back_after_the_volumes_are_gone(site: Site) -> None:
    save, restore = printed("6. Backup and restore")
    before = site.digests()
    site.lines(save)
    site.host.kill()
    site.host.fresh_volumes()
    said = site.lines(restore)
    assert "0 snapshots written" in said
    assert "1 stored keys and secrets can be opened" in said
    assert site.digests() == before
    assert len(json.loads(before)) >= 2
    assert becomes_true(lambda: site.get("web", "/health") == 200, 60)
    assert becomes_true(lambda: site.drawn("web") == 200, 40)
