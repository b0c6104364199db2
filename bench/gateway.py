"""`python -m bench.gateway`: the gateway and the LiteLLM proxy over one simulator, taking turns; many calls at once.

Intent rows and budgets are on. Without LiteLLM in its environment ours stands alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.load import Load, Target, load

ROOT = Path(__file__).resolve().parents[1]
LITELLM = ROOT / ".venv-litellm" / "bin" / "litellm"
PREPARE = """
from decimal import Decimal
from providers.accounts.api_keys import create_api_key
from providers.models import *
creator = Creator.objects.create(slug="bench", name="Bench")
model = ImageModel.objects.create(slug="bench-model", name="Bench", creator=creator, modes=["text-to-image"])
provider = Provider.objects.create(slug="bench", name="Bench")
ProviderAccount.objects.create(provider=provider, protocol="openai", max_concurrent=5000)
endpoint = Endpoint.objects.create(key="bench/model", model=model, provider=provider, provider_model_id="bench",
    modes=["text-to-image"])
PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd=Decimal("0.000001"))
BudgetCap.objects.create(scope="site", usd_per_day=1000, usd_per_hour=1000)
print(create_api_key("bench", usd_per_day=Decimal(900), calls_per_minute=10_000_000).text)
"""
CONFIG = """
model_list:
  - model_name: bench-model
    litellm_params: {{model: openai/bench-model, api_base: "{simulator}/openai/v1", api_key: any}}
    model_info: {{mode: image_generation}}
litellm_settings: {{drop_params: true}}
"""


@dataclass(frozen=True)
class Server:
    """A process with everything it started, and where it answers."""

    name: str
    url: str
    key: str
    process: subprocess.Popen[bytes]

    def target(self, slow_s: float) -> Target:
        prompt = f"[simulate slow={slow_s:g}] a paper boat" if slow_s else "a paper boat"
        body = {"model": "bench-model", "prompt": prompt, "size": "256x256", "response_format": "b64_json"}
        return Target(self.url, self.key, json.dumps(body).encode())

    def memory_mb(self, part: str = "") -> float:
        """Of the process and all its children whose command line holds `part`; shared pages are shared out."""
        family = [pid for pid in _family(self.process.pid) if part in _command(pid)]
        return sum(_proportional_kb(pid) for pid in family) / 1024


def main(arguments: list[str]) -> int:
    """Prints figures; 0 whatever they are."""
    short = "--quick" in arguments
    with tempfile.TemporaryDirectory(prefix="lumenboard-bench-gateway-") as place, ExitStack() as stack:
        Path(place).chmod(0o711)
        simulator = stack.enter_context(_simulator())
        ours = stack.enter_context(_ours(Path(place), simulator.url))
        rivals = _rivals(stack, Path(place), simulator.url)
        direct = Server("direct", f"{simulator.url}/openai/v1/images/generations", "any", simulator.process)
        _say(f"{os.cpu_count()} processors, {os.getloadavg()[0]:.1f} tasks wanting them")
        _beside([direct, ours, *rivals], rounds=2 if short else 5, requests=100 if short else 300)
        _in_flight(ours, 50 if short else 500)
        web, whole = ours.memory_mb("web_server"), ours.memory_mb()
        _say(f"lumenboard holds {web:.0f} MB in its web server, {whole:.0f} MB in all")
        for rival in rivals:
            _say(f"{rival.name} holds {rival.memory_mb():.0f} MB")
        if not rivals:
            _say("LiteLLM is not beside it: make bench installs it into .venv-litellm")
    return 0


def _rivals(stack: ExitStack, place: Path, simulator: str) -> list[Server]:
    """The LiteLLM proxy, where it is installed and starts."""
    if not LITELLM.exists():
        return []
    try:
        return [stack.enter_context(_litellm(place, simulator))]
    except TimeoutError as error:
        _say(f"LiteLLM: {error}")
        return []


def _beside(servers: list[Server], rounds: int, requests: int) -> None:
    """The same load on each in turn; what is told is over all rounds."""
    for clients, slow_s, count in ((1, 0.0, requests), (16, 0.0, requests * 2), (16, 2.0, 32)):
        taken = {server.name: Load() for server in servers}
        for round_ in range(rounds + 1):
            for server in servers:
                got = asyncio.run(load(server.target(slow_s), clients, count if round_ else clients * 4))
                if round_ and (slow_s == 0 or round_ == 1):
                    taken[server.name].seconds += got.seconds
                    taken[server.name].took_s += got.took_s
                    taken[server.name].refused += got.refused
            if slow_s and round_:
                break
        base = taken["direct"].quantile(0.5)
        for name, got in taken.items():
            _say(
                f"{name:10} {clients:3} clients, answers after {slow_s:g} s: p50 {got.quantile(0.5):8.2f} ms "
                f"(added {got.quantile(0.5) - base:+7.2f}), p99 {got.quantile(0.99):8.2f}, {got.per_second:6.0f}/s, "
                f"{got.refused} refused"
            )


def _in_flight(server: Server, calls: int) -> None:
    """So many calls of 5 s at once, and pages asked for meanwhile."""
    pages = Target(server.url.partition("/openai")[0] + "/leaderboards")

    async def both() -> tuple[Load, Load, Load]:
        before = await load(pages, 2, 40)
        flight = asyncio.create_task(load(server.target(5.0), calls, calls))
        await asyncio.sleep(1.5)
        during = await load(pages, 2, 40)
        return before, await flight, during

    before, flight, during = asyncio.run(both())
    _say(
        f"{calls} calls of 5 s at once: {len(flight.seconds)} answered, {flight.refused} refused, "
        f"p50 {flight.quantile(0.5) / 1000:.2f} s, p99 {flight.quantile(0.99) / 1000:.2f} s; pages p50 "
        f"{before.quantile(0.5):.0f} ms before, {during.quantile(0.5):.0f} ms meanwhile"
    )


@contextmanager
def _simulator() -> Iterator[Server]:
    port = _free_port()
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--speed", "0"]
    with _running(argv, {}, f"http://127.0.0.1:{port}/health") as process:
        yield Server("simulator", f"http://127.0.0.1:{port}", "any", process)


@contextmanager
def _ours(place: Path, simulator: str) -> Iterator[Server]:
    port = _free_port()
    environ = {"LUMENBOARD_DATA_DIR": str(place / "data"), "PORT": str(port), "LUMENBOARD_SIMULATOR_URL": simulator}
    argv = [sys.executable, "manage.py", "run"]
    with _running(argv, environ, f"http://127.0.0.1:{port}/health") as process:
        prepared = subprocess.run(
            [sys.executable, "manage.py", "shell", "-c", PREPARE],
            cwd=ROOT,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=True,
        )
        time.sleep(5)  # until the catalogue has been read again
        key = prepared.stdout.splitlines()[-1]
        yield Server("lumenboard", f"http://127.0.0.1:{port}/openai/v1/images/generations", key, process)


@contextmanager
def _litellm(place: Path, simulator: str) -> Iterator[Server]:
    port, config = _free_port(), place / "litellm.yaml"
    config.write_text(CONFIG.format(simulator=simulator))
    argv = [
        str(LITELLM),
        "--config",
        str(config),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
        "--num_workers",
        "2",
        "--run_gunicorn",
    ]
    environ = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "LITELLM_LOG": "ERROR",
        "NO_PROXY": "127.0.0.1",
    }
    with _running(argv, environ, f"http://127.0.0.1:{port}/health/liveliness") as process:
        yield Server("LiteLLM", f"http://127.0.0.1:{port}/v1/images/generations", "any", process)


@contextmanager
def _running(argv: list[str], environ: dict[str, str], until: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not _answers(until):
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError(f"{argv[1]} did not start")
            time.sleep(0.3)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


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


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")


def _proportional_kb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("Pss:")[2].split()[0])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
