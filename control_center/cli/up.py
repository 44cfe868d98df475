"""``reverbere up``: everything, from nothing to a town that lives on the map."""

import signal
import time
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Annotated, Literal

import typer

from control_center.cli import demonstration
from control_center.cli.common import open_database, open_settings, say
from control_center.people import Access
from control_center.services.children import Complaints, answers, child
from control_center.services.services import Services, is_free
from control_center.settings import Settings
from twin.errors import PortTaken
from twin.store.city import CityReader, Territory
from twin.store.database import Database

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_S = 0.5
_PORTS_TRIED = 50


def command(
    territory: Annotated[
        str | None,
        typer.Option(help="Short name of the territory to open; default: the demonstration town."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="Set a simulated town's clock to the next such hour."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the web pages; default: 8000, or the next free one.")
    ] = None,
    broker: Annotated[
        Literal["mosquitto", "nats"] | None,
        typer.Option(
            help="The embedded broker; default: mosquitto. nats keeps in a stream what it has "
            "acknowledged, whatever is killed."
        ),
    ] = None,
    simulation: Annotated[
        bool, typer.Option("--simulation/--no-simulation", help="Let a simulated town live.")
    ] = True,
) -> None:
    """Start everything and open a territory; Ctrl-C stops all that was started.

    Servers (database, broker), ingest, web pages and, for a simulated town, its devices. Without
    any data the demonstration town is generated first.
    """
    _stop_on_signals()
    told, settings = Progress(), _with_broker(open_settings(), broker)
    web_port = _web_port(settings, port, told)
    run = Run(settings, Services.start(settings, told), told)
    try:
        opened = run.open(territory, at)
        run.start(opened, web_port, simulation=simulation)
        run.stay()
    except KeyboardInterrupt:
        pass  # asked to stop: that is how a run ends
    finally:
        run.stop()


@dataclass(slots=True)
class Progress:
    """Writes what is being done, with the seconds since the start."""

    began: float = field(default_factory=time.monotonic)

    def __call__(self, text: str) -> None:
        """Write a line."""
        say(f"{time.monotonic() - self.began:6.1f} s  {text}")


@dataclass(slots=True)
class Run:
    """One run: the servers, the territory that is open, our processes."""

    settings: Settings
    services: Services
    told: Progress
    slug: str = ""
    _complaints: dict[str, Complaints] = field(default_factory=dict)

    def open(self, slug: str | None, at: str | None) -> Territory | None:
        """Open the territory's store; make the demonstration town where there is nothing.

        Returns
        -------
        Territory or None
            None where the store waits for an import.
        """
        self.slug = slug or self.settings.house.territory
        self.services.announce(territory=self.slug)
        with open_database(slug, settings=self.settings, create=True, name="up") as database:
            found = demonstration.territory_of(database)
            if found is None and self.slug == demonstration.SLUG:
                found = demonstration.make_town(database, self.settings.home, self.told)
            if found is not None and at is not None:
                found = demonstration.set_hour(database, found, at)
        if found is not None:
            self.slug = found.slug
            self.services.announce(territory=self.slug)
        return found

    def start(self, territory: Territory | None, port: int, *, simulation: bool) -> None:
        """Start our processes, wait until the pages answer, and say where."""
        address = f"http://{_shown_host(self.settings)}:{port}"
        self._start("ingest")
        self._start("serve", f"{address}/health", REVERBERE_WEB_PORT=str(port))
        self.services.announce(web=address)
        if territory is not None and territory.simulated and simulation:
            self._start("simulate")
        self.told("ready")
        if territory is None:
            say(_EMPTY.format(slug=self.slug, address=address))
        else:
            with open_database(settings=self.settings, name="up") as database:
                say(addresses(database, territory, address))
        access = Access(self.settings.web, self.settings.home)
        for role, key in () if access.open else access.keys.items():
            say(f"  Clé d'accès · access key ({role.value}): {key}")
        say(_END.format(logs=self.settings.logs))

    def stay(self) -> None:
        """Stay until interrupted; repeat what our processes complain about."""
        while True:
            time.sleep(_LOOK_S)
            for name, complaints in self._complaints.items():
                for sentence in complaints.new():
                    self.told(f"{name}: {sentence}")

    def stop(self) -> None:
        """Stop everything that was started."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # it is under way
        began = time.monotonic()
        self.services.stop()
        self.told(f"arrêté · stopped ({time.monotonic() - began:.1f} s)")

    def _start(self, name: str, health: str | None = None, **more: str) -> None:
        ready = answers(health) if health else None
        program = child(self.settings, name, self.slug, ready, **more)
        self._complaints[name] = Complaints(program.log)
        self.services.supervisor.start(program)


_EMPTY = """
  Le territoire « {slug} » est vide · is empty.
  Importez ses couches dans un autre terminal · import its layers in another terminal:
      reverbere import FICHIER --territory {slug}
  Puis ouvrez · then open   {address}/"""
_END = """
  Journaux · logs   {logs}
  Ctrl-C arrête tout · Ctrl-C stops everything
"""


def addresses(database: Database, territory: Territory, address: str) -> str:
    """Return the addresses to open, in French and English, as lines for a terminal.

    Parameters
    ----------
    database : Database
        Where a street and a garden to show are looked up.
    territory : Territory
        Which is open.
    address : str
        Of the web pages, without a slash at the end.
    """
    kind = " (ville simulée · simulated town)" if territory.simulated else ""
    rows = [
        ("Poste de pilotage", "control centre", "/pilotage"),
        ("Une rue", "a street", _street(database)),
        ("Un jardin", "a garden", _garden(database)),
        ("Économies", "savings", "/economies"),
        ("Interface de programmation", "API", "/docs"),
    ]
    lines = [f"\n  {territory.name}{kind}", f"  {address}/\n"]
    for french, english, path in rows:
        if path is not None:
            lines.append(f"  {french + ' · ' + english:<34} {address}{path}")
    return "\n".join(lines)


def _street(database: Database) -> str | None:
    """Return the page of the street with most lights."""
    streets = CityReader(database).streets().sort("lights", descending=True)
    return None if streets.is_empty() else f"/rue/{streets['slug'][0]}"


def _garden(database: Database) -> str | None:
    """Return the page of the first park."""
    parks = CityReader(database).places("park").sort("code")
    return None if parks.is_empty() else "/arrosage"


def _with_broker(settings: Settings, asked: Literal["mosquitto", "nats"] | None) -> Settings:
    """Return the settings with the broker that was asked for."""
    if asked is None:
        return settings
    services = settings.services.model_copy(update={"broker": asked})
    return replace(settings, services=services)


def _web_port(settings: Settings, asked: int | None, told: Progress) -> int:
    """Return the port to listen on: the one asked for, or the next free one after the default."""
    wanted = settings.web.port if asked is None else asked
    if is_free(wanted):
        return wanted
    if asked is not None or "port" in settings.web.model_fields_set:
        raise PortTaken("web pages", wanted, "--port or REVERBERE_WEB_PORT")
    for other in range(wanted + 1, wanted + _PORTS_TRIED):
        if is_free(other):
            told(f"port {wanted} is taken by another program: the pages are on port {other}")
            return other
    raise PortTaken("web pages", wanted, "--port or REVERBERE_WEB_PORT")


def _shown_host(settings: Settings) -> str:
    """Return the host under which this machine's browser finds the pages."""
    anywhere = {"0.0.0.0", "::", "localhost"}  # noqa: S104 - compared, not bound
    host = settings.web.host
    return "127.0.0.1" if host in anywhere else f"[{host}]" if ":" in host else host


def _stop_on_signals() -> None:
    """Let the signals that end a program end it the way Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in _SIGNALS:
        signal.signal(number, interrupt)
