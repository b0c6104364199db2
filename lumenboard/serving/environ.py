"""A request as PEP 3333 wants it. Pure."""

import sys
from typing import IO, Any

from lumenboard.serving.rsgi import Headers, Scope
from lumenboard.serving.stored_files import StoredFile


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """`body` is there whole."""
    host, _, port = scope.server.rpartition(":")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client_host(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": StoredFile,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        # HTTP/2 names the host in the address.
        **({"HTTP_HOST": scope.authority} if scope.authority else {}),
        **_header_variables(scope.headers),
    }


def client_host(scope: Scope) -> str:
    """The address at the other end of the connection, without its port."""
    return scope.client.rpartition(":")[0].strip("[]")


def _header_variables(headers: Headers) -> dict[str, str]:
    """Repeated headers joined. A name with an underscore is left out: it would stand for one with a hyphen."""
    variables: dict[str, str] = {}
    for name, value in headers.items():
        if "_" in name:
            continue
        variable = name.upper().replace("-", "_")
        if variable not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            variable = f"HTTP_{variable}"
        joint = "; " if variable == "HTTP_COOKIE" else ","
        variables[variable] = f"{variables[variable]}{joint}{value}" if variable in variables else value
    return variables
