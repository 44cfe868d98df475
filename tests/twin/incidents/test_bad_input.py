"""Bad input through the whole look: answers stay true, and what was set aside is said."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import shapely

from tests.twin.incidents.town import (
    A112,
    MINUTE,
    T,
    extent,
    flood,
    lit_town,
    look,
    ranks,
    tell,
    town_frames,
)
from twin.incidents.causes import causes
from twin.incidents.city import City, lay_out
from twin.incidents.light_states import OFF
from twin.incidents.sightings import Sightings, Witness
from twin.model.states import LightState


@pytest.fixture(scope="module")
def crooked() -> City:
    """The town, with two devices that feed each other and a light that nobody wired."""
    frames = town_frames()
    pair = frames.devices.filter(pl.col("asset_id").is_in([7, 8])).with_columns(
        asset_id=pl.Series([90, 91]), parent_id=pl.Series([91, 90]), code=pl.Series(["X", "Y"])
    )
    stray = frames.lights.head(2).with_columns(
        asset_id=pl.Series([130, 131]),
        idx=pl.Series([20, 21], dtype=frames.lights["idx"].dtype),
        code=pl.Series(["L-30", "L-31"]),
        supply_id=pl.Series([None, 90], dtype=pl.Int64),
    )
    return lay_out(
        replace(
            frames,
            devices=pl.concat([frames.devices, pair.cast(dict(frames.devices.schema))]),
            lights=pl.concat([frames.lights, stray.cast(dict(frames.lights.schema))]),
        )
    )


def test_a_cycle_and_an_unwired_light_are_reported_and_darken_nothing(crooked: City) -> None:
    assert crooked.supply.defects.cycles == ((90, 91),)
    assert crooked.supply.defects.unsupplied_lights == (130,)
    observed = lit_town(crooked)
    known = look(crooked, observed)
    assert set(known.lights.state) == {LightState.LIT}
    assert causes(crooked, observed, known) == []
    assert np.isfinite(known.diagnosed.posterior.dead).all()


def test_a_flood_drowns_its_cabinet_and_nothing_of_the_crooked_rest(crooked: City) -> None:
    water = flood(extent(crooked, T - 3 * MINUTE, (-0.551, -0.5495, 0.62)))
    known = look(crooked, lit_town(crooked), water)
    dark = crooked.supply.light_id[known.lights.state == LightState.INFERRED_DARK]
    assert sorted(dark.tolist()) == list(range(101, 111))


def test_water_outside_the_city_touches_nothing(crooked: City) -> None:
    known = look(crooked, lit_town(crooked), flood(extent(crooked, T, (12.0, 13.0, 3.0))))
    assert set(known.lights.state) == {LightState.LIT}


def test_a_self_crossing_sheet_covers_what_lies_in_its_lobes(crooked: City) -> None:
    # a bow tie whose western lobe holds A-112 and whose waist lies east of it
    tie = shapely.Polygon(
        [(-0.552, 47.44), (-0.552, 47.46), (-0.5488, 47.44), (-0.5488, 47.46), (-0.552, 47.44)]
    )
    assert not tie.is_valid
    depth = crooked.sites.depths(np.array([tie], object), np.array([0.5]))
    drowned = crooked.supply.device_id[np.nan_to_num(depth) > 0].tolist()
    assert A112 in drowned
    assert set(drowned) <= {A112, 3}


def test_a_report_from_1970_proves_nothing(crooked: City) -> None:
    observed = lit_town(crooked)
    old = replace(
        observed, lights=tell(observed.lights, ranks(crooked, 101), reported=OFF, reported_at=0)
    )
    known = look(crooked, old)
    assert LightState(known.lights.state[ranks(crooked, 101)[0]]) == LightState.SILENT
    assert causes(crooked, old, known) == []


def test_ten_thousand_false_reports_in_a_minute_open_nothing(crooked: City) -> None:
    random = np.random.default_rng(3)
    k = 10_000
    storm = Sightings(
        light=random.integers(-5, len(crooked.supply.light_id) + 5, k),
        dark=np.ones(k, np.bool_),
        at=T - random.integers(0, 60, k) * 10**6,
        witness=np.full(k, Witness.RESIDENT, np.uint8),
        reporter=np.arange(k),
    )
    observed = replace(lit_town(crooked), sightings=storm)
    known = look(crooked, observed)
    witnessed = known.diagnosed.clues.witnessed
    assert witnessed.counted + sum(witnessed.set_aside.values()) == k
    assert witnessed.set_aside["unknown"] > 0
    assert causes(crooked, observed, known) == []
    assert set(known.lights.state) == {LightState.LIT}
    assert known.diagnosed.posterior.dead.max() < 0.01
