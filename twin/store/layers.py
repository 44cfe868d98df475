"""What others may read: whole layers as they stand now, live state, and where each came from.

Every read is one COPY; what is public of it is decided by those who serve it
(``control_center.open_data``).
"""

from datetime import datetime

import polars as pl

from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement
from twin.store.terrain import Grid, TerrainStore
from twin.store.wiring import WiringReader

_INSTANT = pl.Datetime("us", "UTC")

Period = tuple[datetime | None, datetime | None]
"""From when to when, both included; None is open. [UTC]"""

KINDS = pl.Schema(
    {
        "kind": pl.String(),
        "name_fr": pl.String(),
        "name_en": pl.String(),
        "geometry": pl.String(),  # point | line | area | none
        "things": pl.Int64(),
    }
)
"""One row a kind of thing, whether or not there are any."""

THINGS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "longitude": pl.Float64(),  # [°] null: it has no place of its own
        "latitude": pl.Float64(),
        "geom": pl.Binary(),  # WKB, EPSG:4326; null for points that have their coordinates
        "properties": pl.String(),  # JSON
        "valid_from": _INSTANT,
        "valid_to": _INSTANT,  # null while it stands as it is
        "source": pl.String(),  # mapping; '' where derived from other layers
    }
)
"""One row a thing of one kind."""

LAMPS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "technology": pl.String(),
        "lamp_w": pl.Float64(),
        "mains_w": pl.Float64(),
        "lamp_text": pl.String(),
        "street_name": pl.String(),
        "on_street": pl.Boolean(),
    }
)
"""One row a light: what was read of its lamp, and the street that it stands on."""

SUPPLY = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "supplied_by_kind": pl.String(),
        "supplied_by": pl.String(),
        "supply_confidence": pl.Float64(),
        "supply_rung": pl.Int64(),  # 0: register … 4: learnt from events
    }
)
"""One row a thing that hangs on a supplier."""

DEVICES = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "plinth_m": pl.Float64(),  # null: not known
        "plinth_source": pl.String(),  # measured | plan | assumed | unknown
        "ground_m_ngf": pl.Float64(),  # null: not known
        "ground_error_m": pl.Float64(),  # of the grid of heights that tells it; null: a register
        "regime": pl.String(),
        "rated_kw": pl.Float64(),
    }
)
"""One row a supply device."""

SECTIONS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "street_name": pl.String(),
        "length_m": pl.Float64(),
        "residents": pl.Float64(),  # null: not known; not yet rounded
    }
)
"""One row a section of street."""

WATCHED = pl.Schema(
    {
        "kind": pl.String(),
        "property": pl.String(),
        "things": pl.Int64(),
        "measured_at": _INSTANT,
    }
)
"""One row a kind and observed property: how many things have a series, its newest value's time."""

SOURCES = pl.Schema(
    {
        "kind": pl.String(),
        "mapping": pl.String(),  # '' where derived from other layers
        "file_name": pl.String(),
        "things": pl.Int64(),
        "changed_at": _INSTANT,
        "imported_at": _INSTANT,
        "first_at": _INSTANT,
        "times": pl.Int64(),
        "licence": pl.String(),
        "attribution": pl.String(),
        "rows_read": pl.Int64(),
        "rows_kept": pl.Int64(),
        "rows_set_aside": pl.Int64(),
        "publisher": pl.String(),
        "frequency": pl.String(),
        "url": pl.String(),
    }
)
"""One row a kind and a file that things of it came from."""

LIVE_LIGHTS = pl.Schema(
    {
        "code": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "state": pl.Int64(),  # twin.model.states.LightState
        "probability_dark": pl.Float64(),
        "since": _INSTANT,
        "street": pl.String(),
        "out_at": pl.String(),
        "cause": pl.String(),
    }
)
"""One row a light, with what is known of it."""

LIVE_INCIDENTS = pl.Schema(
    {
        "code": pl.String(),
        "kind": pl.String(),
        "status": pl.String(),
        "opened_at": _INSTANT,
        "changed_at": _INSTANT,
        "closed_at": _INSTANT,
        "root_kind": pl.String(),
        "root": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "probability": pl.Float64(),
        "basis": pl.String(),
        "lights": pl.Int64(),
        "lights_confirmed": pl.Int64(),
        "lights_inferred": pl.Int64(),
        "cabinets": pl.Int64(),
        "streets": pl.Int64(),
        "covered_m": pl.Float64(),
        "residents": pl.Float64(),
    }
)
"""One row an incident, open or past."""

LIVE_GAUGES = pl.Schema(
    {
        "code": pl.String(),
        "name": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "river": pl.String(),
        "zero_m_ngf": pl.String(),
        "level_m": pl.Float64(),
        "measured_at": _INSTANT,
        "quality": pl.Int64(),
    }
)
"""One row a river gauge; level null: it has not measured yet."""

LIVE_FLOODS = pl.Schema(
    {
        "code": pl.String(),
        "flood": pl.String(),
        "name": pl.String(),
        "according_to": pl.String(),
        "simulated": pl.Boolean(),
        "started_at": _INSTANT,
        "ended_at": _INSTANT,
        "observed_at": _INSTANT,
        "depth_m": pl.Float64(),
        "geom": pl.Binary(),
    }
)
"""One row a sheet of water of the newest extent of each flood."""

LIVE_DEFECTS = pl.Schema(
    {
        "code": pl.String(),  # of the defect: what, kind and code of the thing
        "defect": pl.String(),  # a code of gis.wiring_defects
        "kind": pl.String(),
        "thing": pl.String(),
        "detail": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "found_at": _INSTANT,
    }
)
"""One row a defect of the wiring."""

LIVE = {
    "lights": LIVE_LIGHTS,
    "incidents": LIVE_INCIDENTS,
    "gauges": LIVE_GAUGES,
    "floods": LIVE_FLOODS,
    "defects": LIVE_DEFECTS,
}


class LayerReader:
    """Reads whole layers.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def stamp(self) -> str:
        """Return a text that changes when the city does."""
        with self._database.connection() as connection:
            row = connection.execute(statement("layers/stamp")).fetchone()
        return str(row[0]) if row else ""

    def kinds(self) -> pl.DataFrame:
        """Return every kind of thing and how many there are (``KINDS``)."""
        return self._frame("kinds", KINDS)

    def history(self, kind: str, period: Period) -> tuple[datetime | None, bool]:
        """Return since when things of a kind are known, and whether a period saw them otherwise.

        Otherwise: some that are gone or have changed since, or that hung under another supplier.
        """
        start, end = period
        with self._database.connection() as connection:
            row = connection.execute(
                statement("layers/history"), {"kind": kind, "start": start, "end": end}
            ).fetchone()
        return (row[0], bool(row[1])) if row else (None, False)

    def things(self, kind: str, during: Period | None = None) -> pl.DataFrame:
        """Return the things of a kind, as they stand or stood at some moment (``THINGS``).

        Parameters
        ----------
        during : pair of datetime or None, optional
            Of each code, the newest version that held at some moment of it.
        """
        if during is None:
            return self._frame("things", THINGS, kind=kind)
        start, end = during
        return self._frame("things_during", THINGS, kind=kind, start=start, end=end)

    def lamps(self) -> pl.DataFrame:
        """Return what was read of each lamp (``LAMPS``)."""
        return self._frame("lamps", LAMPS)

    def supply(self, kind: str, during: Period | None = None) -> pl.DataFrame:
        """Return the likeliest supplier of each thing of a kind (``SUPPLY``).

        Parameters
        ----------
        during : pair of datetime or None, optional
            The one that supplied at some moment of it, the newest.
        """
        if during is None:
            return self._frame("supply", SUPPLY, kind=kind)
        start, end = during
        return self._frame("supply_during", SUPPLY, kind=kind, start=start, end=end)

    def reliefs(self) -> list[Grid]:
        """Return the grids of heights, the surest first."""
        with self._database.connection() as connection:
            return TerrainStore(connection).grids()

    def devices(self, kind: str) -> pl.DataFrame:
        """Return what is known of the supply devices of a kind (``DEVICES``)."""
        return self._frame("devices", DEVICES, kind=kind)

    def sections(self) -> pl.DataFrame:
        """Return length and residents of each section of street (``SECTIONS``)."""
        return self._frame("sections", SECTIONS)

    def watched(self) -> pl.DataFrame:
        """Return what is measured of the things of each kind (``WATCHED``)."""
        return self._frame("watched", WATCHED)

    def sources(self) -> pl.DataFrame:
        """Return the files that things came from (``SOURCES``)."""
        return self._frame("sources", SOURCES)

    def live(self, name: str) -> pl.DataFrame:
        """Return live state: ``lights``, ``incidents``, ``gauges``… (``LIVE``)."""
        if name == "defects":
            return self._defects()
        return self._frame(f"live_{name}", LIVE[name])

    def _defects(self) -> pl.DataFrame:
        """Name each defect of the wiring by what it is and by the thing it is at."""
        found = WiringReader(self._database).defects().with_columns(pl.col("code").alias("thing"))
        named = pl.concat_str("defect", "kind", "thing", separator="/")
        return found.with_columns(named.alias("code")).select(LIVE_DEFECTS.names())

    def _frame(self, name: str, schema: pl.Schema, **parameters: object) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"layers/{name}", schema, parameters)
