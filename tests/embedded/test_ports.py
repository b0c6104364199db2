import socket

from lumenboard.embedded.supervisor import free_port


def test_the_port_wanted_is_given_where_it_is_free_and_else_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in {port, 0}
    assert free_port(port) == port
    assert 0 < free_port(65536) <= 65535
