"""`python -m tests.proof.fuzzing ADDRESS PASSWORD KEY CASES SEED`: on a site that runs already."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")

import django

django.setup()

from tests.proof.fuzzing.run import run  # noqa: E402  the walk reads Django's URL patterns
from tests.proof.fuzzing.site import Site  # noqa: E402

address, password, key, count, seed = sys.argv[1:]
ledger = run(Site(address, password, key), int(count), int(seed))
print(*ledger.faults, sep="\n")
print(ledger.line())
