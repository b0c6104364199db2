"""One fault of the message transport, put right for every process that speaks to the broker."""

from typing import Any, Final

from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as RedisConnectionError

_parameters: Final = Channel._connparams


def report_closed_connections() -> None:
    """Let a channel without its connection fail as a lost connection, which workers survive.

    kombu 5.7.0, the newest there is: when the broker dies while a worker waits for messages and runs some, closing the
    channel fails halfway, and the second attempt, which wants to hand back what is running, finds a transport without
    client and raises AttributeError. Celery takes that for a fault of its own and ends the worker. The same happens to
    the acknowledgement of a task that ends after its connection. Can go when kombu raises an error of its own there.
    """
    Channel._connparams = _connection_parameters  # type: ignore[method-assign]


def _connection_parameters(channel: Any, asynchronous: bool = False) -> Any:
    if channel.connection is None or channel.connection.client is None:
        raise RedisConnectionError("the connection to the broker has been closed")
    return _parameters(channel, asynchronous=asynchronous)
