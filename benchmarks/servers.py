"""Real servers for a benchmark, set as in production: every commit reaches the disk."""

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from control_center.services.mosquitto import MosquittoServer
from control_center.services.places import service_account, state_folder
from control_center.services.postgres import PostgresServer
from control_center.services.programs import Programs
from control_center.services.settings import ServiceSettings
from control_center.services.supervisor import Supervised
from control_center.settings import Settings
from twin.store.database import Database
from twin.store.migrate import migrate


@dataclass(slots=True)
class Servers:
    """A database cluster and a broker that may be killed and started again."""

    postgres: PostgresServer
    cluster: Supervised
    mqtt_url: str
    broker: Supervised
    programs: Programs

    @contextmanager
    def fresh(self, name: str) -> Iterator[Database]:
        """Open a new migrated store."""
        with Database(self.postgres.ensure_database(name)) as database:
            migrate(database)
            yield database


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both in a folder of their own, gone afterwards."""
    settings = Settings()
    account = service_account(ServiceSettings().user)
    programs = Programs(
        settings.services, state_folder(settings.home, account), account, tell=print
    )
    folder = Path(tempfile.mkdtemp(prefix="reverbere-bench-", dir="/tmp"))
    folder.chmod(0o755)
    run, started = folder / "run", []
    try:
        socket_folder = account.private_folder(folder / "s")
        postgres = PostgresServer(programs.postgres(), folder / "db", socket_folder, account)
        cluster = Supervised(postgres.program(folder / "db.log", run))
        mosquitto = MosquittoServer(programs.mosquitto(), folder / "mqtt", free_port(), account)
        broker = Supervised(mosquitto.program(folder / "mqtt.log", run))
        for program in (cluster, broker):
            program.start()
            started.append(program)
        yield Servers(postgres, cluster, mosquitto.url("ingest"), broker, programs)
    finally:
        for program in reversed(started):
            program.stop()
        shutil.rmtree(folder, ignore_errors=True)


def kill(program: Supervised) -> None:
    """End a server as a power cut would."""
    process = program._process  # noqa: SLF001 - no other way to be that rude
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a port of the loopback address that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
