"""Zones without power: what stands in one, and those that were declared, as words and as shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from control_center.catalogue import Texts
from control_center.live.geography import Geography
from control_center.moments import Moments
from twin.incidents.city import City
from twin.incidents.put_out import by_cut
from twin.model.kinds import FEEDER
from twin.store.database import Database
from twin.store.declared import CauseReader, RecordedCause

OVER_FOR: Final = timedelta(hours=2)
"""How long a zone is still shown after its cut has ended."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands in an area, and what goes dark when its power is cut.

    Attributes
    ----------
    cabinets, substations : list of str
        Codes of those that stand in it, or on its edge.
    fed : int
        Lights that they feed, wherever these stand.
    standing : int
        Lights that stand in it.
    elsewhere : int
        Of those, the lights that nothing in it feeds: they stay lit.
    """

    cabinets: list[str]
    substations: list[str]
    fed: int
    standing: int
    elsewhere: int


def inside(area: BaseGeometry, city: City, geography: Geography) -> Inside:
    """Return what stands in an area, by the rule that puts a zone out.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        EPSG:4326.
    """
    kinds, codes = np.array(city.names.device_kind), city.names.device_code
    place = by_cut(city.sites, np.array([area], object)).place
    place = place[kinds[place] != FEEDER]
    supply = city.supply
    ranks = [np.arange(supply.first_light[k], supply.last_light[k]) for k in place.tolist()]
    fed = supply.light_id[np.unique(np.concatenate([np.empty(0, np.int64), *ranks]))]
    west, south, east, north = area.bounds
    lights = geography.lights.filter(
        pl.col("longitude").is_between(west, east), pl.col("latitude").is_between(south, north)
    )
    points = shapely.points(lights.select("longitude", "latitude").to_numpy())
    shapely.prepare(area)
    standing = lights.filter(pl.Series(shapely.intersects(area, points)))["asset_id"].to_numpy()

    def named(kind: str) -> list[str]:
        return sorted(codes[k] for k in place.tolist() if kinds[k] == kind)

    return Inside(
        cabinets=named("cabinet"),
        substations=named("substation"),
        fed=len(fed),
        standing=len(standing),
        elsewhere=len(np.setdiff1d(standing, fed)),
    )


@dataclass(frozen=True, slots=True)
class Zone:
    """One declared zone.

    Attributes
    ----------
    state : {'to_come', 'holds', 'over'}
        Where its cut stands.
    label : str
        In a few words, for the map.
    words : str
        The whole line, for the legend.
    """

    code: str
    state: str
    label: str
    words: str
    shape: BaseGeometry


def zones(database: Database, moments: Moments) -> list[Zone]:
    """Return the zones of the cuts that hold, are to come or have just ended, as known then."""
    found = CauseReader(database).known_at(moments.now, OVER_FOR)
    return list(_zones(found, moments))


def _zones(causes: Iterable[RecordedCause], moments: Moments) -> Iterable[Zone]:
    texts = moments.texts
    for one in causes:
        if one.area is None:
            continue
        state = one.state(moments.now)
        label = texts.plain(f"zone.label.{state}", **_when(one, moments))
        yield Zone(
            code=one.code,
            state=state,
            label=label,
            words=texts.plain("zone.words", label=label, reference=one.reference or None),
            shape=shapely.from_wkb(one.area),
        )


def _when(one: RecordedCause, moments: Moments) -> dict[str, str | None]:
    over = one.ended_at or one.until
    until = None if one.until is None else moments.until(one.until)
    return {
        "at": moments.at(one.starts_at),
        "until": until if one.moved != "extended" else None,
        "extended": until if one.moved == "extended" else None,
        "since": None if over is None else moments.since(over),
    }


def inside_words(found: Inside, texts: Texts) -> str:
    """Say what an area puts out, in one sentence."""
    if not found.cabinets and not found.substations:
        return texts.plain("zone.nothing")
    return texts.plain(
        "zone.answer",
        cabinets=texts.plural("count.cabinets", len(found.cabinets)),
        substations=texts.plural("count.substations", len(found.substations))
        if found.substations
        else None,
        lights=texts.plural("count.lights", found.fed),
    )
