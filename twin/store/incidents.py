"""What is out, since when, why and how sure, as stored; and the proof of each incident."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT = pl.Datetime("us", "UTC")


def _schema(**columns: pl.DataType | type[pl.DataType]) -> pl.Schema:
    return pl.Schema(columns)


LIGHT_STATES = _schema(
    asset_id=pl.Int64,
    idx=pl.Int32,  # row in the map's epoch; null without a position
    state=pl.UInt8,  # twin.model.states.LightState
    probability=pl.Float32,  # of being dark
    since=_INSTANT,
    proximate_id=pl.Int64,  # nearest device out on the way up; null: none
    root_id=pl.Int64,  # topmost device out on the same path; null: none
    seq=pl.Int64,  # of its last change
)
HISTORY = _schema(at=_INSTANT, asset_id=pl.Int64, state=pl.UInt8, probability=pl.Float32)
SUPPLY_STATES = _schema(
    asset_id=pl.Int64,
    state=pl.String,  # twin.model.states.SupplyState
    since=_INSTANT,
    reason=pl.String,
    basis=pl.String,
    probability=pl.Float32,
    evidence=pl.String,  # JSON
    flood_id=pl.Int32,  # null: no flood
)
SUPPLY_EVENTS = _schema(
    asset_id=pl.Int64,
    at=_INSTANT,
    state=pl.String,
    reason=pl.String,
    basis=pl.String,
    probability=pl.Float32,
    evidence=pl.String,  # JSON
    by_whom=pl.String,
)
FLOODS = _schema(
    flood_id=pl.Int32,
    slug=pl.String,
    name=pl.String,
    source=pl.String,
    simulated=pl.Boolean,
    started_at=_INSTANT,
    ended_at=_INSTANT,  # null while there is water
    extent_id=pl.Int32,  # of the newest extent; null: none recorded
    observed_at=_INSTANT,
    recorded_at=_INSTANT,
    file_name=pl.String,
    sha256=pl.String,
)
FLOOD_POLYGONS = _schema(flood_id=pl.Int32, number=pl.Int32, geom=pl.Binary, depth_m=pl.Float32)
INCIDENT_ASSETS = _schema(
    asset_id=pl.Int64,
    role=pl.String,  # root | device | light | building | gateway | silent
    kind=pl.String,
    code=pl.String,
    name=pl.String,
    longitude=pl.Float64,
    latitude=pl.Float64,
)
PROOF_VERSIONS = _schema(version=pl.Int32, made_at=_INSTANT, sha256=pl.String)


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause and what hangs under it.

    Attributes
    ----------
    code, kind : str
        E.g. ``I-2026-0012`` and ``flood``.
    root_key : str
        What makes two observations the same incident.
    status : str
        ``open``, ``recovering`` or ``closed``.
    opened_at, changed_at, closed_at : datetime
        Of the events that opened, changed, closed it. [UTC]
    acknowledged_at, acknowledged_by
        Who took charge; None while nobody did.
    headline : dict
        Counts, metres, residents: see ``docs/formats.md``.
    proof_version : int
        Of the newest proof.
    root, claim : dict
        As in the newest proof.
    rang_at : datetime or None
        When it last asked for somebody anew; None: when it opened. [UTC]
    assigned_to : str or None
        Who looks after it.
    shelved_until, shelved_by, shelved_reason
        Put aside by a person until then; None where nobody did.
    """

    id: int
    code: str
    kind: str
    root_key: str
    status: str
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    headline: Mapping[str, Any]
    proof_version: int
    root: Mapping[str, Any]
    claim: Mapping[str, Any]
    rang_at: datetime | None = None
    assigned_to: str | None = None
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    shelved_reason: str | None = None

    def shelved(self, now: datetime) -> bool:
        """Whether a person put it aside and that time is not over."""
        return self.shelved_until is not None and self.shelved_until > now


@dataclass(frozen=True, slots=True)
class StoredProof:
    """One version of a proof, to the byte.

    Attributes
    ----------
    document : str
        Canonical JSON.
    sha256 : str
        Of its UTF-8 bytes, in hexadecimal.
    """

    version: int
    made_at: datetime
    sha256: str
    document: str


class IncidentReader:
    """Reads incidents, proofs, states of lights and of supply, floods.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_incidents(self) -> list[Incident]:
        """Return the incidents that are not closed, the last opened first."""
        return self._incidents(which="open")

    def closed_incidents(self, limit: int = 50) -> list[Incident]:
        """Return the incidents closed last."""
        return self._incidents(which="closed", limit=limit)

    def incidents_of_street(self, street_id: int) -> list[Incident]:
        """Return the open incidents that touch lights of a street, the last opened first."""
        return self._incidents(which="open", street_id=street_id)

    def incident(self, code: str) -> Incident:
        """Return one incident, open or closed.

        Raises
        ------
        NotFound
            No incident has that code.
        """
        found = self._incidents(code=code)
        if not found:
            raise NotFound("incident", code)
        return found[0]

    def incidents_between(self, start: datetime, end: datetime) -> list[Incident]:
        """Return the incidents open at some moment of ``[start, end)``, the first opened first."""
        with self._database.connection() as connection:
            rows = connection.execute(
                statement("incidents/incidents_between"), {"start": start, "end": end}
            ).fetchall()
        return [Incident(*row) for row in rows]

    def _incidents(
        self,
        *,
        which: str = "all",
        code: str | None = None,
        street_id: int | None = None,
        limit: int = 10_000,
    ) -> list[Incident]:
        parameters = {"which": which, "code": code, "street_id": street_id, "limit": limit}
        with self._database.connection() as connection:
            rows = connection.execute(statement("incidents/incidents"), parameters).fetchall()
        return [Incident(*row) for row in rows]

    def assets(self, code: str) -> pl.DataFrame:
        """Return what an incident touches (``INCIDENT_ASSETS``), by role and id."""
        return self._frame("assets", INCIDENT_ASSETS, {"code": code})

    def proof(self, code: str, version: int | None = None) -> dict[str, Any]:
        """Return a proof as an object: the newest, or one version.

        Raises
        ------
        NotFound
            No such incident, or no such version.
        """
        document: dict[str, Any] = json.loads(self.stored_proof(code, version).document)
        return document

    def stored_proof(self, code: str, version: int | None = None) -> StoredProof:
        """Return a proof to the byte: the newest, or one version.

        Raises
        ------
        NotFound
            No such incident, or no such version.
        """
        with self._database.connection() as connection:
            row = connection.execute(
                statement("incidents/proof"), {"code": code, "version": version}
            ).fetchone()
        if row is None:
            raise NotFound("proof", code if version is None else f"{code} version {version}")
        return StoredProof(*row)

    def proof_versions(self, code: str) -> pl.DataFrame:
        """Return which versions of a proof exist (``PROOF_VERSIONS``), oldest first."""
        return self._frame("proof_versions", PROOF_VERSIONS, {"code": code})

    def light_states(self) -> pl.DataFrame:
        """Return the state of every light (``LIGHT_STATES``), by id."""
        return self.light_states_since(-1)

    def light_states_since(self, seq: int) -> pl.DataFrame:
        """Return the states that changed after ``seq`` (``LIGHT_STATES``), by id."""
        return self._frame("light_states", LIGHT_STATES, {"seq": seq})

    def states_of_street(self, street_id: int) -> pl.DataFrame:
        """Return the states of the lights of one street (``LIGHT_STATES``), by id."""
        return self._frame("states_of_street", LIGHT_STATES, {"street_id": street_id})

    def last_change(self) -> int:
        """Return the highest ``seq``; 0 before any assessment."""
        with self._database.connection() as connection:
            row = connection.execute(statement("incidents/last_change")).fetchone()
        return int(row[0]) if row else 0

    def history(self, start: datetime, end: datetime, asset_id: int | None = None) -> pl.DataFrame:
        """Return the changes of state in ``[start, end)`` (``HISTORY``), of one light or of all."""
        return self._frame("history", HISTORY, {"start": start, "end": end, "asset_id": asset_id})

    def supply_states(self) -> pl.DataFrame:
        """Return the latch of every supply device that ever left normal (``SUPPLY_STATES``)."""
        return self._frame("supply_states", SUPPLY_STATES)

    def supply_events(self, asset_id: int) -> pl.DataFrame:
        """Return the journal of one supply device (``SUPPLY_EVENTS``), oldest first."""
        return self._frame("supply_events", SUPPLY_EVENTS, {"asset_id": asset_id})

    def floods(self) -> pl.DataFrame:
        """Return the floods, each with its newest extent (``FLOODS``), the last begun first."""
        return self._frame("floods", FLOODS)

    def flood_polygons(self, extents: Sequence[int]) -> pl.DataFrame:
        """Return the sheets of water of some extents (``FLOOD_POLYGONS``)."""
        return self._frame("flood_polygons", FLOOD_POLYGONS, {"extents": list(extents)})

    def _frame(
        self, name: str, schema: pl.Schema, parameters: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"incidents/{name}", schema, parameters)
