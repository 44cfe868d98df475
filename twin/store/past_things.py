"""Things of the city as they were known at an instant of the past: nothing of today is told.

What the store keeps no history of is not here: how sensors were heard, which devices watched a
thing. What it keeps is read in the records of ``twin.store.operator``, so that one page shows both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.operator import LightFacts, SupplyFacts, SupplyLink, Thing, TouchingIncident
from twin.store.sql import statement
from twin.store.telemetry import STREAMS


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the register said of a thing then."""

    name: str
    properties: dict[str, Any]

    def number(self, name: str) -> float | None:
        """Return a figure of the sheet; None where it holds none."""
        told = self.properties.get(name)
        return None if told is None else float(told)


class PastThings:
    """Reads what was known of things at an instant.

    Parameters
    ----------
    database : Database
        The store.
    at : datetime
        The instant. [aware]
    """

    def __init__(self, database: Database, at: datetime) -> None:
        self._database, self._at = database, at

    @property
    def at(self) -> datetime:
        """The instant."""
        return self._at

    def sheet(self, asset_id: int) -> Sheet | None:
        """Return the register's sheet of then; None where it did not know the thing yet."""
        rows = self._rows("sheet", asset_id=asset_id)
        return Sheet(*rows[0]) if rows else None

    def light(self, asset_id: int, sheet: Sheet | None) -> LightFacts:
        """Return what was known of a light: its state (None: nothing was), and what it was."""
        rows = self._rows("light", asset_id=asset_id)
        state, probability, since = rows[0] if rows else (None, None, None)
        told = sheet or Sheet("", {})
        sold_until = told.properties.get("end_of_production")
        return LightFacts(
            state=state,
            probability=probability,
            since=since,
            cause_kind=None,
            cause_code=None,
            technology=told.properties.get("technology"),
            lamp_w=told.number("lamp_w"),
            mains_w=told.number("mains_w"),
            mains_estimated=told.properties.get("mains_estimated") in (True, "true"),
            mains_estimate_w=told.number("mains_estimate_w"),
            lamp_confidence=told.number("lamp_confidence"),
            end_of_production=None if sold_until is None else date.fromisoformat(sold_until),
        )

    def supply(self, asset_id: int, sheet: Sheet | None) -> SupplyFacts | None:
        """Return the latch of a supply device and the lights under it; None where it is none."""
        rows = self._rows("supply", asset_id=asset_id)
        if not rows:
            return None
        state, since, reason, basis, probability, lights, out = rows[0]
        told = sheet or Sheet("", {})
        plinth = told.number("plinth_m")
        return SupplyFacts(
            state=state,
            since=since,
            reason=reason,
            basis=basis,
            probability=probability,
            plinth_m=plinth,
            plinth_source="unknown"
            if plinth is None
            else str(told.properties.get("plinth_source", "plan")),
            ground_m_ngf=told.number("ground_m_ngf"),
            ground_grid=None,  # what a grid told then is not kept
            ground_error_m=None,
            regime=str(told.properties.get("regime", "night")),
            rated_kw=told.number("rated_kw"),
            lights=lights,
            lights_out=out,
        )

    def supply_path(self, asset_id: int) -> list[SupplyLink]:
        """Return what fed a thing, from the nearest device to the source."""
        return [SupplyLink(*row) for row in self._rows("supply_path", asset_id=asset_id)]

    def streams(self, asset_id: int) -> pl.DataFrame:
        """Return the last value measured of each series (``telemetry.STREAMS``)."""
        with self._database.connection() as connection:
            facts = {"asset_id": asset_id, "at": self._at}
            return read_frame(connection, "past/streams", STREAMS, facts)

    def last_seen(self, asset_id: int) -> datetime | None:
        """Return when the devices of a thing had last been heard; None: no message is kept."""
        last: datetime | None = self._rows("last_seen", asset_id=asset_id)[0][0]
        return last

    def incidents_of(self, thing: Thing, path: list[SupplyLink]) -> list[TouchingIncident]:
        """Return the incidents open then that named a thing, or what fed it and was out."""
        out = [f"{link.kind}:{link.code}" for link in path if link.state != "normal"]
        named = [f"{thing.kind}:{thing.code}", *out]
        return [TouchingIncident(*row) for row in self._rows("incidents_of", things=named)]

    def _rows(self, name: str, **asked: object) -> list[tuple[Any, ...]]:
        with self._database.connection() as connection:
            rows = connection.execute(statement(f"past/{name}"), {**asked, "at": self._at})
            return rows.fetchall()
