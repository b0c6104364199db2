"""Studies, their people, and a worker that does what waits in the queue of mails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

from celery import current_app
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.test import Client
from kombu import pools

from arena.models import Membership, Study
from arena.studies.people import add_member, make_study
from lumenboard import tasks  # noqa: F401  its tasks are known to the worker
from lumenboard.queues import OUTBOUND

PASSWORD = "a long secret"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/\S+)")


def make_account(name: str = "ann", address: str = "", **fields: Any) -> User:
    return User.objects.create_user(name, email=address, password=PASSWORD, **fields)


def make_maker(name: str = "maker") -> User:
    """An operator who may make studies, and see no others."""
    user = make_account(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_study"))
    return user


def a_study(owner: User, title: str = "Posters", **fields: Any) -> Study:
    return make_study(Study(title=title, question="Which would you hang up?", **fields), owner.pk)


def a_member(study: Study, role: str, name: str = "", address: str = "") -> tuple[User, Membership]:
    user = make_account(name or role, address)
    return user, add_member(study, user.pk, role)


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


class Worker:
    """Of the queue of mails, in this process."""

    def run(self) -> list[Any]:
        """What its tasks answered."""
        done = []
        with current_app.connection_for_read() as link, link.SimpleQueue(OUTBOUND) as waiting:
            while True:
                try:
                    message = waiting.get_nowait()
                except Empty:
                    return done
                done.append(current_app.tasks[message.headers["task"]](*message.payload[0]))
                message.ack()


@contextmanager
def worker() -> Iterator[Worker]:
    """Messages in memory instead of a broker."""
    with broker_at("memory://studies"):
        made = Worker()
        made.run()
        yield made


@contextmanager
def broker_at(address: str) -> Iterator[None]:
    """Another than the settings'."""
    assert current_app.conf.broker_url, "read, so that there are settings to change"
    before = dict(current_app.conf.changes)
    current_app.conf.update(broker_url=address)
    _forget_connections()
    try:
        yield
    finally:
        current_app.conf.changes.clear()
        current_app.conf.changes.update(before)
        _forget_connections()


def _forget_connections() -> None:
    pools.reset()
    current_app._pool = current_app.amqp._producer_pool = None


def mailed_links() -> list[str]:
    """The path of the link in each mail, oldest first."""
    return [found[1] for message in mail.outbox if (found := LINK.search(str(message.body)))]
