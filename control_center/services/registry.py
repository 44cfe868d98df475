"""How a command finds the servers that ``reverbere up`` started: ``<home>/services.json``."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from control_center.services.processes import Mark, alive

_FILE = "services.json"


@dataclass(frozen=True, slots=True)
class Running:
    """What runs for a home folder.

    Attributes
    ----------
    owner : Mark
        The process that started it; when it is dead, nothing below counts.
    territory : str
        Short name of the territory that is open.
    database : str
        Address with ``{database}`` in the place of the name; without it one given database.
    mqtt : mapping
        Broker address by user, passwords included.
    described : mapping
        What ``/health`` shows of them.
    web : str | None
        Address of the control centre, once it answers.
    stream : str | None
        Where messages are pulled from, password included, where the broker keeps a stream.
    """

    owner: Mark
    territory: str
    database: str
    mqtt: Mapping[str, str]
    described: Mapping[str, Any]
    web: str | None = None
    stream: str | None = None

    def database_url(self, territory: str) -> str:
        """Return the address of a territory's database."""
        return self.database.replace("{database}", quote(territory))

    def mqtt_url(self, user: str) -> str:
        """Return the broker's address for one of its users."""
        return self.mqtt.get(user) or next(iter(self.mqtt.values()))

    def write(self, home: Path) -> None:
        """Tell other processes of the same account."""
        partial = home / f"{_FILE}.{os.getpid()}"
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        partial.replace(home / _FILE)


def running(home: Path) -> Running | None:
    """Return what runs for a home folder; None where nothing does."""
    try:
        told = json.loads((home / _FILE).read_text(encoding="utf-8"))
        found = Running(**{**told, "owner": Mark(**told["owner"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if alive(found.owner) else None


def forget(home: Path) -> None:
    """Tell other processes that nothing runs any more."""
    (home / _FILE).unlink(missing_ok=True)
