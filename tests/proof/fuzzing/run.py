"""So many cases against a site, four at a time, and what came of them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Final

from tests.proof.fuzzing.cases import cases
from tests.proof.fuzzing.site import Case, Site
from tests.proof.fuzzing.surface import Surface, find_surface

AT_ONCE: Final = 4
REPORT_EVERY: Final = 5_000
# Answers above 499 that say what they should: a form of oEmbed that is not offered, a stack that is not ready.
MEANT: Final = {("/oembed", 501), ("/health/ready", 503)}


@dataclass
class Ledger:
    """What a run saw. `faults` are cases with an answer above 499, or with none."""

    surface: Surface
    sent: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    sessions_lost: int = 0

    def line(self) -> str:
        found = self.surface
        counts = ", ".join(f"{status} {count:,}" for status, count in sorted(self.by_status.items()))
        return (
            f"{self.sent:,} cases over {len(found.routes)} URL patterns, {len(found.operations)} operations, "
            f"{len(found.forms)} forms with {sum(len(form.fields) for form in found.forms)} fields, "
            f"{len(found.names)} parameter names: {counts}; 5xx or no answer {len(self.faults)}, "
            f"sessions lost {self.sessions_lost}"
        )


def run(site: Site, count: int, seed: int, pages_per_route: int = 2) -> Ledger:
    """The same seed gives the same cases on the same world."""
    site.log_in()
    ledger = Ledger(find_surface(site, pages_per_route))

    def send(case: Case) -> tuple[str, str]:
        try:
            answer = site.send(case)
        except OSError as error:
            return "none", f"{case.shown} → {error!r}"
        known = (case.target.partition("?")[0], answer.status) in MEANT
        is_fault = answer.status >= 500 and not known
        return f"{answer.status // 100}xx", f"{case.shown} → {answer.status}" if is_fault else ""

    with ThreadPoolExecutor(AT_ONCE) as threads:
        wanted = islice(cases(ledger.surface, Random(seed)), count)
        for status, fault in threads.map(send, wanted):
            ledger.sent += 1
            ledger.by_status[status] += 1
            if fault:
                ledger.faults.append(fault)
                print(fault[:2000], flush=True)
            if ledger.sent % REPORT_EVERY == 0:
                print(ledger.line(), flush=True)
    ledger.sessions_lost = site.lost
    assert site.page("/ops").status == 200
    site.close()
    return ledger
