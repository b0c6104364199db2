"""manage.py generate_parity MODEL: the same prompts and seeds at several endpoints of a model; the cost first."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from arena.generation.parity_runs import ParityNotStarted, ParityOrder, ParityPlan, plan_parity, start_parity
from arena.models import Competition
from providers.models import ImageModel
from providers.plain_values import decimal_number, whole_number
from providers.pricing import size_from_text
from providers.sheet import MODES, TEXT_TO_IMAGE

USUAL_SIZE: Final = "1024x1024"


class Command(BaseCommand):
    help = "Say what parity entries of a model would cost; with --at-most, make them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="its slug")
        parser.add_argument("--mode", choices=MODES, default=TEXT_TO_IMAGE)
        parser.add_argument(
            "--endpoint", action="append", default=[], help="a key; without any all that serve the mode"
        )
        parser.add_argument(
            "--competition", action="append", required=True, help="a public id; its prompt is asked for"
        )
        parser.add_argument("--seeds", default="1,2", help="separated by commas")
        parser.add_argument("--size", default=USUAL_SIZE)
        parser.add_argument("--live", action="store_true", help="entries are live at once; else they are held")
        parser.add_argument("--at-most", metavar="USD", help="start it, if it costs no more than this")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_parity(_order(options))
        for competition, line in plan.lines:
            cost = f"{line.total_usd:f} USD" if line.total_usd is not None else line.why_not
            simulated = " (simulated)" if line.offer is not None and line.offer.simulated else ""
            self.stdout.write(
                f"{competition.title}: {line.entrant.model_name}{simulated}, {line.images} pictures: {cost}"
            )
        bound = "" if plan.is_exact else "at most "
        self.stdout.write(f"{plan.images} pictures for {bound}{plan.total_usd:f} USD.")
        if options["at_most"] is not None:
            self._start(plan, options["at_most"])

    def _start(self, plan: ParityPlan, at_most: str) -> None:
        most = decimal_number(at_most)
        if most is None or most < 0:
            raise CommandError(f"--at-most: {at_most!r} is not an amount; use 0.25")
        if plan.total_usd > most:
            raise CommandError(f"--at-most: it would cost {plan.total_usd:f} USD, more than {Decimal(most):f}")
        try:
            runs = start_parity(plan, actor=None)
        except ParityNotStarted as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Started: {', '.join(run.get_absolute_url() for run in runs)}.")


def _order(options: dict[str, Any]) -> ParityOrder:
    """Raises CommandError, naming the option at fault."""
    model = ImageModel.objects.prefetch_related("endpoints").filter(slug=options["model"]).first()
    if model is None:
        raise CommandError(f"there is no model {options['model']!r}; use its slug")
    serving = {one.key: one.pk for one in model.endpoints.all() if one.is_enabled and options["mode"] in one.modes}
    unknown = [key for key in options["endpoint"] if key not in serving]
    if unknown:
        raise CommandError(f"--endpoint: {unknown[0]!r} does not serve {options['mode']}; it is {', '.join(serving)}")
    asked = Competition.objects.filter(mode=options["mode"], public_id__in=options["competition"])
    competitions = {one.public_id: one for one in asked.select_related("source_image")}
    missing = [public_id for public_id in options["competition"] if public_id not in competitions]
    if missing:
        raise CommandError(f"--competition: there is none {missing[0]!r} in {options['mode']}")
    seeds = [whole_number(word.strip()) for word in options["seeds"].split(",")]
    size = size_from_text(options["size"])
    if None in seeds or len(set(seeds)) != len(seeds):
        raise CommandError("--seeds: must be different whole numbers, separated by commas")
    if size is None:
        raise CommandError("--size: must be like 1024x1024")
    return ParityOrder(
        model=model,
        endpoint_ids=[serving[key] for key in options["endpoint"] or serving],
        competitions=[competitions[public_id] for public_id in dict.fromkeys(options["competition"])],
        seeds=tuple(seed for seed in seeds if seed is not None),
        size=size,
        entry_status="live" if options["live"] else "held",
    )
