"""What all commands need: settings, logs, the store, the broker, one way to say an error."""

import getpass
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import typer

from control_center import logging
from control_center.services.children import PARENT
from control_center.services.databases import ensure_database
from control_center.services.errors import NothingRunning
from control_center.services.registry import Running, running
from control_center.settings import Settings
from twin.errors import NoTerritory, Refused
from twin.store.database import Database
from twin.store.migrate import migrate, require_current

_WATCH_PARENT_S = 1.0


def open_settings() -> Settings:
    """Read the settings and set up this process's logs."""
    settings = Settings()
    logging.configure(settings.house.log, settings.house.log_level)
    return settings


def territory_of(settings: Settings, territory: str | None) -> str:
    """Return the territory asked for: by option, by setting, else the one that is open."""
    if territory is not None:
        return territory
    if "territory" in settings.house.model_fields_set:
        return settings.house.territory
    found = running(settings.home)
    return found.territory if found else settings.house.territory


def database_url(settings: Settings, territory: str | None = None) -> str:
    """Return the address of a territory's database, which need not exist yet.

    Raises
    ------
    NothingRunning
        No ``DATABASE_URL``, and no ``reverbere up`` on this home folder.
    """
    if settings.store.url is not None:
        return settings.store.url.get_secret_value()
    return _require_running(settings, "database", "DATABASE_URL").database_url(
        territory_of(settings, territory)
    )


def mqtt_url(settings: Settings, user: str) -> str:
    """Return the broker's address for ``ingest``, ``simulator`` or ``devices``.

    Raises
    ------
    NothingRunning
        No ``MQTT_URL``, and no ``reverbere up`` on this home folder.
    """
    if settings.services.mqtt_url is not None:
        return settings.services.mqtt_url.get_secret_value()
    return _require_running(settings, "broker", "MQTT_URL").mqtt_url(user)


@contextmanager
def open_database(
    territory: str | None = None,
    *,
    settings: Settings | None = None,
    create: bool = False,
    name: str = "reverbere",
) -> Iterator[Database]:
    """Open the store of a territory.

    Parameters
    ----------
    territory : str, optional
        Its short name; by default the one that is open.
    settings : Settings, optional
        Read from the environment by default.
    create : bool
        Make and migrate the database where that was not done; otherwise its schema must be
        current.
    name : str
        Shown by the server as the program's name.

    Raises
    ------
    NothingRunning, StoreUnreachable, StoreOutdated
        With what to do about it.
    """
    settings = settings or open_settings()
    if create:
        _create_database(settings, territory)
    with reach_database(territory, settings=settings, name=name) as database:
        if create:
            migrate(database)
        else:
            require_current(database)
        _require_same_territory(database, territory)
        yield database


@contextmanager
def reach_database(
    territory: str | None, *, settings: Settings, name: str = "reverbere"
) -> Iterator[Database]:
    """Open a store whatever its schema; one that does not answer is told at once, with the cause.

    Raises
    ------
    NothingRunning, StoreUnreachable
        With what to do about it.
    """
    with Database(database_url(settings, territory), settings.store, name) as database:
        database.dedicated(name).close()
        yield database


def say(text: str) -> None:
    """Tell a person something, on standard output."""
    typer.echo(text)


def say_json(value: object) -> None:
    """Write one JSON document on standard output, for programs."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def say_error(sentence: str) -> None:
    """Tell a person what went wrong, in one red sentence on standard error."""
    typer.secho(f"reverbere: {sentence}", fg=typer.colors.RED, err=True)


def acting_person() -> str:
    """Who runs the command, as the journal will name them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, in a container
        return "reverbere"


def die_with_parent() -> None:
    """Stop when the process that started us has died without a word.

    ``reverbere up`` names itself in the environment of its children.
    """
    parent = os.environ.pop(PARENT, "")
    if parent.isdigit():
        watcher = threading.Thread(target=_watch, args=(int(parent),), daemon=True, name="parent")
        watcher.start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_PARENT_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _create_database(settings: Settings, territory: str | None) -> None:
    """Make an embedded territory's database; one that DATABASE_URL names must exist."""
    if settings.store.url is None:
        server = _require_running(settings, "database", "DATABASE_URL").database
        ensure_database(server, territory_of(settings, territory))


def _require_same_territory(database: Database, territory: str | None) -> None:
    if territory is None:
        return
    from twin.store.city import CityReader  # noqa: PLC0415 - half of a start

    try:
        found = CityReader(database).territory().slug
    except NoTerritory:
        return
    if found != territory:
        raise Refused(
            "other_territory",
            f"the database at {database.address} holds the territory {found!r}, not {territory!r}: "
            "one database holds one territory",
        )


def _require_running(settings: Settings, service: str, setting: str) -> Running:
    found = running(settings.home)
    if found is None:
        raise NothingRunning(service, setting)
    return found
