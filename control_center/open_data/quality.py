"""How complete the city is: what is known, what is assumed, what is missing, and for what.

Counts only: what they mean for a function of the product stands in the texts, under the same key.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from control_center.open_data.holdings import Read
from twin.incidents.flood import SURE_GROUND_M

REGISTERED = 2
"""Highest rung of supply that a register or a drawing tells; above it, it is inferred."""

_ENERGY = ("active_power", "active_energy", "hourly_energy", "daily_energy")
_LAMP = ("lamp_on", "active_power", "current")
_MEASURED = ("measured", "plan")

NEEDED = (
    "cabinets",
    "streetlights",
    "street_sections",
    "addresses",
    "buildings",
    "waters",
    "river_gauges",
    "hydrozones",
    "weather_stations",
    "gateways",
)
"""Layers that a function of the product waits for."""


@dataclass(frozen=True, slots=True)
class Share:
    """One question to a layer, and for how many of its things it has an answer.

    Attributes
    ----------
    key : str
        Its name in the texts.
    layer : str
        Collection.
    known, assumed, unknown : int
        Things whose answer stands in a register or was measured; was inferred or assumed; is not
        there.
    """

    key: str
    layer: str
    known: int
    assumed: int
    unknown: int

    @property
    def whole(self) -> int:
        """Things that the question was put to."""
        return self.known + self.assumed + self.unknown

    @property
    def missing(self) -> float:
        """Share of what is not known for sure, 0 to 1."""
        return (self.assumed + self.unknown) / self.whole if self.whole else 0.0

    def part(self, count: int) -> float:
        """Return a count as a share, 0 to 1."""
        return count / self.whole if self.whole else 0.0


def shares(read: Read, watched: pl.DataFrame, there: set[str]) -> list[Share]:
    """Return what is known of the layers that are there.

    Parameters
    ----------
    read : callable
        Gives a layer by name.
    watched : DataFrame
        ``twin.store.layers.WATCHED``.
    there : set of str
        Collections that hold something.
    """
    found: list[Share] = []
    if "streetlights" in there:
        found += _lights(read("streetlights").rows, watched)
    if "cabinets" in there:
        found += _cabinets(read, watched, there)
    if "street_sections" in there:
        # a section withheld because so few live there is known all the same
        found.append(_filled("residents", "street_sections", read, "residents_known"))
    if "river_gauges" in there:
        found.append(_filled("zero", "river_gauges", read, "zero_m_ngf"))
    if "hydrozones" in there:
        found.append(_filled("valve", "hydrozones", read, "valve"))
    if "gateways" in there:
        found.append(_filled("gateway_supply", "gateways", read, "supply_confidence"))
    if "buildings" in there:
        found += _buildings(read("buildings").rows, watched)
    return [share for share in found if share.whole]


def absent(there: set[str]) -> list[str]:
    """Return the layers that a function waits for and that hold nothing."""
    return [name for name in NEEDED if name not in there]


def cuts_assumed(read: Read, there: set[str]) -> float | None:
    """Return the share of lights whose cut by water rests on an assumed plinth, 0 to 1.

    None where no light hangs on a cabinet.
    """
    if not {"streetlights", "cabinets"} <= there:
        return None
    hung = read("streetlights").rows.select(pl.col("supplied_by").alias("code")).drop_nulls()
    if "feeders" in there:
        above = read("feeders").rows.select("code", pl.col("supplied_by").alias("above"))
        hung = hung.join(above, on="code", how="left").select(pl.coalesce("above", "code"))
        hung = hung.rename({hung.columns[0]: "code"})
    sure = read("cabinets").rows.select("code", _plinth_known().alias("sure"))
    told = hung.join(sure, on="code", how="inner")["sure"]
    return None if told.is_empty() else 1.0 - float(told.sum()) / told.len()


def _lights(lights: pl.DataFrame, watched: pl.DataFrame) -> Iterator[Share]:
    """Look at what supplies lights, what they draw, where they stand, what watches them."""
    hung = pl.col("supply_rung").is_not_null()
    sure = pl.col("supply_rung") <= REGISTERED
    yield _counted("supply", "streetlights", lights, sure, hung)
    yield _counted("feeder", "streetlights", lights, pl.col("on_feeder"))
    drawn = pl.col("lamp_w").is_not_null() | pl.col("mains_w").is_not_null()
    published = drawn & ~pl.col("mains_estimated").fill_null(value=False)
    yield _counted("wattage", "streetlights", lights, published, drawn)
    at_mains = pl.col("mains_w").is_not_null() & ~pl.col("mains_estimated").fill_null(value=False)
    drawn_there = pl.col("mains_w").is_not_null() | pl.col("mains_estimate_w").is_not_null()
    yield _counted("mains", "streetlights", lights, at_mains, drawn_there)
    yield _counted("on_street", "streetlights", lights, pl.col("on_street"))
    yield _watched("lamp_watched", "streetlights", lights.height, watched, _LAMP)


def _cabinets(read: Read, watched: pl.DataFrame, there: set[str]) -> Iterator[Share]:
    cabinets = read("cabinets").rows
    given = pl.col("plinth_m").is_not_null()
    yield _counted("plinth", "cabinets", cabinets, _plinth_known(), given)
    yield _counted("ground", "cabinets", cabinets, *_ground_known())
    yield _watched("cabinet_meter", "cabinets", cabinets.height, watched, _ENERGY)
    if "substations" in there:
        yield _filled("cabinet_supply", "cabinets", read, "supply_confidence")


def _buildings(buildings: pl.DataFrame, watched: pl.DataFrame) -> Iterator[Share]:
    followed = int(buildings["followed"].fill_null(value=False).sum())
    if followed:
        yield _watched("building_meter", "buildings", followed, watched, _ENERGY)


def _ground_known() -> tuple[pl.Expr, pl.Expr]:
    """Tell grounds of a register, and all that are sure enough to be compared with water."""
    error = pl.col("ground_error_m").fill_null(0)
    told = pl.col("ground_m_ngf").is_not_null()
    return told & (error == 0), told & (error <= SURE_GROUND_M)


def _plinth_known() -> pl.Expr:
    return (pl.col("plinth_m").is_not_null() & pl.col("plinth_source").is_in(_MEASURED)).fill_null(
        value=False
    )


def _counted(
    key: str, layer: str, rows: pl.DataFrame, known: pl.Expr, told: pl.Expr | None = None
) -> Share:
    """Count what is known, what is told besides, and the rest."""
    told = known if told is None else told
    sure, any_way = rows.select(
        known.fill_null(value=False).sum().alias("sure"),
        (known | told).fill_null(value=False).sum().alias("any"),
    ).row(0)
    return Share(key, layer, sure, any_way - sure, rows.height - any_way)


def _filled(key: str, layer: str, read: Read, column: str) -> Share:
    rows = read(layer).rows
    test = pl.col(column) if rows.schema[column] == pl.Boolean() else pl.col(column).is_not_null()
    return _counted(key, layer, rows, test)


def _watched(
    key: str, layer: str, whole: int, watched: pl.DataFrame, properties: tuple[str, ...]
) -> Share:
    """Count the things that at least one of some properties is measured of."""
    kind = layer.removesuffix("s")
    some = watched.filter(pl.col("kind") == kind, pl.col("property").is_in(properties))
    most = 0 if some.is_empty() else int(some.select(pl.col("things").max()).item())
    known = min(most, whole)
    return Share(key, layer, known, 0, whole - known)
