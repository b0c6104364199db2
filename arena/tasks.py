"""Celery tasks of the arena: each takes ids at most, may run twice, and only calls an action."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from arena.boards import findings, rank_webhooks, recompute, snapshots
from arena.boards import voter_widths as widths
from arena.boards.rank_webhooks import OUTBOXES, delete_old_messages
from arena.entrants import run_apply as uploads
from arena.generation import schedules
from arena.generation import send_generation as sending
from arena.generation import start_run as starting
from arena.generation.start_run import enqueue_pending_runs
from arena.images import measure_images as pictures
from arena.images import sweep_images as images
from arena.images.handover import HandedOverStorage, bring_home
from arena.integrity import bound_votes as bounds
from arena.integrity import exclude_votes
from arena.integrity import vote_cohorts as flags
from arena.integrity.gate_health import alarm_lines, read_gate_days
from arena.models.voters import REFUSAL_REASONS, SET_ASIDE_GATES
from arena.parity import recompute as parity
from arena.raters import examine_raters as raters
from arena.votes import hash_chain as chain
from arena.votes.log import VoteLogBusy
from arena.voting import sweep_battles as sweep
from providers.webhooks.attempts import delete_unused_receivers, give_up_late
from providers.webhooks.deliver import deliver

log = logging.getLogger(__name__)


@shared_task
def recompute_changed_boards() -> int:
    """Beat runs it each minute; how many snapshots were written."""
    return recompute.recompute_changed_boards()


@shared_task
def recompute_board(board_id: int) -> int:
    """How many snapshots were written."""
    return recompute.recompute_board(board_id)


@shared_task
def recompute_voted_boards() -> int:
    """Enqueued by votes, once in one and a half seconds at most; how many snapshots were written."""
    return recompute.recompute_voted_boards()


@shared_task
def recompute_parity() -> int:
    """Each minute, and enqueued by parity votes; how many snapshots were written."""
    return parity.recompute_voted_parity()


@shared_task
def deepen_boards() -> int:
    """Every five minutes: what replays votes or takes many fits; how many snapshots were written."""
    return findings.complete_changed_boards()


@shared_task
def bound_votes() -> int:
    """Each minute; how many votes were set aside, none while the log is busy."""
    try:
        return bounds.bound_votes()
    except VoteLogBusy:
        return 0


@shared_task
def chain_votes() -> int:
    """Every quarter of an hour; how many votes were chained, none while the log is busy."""
    try:
        return chain.chain_votes()
    except VoteLogBusy:
        return 0


@shared_task
def thin_board_history() -> int:
    """Nightly; how many snapshots were deleted."""
    return snapshots.thin_history(timezone.now())


@shared_task
def sweep_battles() -> int:
    """Nightly; how many pairs that nobody judged were taken away."""
    return sweep.sweep_battles(timezone.now()).battles


@shared_task
def flag_votes() -> int:
    """Nightly; how many cohorts are newly flagged. Gates that refused too much go to the log."""
    report = flags.flag_votes()
    if settings.SET_LIFTS_ASIDE:
        exclude_votes.set_lifts_aside()
    for line in alarm_lines(read_gate_days(timezone.now().date(), days=2), dict((*REFUSAL_REASONS, *SET_ASIDE_GATES))):
        log.warning("gate alarm: %s", line)
    return report.opened


@shared_task
def examine_raters() -> int:
    """Nightly; of how many boards the voters were examined."""
    return raters.examine_changed_raters(raters.NIGHTLY_S)


@shared_task
def compute_voter_widths() -> int:
    """Nightly; for how many boards it was worked out how wide intervals would be by voter."""
    return widths.compute_changed_voter_widths()


@shared_task
def measure_images() -> int:
    """Every ten minutes; how many pictures of before were measured."""
    return pictures.measure_images()


@shared_task
def tend_runs() -> int:
    """Every fifteen seconds, from as many beats as there are; how many runs and pictures were enqueued."""
    return enqueue_pending_runs()


@shared_task
def start_run(run_id: int) -> int:
    """Enqueued by whoever made the run; how many pictures are on their way."""
    return starting.start_run(run_id)


@shared_task
def send_generation(generation_id: int) -> str:
    """One picture, which takes as long as its provider takes; its status afterwards."""
    return sending.send_generation(generation_id)


@shared_task
def read_upload(upload_id: int) -> str:
    """Some of its pictures, which may lie behind addresses; its status afterwards."""
    return uploads.read_upload(upload_id)


@shared_task
def apply_upload(upload_id: int) -> str:
    """Enqueued by whoever looked at it; its status afterwards."""
    return uploads.apply_upload(upload_id)


@shared_task
def resume_uploads() -> int:
    """Every fifteen seconds; how many uploads were enqueued whose worker fell silent."""
    return uploads.resume_uploads(timezone.now())


@shared_task
def sweep_uploads() -> int:
    """Each hour; how many uploads went that nobody wanted."""
    return uploads.sweep_uploads(timezone.now())


@shared_task
def keep_probes() -> None:
    """Every ten minutes; the schedule itself comes due once a day."""
    schedules.ensure_probe_schedule(settings.PROBE_BUDGET_USD_PER_DAY, now=timezone.now())


@shared_task
def bring_files_home() -> int:
    """Each minute; how many files of workers elsewhere were written where the site serves them from."""
    store = default_storage._wrapped  # type: ignore[attr-defined]  # the lazy object hides its class
    return bring_home(store) if isinstance(store, HandedOverStorage) else 0


@shared_task
def sweep_originals() -> int:
    """Nightly; how many files of providers went."""
    return images.sweep_originals(timezone.now())


@shared_task
def tell_rank_changes() -> int:
    """Each minute; how many messages to webhooks were written."""
    return rank_webhooks.enqueue_rank_messages(timezone.now())


@shared_task
def deliver_messages() -> int:
    """Every two seconds, of alerts and boards alike; how many were taken by their receivers."""
    return deliver(OUTBOXES)


@shared_task
def forget_board_messages() -> int:
    """Nightly; how many messages of long ago went."""
    give_up_late(OUTBOXES, timezone.now())
    deleted = delete_old_messages(timezone.now())
    delete_unused_receivers(OUTBOXES)
    return deleted
