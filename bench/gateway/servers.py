"""What is measured side by side: the upstream, ours, an earlier commit, a bare proxy and LiteLLM, each as a server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from bench.gateway.processes import MARK
from bench.load import Target, load

ROOT: Final = Path(__file__).resolve().parents[2]
WORLD: Final = ROOT / "bench/gateway/world.py"
LITELLM: Final = ROOT / ".venv-litellm/bin/litellm"
WORKERS: Final = 2  # as many as the site's web server has
START_PATIENCE_S: Final = 180.0
LITELLM_CONFIG: Final = """
model_list:
  - model_name: bench-model
    litellm_params: {{model: openai/bench-model, api_base: "{simulator}/openai/v1", api_key: any}}
    model_info: {{mode: image_generation}}
litellm_settings: {{drop_params: true}}
"""


@dataclass(frozen=True)
class Server:
    """Where it answers; `mark` finds its processes."""

    name: str
    url: str
    key: str
    mark: str

    def target(self, slow_s: float = 0.0) -> Target:
        prompt = f"[simulate slow={slow_s:g}] a paper boat" if slow_s else "a paper boat"
        body = {"model": "bench-model", "prompt": prompt, "size": "256x256", "response_format": "b64_json"}
        return Target(self.url, self.key, json.dumps(body).encode())

    def page(self, path: str) -> Target:
        return Target(self.url.partition("/openai")[0] + path)


@dataclass(frozen=True)
class Checkout:
    """A working tree of the project and the Python that runs it."""

    root: Path
    python: str
    world: str


OURS: Final = Checkout(ROOT, sys.executable, WORLD.read_text())


@contextmanager
def simulator() -> Iterator[Server]:
    """Answers at once; where the load goes directly too."""
    port = _free_port()
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--speed", "0"]
    with _running(argv, ROOT, {MARK: "simulator"}, f"http://127.0.0.1:{port}/health"):
        yield Server("direct", f"http://127.0.0.1:{port}/openai/v1/images/generations", "any", "simulator")


@contextmanager
def stack(name: str, checkout: Checkout, place: Path, upstream: str) -> Iterator[Server]:
    """The whole of `manage.py run` of a checkout, with intent rows and budgets on."""
    port, mark = _free_port(), str(place / name)
    environ = {
        "LUMENBOARD_DATA_DIR": mark,
        "PORT": str(port),
        "LUMENBOARD_SIMULATOR_URL": upstream.partition("/openai")[0],
    }
    argv = [checkout.python, "manage.py", "run"]
    with _running(argv, checkout.root, environ | {MARK: mark}, f"http://127.0.0.1:{port}/health"):
        prepared = subprocess.run(
            [checkout.python, "manage.py", "shell", "-c", checkout.world],
            cwd=checkout.root,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        if prepared.returncode:
            raise TimeoutError(f"{name} could not be prepared: {prepared.stderr[-500:]}")
        key = prepared.stdout.splitlines()[-1]
        server = Server(name, f"http://127.0.0.1:{port}/openai/v1/images/generations", key, mark)
        _until_it_draws(server)
        yield server


@contextmanager
def bare_proxy(place: Path, upstream: str) -> Iterator[Server]:
    """Under the same web server with as many processes."""
    port, mark = _free_port(), str(place / "bare")
    argv = [sys.executable, "-m", "lumenboard.embedded.web_server", "--interface", "rsgi", "--no-ws"]
    argv += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS), "--loop", "uvloop"]
    argv += ["--log-level", "warning", "bench.gateway.bare_proxy:application"]
    with _running(argv, ROOT, {"BARE_UPSTREAM": upstream, MARK: mark}, f"http://127.0.0.1:{port}/"):
        yield Server("bare proxy", f"http://127.0.0.1:{port}/", "any", mark)


@contextmanager
def litellm(place: Path, upstream: str) -> Iterator[Server]:
    """Its proxy without a database: it keeps no record of a call and holds no budget."""
    port, mark, config = _free_port(), str(place / "litellm"), place / "litellm.yaml"
    config.write_text(LITELLM_CONFIG.format(simulator=upstream.partition("/openai")[0]))
    argv = [str(LITELLM), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--num_workers", str(WORKERS), "--run_gunicorn"]
    environ = {
        MARK: mark,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "LITELLM_LOG": "ERROR",
        "NO_PROXY": "127.0.0.1",
    }
    with _running(argv, ROOT, environ, f"http://127.0.0.1:{port}/health/liveliness"):
        yield Server("LiteLLM", f"http://127.0.0.1:{port}/v1/images/generations", "any", mark)


@contextmanager
def _running(argv: list[str], root: Path, environ: dict[str, str], until: str) -> Iterator[None]:
    process = subprocess.Popen(
        argv, cwd=root, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_PATIENCE_S
        while not _answers(until):
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError(f"{' '.join(argv[:3])} did not start")
            time.sleep(0.3)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _until_it_draws(server: Server) -> None:
    """Its catalogue is read again every few seconds, by each process for itself."""
    deadline = time.monotonic() + START_PATIENCE_S
    while asyncio.run(load(server.target(), 16, 32)).refused:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{server.name} refuses its calls")
        time.sleep(1.0)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  # an address of this program
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
