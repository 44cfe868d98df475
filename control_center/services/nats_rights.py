"""The broker's rights, as mosquitto reads them, in the words of nats-server.

One file says who may do what (``mosquitto.rights``); here its lines become permissions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.sources.subjects import subjects

#: Where nats-server delivers to subscribers at QoS 1.
_DELIVERED = "$MQTT.sub.>"


@dataclass(slots=True)
class _Rights:
    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=lambda: [_DELIVERED])

    def add(self, how: str, topic_filter: str) -> None:
        if how in {"write", "readwrite"}:
            self.publish += subjects(topic_filter)
        if how in {"read", "readwrite"}:
            self.subscribe += subjects(topic_filter)


def authorization(rights: str, passwords: Mapping[str, str], all_powerful: str) -> str:
    """Return the ``authorization`` block of a configuration.

    Parameters
    ----------
    rights : str
        Lines of an access control file of mosquitto: ``user NAME``, ``topic [HOW] FILTER``.
    passwords : mapping
        By user.
    all_powerful : str
        The user without limits: whoever pulls from a stream needs the server's own subjects.
    """
    by_user = _read(rights)
    users = []
    for user, password in passwords.items():
        told: dict[str, Any] = {"user": user, "password": password}
        if user != all_powerful:
            known = by_user.get(user, _Rights())
            told["permissions"] = {
                "publish": {"allow": known.publish} if known.publish else {"deny": [">"]},
                "subscribe": {"allow": known.subscribe},
            }
        users.append(told)
    return f"authorization {json.dumps({'users': users}, indent=1)}\n"


def _read(rights: str) -> dict[str, _Rights]:
    found: dict[str, _Rights] = {}
    user = ""
    for line in rights.splitlines():
        match line.split(maxsplit=2):
            case ["user", name]:
                user = name
            case ["topic", ("read" | "write" | "readwrite") as how, topic]:
                found.setdefault(user, _Rights()).add(how, topic)
            case _:
                continue  # a comment, an empty line
    return found
