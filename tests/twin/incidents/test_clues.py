"""All evidence together on the hand-made town: what each piece does to the posterior."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.twin.incidents.town import (
    A112,
    A113,
    D1,
    D4,
    GATEWAY,
    LEVEL_PROBE,
    MINUTE,
    T,
    extent,
    flood,
    lit_town,
    look,
    night,
    place,
    ranks,
    tell,
    town,
)
from twin.incidents.causes import causes
from twin.incidents.city import City
from twin.incidents.latch import Latch
from twin.incidents.light_states import OFF
from twin.incidents.observed import Observed
from twin.incidents.sightings import Sightings, Witness
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding, understand
from twin.model.states import LightState


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def dead(city: City, known: Understanding, device: int) -> float:
    return float(known.diagnosed.posterior.dead[place(city, device)])


def silent(city: City, observed: Observed, lights: Any, minutes: int) -> Observed:
    """Some lights were last heard so long ago."""
    at = T - minutes * MINUTE
    rows = np.isin(city.surroundings.radio.sensor_id, list(lights))
    rank = ranks(city, *lights)
    return replace(
        observed,
        lights=tell(observed.lights, rank[rank >= 0], reported_at=at),
        radio=tell(observed.radio, rows, seen_at=at),
    )


def calls(city: City, *lights: int, witness: Witness = Witness.RESIDENT) -> Sightings:
    k = len(lights)
    return Sightings(
        light=ranks(city, *lights).astype(np.int64),
        dark=np.ones(k, np.bool_),
        at=np.full(k, T - MINUTE),
        witness=np.full(k, witness, np.uint8),
        reporter=np.arange(k),
    )


D1_LIGHTS = range(101, 107)


def test_a_feeder_silent_beside_heard_neighbours_is_in_doubt_but_silence_accuses_nobody(
    city: City,
) -> None:
    observed = silent(city, lit_town(city), D1_LIGHTS, 60)
    known = look(city, observed)
    assert dead(city, known, D1) > 0.9
    assert dead(city, known, D4) < 0.001
    rows = ranks(city, *D1_LIGHTS)
    assert set(known.lights.state[rows]) == {LightState.SILENT}
    assert known.lights.probability[rows].min() > 0.85  # said with the silence, not instead of it
    assert known.diagnosed.gateway_down.max() < 0.01
    assert causes(city, observed, known) == []


def test_silence_counts_only_from_when_our_door_was_open(city: City) -> None:
    observed = silent(city, lit_town(city), D1_LIGHTS, 60)
    known = understand(
        city,
        observed,
        [],
        latch=Latch.all_normal(len(city.supply)),
        night=night(),
        listening_since=T - 5 * MINUTE,
    )
    assert dead(city, known, D1) < 0.01


def test_all_silent_together_accuse_their_gateway(city: City) -> None:
    observed = silent(city, lit_town(city), range(101, 121), 60)
    observed = replace(observed, radio=tell(observed.radio, slice(None), seen_at=T - 60 * MINUTE))
    known = look(city, observed)
    assert known.diagnosed.gateway_down[0] > 0.5
    assert known.diagnosed.posterior.dead[[place(city, A112), place(city, D1)]].max() < 0.5


def test_a_call_on_a_silent_feeder_opens_an_incident(city: City) -> None:
    observed = silent(city, lit_town(city), D1_LIGHTS, 60)
    observed = replace(observed, sightings=calls(city, 102))
    known = look(city, observed)
    (cause,) = causes(city, observed, known)
    assert (cause.kind, cause.root_key) == ("feeder_out", "feeder:D1")
    assert cause.opened_at == T - MINUTE
    states = known.lights.state[ranks(city, *D1_LIGHTS)]
    assert set(states) == {LightState.INFERRED_DARK}


def test_calls_alone_about_lights_seen_lit_move_nothing(city: City) -> None:
    observed = replace(lit_town(city), sightings=calls(city, *D1_LIGHTS))
    known = look(city, observed)
    assert dead(city, known, D1) < 0.001
    assert causes(city, observed, known) == []


def test_a_camera_that_sees_a_silent_street_dark_tells_more_than_a_call(city: City) -> None:
    def doubt(witness: Witness) -> float:
        observed = silent(city, lit_town(city), [101], 60)
        seen = calls(city, 101, witness=witness)
        return dead(city, look(city, replace(observed, sightings=seen)), D1)

    assert doubt(Witness.CAMERA) > doubt(Witness.RESIDENT)


def test_water_is_the_prior_and_a_light_seen_lit_in_it_speaks_against(city: City) -> None:
    start = T - 10 * MINUTE
    water = flood(extent(city, start, (-0.551, -0.5495, 0.62)))
    before = silent(city, lit_town(city), [*range(101, 121), LEVEL_PROBE], 11)  # before the water
    assert dead(city, look(city, before, water), A112) == pytest.approx(0.95, abs=0.01)
    heard = replace(
        before,
        lights=tell(before.lights, ranks(city, 101), reported_at=T - 2 * MINUTE),
    )
    assert dead(city, look(city, heard, water), A112) < 0.6


def test_a_meter_outweighs_water(city: City) -> None:
    water = flood(extent(city, T - 10 * MINUTE, (-0.551, -0.5495, 0.62)))
    observed = lit_town(city)
    metered = replace(
        observed,
        devices=tell(
            observed.devices,
            place(city, A112),
            supply=1,
            supply_at=T - MINUTE,
            interval_s=900.0,
        ),
    )
    assert dead(city, look(city, metered, water), A112) < 0.05
    absent = replace(
        observed,
        devices=tell(observed.devices, place(city, A113), supply=0, supply_at=T - MINUTE),
    )
    assert dead(city, look(city, absent), A113) > 0.3


def test_an_offline_gateway_excuses_the_sensors_that_it_alone_hears(city: City) -> None:
    observed = silent(city, lit_town(city), range(101, 121), 60)
    observed = replace(
        observed,
        radio=replace(
            tell(observed.radio, slice(None), seen_at=T - 60 * MINUTE),
            online=np.zeros(1, np.int8),
            online_at=np.array([T - 58 * MINUTE]),
        ),
    )
    known = look(city, observed)
    assert known.diagnosed.gateway_down[0] > 0.9
    assert known.diagnosed.posterior.dead[place(city, D1)] < 0.2
    assert city.surroundings.radio.gateway_id.tolist() == [GATEWAY]


def test_lights_seen_out_are_not_counted_twice_once_they_are_latched(city: City) -> None:
    observed = lit_town(city)
    out = replace(observed, lights=tell(observed.lights, ranks(city, *D1_LIGHTS), reported=OFF))
    first = look(city, out)
    again = look(city, out, latch=first.latch)
    assert dead(city, again, D1) == pytest.approx(dead(city, first, D1))
    fallen = silent(city, out, D1_LIGHTS, 300)
    assert (fallen.lights.reported_at[ranks(city, 101)] > NEVER).all()
    later = look(city, fallen, latch=first.latch)  # they fell silent: the outage is remembered
    assert dead(city, later, D1) > 0.9
