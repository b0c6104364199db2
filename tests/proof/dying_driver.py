"""Makes paid calls in children that kill themselves: at the nth step of the walk, or after so many seconds.

One line of JSON per call comes in; one goes out, with the steps that were reached and whether the child was killed.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import threading
from typing import Any

import django


def main() -> None:
    django.setup()
    # Before any child, so that none has to do it.
    importlib.import_module("tests.proof.paid_calls")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_a_child(json.loads(line))) + "\n")
        sys.stdout.flush()


def in_a_child(call: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        make_call(call, writing)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        steps = told.read().split()
    _, status = os.waitpid(child, 0)
    return {"steps": steps, "killed": os.WIFSIGNALED(status)}


def make_call(call: dict[str, Any], told: int) -> None:
    from tests.proof.paid_calls import run_call

    reached = 0

    def step(name: str) -> None:
        nonlocal reached
        reached += 1
        os.write(told, f"{name}\n".encode())
        if reached == call.get("dies_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    if after_s := call.get("dies_after_s"):
        threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGKILL)).start()
    asyncio.run(run_call(call, step))


if __name__ == "__main__":
    main()
