"""The city as the laws of incidents want it: supply, what surrounds it, and names for sentences."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import shapely

from twin.incidents.around import RADIUS_M, lights_around
from twin.incidents.common_cause import PRIOR
from twin.incidents.flood import Shapes, Sites
from twin.incidents.guesses import Guesses
from twin.incidents.surroundings import Radio, Surroundings
from twin.model.kinds import FEEDER, STREETLIGHT, SUPPLY_DEVICES
from twin.supply import Supply
from twin.supply.layout import longs
from twin.supply.ranges import Flags, Floats, Ints, Longs, Ragged

CABLED_RUNG = 1
"""Links up to this rung are cables of a register; further ones are guesses, never dual feeds."""


@dataclass(frozen=True)
class Names:
    """What things are called, so that a proof can be read without the store; lists by number.

    Attributes
    ----------
    device_kind, device_code, device_name, device_place : list of str
        By place.
    light_code : list of str
        By rank.
    gateway_code, gateway_name : list of str
        By row of ``surroundings.radio``; the id where the frame brings no code.
    street_slug, street_name : list of str
        By street number.
    """

    device_kind: list[str]
    device_code: list[str]
    device_name: list[str]
    device_place: list[str]
    light_code: list[str]
    gateway_code: list[str]
    gateway_name: list[str]
    street_slug: list[str]
    street_name: list[str]

    @cached_property
    def rank_of_code(self) -> dict[str, int]:
        """Rank of each light, by its code."""
        return {code: rank for rank, code in enumerate(self.light_code)}


@dataclass(frozen=True, slots=True)
class City:
    """A city laid out for assessment.

    Attributes
    ----------
    supply, surroundings, sites : Supply, Surroundings, Sites
        Network in preorder; what hangs on it; where devices stand, by place.
    device_confidence, device_rung : arrays (n)
        Of the link to the parent, by place.
    device_prior : float array (n)
        Probability that each fails on a night.
    light_confidence, light_rung : arrays (m)
        Of the link to the nearest device, by rank; 0 without one.
    guesses : Guesses
        All the possible devices of lights whose supply is a guess.
    light_mains_w : float array (m)
        Full power, gear included; NaN unknown. [W]
    programme : bool array (n)
        Devices that follow a calendar of their own.
    night_fed : bool array (n)
        Devices that are fed by night only: what hangs on them is silent by day, by design.
    off_from_s, off_to_s : float array (n)
        Local time of the night switch-off, NaN without or unknown. [s after midnight]
    street_length_cm : int64 array (k)
        -1 where not known. [cm]
    building_id, building_shape : arrays
        Footprints, EPSG:4326.
    hearers : Ragged
        For each sensor of ``surroundings.radio``, the gateways that hear it.
    sole_hearer : int32 array (s)
        The gateway of those that one alone hears; -1 for others.
    sensor_rank : int32 array (s)
        Rank of the light that each sensor controls; -1 for none.
    meter : bool array (s)
        Sensors that are the meter of a supply device.
    own_sensor : bool array (s)
        Sensors counted as such: neither the controller of a light nor the meter of a cabinet.
    names : Names
        For sentences.
    """

    supply: Supply
    surroundings: Surroundings
    sites: Sites
    device_confidence: Floats
    device_rung: Ints
    device_prior: Floats
    light_confidence: Floats
    light_rung: Ints
    guesses: Guesses
    light_mains_w: Floats
    programme: Flags
    night_fed: Flags
    off_from_s: Floats
    off_to_s: Floats
    street_length_cm: Longs
    building_id: Longs
    building_shape: Shapes
    hearers: Ragged
    sole_hearer: Ints
    sensor_rank: Ints
    meter: Flags
    own_sensor: Flags
    names: Names


@dataclass(frozen=True, slots=True)
class Frames:
    """What a city is made of: frames of ``twin.model.frames`` and a few more.

    Attributes
    ----------
    lights, devices : DataFrame
        ``LIGHTS`` and ``SUPPLY_DEVICES``.
    sections, stretches, streets, buildings, places, links : DataFrame or None
        ``SECTIONS``, ``STRETCHES``, ``STREETS``, ``BUILDINGS``, ``PLACES`` of any kind, and the
        ``LINKS`` of role ``supplies``.
    gateways : DataFrame or None
        ``gateway_id``, ``supply_id``, ``backup_h``, ``code``, ``name``.
    sensors : DataFrame or None
        ``sensor_id`` (the asset it observes), ``supply_id`` (null: battery, or not known),
        ``kind`` of that asset.
    hears : DataFrame or None
        ``gateway_id``, ``sensor_id``.
    programmes : DataFrame or None
        ``asset_id`` of a supply device, ``off_from_s``, ``off_to_s``: its night switch-off in
        local time. [s after midnight]
    """

    lights: pl.DataFrame
    devices: pl.DataFrame
    sections: pl.DataFrame | None = None
    stretches: pl.DataFrame | None = None
    streets: pl.DataFrame | None = None
    buildings: pl.DataFrame | None = None
    places: pl.DataFrame | None = None
    links: pl.DataFrame | None = None
    gateways: pl.DataFrame | None = None
    sensors: pl.DataFrame | None = None
    hears: pl.DataFrame | None = None
    programmes: pl.DataFrame | None = None


def lay_out(frames: Frames, supply: Supply | None = None) -> City:
    """Lay a city out; once for each version of its data.

    Parameters
    ----------
    supply : Supply, optional
        The network of these very frames, where it is laid out already (``twin.supply.edit``).
    """
    if supply is None:
        cables = _dual_feeds(frames.links, frames.devices)
        supply = Supply.from_frames(frames.devices, frames.lights, frames.sections, cables)
    devices = _in_order(frames.devices, supply.device_id)
    lights = _in_order(frames.lights, supply.light_id)
    surroundings = Surroundings.build(
        supply,
        frames.lights,
        stretches=frames.stretches,
        places=_around(frames.places, frames.lights),
        gateways=frames.gateways,
        sensors=frames.sensors,
        hears=frames.hears,
    )
    gateways = _gateways(surroundings.radio.gateway_id, frames.gateways)
    streets = _streets(surroundings.street_id, frames.streets)
    off_from, off_to = _programmes(supply, frames.programmes)
    buildings = frames.buildings if frames.buildings is not None else _NO_BUILDINGS
    return City(
        supply=supply,
        surroundings=surroundings,
        sites=Sites.of(devices),
        device_confidence=_floats(devices, "confidence", 1.0),
        device_rung=longs(devices, "rung", 0).astype(np.int32),
        device_prior=np.array(
            [PRIOR.get(kind, PRIOR[FEEDER]) for kind in devices["kind"].to_list()], np.float64
        ),
        light_confidence=_floats(lights, "link_confidence", 0.0),
        light_rung=longs(lights, "link_rung", 0).astype(np.int32),
        guesses=Guesses.of(frames.links, supply, longs(lights, "link_rung", 0).astype(np.int32)),
        light_mains_w=_floats(lights, "mains_w", np.nan),
        programme=(devices["regime"] == "programme").to_numpy(),
        night_fed=(devices["regime"] == "night").to_numpy(),
        off_from_s=off_from,
        off_to_s=off_to,
        street_length_cm=longs(streets, "length_cm"),
        building_id=longs(buildings, "asset_id"),
        building_shape=np.array(shapely.from_wkb(buildings["geom"].to_list()), object),
        hearers=(hearers := _hearers(surroundings.radio)),
        sole_hearer=_sole(hearers),
        sensor_rank=supply.rank_of(surroundings.radio.sensor_id),
        meter=supply.place_of(surroundings.radio.sensor_id) >= 0,
        own_sensor=_own_sensors(surroundings.radio.sensor_id, frames.sensors),
        names=_names(devices, lights, gateways, streets),
    )


def _names(
    devices: pl.DataFrame, lights: pl.DataFrame, gateways: pl.DataFrame, streets: pl.DataFrame
) -> Names:
    return Names(
        device_kind=devices["kind"].to_list(),
        device_code=devices["code"].to_list(),
        device_name=devices["name"].to_list(),
        device_place=devices["place"].to_list(),
        light_code=lights["code"].to_list(),
        gateway_code=gateways["code"].to_list(),
        gateway_name=gateways["name"].to_list(),
        street_slug=streets["slug"].to_list(),
        street_name=streets["name"].to_list(),
    )


_NO_BUILDINGS = pl.DataFrame(schema={"asset_id": pl.Int64, "geom": pl.Binary})


def _in_order(frame: pl.DataFrame, ids: Longs) -> pl.DataFrame:
    wanted = pl.DataFrame({"asset_id": ids}, schema={"asset_id": pl.Int64})
    return wanted.join(frame, on="asset_id", how="left", maintain_order="left")


def _floats(frame: pl.DataFrame, column: str, null: float) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), null)
    return frame[column].cast(pl.Float64).fill_null(null).to_numpy().copy()


def _dual_feeds(links: pl.DataFrame | None, devices: pl.DataFrame) -> pl.DataFrame | None:
    """Further cables between devices; a second guess at a parent is not a second feed."""
    if links is None:
        return None
    cables = links.filter(pl.col("rung") <= CABLED_RUNG)
    return cables.join(devices.select(child_id="asset_id"), on="child_id", how="semi")


def _around(places: pl.DataFrame | None, lights: pl.DataFrame) -> pl.DataFrame | None:
    if places is None:
        return None
    return lights_around(places.filter(pl.col("kind").is_in(list(RADIUS_M))), lights)


def _streets(ids: Longs, frame: pl.DataFrame | None) -> pl.DataFrame:
    wanted = pl.DataFrame({"street_id": ids}, schema={"street_id": pl.Int64})
    if frame is None:
        return wanted.with_columns(
            slug=pl.col("street_id").cast(pl.String), name=pl.lit(""), length_cm=pl.lit(None)
        )
    joined = wanted.join(frame, on="street_id", how="left", maintain_order="left")
    return joined.with_columns(
        slug=pl.col("slug").fill_null(pl.col("street_id").cast(pl.String)),
        name=pl.col("name").fill_null(""),
    )


def _gateways(ids: Longs, frame: pl.DataFrame | None) -> pl.DataFrame:
    wanted = pl.DataFrame({"gateway_id": ids}, schema={"gateway_id": pl.Int64})
    if frame is None or "code" not in frame.columns:
        return wanted.with_columns(code=pl.col("gateway_id").cast(pl.String), name=pl.lit(""))
    return wanted.join(frame, on="gateway_id", how="left", maintain_order="left")


def _hearers(radio: Radio) -> Ragged:
    gateway = np.repeat(np.arange(len(radio.hears), dtype=np.int32), radio.hears.lengths)
    return Ragged.group(radio.hears.values, gateway, len(radio.sensor_id))


def _sole(hearers: Ragged) -> Ints:
    sole = np.full(len(hearers), -1, np.int32)
    one = hearers.lengths == 1
    sole[one] = hearers.values[hearers.ptr[:-1][one]]
    return sole


def _own_sensors(ids: Longs, frame: pl.DataFrame | None) -> Flags:
    if frame is None or "kind" not in frame.columns:
        return np.ones(len(ids), np.bool_)
    others = frame.filter(~pl.col("kind").is_in([STREETLIGHT, *SUPPLY_DEVICES]))
    return np.isin(ids, longs(others, "sensor_id"))


def _programmes(supply: Supply, frame: pl.DataFrame | None) -> tuple[Floats, Floats]:
    """Night switch-off of each device, its own or that of the next device above that has one."""
    off_from, off_to = np.full(len(supply), np.nan), np.full(len(supply), np.nan)
    if frame is not None and len(frame):
        place = supply.place_of(longs(frame, "asset_id"))
        ours = place >= 0
        off_from[place[ours]] = _floats(frame, "off_from_s", np.nan)[ours]
        off_to[place[ours]] = _floats(frame, "off_to_s", np.nan)[ours]
    for places in supply.levels[1:]:
        parent = supply.parent[places]
        for off in (off_from, off_to):
            off[places] = np.where(np.isnan(off[places]), off[parent], off[places])
    return off_from, off_to
