"""One mosquitto of our own: configured, started, stopped.

Settings that every installation needs are in ``mosquitto.conf`` beside this module; here is what
differs: the address, the accounts, the place of the snapshot.
"""

import base64
import hashlib
import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from control_center.services.places import Account
from control_center.services.supervisor import Program

#: Who may enter: the ingest reads and orders, the simulated town plays its devices, real networks
#: and devices report, hear their orders and give none.
USERS = ("ingest", "simulator", "devices")
HOST = "127.0.0.1"
_ITERATIONS = 101  # mosquitto_passwd's own; the passwords are 192 random bits


@dataclass(frozen=True, slots=True)
class BrokerProgram:
    """Which mosquitto, or which nats-server, to run.

    Attributes
    ----------
    provider : str
        ``"system"`` or ``"prefix"``.
    path : Path
        The program.
    version : str
        For people.
    """

    provider: str
    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class MosquittoServer:
    """A broker with a folder and a port of ours.

    Attributes
    ----------
    programs : BrokerProgram
        What to run.
    state : Path
        Folder of its configuration and its snapshot.
    port : int
        Where it listens, on the loopback address.
    account : Account
        Who it runs as.
    passwords : mapping
        Password by user; empty lets everybody in, which is for tests alone.
    topics : sequence of str
        MQTT filters that devices may publish to, beside those of the networks.
    more : str
        Lines added to its configuration.
    """

    programs: BrokerProgram
    state: Path
    port: int
    account: Account
    passwords: Mapping[str, str] = field(default_factory=dict)
    topics: Sequence[str] = ()
    more: str = ""

    @property
    def called(self) -> str:
        """Name, version and origin, for people."""
        return f"mosquitto {self.programs.version} on port {self.port} ({self.programs.provider})"

    @property
    def stream(self) -> None:
        """It has no stream to pull from."""
        return

    def url(self, user: str) -> str:
        """Return the address for one of its users, with the password."""
        if not self.passwords:
            return f"mqtt://{HOST}:{self.port}"
        return f"mqtt://{user}:{quote(self.passwords[user], safe='')}@{HOST}:{self.port}"

    def prepare(self) -> None:
        """Write its configuration and its accounts; called before every start."""
        self.account.private_folder(self.state)
        self._write("mosquitto.conf", self._configuration())
        if self.passwords:
            lines = [f"{user}:{_hashed(word)}\n" for user, word in self.passwords.items()]
            self._write("passwords", "".join(lines))
            self._write("rights", rights(self.topics))

    def program(self, log: Path, run: Path, name: str = "broker") -> Program:
        """Describe the broker to the supervisor."""
        return Program(
            name=name,
            command=[self.programs.path, "-c", self.state / "mosquitto.conf"],
            token=str(self.state / "mosquitto.conf"),
            log=log,
            run=run,
            account=self.account,
            folder=self.state,
            prepare=self.prepare,
            ready=self.ready,
            patience_s=20.0,
        )

    def ready(self) -> bool:
        """Whether it takes connections."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1):
                return True
        except OSError:
            return False

    def _configuration(self) -> str:
        shared = _shipped("mosquitto.conf")
        lines = [f"listener {self.port} {HOST}", f"persistence_location {self.state}/"]
        if self.passwords:
            lines += [
                "allow_anonymous false",
                f"password_file {self.state}/passwords",
                f"acl_file {self.state}/rights",
            ]
        else:
            lines.append("allow_anonymous true")
        return f"{shared}\n" + "\n".join(lines) + f"\n{self.more}"

    def _write(self, name: str, text: str) -> None:
        path = self.state / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        self.account.give(path)


def passwords(home: Path) -> dict[str, str]:
    """Return the broker's passwords, made once and kept in the home folder, for us alone."""
    path = home / "secrets" / "mqtt.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if set(USERS) <= set(kept):
        return kept
    made = {user: kept.get(user) or secrets.token_urlsafe(24) for user in USERS}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(made), encoding="utf-8")
    partial.replace(path)
    return made


def rights(topics: Sequence[str] = ()) -> str:
    """Return who may do what; devices, the last user of the file, may publish to these filters."""
    more = (f"topic write {' '.join(topic.split())}\n" for topic in topics if topic.strip())
    return _shipped("mosquitto.rights") + "".join(more)


def _shipped(name: str) -> str:
    return files("control_center.services").joinpath(name).read_text("utf-8")


def _hashed(password: str) -> str:
    """Return a password as mosquitto keeps it: ``$7$iterations$salt$PBKDF2-SHA512``."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"$7${_ITERATIONS}${'$'.join(parts)}"
