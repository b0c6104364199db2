"""Hostile input over every address, operation and form of the demo: no answer of ours is an error of ours.

FUZZ_CASES and FUZZ_SEED ask for more; it comes last of the proofs on the demo, for it leaves little of its world.
"""

import os

from tests.proof.conftest import Demo
from tests.proof.fuzzing.run import run
from tests.proof.fuzzing.site import Site

CASES = int(os.environ.get("FUZZ_CASES", "1500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SCOPES = ("images", "requests:read", "samples:write")


def test_nothing_a_stranger_or_the_operator_sends_is_answered_with_an_error_of_ours(demo_stack: Demo) -> None:
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    told = demo_stack.command("create_api_key", "fuzz", *scopes, "--per-minute", "1000000")
    ledger = run(Site(demo_stack.url, demo_stack.password, told.split()[-1]), CASES, SEED)
    print(ledger.line())
    assert not ledger.faults, "\n".join((ledger.line(), *ledger.faults[:20]))
    assert not ledger.sessions_lost, ledger.line()
    assert len(ledger.surface.routes) > 300
    assert len(ledger.surface.forms) > 100
    assert min(ledger.by_status[status] for status in ("2xx", "3xx", "4xx")) > CASES / 10, ledger.line()
