"""manage.py flag_votes: the nightly look at cohorts of votes, now."""

from typing import Any

from django.core.management.base import BaseCommand

from arena.integrity.vote_cohorts import flag_votes


class Command(BaseCommand):
    help = "Flag cohorts of votes that honest voters would not have cast. Excludes no vote; that is decided at /ops."

    def handle(self, *args: Any, **options: Any) -> None:
        report = flag_votes()
        self.stdout.write(f"{report.votes} votes looked at, {report.found} cohorts odd, {report.opened} newly flagged.")
