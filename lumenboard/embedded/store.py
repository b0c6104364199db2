"""The launchers of the embedded stores, PostgreSQL and Valkey, and how their failures read."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from lumenboard.embedded.binaries import postgres_bin, valkey_server
from lumenboard.embedded.layout import DATABASE_NAME, DATABASE_USER, NOBODY_UID, Layout, StoreError
from lumenboard.embedded.process import Program
from lumenboard.embedded.wire import DatabaseState, broker_is_ready, database_state

LARGEST_LOG_BYTES = 8 * 1024 * 1024
LINES_SHOWN = 12


def server_uid() -> int | None:
    """The user the server runs as, when it cannot be ours."""
    return NOBODY_UID if os.geteuid() == 0 else None


def own_private_dir(path: Path) -> None:
    """Make a directory for the server alone; refuses one that another user put in its place."""
    owner = os.geteuid() if server_uid() is None else NOBODY_UID
    if not path.is_symlink() and not path.exists():
        _move_in(path, owner)
    status = path.lstat()
    if path.is_symlink() or not path.is_dir() or status.st_uid != owner or status.st_mode & 0o077:
        raise StoreError(f"{path} must be a directory of user {owner} with mode 0700; remove it and start again")


def _move_in(path: Path, owner: int) -> None:
    # Renamed into place with its owner: two stores starting at once must both find it whole.
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    os.chown(draft, owner, -1)
    try:
        draft.rename(path)
    except OSError:
        draft.rmdir()


def open_log(layout: Layout, name: str) -> Path:
    """The store's log file; a large one is set aside so that it never grows without bound."""
    layout.make_private_dir(layout.logs_dir)
    log = layout.logs_dir / f"{name}.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def last_lines(log: Path) -> str:
    """The end of a log, to show with an error."""
    if not log.exists():
        return "(nothing logged)"
    lines = log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
    return "\n".join(f"    {line}" for line in lines) or "(nothing logged)"


SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "max_connections": "100",
    "max_wal_size": "1GB",
    # Pages run short queries: compiling them costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Data nobody will miss after a power cut.
THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres:
    """The embedded database."""

    name = "postgres"

    def __init__(self, throw_away: bool = False) -> None:
        self._settings = SETTINGS | (THROW_AWAY_SETTINGS if throw_away else {})

    def prepare(self, layout: Layout) -> Program:
        layout.make_data_dir()
        own_private_dir(layout.run_dir)
        programs = postgres_bin(layout)
        log = open_log(layout, self.name)
        if not layout.postgres_dir.exists():
            _create_cluster(programs, layout, log)
        _drop_stale_pid_file(layout.postgres_dir / "postmaster.pid")
        _drop_stale_pid_file(layout.database_socket.with_name(f"{layout.database_socket.name}.lock"))
        return self._server(programs, layout, log)

    def is_ready(self, layout: Layout) -> bool:
        return database_state(layout.database_socket) is DatabaseState.READY

    def complete(self, layout: Layout) -> None:
        if database_state(layout.database_socket) is not DatabaseState.NO_DATABASE:
            return
        address = ["-h", str(layout.run_dir), "-U", DATABASE_USER]
        command = [str(postgres_bin(layout) / "createdb"), *address, DATABASE_NAME]
        answer = subprocess.run(command, cwd="/", env=_bare_environ(), capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise StoreError(f"PostgreSQL could not create its database: {answer.stderr.strip()}")

    def _server(self, programs: Path, layout: Layout, log: Path) -> Program:
        # Quoted as PostgreSQL's list syntax wants it: a path may hold spaces and commas.
        sockets = '"' + str(layout.run_dir).replace('"', '""') + '"'
        settings = self._settings | {"unix_socket_directories": sockets}
        return Program(
            name=self.name,
            argv=[
                str(programs / "postgres"),
                "-D",
                str(layout.postgres_dir),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            cwd=Path("/"),
            environ=_bare_environ(),
            # Fast shutdown: INT ends sessions and writes a checkpoint; QUIT leaves the rest to recovery.
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            patience_s=20.0,
            orphan_signal=signal.SIGINT,
            uid=server_uid(),
            log=log,
        )


def _create_cluster(programs: Path, layout: Layout, log: Path) -> None:
    draft = layout.postgres_dir.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    own_private_dir(draft)
    command: list[str | Path] = [programs / "initdb", "-D", draft, "-U", DATABASE_USER, "-A", "trust", "-E", "UTF8"]
    # The same locale as in production, or text sorts differently there.
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    uid = server_uid()
    groups: list[int] | None = None if uid is None else []
    with log.open("ab") as output:
        answer = subprocess.run(
            command,
            cwd="/",
            env=_bare_environ(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=uid,
            group=uid,
            extra_groups=groups,
            check=False,
        )
    if answer.returncode != 0:
        raise StoreError(f"PostgreSQL could not create its data in {draft}:\n{last_lines(log)}")
    # Renamed when whole: an interrupted start leaves nothing that looks like data.
    draft.rename(layout.postgres_dir)


def _drop_stale_pid_file(pid_file: Path) -> None:
    """Remove the pid file of a server that was killed, when no PostgreSQL has its number now.

    PostgreSQL itself would take any process of that number for its predecessor, even one that has ended and waits in
    the process table, which in a container without an init it does forever.
    """
    if pid_file.exists() and not _is_running_postgres(pid_file.read_text().split("\n", 1)[0].strip()):
        pid_file.unlink()


def _is_running_postgres(pid: str) -> bool:
    try:
        name, _, rest = (Path("/proc") / pid / "stat").read_text().rpartition(")")
    except OSError:
        return False
    return name.endswith("(postgres") and not rest.strip().startswith(("Z", "X"))


def _bare_environ() -> dict[str, str]:
    # PG* variables of the caller would redirect clients; locale variables would change messages.
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Valkey:
    """The embedded broker; its queue outlives a run."""

    name = "valkey"

    def prepare(self, layout: Layout) -> Program:
        layout.make_private_dir(layout.valkey_dir)
        own_private_dir(layout.run_dir)
        options = {
            "--port": "0",
            "--unixsocket": str(layout.broker_socket),
            "--unixsocketperm": "700",
            "--dir": str(layout.valkey_dir),
            "--appendonly": "yes",
            "--save": "",
            # A full broker must refuse new messages, never drop accepted ones.
            "--maxmemory-policy": "noeviction",
        }
        return Program(
            name=self.name,
            argv=[str(valkey_server()), *(part for option in options.items() for part in option)],
            cwd=layout.valkey_dir,
            environ={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
            orphan_signal=signal.SIGTERM,
            log=open_log(layout, self.name),
        )

    def is_ready(self, layout: Layout) -> bool:
        return broker_is_ready(layout.broker_socket)

    def complete(self, layout: Layout) -> None:
        """Nothing: queues appear with their first message."""
