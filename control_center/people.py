"""Who is asking, and what they may do.

On loopback the control centre is open: whoever sits at the machine acts as the demonstration desk,
in the role of the page they use, and the journal says so. Elsewhere a key is needed; it is
entered once with a name, and a signed cookie carries both for half a day.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from control_center.errors import AccessNeeded, NotAllowed
from control_center.web_settings import WebSettings

COOKIE = "reverbere_person"
STAY = timedelta(hours=12)
DEMONSTRATION = "poste de démonstration"


class Role(StrEnum):
    """What a person does here. Reading public pages needs none."""

    GARDENER = "gardener"
    OPERATOR = "operator"

    def covers(self, other: "Role") -> bool:
        """Whether this role may do what the other may: an operator may water."""
        return self is other or self is Role.OPERATOR


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as the journal will name them."""

    name: str
    role: Role


class Access:
    """The keys of this control centre, and the reading of requests.

    Parameters
    ----------
    settings : WebSettings
        Whether the access is open, and keys chosen by the administrator.
    home : Path | None
        Where made keys are kept from one start to the next; None keeps them in memory.
    """

    def __init__(self, settings: WebSettings, home: Path | None = None) -> None:
        self.open = settings.open_access
        kept = _kept_keys(home) if not self.open else _new_keys()
        chosen = {Role.OPERATOR: settings.operator_key, Role.GARDENER: settings.gardener_key}
        self.keys = {
            role: key.get_secret_value() if key is not None else kept[role.value]
            for role, key in chosen.items()
        }
        # a changed key ends the visits that it had opened
        material = "\n".join([kept["secret"], *self.keys.values()])
        self._secret = hashlib.sha256(material.encode()).digest()

    def person(self, request: Request, role: Role) -> Person:
        """Return who asks, in a role that may do what ``role`` may.

        Raises
        ------
        AccessNeeded
            Nobody is known to be asking.
        NotAllowed
            Who asks has another role.
        """
        if self.open:
            return Person(DEMONSTRATION, role)
        person = self._from_bearer(request) or self._from_cookie(request)
        if person is None:
            raise AccessNeeded
        if not person.role.covers(role):
            raise NotAllowed(person.role.value, role.value)
        return person

    def role_of(self, key: str) -> Role | None:
        """Return the role that a key opens, None where it opens nothing."""
        given = hashlib.sha256(key.strip().encode()).digest()
        for role, expected in self.keys.items():
            if hmac.compare_digest(given, hashlib.sha256(expected.encode()).digest()):
                return role
        return None

    def cookie(self, person: Person, now: datetime) -> str:
        """Return the signed cookie of a person, good for half a day."""
        body = json.dumps([person.name, person.role.value, int((now + STAY).timestamp())])
        packed = base64.urlsafe_b64encode(body.encode()).decode()
        return f"{packed}.{self._signature(packed)}"

    def _from_bearer(self, request: Request) -> Person | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        role = self.role_of(key) if scheme.lower() == "bearer" else None
        return None if role is None else Person(f"clé {role.value}", role)

    def _from_cookie(self, request: Request) -> Person | None:
        packed, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(packed).encode()):
            return None
        name, role, until = json.loads(base64.urlsafe_b64decode(packed))
        if until < request.app.state.clock.now().timestamp():
            return None
        return Person(str(name), Role(role))

    def _signature(self, packed: str) -> str:
        return hmac.new(self._secret, packed.encode(), hashlib.sha256).hexdigest()


def acting(role: Role) -> Callable[[Request], Person]:
    """Return the dependency that names the person who asks, or refuses."""

    def who(request: Request) -> Person:
        access: Access = request.app.state.access
        return access.person(request, role)

    return who


Operator = Annotated[Person, Depends(acting(Role.OPERATOR))]
Gardener = Annotated[Person, Depends(acting(Role.GARDENER))]
OPERATORS_ONLY = [Depends(acting(Role.OPERATOR))]
"""For a router whose every answer is for operators."""


def _new_keys() -> dict[str, str]:
    return {name: secrets.token_urlsafe(15) for name in (*Role, "secret")}


def _kept_keys(home: Path | None) -> dict[str, str]:
    """Read the keys made by an earlier start, or make and keep them, readable by us alone."""
    if home is None:
        return _new_keys()
    file = home / "access.json"
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    keys = _new_keys()
    home.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(keys, indent=2) + "\n", encoding="utf-8")
    return keys
