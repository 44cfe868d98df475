"""Recorded causes as the store holds them, each laid over the city once."""

from datetime import datetime

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.incidents.declared import Declared
from twin.incidents.put_out import by_cut
from twin.incidents.times import micros
from twin.model.kinds import FEEDER
from twin.model.states import CauseKind
from twin.store.declared import standing_causes
from twin.supply.ranges import Longs

_NONE = np.empty(0, np.int64)


class CauseSource:
    """Hands out the causes that hold, and those over whose devices are not back yet.

    Parameters
    ----------
    city : City
        What they are laid over.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        kinds = np.array(city.names.device_kind, np.str_)
        self._delivered = kinds != FEEDER
        self._laid: dict[int, tuple[Longs, Longs]] = {}

    def read(self, connection: Connection[TupleRow], at: datetime) -> list[Declared]:
        """Return the causes that matter at an instant, the first recorded first."""
        rows = standing_causes(connection, at)
        self._laid = {
            row.id: self._laid.get(row.id) or self._lay(CauseKind(row.kind), row.area, row.assets)
            for row in rows
        }
        return [
            Declared(
                code=row.code,
                kind=CauseKind(row.kind),
                title=row.title,
                reference=row.reference,
                starts_at=micros(row.starts_at),
                until=micros(row.until),
                ended_at=micros(row.ended_at),
                withdrawn_at=micros(row.withdrawn_at),
                until_before=micros(row.until_before),
                devices=self._laid[row.id][0],
                lights=self._laid[row.id][1],
            )
            for row in rows
        ]

    def _lay(self, kind: CauseKind, area: bytes | None, assets: list[int]) -> tuple[Longs, Longs]:
        """Return the places of the devices that a cause puts out, and the lights it explains."""
        supply = self._city.supply
        ids = np.array(assets, np.int64)
        place = supply.place_of(ids)
        devices = np.unique(place[place >= 0]).astype(np.int64)
        if area is not None:
            zone = by_cut(self._city.sites, np.array([shapely.from_wkb(area)], object)).place
            devices = np.union1d(devices, zone[self._delivered[zone]])
        if kind is not CauseKind.WORKS_ORDER:
            return devices, _NONE
        below = [np.arange(supply.first_light[k], supply.last_light[k]) for k in devices.tolist()]
        return devices, np.unique(np.concatenate([_NONE, *below, *map(self._lights, assets)]))

    def _lights(self, asset: int) -> Longs:
        """Ranks of a light, or of the lights along a street."""
        city, ids = self._city, np.array([asset])
        rank = int(city.supply.rank_of(ids)[0])
        if rank >= 0:
            return np.array([rank])
        streets = city.surroundings.street_id
        street = int(np.searchsorted(streets, asset))
        if street < len(streets) and streets[street] == asset:
            return np.flatnonzero(city.surroundings.street_of_light == street)
        return _NONE
