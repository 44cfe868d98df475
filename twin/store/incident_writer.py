"""Writes states of lights and of supply, incidents and proofs, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from twin.store.arrays import Bigints, Instants, Smallints
from twin.store.incident_acts import ring_again
from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class ChangedLights:
    """Lights that came to another state, or whose state became better known.

    Attributes
    ----------
    asset_id : int64 array (k)
        Each light once.
    state : uint8 array (k)
        ``twin.model.states.LightState``.
    probability : float32 array (k)
        Of being dark.
    since : int64 array (k)
        [µs since 1970 UTC]
    proximate_id, root_id : int64 arrays (k)
        Nearest and topmost device out above it; -1 none.
    moved : bool array (k)
        Those that came to another state: they go into the history.
    """

    asset_id: NDArray[np.int64]
    state: NDArray[np.uint8]
    probability: NDArray[np.float32]
    since: NDArray[np.int64]
    proximate_id: NDArray[np.int64]
    root_id: NDArray[np.int64]
    moved: NDArray[np.bool_]

    @property
    def days(self) -> set[date]:
        """Days of the history that they are written into."""
        days = np.unique(self.since[self.moved] // _DAY_US)
        return {_EPOCH_DAY + timedelta(days=int(day)) for day in days}


_DAY_US = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SupplyChange:
    """One device came to another state of its latch, or that state became better known."""

    asset_id: int
    at: datetime
    since: datetime
    state: str
    reason: str
    basis: str
    probability: float
    evidence: Mapping[str, Any]
    flood_id: int | None
    by_whom: str


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is not closed."""

    id: int
    code: str
    kind: str
    root_key: str
    status: str
    proof_version: int


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """What an incident becomes.

    Attributes
    ----------
    assets : sequence of (id, role)
        What it touches; None leaves that as it is.
    proof : (sha256, document) or None
        Its new proof; None leaves the last one.
    """

    status: str
    headline: Mapping[str, Any]
    changed_at: datetime
    closed_at: datetime | None
    version: int
    made_at: datetime
    assets: Sequence[tuple[int, str]] | None = None
    proof: tuple[str, str] | None = None


class IncidentWriter:
    """Writes what was understood.

    Parameters
    ----------
    connection : psycopg.Connection
        Its transaction is the caller's.
    """

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Wait until no other assessment of this store is under way, and keep others waiting."""
        self._connection.execute(statement("incidents/lock"))

    def make_room(self, days: Iterable[date]) -> None:
        """Make sure that the history of some days can be written."""
        self._connection.execute(
            "SELECT ensure_partitions('light_state_history', %s::date[])", (sorted(days),)
        )

    def lights(self, changed: ChangedLights) -> int:
        """Write lights that changed, and their history; there is room for its days already.

        Returns
        -------
        int
            The ``seq`` of this change.
        """
        values = {
            "assets": Bigints(changed.asset_id),
            "states": Smallints(changed.state),
            "probabilities": changed.probability.tolist(),
            "since": Instants(changed.since),
            "proximate": Bigints(changed.proximate_id),
            "root": Bigints(changed.root_id),
            "moved": changed.moved.tolist(),
        }
        return _returned(self._connection, "incidents/write_lights", values)

    def forget_gone_lights(self) -> None:
        """Drop the states of lights that no longer stand."""
        self._connection.execute(statement("incidents/forget_gone_lights"))

    def supply(self, changes: Sequence[SupplyChange]) -> None:
        """Write what happened to supply devices: the journal, then where each stands."""
        if not changes:
            return
        rows = [
            {
                "asset_id": change.asset_id,
                "at": change.at,
                "since": change.since,
                "state": change.state,
                "reason": change.reason,
                "basis": change.basis,
                "probability": change.probability,
                "evidence": Jsonb(change.evidence),
                "flood_id": change.flood_id,
                "by_whom": change.by_whom,
            }
            for change in changes
        ]
        with self._connection.cursor() as cursor:
            cursor.executemany(statement("incidents/add_supply_event"), rows)
            cursor.executemany(statement("incidents/set_supply_state"), rows)

    def open_incidents(self) -> list[OpenIncident]:
        """Return the incidents that are not closed."""
        rows = self._connection.execute(statement("incidents/open_incidents")).fetchall()
        return [OpenIncident(*row) for row in rows]

    def newest_proofs(self, incidents: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the documents of the newest proofs of some incidents."""
        asked = {"incidents": list(incidents)}
        return dict(
            self._connection.execute(statement("incidents/newest_proofs"), asked).fetchall()
        )

    def open(
        self, kind: str, root_key: str, opened_at: datetime, headline: Mapping[str, Any]
    ) -> tuple[int, str]:
        """Open an incident; return its id and its code, e.g. ``I-2026-0012``."""
        year = opened_at.year
        number = _returned(self._connection, "incidents/next_code", {"year": str(year)})
        code = f"I-{year}-{number:04d}"
        incident = _returned(
            self._connection,
            "incidents/open_incident",
            {
                "code": code,
                "kind": kind,
                "root_key": root_key,
                "status": "open",
                "opened_at": opened_at,
                "changed_at": opened_at,
                "headline": Jsonb(headline),
            },
        )
        return incident, code

    def change(self, incident: int, change: IncidentChange) -> None:
        """Write what an incident becomes, its new proof beside the old ones."""
        if change.proof is not None:
            sha256, document = change.proof
            self._connection.execute(
                statement("incidents/add_proof"),
                {
                    "id": incident,
                    "version": change.version,
                    "made_at": change.made_at,
                    "sha256": sha256,
                    "document": document,
                },
            )
        self._connection.execute(
            statement("incidents/change_incident"),
            {
                "id": incident,
                "status": change.status,
                "headline": Jsonb(change.headline),
                "version": change.version,
                "changed_at": change.changed_at,
                "closed_at": change.closed_at,
            },
        )
        if change.assets is not None:
            self._assets(incident, change.assets)

    def _assets(self, incident: int, assets: Sequence[tuple[int, str]]) -> None:
        self._connection.execute(
            statement("incidents/set_assets"),
            {
                "id": incident,
                "assets": [asset for asset, _ in assets],
                "roles": [role for _, role in assets],
            },
        )

    def root_assets(self, incident: int) -> list[int]:
        """Return the root of an incident and the supply devices it put out."""
        rows = self._connection.execute(statement("incidents/root_assets"), {"id": incident})
        return [int(row[0]) for row in rows]

    def ring(self, incident: OpenIncident, at: datetime, by: str) -> None:
        """Make an incident ask for somebody anew: what had come back did not stay."""
        ring_again(self._connection, incident.id, incident.code, at, by)

    def tell(self, seq: int) -> None:
        """Tell the control centre, at the commit, that states changed."""
        self._connection.execute("SELECT pg_notify('reverbere_state', %s)", (str(seq),))


def record_audit(
    connection: Connection[TupleRow],
    *,
    at: datetime,
    person: str,
    role: str,
    act: str,
    subject: str,
    detail: Mapping[str, Any],
) -> None:
    """Write a line of the journal: who did what, when, why."""
    connection.execute(
        statement("incidents/add_audit"),
        {
            "at": at,
            "person": person,
            "role": role,
            "act": act,
            "subject": subject,
            "detail": Jsonb(detail),
        },
    )


@dataclass(frozen=True, slots=True)
class NewExtent:
    """An extent of a flood to record.

    Attributes
    ----------
    slug : str
        Of its flood; where that had ended before, the water has come back: it is another flood.
    polygons : sequence of (WKB, depth)
        EPSG:4326; depth in metres.
    """

    slug: str
    name: str
    source: str
    simulated: bool
    observed_at: datetime
    recorded_at: datetime
    file_name: str
    sha256: str
    polygons: Sequence[tuple[bytes, float]]


@dataclass(frozen=True, slots=True)
class RecordedFlood:
    """The flood that an extent was recorded under."""

    id: int
    slug: str


def record_extent(connection: Connection[TupleRow], extent: NewExtent) -> RecordedFlood:
    """Record an extent under its flood, which is begun or taken up again.

    An extent of the same flood and instant replaces the one recorded before. Water that comes back
    after a flood had ended is another flood: ``name-2``, ``name-3`` …
    """
    asked = {"slug": extent.slug, "observed_at": extent.observed_at}
    row = connection.execute(statement("incidents/flood_slug"), asked).fetchone()
    slug = extent.slug if row is None else str(row[0])
    facts: dict[str, Any] = {
        "slug": slug,
        "name": extent.name,
        "source": extent.source,
        "simulated": extent.simulated,
        "observed_at": extent.observed_at,
        "recorded_at": extent.recorded_at,
        "file_name": extent.file_name,
        "sha256": extent.sha256,
    }
    facts["flood_id"] = _returned(connection, "incidents/take_up_flood", facts)
    number = _returned(connection, "incidents/replace_extent", facts)
    with connection.cursor() as cursor:
        cursor.executemany(
            statement("incidents/add_polygon"),
            [
                {"extent_id": number, "number": k, "geom": wkb, "depth_m": depth}
                for k, (wkb, depth) in enumerate(extent.polygons)
            ],
        )
    return RecordedFlood(int(facts["flood_id"]), slug)


def _returned(connection: Connection[TupleRow], name: str, parameters: Mapping[str, Any]) -> int:
    """Run a statement that gives one row and one whole number."""
    row = connection.execute(statement(name), parameters).fetchone()
    assert row is not None  # noqa: S101 - such a statement always gives its row
    return int(row[0])


def end_flood(connection: Connection[TupleRow], slug: str, at: datetime) -> bool:
    """Record that the water of a flood has gone; return whether there was any."""
    ended = connection.execute(statement("incidents/end_flood"), {"slug": slug, "at": at})
    return ended.rowcount > 0


def acknowledge(connection: Connection[TupleRow], code: str, person: str, at: datetime) -> bool:
    """Record who takes an incident in charge; return whether it was open and nobody's."""
    facts = {"code": code, "person": person, "at": at}
    return connection.execute(statement("incidents/acknowledge"), facts).rowcount > 0
