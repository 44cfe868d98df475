"""Hold a proof beside the facts that the store keeps, link by link, without the laws that made it.

Plain questions only: was this plinth written so, did that sheet of water cover this place, did the
meter say so at that second, did those lights hang under this device then. A link whose fact is no
longer kept, or was never of the kind that can be looked up, is said to be neither.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.database import Database
from twin.store.sql import statement

ASSUMED_PLINTH_M = 0.20
"""What a plinth that nobody wrote is taken for, as the proof's format says. [m]"""

_CLOSE = 0.0015
"""Depths and heights are kept to the millimetre. [m]"""

Link = Mapping[str, Any]


class Finding(StrEnum):
    """What the store says of a link."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class Checked:
    """One link beside the facts.

    Attributes
    ----------
    number : int
        Of the link; -1 for the document as a whole.
    why : str
        What the store holds instead, or what was looked for.
    """

    number: int
    what: str
    finding: Finding
    why: str


def check_facts(database: Database, document: Mapping[str, Any], sha256: str) -> list[Checked]:
    """Look up each link of a proof in the store.

    Parameters
    ----------
    document : mapping
        A proof whose shape has been checked (``twin.incidents.proof_check``).
    sha256 : str
        Of its bytes.

    Returns
    -------
    list of Checked
        The document first, then its links in their order.
    """
    with database.connection() as connection:
        facts = _Facts(connection, datetime.fromisoformat(document["as_of"]))
        found = [_whole(connection, document, sha256)]
        for number, link in enumerate(document["chain"]):
            finding, why = facts.of(link)
            what = f"{link['step']} {link['subject']['code']}"
            found.append(Checked(number, what, finding, why))
    return found


def _whole(connection: Connection[TupleRow], document: Mapping[str, Any], sha256: str) -> Checked:
    facts = {"code": document["incident"], "version": document["version"]}
    row = connection.execute(statement("proof/version"), facts).fetchone()
    what = f"{document['incident']} version {document['version']}"
    if row is None or row[0] is None:
        return Checked(-1, what, Finding.CONTRADICTED, "the store keeps no such proof")
    if row[0] != sha256:
        return Checked(-1, what, Finding.CONTRADICTED, "the store keeps other bytes under it")
    newer = f"; the newest is version {row[1]}" if row[1] != document["version"] else ""
    return Checked(-1, what, Finding.HOLDS, f"kept to the byte{newer}")


class _Facts:
    """Asks the store about links, as of one instant."""

    def __init__(self, connection: Connection[TupleRow], as_of: datetime) -> None:
        self._connection, self._as_of = connection, as_of
        self._known: dict[tuple[str, str], tuple[Any, ...] | None] = {}

    def of(self, link: Link) -> tuple[Finding, str]:
        """Return what the store says of a link, and why."""
        asks: dict[str, Callable[[Link], tuple[Finding, str]]] = {
            "plinth": self._plinth,
            "water_depth": self._depth,
            "water_level": self._level,
            "supply_lost": self._supply_lost,
            "wiring": self._wiring,
            "inspection": self._inspection,
            "meter": self._meter,
            "radio": self._radio,
            "works": self._works,
            "cut": self._declared,
            "burnt": self._declared,
        }
        ask = asks.get(link["step"])
        if ask is None:
            return Finding.NOT_KEPT, "nothing is written about this step"
        if link["step"] != "works" and self._thing(link) is None:
            return Finding.CONTRADICTED, "no such thing stood there then"
        return ask(link)

    def _plinth(self, link: Link) -> tuple[Finding, str]:
        *_, plinth, source = self._thing(link) or ()
        told = _figure(link, "plinth")
        if plinth is None:
            assumed = link["basis"] == "assumed" and told == ASSUMED_PLINTH_M
            return _judged(assumed, f"no plinth is written; {ASSUMED_PLINTH_M} m is assumed then")
        sure = link["basis"] != "measured" or source == "measured"
        same = told is not None and abs(plinth - told) < _CLOSE
        return _judged(same and sure, f"written: {plinth:.3f} m ({source})")

    def _depth(self, link: Link) -> tuple[Finding, str]:
        asset, longitude, latitude, *_ = self._thing(link) or ()
        told = _figure(link, "depth")
        if link["basis"] == "measured":
            return self._measured(asset, "water_depth", link, told, _CLOSE)
        if told is None or longitude is None or link["at"] is None:
            return Finding.NOT_KEPT, "no place, depth or instant to look up"
        facts = {"flood": link["object"]["code"], "file": link["source"], "at": _at(link)}
        rows = self._connection.execute(statement("proof/extent"), facts).fetchall()
        if not rows:
            return Finding.CONTRADICTED, f"no extent {link['source']} is recorded at that instant"
        here = shapely.Point(longitude, latitude)
        depths = [depth for wkb, depth in rows if shapely.intersects(shapely.from_wkb(wkb), here)]
        deepest = max(depths, default=0.0)
        return _judged(abs(deepest - told) < _CLOSE, f"the sheets drawn give {deepest:.3f} m")

    def _level(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        return self._measured(asset, "water_level", link, _figure(link, "level"), 0.006)

    def _supply_lost(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        if link["source"] == "meter" and link["at"] is not None:
            seen = self._readings(asset, "supply_present", link)
            if seen:
                return _judged(0.0 in seen, f"supply_present {_written(seen)}")
        facts = {"asset": asset, "as_of": self._as_of}
        row = self._connection.execute(statement("proof/outage"), facts).fetchone()
        if row is None:
            return Finding.CONTRADICTED, "its journal holds no outage"
        state, probability = row
        out = state in {"tripped", "awaiting_inspection"}
        no_surer = link["confidence"] <= round(float(probability), 3) + 0.0005
        return _judged(out and no_surer, f"its journal: {state}, probability {probability:.3f}")

    def _wiring(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        facts = {"asset": asset, "as_of": self._as_of}
        row = self._connection.execute(statement("proof/lights_below"), facts).fetchone()
        standing, surest = row or (0, 0.0)
        told = _figure(link, "lights") or 0
        enough = told <= standing and link["confidence"] <= round(surest, 3) + 0.0005
        return _judged(enough, f"{standing} lights hang under it, at most {surest:.3f} sure")

    def _inspection(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        facts = {"asset": asset, "at": _at(link)}
        return self._counted("proof/inspected", facts, "inspections in the journal at that second")

    def _works(self, link: Link) -> tuple[Finding, str]:
        facts = {"kind": link["subject"]["kind"], "code": link["subject"]["code"], "at": _at(link)}
        return self._counted("proof/works", facts, "works planned there from that second on")

    def _declared(self, link: Link) -> tuple[Finding, str]:
        _, longitude, latitude, *_ = self._thing(link) or ()
        told, thing = link["object"], link["subject"]
        facts = {
            "code": told["code"],
            "cause": told["kind"],
            "kind": thing["kind"],
            "thing": thing["code"],
            "at": _at(link),
        }
        row = self._connection.execute(statement("proof/declared"), facts).fetchone()
        if row is None:
            return Finding.CONTRADICTED, f"no {told['kind']} {told['code']} began at that second"
        withdrawn_at, area, named = row
        if withdrawn_at is not None and withdrawn_at <= self._as_of:
            return Finding.CONTRADICTED, f"{told['code']} had been withdrawn"
        if area is None or named:
            return _judged(named, f"{told['code']} {'names' if named else 'does not name'} it")
        if longitude is None:
            return Finding.NOT_KEPT, "it has no place to look up"
        inside = bool(
            shapely.intersects(shapely.from_wkb(area), shapely.Point(longitude, latitude))
        )
        return _judged(inside, f"it stands {'in' if inside else 'outside'} the area of the notice")

    def _meter(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        if link["relation"] == "below_voltage":
            return self._measured(asset, "voltage", link, _figure(link, "voltage"), 0.5)
        told = _figure(link, "power")
        if told is not None and (seen := self._readings(asset, "active_power", link)):
            return _judged(any(abs(v - told) <= 0.5 for v in seen), f"power {_written(seen)} W")
        seen = self._readings(asset, "lamp_on", link)
        if not seen:
            return Finding.NOT_KEPT, "no reading of that second is kept"
        return _judged(0.0 in seen, f"lamp_on {_written(seen)}")

    def _radio(self, link: Link) -> tuple[Finding, str]:
        asset, *_ = self._thing(link) or ()
        if link["source"] != "network_server":
            return Finding.NOT_KEPT, "deduced from what did not come"
        seen = self._readings(asset, "online", link)
        if not seen:
            return Finding.NOT_KEPT, "no state of that second is kept"
        return _judged(0.0 in seen, f"online {_written(seen)}")

    def _measured(
        self, asset: Any, name: str, link: Link, told: float | None, close: float
    ) -> tuple[Finding, str]:
        seen = self._readings(asset, name, link)
        if not seen or told is None:
            return Finding.NOT_KEPT, "no reading of that second is kept"
        return _judged(any(abs(v - told) <= close for v in seen), f"{name} {_written(seen)}")

    def _readings(self, asset: Any, name: str, link: Link) -> list[float]:
        if link["at"] is None:
            return []
        facts = {"asset": asset, "property": name, "at": _at(link)}
        rows = self._connection.execute(statement("proof/readings"), facts).fetchall()
        return [float(row[0]) for row in rows]

    def _counted(self, query: str, facts: Mapping[str, Any], what: str) -> tuple[Finding, str]:
        row = self._connection.execute(statement(query), facts).fetchone()
        count = int(row[0]) if row else 0
        return _judged(count > 0, f"{count} {what}")

    def _thing(self, link: Link) -> tuple[Any, ...] | None:
        key = link["subject"]["kind"], link["subject"]["code"]
        if key not in self._known:
            facts = {"kind": key[0], "code": key[1], "as_of": self._as_of}
            self._known[key] = self._connection.execute(statement("proof/thing"), facts).fetchone()
        return self._known[key]


def _figure(link: Link, name: str) -> float | None:
    return next((each["value"] for each in link["figures"] if each["name"] == name), None)


def _at(link: Link) -> datetime:
    return datetime.fromisoformat(link["at"])


def _judged(holds: bool, why: str) -> tuple[Finding, str]:  # noqa: FBT001 - the judgement itself
    return (Finding.HOLDS if holds else Finding.CONTRADICTED), why


def _written(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def contradictions(found: list[Checked]) -> Iterator[Checked]:
    """Yield what the store contradicts."""
    yield from (each for each in found if each.finding is Finding.CONTRADICTED)
