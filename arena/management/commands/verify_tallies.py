"""manage.py verify_tallies: counts every vote again and checks the chain of the vote log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.parity.counted import differing_tallies
from arena.votes.hash_chain import broken_links, chained_up_to, differences


class Command(BaseCommand):
    help = "Recount tallies and entry counters from the counted votes and check the vote log's chain; exit 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        found = differences()
        found += [f"votes {link.first} to {link.last}: {link.fault}" for link in broken_links()]
        if differing := differing_tallies():
            found.append(f"{differing} tallies of parity boards are not what their votes give")
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} differences")
        self.stdout.write(f"Tallies and counters agree with the votes; the chain holds up to vote {chained_up_to()}.")
