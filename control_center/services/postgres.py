"""One PostgreSQL server of our own: made, configured, started, stopped.

It listens on a socket in a private folder only, and lets in its own account and ours by the word of
the operating system (*peer*): there is no password to keep and no port to be taken.
"""

import os
import pwd
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog

from control_center.services.commands import run
from control_center.services.databases import ensure_database
from control_center.services.places import Account
from control_center.services.processes import Mark, stop, wait_until, working_in
from control_center.services.supervisor import Program
from twin.errors import ServiceError

SUPERUSER = "reverbere"
_LOG = structlog.get_logger(__name__)
_LEAVING_S = 60.0  # its processes see for themselves that a killed server is gone
_FAST = signal.SIGINT  # "fast" stop: disconnect everybody, write a checkpoint

_SETTINGS = """\
# Written at every start; edit nothing here.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 60
# a daily series of sixty years lies in as many pieces as it has days, each held to the commit
max_locks_per_transaction = 2048
shared_preload_libraries = '{preload}'
jit = off
max_wal_size = 1GB
checkpoint_timeout = 5min
shared_buffers = 192MB
effective_cache_size = 512MB
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_checkpoints = off
lc_messages = 'C.UTF-8'
{extension}{more}"""

_EXTENSION_SETTINGS = """\
timescaledb.telemetry_level = off
timescaledb.max_background_workers = 4
"""

#: For clusters that are thrown away after a test run: nothing needs to survive a power cut, and
#: TimescaleDB's launcher, which the Apache edition has no jobs for, may hold up DROP DATABASE until
#: it looks around next, a minute later: without worker processes there is none.
THROW_AWAY = """\
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 200
shared_buffers = 64MB
max_locks_per_transaction = 256
max_worker_processes = 0
max_logical_replication_workers = 0
"""


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """Where a PostgreSQL's programs are.

    Attributes
    ----------
    provider : str
        ``"system"``, ``"prefix"`` or ``"wheel"``.
    folder : Path
        Holds ``postgres`` and ``initdb``.
    timescale : bool
        Whether the TimescaleDB extension can be loaded.
    version : str
        For people, e.g. ``"17.11 (Debian)"``.
    """

    provider: str
    folder: Path
    timescale: bool
    version: str

    @property
    def major(self) -> str:
        """The part of the version that data folders depend on."""
        return self.version.split(".")[0]


class PostgresServer:
    """A database cluster in a folder of ours.

    Parameters
    ----------
    programs : PostgresPrograms
        What to run.
    data : Path
        The cluster's folder; made when it is not there.
    socket : Path
        A short private folder for its socket.
    account : Account
        Who it runs as.
    more : str
        Lines added to its settings.
    """

    def __init__(
        self,
        programs: PostgresPrograms,
        data: Path,
        socket: Path,
        account: Account,
        more: str = "",
    ) -> None:
        self.programs = programs
        self.data = data
        self.socket = socket
        self.account = account
        self._more = more

    @property
    def address(self) -> str:
        """Where it is: a connection address with ``{database}`` in the place of the name."""
        return f"postgresql://{SUPERUSER}@/{{database}}?host={quote(str(self.socket), safe='')}"

    def url(self, database: str) -> str:
        """Return the connection address of one of its databases."""
        return self.address.replace("{database}", quote(database))

    def prepare(self) -> None:
        """Make the cluster if need be, and write its settings; called before every start.

        Raises
        ------
        ServiceError
            The folder holds another major version's data, or initdb failed.
        """
        if (self.data / "PG_VERSION").exists():
            self._require_major()
            self._stop_leftover()
        else:
            self._make()
        self._write("postgresql.conf", self._settings())
        self._write("pg_hba.conf", f"local all {SUPERUSER} peer map=reverbere\n")
        self._write("pg_ident.conf", _identities(self.account))

    def program(self, log: Path, run: Path, name: str = "database") -> Program:
        """Describe the server to the supervisor."""
        return Program(
            name=name,
            command=[self.programs.folder / "postgres", "-D", self.data],
            token=str(self.data),
            log=log,
            run=run,
            account=self.account,
            folder=self.data,
            environment={"LC_ALL": "C.UTF-8", "PGTZ": "UTC"},
            prepare=self.prepare,
            ready=self.ready,
            asks=_FAST,
            patience_s=120.0,  # redo after a crash: 1 GB of WAL takes 5 to 10 s
        )

    def ready(self) -> bool:
        """Whether it takes connections, by its own word in ``postmaster.pid``."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def ensure_database(self, name: str) -> str:
        """Create a database unless it exists; return its address."""
        return ensure_database(self.address, name)

    def _make(self) -> None:
        """Run initdb beside the final place, then move: a half-made cluster is never taken."""
        building = self.data.with_name(self.data.name + ".building")
        shutil.rmtree(building, ignore_errors=True)
        self.account.private_folder(building)
        command: list[str | Path] = [self.programs.folder / "initdb", "-D", building]
        command += [
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=peer",
            "--no-instructions",
        ]
        if "fsync = off" in self._more:
            command.append("--no-sync")
        done = run(command, folder=building, identity=self.account.identity())
        if done.code != 0:
            shutil.rmtree(building, ignore_errors=True)
            raise ServiceError("database", f"initdb failed: {done.last_word}")
        building.rename(self.data)

    def _require_major(self) -> None:
        found = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if found != self.programs.major:
            raise ServiceError(
                "database",
                f"{self.data} was made by PostgreSQL {found}, this is {self.programs.major}",
                "move the folder away, or make the data again",
            )

    def _stop_leftover(self) -> None:
        """Stop a server that an earlier run left on this folder, and clear its stale lock files.

        A stale file may name a process number that another program has by now. PostgreSQL would
        take that program for a living server and refuse to start, so the files go.
        """
        left = working_in(self.data)
        postmaster = self._recorded_postmaster()
        if postmaster in left:
            mark = Mark.of(postmaster, str(self.data), _FAST)
            _LOG.warning("stopping a database left by an earlier run", pid=postmaster)
            if mark is not None and not stop(mark):
                raise ServiceError(
                    "database", f"process {postmaster} works on {self.data} and is not ours"
                )
        if not wait_until(lambda: not working_in(self.data), _LEAVING_S):
            pids = ", ".join(str(pid) for pid in working_in(self.data))
            raise ServiceError("database", f"processes {pids} still work on {self.data}")
        for stale in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def _recorded_postmaster(self) -> int:
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
            return int(text.split("\n", 1)[0])
        except (OSError, ValueError):
            return 0

    def _settings(self) -> str:
        extension = self.programs.timescale
        return _SETTINGS.format(
            socket=self.socket,
            preload="timescaledb" if extension else "",
            extension=_EXTENSION_SETTINGS if extension else "",
            more=self._more,
        )

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        self.account.give(path)


def _identities(account: Account) -> str:
    """Map the operating system's accounts that may enter to the one database account."""
    names = {account.name, pwd.getpwuid(os.geteuid()).pw_name}
    return "".join(f'reverbere "{name}" {SUPERUSER}\n' for name in sorted(names))
