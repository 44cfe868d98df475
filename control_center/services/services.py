"""``Services``: the database and the broker of one run, whoever provides them."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

from control_center.services import mosquitto, places
from control_center.services.errors import AlreadyRunning
from control_center.services.mosquitto import MosquittoServer
from control_center.services.nats import NatsServer
from control_center.services.postgres import PostgresServer
from control_center.services.processes import Mark, stop_recorded
from control_center.services.programs import Programs
from control_center.services.registry import Running, forget, running
from control_center.services.supervisor import Supervisor
from control_center.settings import Settings
from ingest.networks.plain import subscribed
from ingest.settings import IngestSettings
from twin.errors import BrokerUnreachable, ServiceError
from twin.store.database import Database, address_of

Tell = Callable[[str], None]


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Services:
    """The servers of one run; made by ``Services.start``, ended by ``stop``.

    Attributes
    ----------
    settings : Settings
        What was asked for.
    supervisor : Supervisor
        Watches what was started; the caller may give it more to watch.
    """

    settings: Settings
    supervisor: Supervisor = field(default_factory=Supervisor)
    _tell: Tell = _silent
    _lock: TextIO | None = None
    _postgres: PostgresServer | None = None
    _broker: MosquittoServer | NatsServer | None = None
    _programs: Programs | None = None
    _registered: Running | None = None

    @classmethod
    def start(cls, settings: Settings, tell: Tell = _silent) -> "Services":
        """Find or start a database and a broker.

        Parameters
        ----------
        settings : Settings
            ``DATABASE_URL`` and ``MQTT_URL`` win over anything embedded.
        tell : callable
            Hears what is being done, one sentence at a time.

        Raises
        ------
        AlreadyRunning
            Another process runs them for the same home folder.
        ServiceError
            They cannot be had; the sentence says what to do.
        StoreUnreachable, BrokerUnreachable
            An address was given and nobody answers there.
        """
        services = cls(settings, Supervisor(tell), _tell=tell)
        try:
            services._lock = _only_one(settings.home)
            services._stop_leftovers()
            services._start_database()
            services._start_broker()
            services._register()
        except BaseException:
            services.stop()
            raise
        return services

    @property
    def mqtt_url(self) -> str:
        """The broker's address for the ingest."""
        return self.mqtt_url_for("ingest")

    def mqtt_url_for(self, user: str) -> str:
        """Return the broker's address for one of ``mosquitto.USERS``."""
        given = self.settings.services.mqtt_url
        if given is not None:
            return given.get_secret_value()
        assert self._broker is not None  # noqa: S101 - started when no address was given
        return self._broker.url(user)

    def database_url(self, territory: str) -> str:
        """Return the address of a territory's database; an embedded one is made if need be."""
        if self._postgres is None:
            return self._given_database()
        return self._postgres.ensure_database(territory)

    def describe(self) -> dict[str, Any]:
        """Return who provides what, in which version, and what was refused and why."""
        postgres, broker = self._postgres, self._broker
        account = self._programs.account.name if self._programs else None
        refused = list(self._programs.refused) if self._programs else []
        missing = None
        if postgres and not postgres.programs.timescale:
            missing = f"no TimescaleDB, plain partitions serve ({'; '.join(refused)})"
        return {
            "database": {
                "provider": postgres.programs.provider if postgres else "DATABASE_URL",
                "version": postgres.programs.version if postgres else None,
                "address": str(postgres.socket) if postgres else address_of(self._given_database()),
                "missing": missing,
            },
            "broker": {
                "provider": broker.programs.provider if broker else "MQTT_URL",
                "version": broker.programs.version if broker else None,
                "address": _without_password(self.mqtt_url),
                "missing": None,
            },
            "account": account,
            "refused": refused,
        }

    def announce(self, web: str | None = None, territory: str | None = None) -> None:
        """Tell other commands where the control centre answers and which territory is open."""
        if self._registered is not None:
            known = self._registered
            self._registered = replace(
                known, web=web or known.web, territory=territory or known.territory
            )
            self._registered.write(self.settings.home)

    def stop(self) -> None:
        """Stop what was started here, and nothing else."""
        self.supervisor.stop()
        if self._registered is not None:
            forget(self.settings.home)
            self._registered = None
        if self._postgres is not None and self._programs is not None:
            places.remove_socket_folder(self._postgres.socket, self._programs.state)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _stop_leftovers(self) -> None:
        """Stop what a run that was killed without warning left behind."""
        if any(self._run.glob("*.json")):
            self._tell("an earlier run was ended without warning: stopping what it left")
        for mark in stop_recorded(self._run):
            raise ServiceError("leftovers", f"process {mark.pid} of an earlier run does not stop")

    def _given_database(self) -> str:
        url = self.settings.store.url
        return url.get_secret_value() if url is not None else ""

    def _find_programs(self) -> Programs:
        if self._programs is None:
            account = places.service_account(self.settings.services.user)
            state = places.state_folder(self.settings.home, account)
            self._programs = Programs(self.settings.services, state, account, self._tell)
        return self._programs

    def _start_database(self) -> None:
        if self.settings.store.url is not None:
            given = Database(self._given_database(), self.settings.store)
            given.dedicated("reverbere up").close()
            self._tell(f"database: {given.address}, as DATABASE_URL says")
            return
        programs = self._find_programs()
        found = programs.postgres()
        state, account = programs.state, programs.account
        server = PostgresServer(
            found, state / "database", places.socket_folder(state, account), account
        )
        self._postgres = server
        self.supervisor.start(server.program(self.settings.logs / "database.log", self._run))
        extension = "TimescaleDB" if found.timescale else "plain partitions, no TimescaleDB"
        self._tell(f"PostgreSQL {found.version} with {extension} ({found.provider})")

    def _start_broker(self) -> None:
        if self.settings.services.mqtt_url is not None:
            _require_answer(self.mqtt_url)
            self._tell(f"broker: {_without_password(self.mqtt_url)}, as MQTT_URL says")
            return
        programs = self._find_programs()
        wanted = self.settings.services.mqtt_port
        port = wanted if is_free(wanted) else free_port()
        if port != wanted:
            self._tell(f"port {wanted} is taken by another program: the broker listens on {port}")
        self._broker = self._broker_of(programs, port)
        log = self.settings.logs / "broker.log"
        self.supervisor.start(self._broker.program(log, self._run))
        self._tell(self._broker.called)

    def _broker_of(self, programs: Programs, port: int) -> MosquittoServer | NatsServer:
        state, account = programs.state / "broker", programs.account
        words = mosquitto.passwords(self.settings.home)
        topics = subscribed(IngestSettings())
        if self.settings.services.broker == "mosquitto":
            program = programs.mosquitto()
            return MosquittoServer(program, state, port, account, words, topics)
        return NatsServer(
            programs.nats(),
            state / "nats",
            account,
            free_port(),
            port,
            passwords=words,
            topics=topics,
        )

    @property
    def _run(self) -> Path:
        return self.settings.home / "run"

    def _register(self) -> None:
        owner = Mark.of(os.getpid(), "")
        assert owner is not None  # noqa: S101 - we are alive
        database = self._postgres.address if self._postgres else self._given_database()
        self._registered = Running(
            owner=owner,
            territory=self.settings.house.territory,
            database=database,
            mqtt={user: self.mqtt_url_for(user) for user in mosquitto.USERS},
            described=self.describe(),
            stream=self._broker.stream if self._broker else None,
        )
        self._registered.write(self.settings.home)


def is_free(port: int) -> bool:
    """Whether a server of ours could listen on a port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((mosquitto.HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((mosquitto.HOST, 0))
        return int(probe.getsockname()[1])


def _only_one(home: Path) -> TextIO:
    """Hold the home folder's lock for as long as the returned file is open."""
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        other = running(home)
        raise AlreadyRunning(home, other.web if other else None) from error
    return lock


def _require_answer(url: str) -> None:
    parts = urlsplit(url)
    default = 8883 if parts.scheme == "mqtts" else 1883
    where = (parts.hostname or mosquitto.HOST, parts.port or default)
    try:
        with contextlib.closing(socket.create_connection(where, timeout=5)):
            return
    except OSError as error:
        raise BrokerUnreachable(f"{where[0]}:{where[1]}", str(error)) from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 1883}"
