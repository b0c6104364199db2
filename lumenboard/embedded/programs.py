"""What the supervisor runs: command lines and environment of each part."""

import os
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace

from lumenboard import queues
from lumenboard.embedded.layout import CHECKOUT, Layout
from lumenboard.embedded.process import Program

HOST = "127.0.0.1"
WEB_WORKERS = 2
# Calls of the gateway last minutes: so many may be open in one worker.
WEB_CALLS = 2048
WORKER_THREADS = 4
# They wait for providers, so they may be more than the processor has cores.
GENERATION_THREADS = 8
# One sends all messages; the others are for providers and stores that do not answer.
OUTBOUND_THREADS = 8
# Who waits for a page goes before a board that is computed a moment later.
WORKER_NICENESS = 5
# Celery's alarm is about pickled messages; ours are JSON, which it accepts alone.
ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


def preparation(environ: Mapping[str, str], demo: bool) -> Program:
    """Database changes, demo world and static files, before anything is served."""
    argv = [sys.executable, "-m", "lumenboard.embedded.prepare", *(["--demo"] if demo else [])]
    return Program("prepare", argv, CHECKOUT, child_environ(environ))


def web(environ: Mapping[str, str], port: int) -> Program:
    argv = [
        sys.executable,
        "-m",
        "lumenboard.embedded.web_server",
        "--interface",
        "rsgi",
        "--no-ws",
        "--respawn-failed-workers",
    ]
    argv += ["--host", HOST, "--port", str(port), "--workers", str(WEB_WORKERS)]
    argv += ["--backlog", str(WEB_CALLS), "--backpressure", str(WEB_CALLS), "--loop", "uvloop"]
    argv += ["--workers-kill-timeout", "3", "--log-level", "warning"]
    return Program(
        "web",
        [*argv, "lumenboard.rsgi:application"],
        CHECKOUT,
        child_environ(environ),
        # Longer than it leaves its own worker processes.
        patience_s=6.0,
    )


def simulator(environ: Mapping[str, str], port: int, layout: Layout) -> Program:
    """Providers for those that have no key; it knows neither site nor stores."""
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--pictures", "painted"]
    return Program(
        "simulator",
        [*_nice(), *argv, "--certificate-dir", str(layout.data_dir)],
        CHECKOUT,
        child_environ(environ),
        patience_s=3.0,
    )


def worker(environ: Mapping[str, str]) -> Program:
    """Boards and whatever else is soon done."""
    return _worker("worker", queues.DEFAULT, WORKER_THREADS, environ)


def generations(environ: Mapping[str, str]) -> Program:
    """Pictures, each of which takes as long as its provider takes: a process of its own, so that boards never wait."""
    return _worker("generations", queues.GENERATIONS, GENERATION_THREADS, environ)


def outbound(environ: Mapping[str, str]) -> Program:
    """What waits for strangers: receivers of messages, providers asked again, stores of images."""
    # A message cut off goes again under its id: nobody who stops the stack waits for a stranger.
    return replace(_worker("outbound", queues.OUTBOUND, OUTBOUND_THREADS, environ), patience_s=3.0)


def _worker(name: str, queue: str, threads: int, environ: Mapping[str, str]) -> Program:
    argv = [*_nice(), *_celery("worker"), "--hostname", f"{name}@%h", "--queues", queue]
    argv += ["--pool", "threads", "--concurrency", str(threads), "--without-gossip", "--without-mingle"]
    return Program(
        name,
        argv,
        CHECKOUT,
        child_environ(environ),
        # TERM lets running tasks finish; QUIT hands them back to the broker.
        stop_signals=(signal.SIGTERM, signal.SIGQUIT),
    )


def beat(environ: Mapping[str, str], layout: Layout) -> Program:
    argv = [*_celery("beat"), "--schedule", str(layout.beat_file), "--pidfile="]
    return Program("beat", argv, CHECKOUT, child_environ(environ))


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, made fit for a child that is one of several on this machine."""
    return {
        **environ,
        "PYTHONUNBUFFERED": "1",
        # One thread per process: several children with a pool per core each would fight for the cores.
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.pathsep.join((os.path.dirname(sys.executable), environ.get("PATH", os.defpath))),
    }


def _nice() -> list[str]:
    return ["nice", "-n", str(WORKER_NICENESS)] if shutil.which("nice") else []


def _celery(part: str) -> list[str]:
    return [
        sys.executable,
        "-W",
        ROOT_WARNING,
        "-m",
        "celery",
        "--quiet",
        "--app",
        "lumenboard",
        part,
        "--loglevel",
        "WARNING",
    ]
