"""Readings, daily weather, saving actions and outages up to the present."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from simulators.city.history.buildings import BuildingLoad, building_energy, plan_building_works
from simulators.city.history.cabinets import cabinet_energy, plan_works
from simulators.city.history.calendar import Calendar
from simulators.city.history.outages import past_outages
from simulators.city.history.series import Works
from simulators.city.layers.devices import STATION
from simulators.city.layers.supply import cabinet_load
from simulators.city.model import LayerData
from simulators.city.plan import Floats, stream
from simulators.city.town import Town
from simulators.weather import HISTORY_DAYS, Climate


@dataclass(frozen=True, slots=True)
class _Series:
    """Daily energy of things of one kind."""

    kind: str
    codes: list[str]
    energy: Floats  # (days, things) [kWh]


def cabinet_works(town: Town) -> list[Works]:
    """Return the works on lighting cabinets within the history."""
    rng = stream(town.seed, "cabinet_works")
    return plan_works(rng, town.regime.led, cabinet_load(town), HISTORY_DAYS)


def renewals(works: list[Works], today: date) -> dict[int, date]:
    """Return the last day of the renewal of each cabinet that was renewed within the history."""
    first = today - timedelta(days=HISTORY_DAYS)
    return {w.subject: first + timedelta(days=w.last) for w in works if w.code == "led"}


def history_layers(
    town: Town, climate: Climate, today: date, layers: dict[str, LayerData], works: list[Works]
) -> dict[str, LayerData]:
    """Return readings, daily_weather and saving_actions of the days before ``today``."""
    when = Calendar.before(today, HISTORY_DAYS, climate.latitude, climate.longitude)
    cabinets = _cabinets(town, when, works)
    buildings, building_works = _buildings(town, when, climate, layers)
    actions = _actions(when, cabinets, works) + _actions(when, buildings, building_works)
    return {
        "readings": LayerData(pl.concat([_readings(when, s) for s in (cabinets, buildings)])),
        "daily_weather": LayerData(_daily_weather(when, climate)),
        "saving_actions": LayerData(pl.DataFrame(actions, infer_schema_length=None)),
    }


def outage_layer(town: Town, today: date, layers: dict[str, LayerData]) -> LayerData:
    """Return the outages of the years before ``today``."""
    roots = {
        kind: layers[name].frame["code"].to_list()
        for kind, name in (
            ("streetlight", "streetlights"),
            ("feeder", "feeders"),
            ("cabinet", "cabinets"),
            ("substation", "substations"),
        )
    }
    return LayerData(past_outages(stream(town.seed, "outages"), roots, today))


def _cabinets(town: Town, when: Calendar, works: list[Works]) -> _Series:
    rng = stream(town.seed, "cabinet_energy")
    energy = cabinet_energy(rng, when, cabinet_load(town), works)
    return _Series(
        "cabinet", [town.supply.cabinet_code(k) for k in range(len(town.supply.uv))], energy
    )


def _buildings(
    town: Town, when: Calendar, climate: Climate, layers: dict[str, LayerData]
) -> tuple[_Series, list[Works]]:
    followed = layers["buildings"].frame.filter("followed")
    rng = stream(town.seed, "building_load")
    load = BuildingLoad(
        use=followed["use"].to_list(),
        floor_m2=followed["floor_area_m2"].to_numpy(),
        balance_c=np.round(rng.uniform(13.5, 17.0, len(followed)), 1),
    )
    works = plan_building_works(stream(town.seed, "building_works"), load, len(when.days))
    rng = stream(town.seed, "building_energy")
    energy = building_energy(rng, when, climate, load, works)
    return _Series("building", followed["code"].to_list(), energy), works


def _readings(when: Calendar, series: _Series) -> pl.DataFrame:
    """Long rows, thing by thing, without those that were lost."""
    days, things = series.energy.shape
    return pl.DataFrame(
        {
            "asset_kind": series.kind,
            "asset_code": np.repeat(series.codes, days),
            "property": "daily_energy",
            "measured_at": pl.Series(np.tile(when.starts, things)).dt.replace_time_zone("UTC"),
            "value": series.energy.T.ravel(),
        }
    ).filter(pl.col("value").is_not_nan())


def _daily_weather(when: Calendar, climate: Climate) -> pl.DataFrame:
    past = slice(0, len(when.days))
    return pl.DataFrame(
        {
            "station": STATION,
            "day": when.days,
            "t_min_c": climate.t_min[past],
            "t_max_c": climate.t_max[past],
            "t_mean_c": np.round(climate.t_mean[past], 2),
            "rh_min": climate.rh_min[past],
            "rh_max": climate.rh_max[past],
            "wind_2m_m_s": climate.wind[past],
            "radiation_mj_m2": climate.radiation[past],
            "rain_mm": climate.rain[past],
            "hours": 24,
        }
    )


def _actions(when: Calendar, series: _Series, works: list[Works]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for work in sorted(works, key=lambda w: (w.subject, w.first, w.code)):
        first, last = work.dates(when.days)
        rows.append(
            {
                "asset_kind": series.kind,
                "asset_code": series.codes[work.subject],
                "code": work.code,
                "title": work.title,
                "works_from": first,
                "works_to": last,
                "planned_kwh": work.planned_kwh,
                "cost_eur": work.cost_eur,
            }
        )
    return rows
