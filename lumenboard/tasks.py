"""Celery tasks of the whole site."""

from uuid import UUID

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from lumenboard.accounts import mails
from lumenboard.gateway.job_run import run_job
from lumenboard.gateway.jobs import tell_worker
from providers.models import Heartbeat
from providers.requests.request_jobs import due_jobs, tidy_ended_jobs
from providers.requests.settle_requests import settle_requests

AT_ONCE = 5000


@shared_task(name="lumenboard.tasks.sing")
def heartbeat(queue: str) -> None:
    """Says that somebody works on its queue."""
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": timezone.now()})


@shared_task
def run_request(request: str) -> str:
    """One that is answered later, which takes as long as its providers take; its status afterwards."""
    return run_job(UUID(request))


@shared_task
def continue_requests() -> int:
    """Each five seconds, for those that are answered later: what a worker left, what has ended; how many wait."""
    settle_requests()
    tidy_ended_jobs(timezone.now())
    due = due_jobs(timezone.now())
    for request in due:
        tell_worker(request)
    return len(due)


@shared_task
def sweep_sessions() -> int:
    """Nightly; how many sessions were past their end. A few at a time, so that nobody who logs in waits."""
    over, swept = Session.objects.filter(expire_date__lt=timezone.now()), 0
    while keys := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        swept += over.filter(pk__in=keys).delete()[0]
    return swept


@shared_task
def mail_log_in_link(address: str, next_url: str) -> bool:
    """Given the address that was typed, not an account: so each question takes as long, whether there is one or not."""
    return mails.mail_log_in_link(address, next_url)


@shared_task
def mail_invitation(invitation_id: int) -> bool:
    """Whether it was sent."""
    return mails.mail_invitation(invitation_id)


@shared_task
def mail_confirmation(address: str, secret: str) -> bool:
    """Whether it was sent."""
    return mails.mail_confirmation(address, secret)
