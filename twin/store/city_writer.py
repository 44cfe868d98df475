"""The city into the store: layers, then what follows from them. One transaction of the caller's.

Everything is set-based: rows are copied into a temporary table, one statement merges them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from gis.layers import LAYERS
from gis.mapping_tables import TerritoryTable
from gis.report import Figure, FileReport, LayerCounts
from twin.store.copying import SLICE_ROWS, stage
from twin.store.frames import read_frame
from twin.store.references import references_known
from twin.store.sql import statement
from twin.store.wiring import WiringWriter

_LOCK = 0x5EC1  # one import at a time
_WORTH_ANALYZING = 300  # rows

STREET_THINGS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "street": pl.String(),
        "residents": pl.Float64(),
        "published": pl.Boolean(),
        "geom": pl.Binary(),
    }
)
"""What ``street_things`` returns: lights, addresses or sections with their street's name."""

SHAPES = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "followed": pl.Boolean(),
        "street_slug": pl.String(),
        "street_name": pl.String(),
        "street_length_m": pl.Int32(),
        "geom": pl.Binary(),
    }
)
"""What ``shapes`` returns: what the base map draws, of one kind."""

_INCOMING_ASSET = {
    "code": "text",
    "name": "text",
    "geom": "bytea",
    "longitude": "float8",
    "latitude": "float8",
    "properties": "jsonb",
    "place": "bigint",
}
_LIGHT_PLACE = {
    "asset_id": "bigint",
    "section_id": "bigint",
    "offset_m": "float8",
    "attributed_cm": "integer",
}
_FIGURES = (
    ("streetlights", ""),
    ("lamps with a readable wattage", ""),
    ("lamp wattage", "kW"),
    ("power at the mains, estimated where not published", "kW"),
    ("cabinets", ""),
    ("feeders", ""),
    ("streetlights with a known supply", ""),
    ("streets", ""),
    ("street length", "km"),
    ("streetlights on a street", ""),
    ("residents", ""),
    ("buildings", ""),
)


@dataclass(frozen=True, slots=True)
class Merged:
    """How many things of a kind a merge added, changed and closed."""

    added: int
    changed: int
    closed: int

    @property
    def any(self) -> bool:
        """Whether anything moved."""
        return bool(self.added or self.changed or self.closed)


def _as_assets(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows of a canonical layer as assets, part by part: what is no column of theirs as JSON."""
    known = [name for name in ("geom", "longitude", "latitude") if name in rows.columns]
    plain = {"row", "code", "name", *known}
    kept = [name for name in rows.columns if name not in plain]
    filled = [name for name in kept if rows[name].null_count() < rows.height]
    named = [pl.col(name).alias(name.removeprefix("+")) for name in filled]
    columns = [
        "code",
        (pl.col("name") if "name" in rows.columns else pl.lit(None)).alias("name"),
        *(
            (pl.col(name) if name in known else pl.lit(None)).alias(name)
            for name in ("geom", "longitude", "latitude")
        ),
        (pl.struct(named).struct.json_encode() if named else pl.lit("{}")).alias("properties"),
    ]
    return (part.select(columns) for part in rows.iter_slices(SLICE_ROWS))


def _staged(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Assets as they are staged, each with its place in the file."""
    return _placed(
        part.with_columns(
            pl.col("name").cast(pl.String).fill_null(""),
            pl.col("geom").cast(pl.Binary),
            pl.col("longitude", "latitude").cast(pl.Float64),
        )
        for part in parts
    )


def _placed(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    place = 0
    for part in parts:
        yield part.with_row_index("place", offset=place)
        place += part.height


class CityWriter:
    """Writes the city on one connection, all at one instant.

    Parameters
    ----------
    connection : Connection
        Inside the caller's transaction.
    at : datetime
        Instant of the import; what it changes is valid from then on. [UTC]

    Attributes
    ----------
    at : datetime
        That instant.
    wiring : WiringWriter
        Writes what hangs under what, on the same connection.
    """

    def __init__(self, connection: Connection[TupleRow], at: datetime) -> None:
        self._connection, self.at = connection, at
        self.wiring = WiringWriter(connection, at)

    def lock(self) -> None:
        """Wait until no other import runs; held to the end of the transaction."""
        self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        self._connection.execute("SET LOCAL statement_timeout = 0")
        self._connection.execute("SET LOCAL jit = off")

    def add_territory(self, table: TerritoryTable, metric_srid: int) -> None:
        """Make the territory's row where there is none."""
        self._run(
            "add_territory",
            slug=table.slug,
            name=table.name,
            simulated=table.simulated,
            timezone=table.timezone,
            metric_srid=metric_srid,
            longitude=table.longitude,
            latitude=table.latitude,
            clock_offset_s=table.clock_offset_s,
            contact=Jsonb(table.contact),
            at=self.at,
        )

    def add_dataset(self, report: FileReport) -> int:
        """Record a file and return its number; its report follows with ``keep_report``."""
        row = self._run(
            "add_dataset",
            mapping=report.mapping,
            file_name=report.file,
            sha256=report.sha256,
            licence=report.licence,
            attribution=report.attribution,
            read=report.read,
            kept=report.kept,
            set_aside=report.set_aside,
            at=self.at,
        )
        return int(row[0])

    def keep_report(self, dataset: int, report: FileReport) -> None:
        """Keep the report of a file with its data set."""
        document = Jsonb(report, dumps=lambda value: orjson.dumps(value).decode())
        self._run("set_report", dataset=dataset, report=document)

    def merge_layer(
        self, layer: str, rows: pl.DataFrame, *, dataset: int, mapping: str, complete: bool
    ) -> LayerCounts:
        """Merge the rows of a canonical layer whose rows are assets.

        Parameters
        ----------
        rows : DataFrame
            As of ``gis.canonical.CanonicalLayer``.
        dataset : int
            The file they come from.
        mapping : str
            Its mapping: what came by the same one and is no longer there is closed.
        complete : bool
            Whether to close it at all.
        """
        merged = self._merge(
            LAYERS[layer].kind, _as_assets(rows), dataset, mapping, complete=complete
        )
        counts = LayerCounts(layer, kept=rows.height, added=merged.added, changed=merged.changed)
        counts.unchanged = counts.kept - counts.added - counts.changed
        counts.closed = merged.closed
        return counts

    def merge_assets(
        self, kind: str, rows: pl.DataFrame, dataset: int | None, mapping: str, *, complete: bool
    ) -> Merged:
        """Merge things of one kind.

        Parameters
        ----------
        rows : DataFrame
            code, name : str; geom : bytes (WKB, EPSG:4326) or null; longitude, latitude : float
            or null [°]; properties : str (JSON, nulls are dropped).
        dataset, mapping
            Where they come from; None and ``""`` for what the import itself derives.
        """
        return self._merge(kind, [rows], dataset, mapping, complete=complete)

    def _merge(
        self,
        kind: str,
        parts: Iterable[pl.DataFrame],
        dataset: int | None,
        mapping: str,
        *,
        complete: bool,
    ) -> Merged:
        stage(self._connection, "incoming_asset", _INCOMING_ASSET, _staged(parts))
        self._connection.execute("DROP TABLE IF EXISTS pg_temp.matched_asset")
        self._run("match_assets", kind=kind)
        self._connection.execute("ANALYZE matched_asset")
        with references_known(self._connection):  # its kind and its data set are one row each
            added, changed, closed = self._run(
                "merge_assets",
                kind=kind,
                dataset=dataset,
                mapping=mapping,
                complete=complete,
                at=self.at,
            )
        merged = Merged(added, changed, closed)
        if merged.added > _WORTH_ANALYZING:
            self._connection.execute("ANALYZE asset")  # the statements that follow plan by it
        return merged

    def project_devices(self) -> None:
        """Bring supply devices to what their properties say."""
        self._run("project_supply_devices")

    def merge_sections(self, sections: pl.DataFrame) -> None:
        """Set length, street and residents of sections.

        Parameters
        ----------
        sections : DataFrame
            code, slug : str; length_cm : int [cm]; residents_thousandths : int, null: not known.
        """
        columns = {
            "code": "text",
            "slug": "text",
            "length_cm": "integer",
            "residents_thousandths": "bigint",
        }
        stage(self._connection, "incoming_section", columns, sections)
        self._run("merge_sections")

    def project_lights(self, places: pl.DataFrame | None) -> None:
        """Bring lights to what their properties say and to where they stand.

        Parameters
        ----------
        places : DataFrame, optional
            asset_id : int; section_id : int or null; offset_m : float or null [m];
            attributed_cm : int [cm]. None where there is no street.
        """
        stage(self._connection, "light_place", _LIGHT_PLACE, [] if places is None else places)
        with references_known(self._connection):  # joined with the things themselves
            self._run("project_lights")
        self._connection.execute("ANALYZE light")

    def replace_stretches(self, stretches: Iterable[pl.DataFrame]) -> None:
        """Set the stretches, where they differ.

        Parameters
        ----------
        stretches : iterable of DataFrame
            section_id : int; length_cm : int [cm]; light_ids : list of int.
        """
        columns = {
            "section_id": "bigint",
            "length_cm": "integer",
            "light_ids": "bigint[]",
            "place": "bigint",
        }
        stage(self._connection, "incoming_stretch", columns, _placed(stretches))
        self._run("replace_stretches")
        with references_known(self._connection):  # sections that were read just now
            self._run("add_stretches")

    def place_on_sections(self, places: pl.DataFrame) -> None:
        """Set the section of street that each crossing, school, place of care, shelter is on.

        Parameters
        ----------
        places : DataFrame
            asset_id, section_id : int; distance_m : float [m].
        """
        columns = {"asset_id": "bigint", "section_id": "bigint", "distance_m": "float8"}
        stage(self._connection, "incoming_place", columns, places)
        self._run("drop_place_sections")
        self._run("set_place_sections")

    def publish(self, version: str) -> None:
        """Set the rows of the map's epoch, and tell that there is a new one at commit.

        Parameters
        ----------
        version : str
            Epoch of the map.
        """
        self._run("clear_light_index")
        with references_known(self._connection):  # read from the things themselves
            self._run("add_light_index")
        self._run("set_data_version", version=version)
        self._run("tell_city", version=version)

    def street_things(self, kind: str) -> pl.DataFrame:
        """Return lights, addresses or sections (``STREET_THINGS``)."""
        return read_frame(self._connection, "city/street_things", STREET_THINGS, {"kind": kind})

    def shapes(self, kind: str) -> pl.DataFrame:
        """Return what the base map draws of a kind (``SHAPES``)."""
        return read_frame(self._connection, "city/shapes", SHAPES, {"kind": kind})

    def figures(self) -> list[Figure]:
        """Return what the city has become; what is not known is not in the list."""
        row = self._run("figures")
        return [
            Figure(name, round(float(value), 3), unit)
            for (name, unit), value in zip(_FIGURES, row, strict=True)
            if value is not None
        ]

    def _run(self, name: str, /, **parameters: object) -> TupleRow:
        cursor = self._connection.execute(statement(f"city/{name}"), parameters)
        found = cursor.fetchone() if cursor.description else None
        return found if found is not None else ()
