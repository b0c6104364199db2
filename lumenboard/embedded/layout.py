"""Where this checkout keeps its data, and under which addresses its embedded stores are reached.

Building a layout touches nothing; directories are made by whoever first needs them.
"""

import base64
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


class EmbeddedError(Exception):
    """Base of the errors below."""


class LayoutError(EmbeddedError):
    """The data directory asked for cannot be used."""


class StoreError(EmbeddedError):
    """An embedded store could not be started."""


class StackError(EmbeddedError):
    """The stack cannot run, or cannot go on."""


class LockHeld(EmbeddedError):
    """Another process holds the lock."""


CHECKOUT = Path(__file__).resolve().parents[2]
ROOT_DATA = Path("/var/lib/lumenboard")
# PostgreSQL refuses to run as root, so under root it runs as this user.
NOBODY_UID = 65534
# sun_path holds 108 bytes, the last of which is the terminating zero.
LONGEST_SOCKET_PATH = 107
DATABASE_NAME = "lumenboard"
DATABASE_USER = "lumenboard"
DATABASE_PORT = "5432"
DATABASE_SOCKET = f".s.PGSQL.{DATABASE_PORT}"
BROKER_SOCKET = "valkey.sock"


@dataclass(frozen=True)
class Layout:
    """The paths under one data directory."""

    data_dir: Path

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def valkey_dir(self) -> Path:
        return self.data_dir / "valkey"

    @property
    def binaries_dir(self) -> Path:
        return self.data_dir / "binaries"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def static_root(self) -> Path:
        return self.data_dir / "static"

    @property
    def beat_file(self) -> Path:
        return self.data_dir / "beat"

    @property
    def locks_dir(self) -> Path:
        return self.data_dir / "locks"

    @property
    def secret_key_file(self) -> Path:
        return self.data_dir / "secret_key"

    @property
    def sealing_key_file(self) -> Path:
        return self.data_dir / "sealing_key"

    @property
    def run_dir(self) -> Path:
        """Directory of the sockets: inside the data unless its path is too long for a socket address."""
        inside = self.data_dir / "run"
        if len(os.fsencode(inside / DATABASE_SOCKET)) <= LONGEST_SOCKET_PATH:
            return inside
        # A fixed directory, not TMPDIR: every later command must find the same socket.
        return Path("/tmp") / f"lumenboard-{_digest(self.data_dir)}"  # noqa: S108

    @property
    def database_socket(self) -> Path:
        return self.run_dir / DATABASE_SOCKET

    @property
    def broker_socket(self) -> Path:
        return self.run_dir / BROKER_SOCKET

    @property
    def database_url(self) -> str:
        return f"postgresql://{DATABASE_USER}@/{DATABASE_NAME}?host={quote(str(self.run_dir), safe='')}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{quote(str(self.broker_socket))}?virtual_host=0"

    def django_database(self) -> dict[str, str]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE_NAME,
            "USER": DATABASE_USER,
            "PASSWORD": "",
            "HOST": str(self.run_dir),
            "PORT": DATABASE_PORT,
        }

    def make_data_dir(self) -> None:
        """Create the data directory; as root, traversable by the user PostgreSQL runs as."""
        missing = [place for place in (self.data_dir, *self.data_dir.parents) if not place.exists()]
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            for place in reversed(missing):
                place.mkdir(exist_ok=True)
                # Set apart from mkdir, whose mode the caller's umask would narrow.
                place.chmod(mode)
        except OSError as error:
            raise LayoutError(_unusable(self.data_dir, error)) from error

    def make_private_dir(self, path: Path) -> None:
        self.make_data_dir()
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LayoutError(_unusable(path, error)) from error

    def secret_key(self) -> str:
        """This installation's Django secret key, made at first use."""
        return self._read_or_make(self.secret_key_file, lambda: secrets.token_urlsafe(50))

    def sealing_key(self) -> str:
        """What provider keys are encrypted with, made at first use: 32 bytes in URL-safe base64."""
        return self._read_or_make(
            self.sealing_key_file, lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        )

    def _read_or_make(self, file: Path, make: Callable[[], str]) -> str:
        self.make_data_dir()
        try:
            if not file.exists():
                _write_once(file, make())
            return file.read_text().strip()
        except OSError as error:
            raise LayoutError(_unusable(file, error)) from error


def current_layout(environ: Mapping[str, str] | None = None) -> Layout:
    """The layout the environment asks for: `LUMENBOARD_DATA_DIR`, or `var` in the checkout."""
    chosen = (os.environ if environ is None else environ).get("LUMENBOARD_DATA_DIR", "").strip()
    data_dir = Path(os.path.abspath(Path(chosen).expanduser())) if chosen else CHECKOUT / "var"
    if data_dir.exists() and not data_dir.is_dir():
        raise LayoutError(f"LUMENBOARD_DATA_DIR: {data_dir} is not a directory; it must name one, or nothing yet")
    if os.geteuid() == 0 and not reachable_by(NOBODY_UID, data_dir):
        return Layout(ROOT_DATA / _digest(data_dir))
    return Layout(data_dir)


def reachable_by(uid: int, path: Path) -> bool:
    """Whether a user with no groups of its own may search every existing directory down to `path`."""
    return all(_searchable_by(uid, place) for place in (path, *path.parents) if place.exists())


def _searchable_by(uid: int, place: Path) -> bool:
    status = place.stat()
    return bool(status.st_mode & (stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH))


def _write_once(path: Path, text: str) -> None:
    # Linked into place whole: of two first starts at once, one key wins and both read it.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(text)
        draft.flush()
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _unusable(path: Path, error: OSError) -> str:
    return f"{path} cannot be used for data: {error.strerror}; set LUMENBOARD_DATA_DIR to a directory you may write"
