"""Gateways by all evidence: dead, without supply, asleep by design; and what they explain."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.twin.incidents.town import (
    A112,
    A114,
    EVENING,
    GATEWAY,
    MINUTE,
    NOON,
    SOIL_PROBE,
    T,
    extent,
    flood,
    lit_town,
    look,
    night,
    place,
    tell,
    town,
    town_frames,
)
from twin.incidents.causes import causes
from twin.incidents.city import City, lay_out
from twin.incidents.latch import NO_POWER, TRIPPED, Latch
from twin.incidents.observed import Observed
from twin.incidents.silence import Hearing, Reason
from twin.incidents.times import micros
from twin.incidents.understanding import Understanding, understand

SECOND_GATEWAY = 41


@pytest.fixture(scope="module")
def city() -> City:
    return town()


@pytest.fixture(scope="module")
def two_gateways() -> City:
    """The town with a second gateway, on a battery, that hears what A-114 feeds."""
    frames = town_frames()
    assert frames.gateways is not None
    assert frames.hears is not None
    other = pl.DataFrame(
        {"gateway_id": [SECOND_GATEWAY], "supply_id": [None], "backup_h": [None],
         "code": ["G-4"], "name": ["Mairie"]},
        schema=frames.gateways.schema,
    )  # fmt: skip
    heard = pl.DataFrame({"gateway_id": [SECOND_GATEWAY] * 6, "sensor_id": range(115, 121)})
    return lay_out(
        replace(
            frames,
            gateways=pl.concat([frames.gateways, other]),
            hears=pl.concat([frames.hears, heard]),
        )
    )


def rows(city: City, sensors: Iterable[int]) -> np.ndarray:
    return np.flatnonzero(np.isin(city.surroundings.radio.sensor_id, list(sensors)))


def unheard(city: City, sensors: Iterable[int], minutes: float = 60) -> Observed:
    observed = lit_town(city)
    at = T - round(minutes * MINUTE)
    lights = np.flatnonzero(np.isin(city.supply.light_id, list(sensors)))
    return replace(
        observed,
        lights=tell(observed.lights, lights, reported_at=at),
        radio=tell(observed.radio, rows(city, sensors), seen_at=at),
    )


def gateway(city: City, known: Understanding, code: str = "G-3") -> tuple[float, bool]:
    row = city.names.gateway_code.index(code)
    return float(known.radio.p_down[row]), bool(known.radio.down[row])


EVERYBODY = [*range(101, 121), 50, 51]


def test_one_missed_message_each_from_twenty_two_is_conclusive(city: City) -> None:
    p, down = gateway(city, look(city, unheard(city, EVERYBODY, 19)))
    assert p > 0.95
    assert down


def test_a_few_that_fell_silent_by_themselves_do_not_accuse_it(city: City) -> None:
    p, down = gateway(city, look(city, unheard(city, [101, 111, 115], 60)))
    assert p < 0.01
    assert not down


def test_what_another_gateway_hears_acquits_nobody_and_what_it_no_longer_hears_accuses_it(
    two_gateways: City,
) -> None:
    """The AND of radio: six sensors are heard by both, sixteen by the first alone."""
    only_first = [*range(101, 115), 50, 51]
    known = look(two_gateways, unheard(two_gateways, only_first))
    assert gateway(two_gateways, known)[0] > 0.95  # the six others still come by the second
    assert gateway(two_gateways, known, "G-4")[0] < 0.01
    excused = known.radio.heard.reason[rows(two_gateways, only_first)]
    assert set(excused.tolist()) == {Reason.GATEWAYS}
    assert set(known.radio.hearing[rows(two_gateways, range(115, 121))].tolist()) == {
        Hearing.REPORTING
    }
    (cause,) = causes(two_gateways, unheard(two_gateways, only_first), known)
    assert cause.root_key == "gateway:G-3"


def test_nobody_heard_since_our_door_opened_accuses_nobody(city: City) -> None:
    observed = unheard(city, EVERYBODY)
    known = look(city, observed)
    assert gateway(city, known)[1]
    latch = Latch.all_normal(len(city.supply))
    closed = understand(
        city, observed, [], latch=latch, night=night(), listening_since=T - 5 * MINUTE
    )
    assert not gateway(city, closed)[1]
    assert set(closed.radio.heard.reason.tolist()) == {Reason.OUR_DOOR}


def test_a_gateway_in_a_drowned_cabinet_rings_no_second_card(city: City) -> None:
    water = flood(extent(city, T - 20 * MINUTE, (-0.5485, -0.5475, 0.9)))
    observed = unheard(city, EVERYBODY, 25)
    observed = replace(
        observed, radio=replace(observed.radio, online=np.zeros(1, np.int8),
                                online_at=np.array([T - 19 * MINUTE])),
    )  # fmt: skip
    known = look(city, observed, water)
    assert gateway(city, known)[1]
    assert known.radio.unpowered.tolist() == [True]
    (cause,) = causes(city, observed, known)
    assert (cause.kind, cause.gateways.tolist()) == ("flood", [0])
    assert SOIL_PROBE in city.surroundings.radio.sensor_id[cause.silenced]


def test_a_battery_that_did_not_last_as_said_still_belongs_to_the_cabinet(city: City) -> None:
    frames = town_frames()
    assert frames.gateways is not None
    lasting = lay_out(replace(frames, gateways=frames.gateways.with_columns(backup_h=pl.lit(8.0))))
    at = place(lasting, A114)
    latch = Latch.all_normal(len(lasting.supply))
    latch.state[at], latch.reason[at] = TRIPPED, NO_POWER
    latch.since[at], latch.probability[at] = T - 50 * MINUTE, 0.99
    alive = look(lasting, lit_town(lasting), latch=latch)
    assert alive.radio.unpowered.tolist() == [False]  # its battery carries it
    known = look(lasting, unheard(lasting, EVERYBODY, 45), latch=latch)
    assert known.radio.unpowered.tolist() == [True]
    assert [cause.kind for cause in causes(lasting, unheard(lasting, EVERYBODY, 45), known)] == [
        "cabinet_out"
    ]


def test_what_hangs_on_a_night_feeder_sleeps_by_day_and_rings_for_nobody() -> None:
    frames = town_frames()
    asleep = lay_out(replace(frames, devices=frames.devices.with_columns(regime=pl.lit("night"))))
    noon = micros(NOON)
    observed = lit_town(asleep, noon - 5 * 60 * MINUTE)
    by_day = look(asleep, observed, at=NOON)
    assert set(by_day.radio.heard.reason.tolist()) == {Reason.SCHEDULE}
    assert causes(asleep, observed, by_day) == []
    dusk = look(asleep, observed, at=EVENING.replace(hour=16, minute=50))
    assert dusk.night.dark
    assert set(dusk.radio.hearing.tolist()) == {Hearing.RECOVERING}
    assert causes(asleep, observed, dusk) == []
    later = look(asleep, observed, at=EVENING)
    assert [cause.kind for cause in causes(asleep, observed, later)] == ["gateway_silent"]


def test_a_sensor_below_a_dead_cabinet_is_explained_by_its_supply(city: City) -> None:
    observed = unheard(city, range(101, 111), 40)
    observed = replace(
        observed,
        devices=tell(observed.devices, place(city, A112), supply=0, supply_at=T - 38 * MINUTE),
    )
    known = look(city, observed)
    told = known.radio.heard
    below = rows(city, range(101, 111))
    assert set(told.reason[below].tolist()) == {Reason.SUPPLY}
    assert set(told.since[below].tolist()) == {T - 38 * MINUTE}
    assert city.surroundings.radio.gateway_id.tolist() == [GATEWAY]
