"""A broker that goes away is a lost connection for whoever works with it, never a fault of its own."""

import pytest
from kombu import Connection
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as RedisConnectionError

from lumenboard.celery import app


@pytest.mark.parametrize("closed", ["channel", "transport"])
def test_a_channel_without_its_connection_fails_as_a_lost_connection(closed: str, monkeypatch) -> None:
    monkeypatch.setattr(Channel, "_create_client", lambda self, asynchronous=False: Quiet())
    link = Connection("redis://127.0.0.1:1/0")
    channel = link.channel()
    monkeypatch.undo()
    assert app.conf.broker_connection_max_retries is None
    if closed == "channel":
        channel.connection = None
    else:
        channel.connection.client = None
    with pytest.raises(RedisConnectionError):
        channel.qos.restore_unacked()
    assert issubclass(RedisConnectionError, link.connection_errors)


class Quiet:
    """A client that answers every ping."""

    def ping(self) -> bool:
        return True
