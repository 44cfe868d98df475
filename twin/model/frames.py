"""The frames of the city: which columns, of which type, and what null means.

``twin.store.city.CityReader`` returns them, the laws take them. A notebook or a test can build the
same ones by hand: ``pl.DataFrame(rows, schema=LIGHTS)``.
"""

from typing import Final

import polars as pl


def _schema(**columns: pl.DataType | type[pl.DataType]) -> pl.Schema:
    return pl.Schema(columns)


LIGHTS: Final = _schema(
    asset_id=pl.Int64,
    idx=pl.Int32,  # row in the map's epoch; null before tiles, and without a position
    code=pl.String,
    longitude=pl.Float64,  # null: on the register, but nobody wrote where it stands
    latitude=pl.Float64,
    supply_id=pl.Int64,  # nearest supply device: feeder, else cabinet; null: not known
    link_confidence=pl.Float32,  # null where supply_id is
    link_rung=pl.Int8,  # null where supply_id is
    lamp_w=pl.Float32,  # [W] at the lamp; null: cannot be read from the register
    mains_w=pl.Float32,  # [W] gear included; null: not known
    technology=pl.String,  # null: not known
    section_id=pl.Int64,  # null: no street near enough
    street_id=pl.Int64,
    attributed_cm=pl.Int32,  # [cm] of street that this light answers for alone
)
"""One row a standing light, by ``asset_id``."""

SUPPLY_DEVICES: Final = _schema(
    asset_id=pl.Int64,
    kind=pl.String,  # substation | cabinet | feeder
    code=pl.String,
    name=pl.String,
    longitude=pl.Float64,  # null: not known, and always for a feeder
    latitude=pl.Float64,
    parent_id=pl.Int64,  # null: nothing known above it
    confidence=pl.Float32,  # of the link to its parent; 1 without one
    rung=pl.Int8,  # of the same link; 0 without one
    plinth_m=pl.Float32,  # [m] null: unknown, the laws assume and say so
    plinth_source=pl.String,  # measured | plan | assumed | unknown
    ground_m_ngf=pl.Float32,  # [m NGF] null: unknown
    ground_error_m=pl.Float32,  # [m] standard error of a grid of heights; null: a register tells it
    regime=pl.String,  # permanent | night | programme
    rated_kw=pl.Float32,  # [kW] null: unknown
    place=pl.String,  # street; a feeder takes its cabinet's; '' unknown
)
"""One row a supply device, by ``asset_id``."""

SECTIONS: Final = _schema(
    section_id=pl.Int64,
    street_id=pl.Int64,
    length_cm=pl.Int32,
    residents_thousandths=pl.Int64,  # null: not known
)
"""One row a section of street, by ``section_id``."""

STRETCHES: Final = _schema(
    stretch_id=pl.Int64,
    section_id=pl.Int64,
    street_id=pl.Int64,
    length_cm=pl.Int32,
    light_ids=pl.List(pl.Int64),  # never empty: it is dark when all of them are out
)
"""One row a stretch of street that the same lights cover, by ``stretch_id``."""

STREETS: Final = _schema(
    street_id=pl.Int64,
    slug=pl.String,
    name=pl.String,
    length_cm=pl.Int64,  # null: not even an estimate
    lights=pl.Int32,
    residents=pl.Float64,  # null: not known
)
"""One row a street, by ``street_id``."""

BUILDINGS: Final = _schema(
    asset_id=pl.Int64,
    code=pl.String,
    name=pl.String,
    use=pl.String,  # '' unknown
    followed=pl.Boolean,  # its energy is followed
    geom=pl.Binary,  # WKB, EPSG:4326
)
"""One row a building, by ``asset_id``."""

PLACES: Final = _schema(
    asset_id=pl.Int64,
    kind=pl.String,
    code=pl.String,
    name=pl.String,
    longitude=pl.Float64,  # null: not known
    latitude=pl.Float64,
)
"""One row a thing of one kind, by ``asset_id``."""

PLACES_ALONG: Final = _schema(
    asset_id=pl.Int64,
    kind=pl.String,  # crossing | school | care | shelter
    code=pl.String,
    name=pl.String,
    section_id=pl.Int64,
    street_id=pl.Int64,
    distance_m=pl.Float64,  # [m] from the centre line
)
"""One row a place that stands on a section of street, by section."""

LINKS: Final = _schema(
    child_id=pl.Int64,
    parent_id=pl.Int64,
    confidence=pl.Float32,
    rung=pl.Int8,
)
"""One row a link that holds now, by child, then best first."""

DEVICES: Final = _schema(
    dev_eui=pl.String,
    network=pl.String,
    profile=pl.String,
    application=pl.String,
    asset_id=pl.Int64,  # null: not attached to a thing of the city
    asset_kind=pl.String,
    asset_code=pl.String,
    interval_s=pl.Int32,  # [s] null: not known
    last_seen=pl.Datetime("us", "UTC"),  # null: never
)
"""One row a device, by ``dev_eui``."""
