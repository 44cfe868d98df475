"""A river rises over a town of a thousand cabinets: what one operator is shown in ten minutes.

What is true is made up here and kept from the laws; they hear lamps that report in turn, the last
words of one meter in three, gateways that go offline. A lamp burns out and a substation fails
elsewhere at the same time, so that not everything is the flood.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.twin.incidents.generated import Generated, generate
from tests.twin.incidents.town import EVENING, MINUTE, T, extent, flood, night
from twin.incidents.alarms import FLOOD, held_back
from twin.incidents.causes import Cause, causes
from twin.incidents.describe import describe
from twin.incidents.latch import Latch
from twin.incidents.light_states import OFF, ON
from twin.incidents.observed import Observed
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding, understand
from twin.incidents.wave import GATHERED, gather
from twin.model.kinds import CABINET
from twin.model.states import LightState

EVERY = 15 * MINUTE
RISE_M = 0.12
"""Water gains this much depth at the river's edge each minute."""


class Night:
    """The town, minute by minute."""

    def __init__(self, made: Generated, *, drawn: bool = True) -> None:
        self.made, self.city, self.drawn = made, made.city, drawn
        supply, names = self.city.supply, self.city.names
        kinds = np.array(names.device_kind)
        self.number = np.full(len(supply) + 1, -1)
        cabinets = np.flatnonzero(kinds == CABINET)
        self.number[cabinets] = [int(names.device_code[k][2:]) for k in cabinets]
        self.cabinet_place = np.empty(made.cabinets, np.int64)
        self.cabinet_place[self.number[cabinets]] = cabinets
        self.cabinet_of = self.number[supply.parent[supply.light_device]]
        dice = np.random.default_rng(3)
        self.turn = dice.integers(0, EVERY, len(supply.light_id))
        self.metered = dice.random(made.cabinets) < 0.33
        self.burnt = int(np.flatnonzero(self.cabinet_of == made.cabinets - 1)[0])
        self.dead_station = made.cabinets // 8 - 3
        self.out_at = np.full(made.cabinets, NEVER)
        self.latch = Latch.all_normal(len(supply))
        self.extents: list[object] = []
        self.shown: dict[str, Cause] = {}
        self.first_shown: set[str] = set()

    def minute(self, k: int) -> None:
        at = T + k * MINUTE
        depth = np.clip(RISE_M * k - (self.made.longitude - self.made.longitude.min()) * 40, 0, 2)
        wet = depth > 0
        drowned = depth > self.made.plinth_m
        station = np.arange(self.made.cabinets) // 8 == self.dead_station
        dead = drowned | (station & (k >= 2))
        self.out_at = np.where(dead & (self.out_at == NEVER), at - MINUTE // 2, self.out_at)
        edges = np.unique(self.made.longitude[wet])
        sheets = [
            (x - 0.001, x + 0.001, round(float(depth[self.made.longitude == x][0]), 2))
            for x in edges.tolist()
        ]
        if sheets and self.drawn:
            self.extents.append(extent(self.city, at, *sheets))
        now = EVENING + timedelta(minutes=k)
        observed = self.observed(at)
        floods = [flood(*self.extents)] if self.extents else []
        self.known: Understanding = understand(
            self.city, observed, floods, latch=self.latch, night=night(now)
        )
        self.latch, self.heard = self.known.latch, observed
        open_lamps = [c.number for c in self.shown.values() if c.kind == "lamp_failure"]
        open_events = [c.root_key for c in self.shown.values() if c.kind in GATHERED.values()]
        found = causes(self.city, observed, self.known, open_lamps)
        self.shown = {c.root_key: c for c in gather(found, open_events)}
        self.first_shown |= set(self.shown)

    def observed(self, at: int) -> Observed:
        """What has been heard by an instant: the last turn of each lamp while it had supply."""
        calm = Observed.silence(self.city)
        alive_until = np.where(self.out_at == NEVER, at, self.out_at)[self.cabinet_of]
        last = alive_until - (alive_until - self.turn) % EVERY
        burnt = np.arange(len(last)) == self.burnt
        gateway_cabinet = self.number[self.city.surroundings.radio.gateway_place]
        gone = self.out_at[gateway_cabinet] > NEVER
        told = self.metered & (self.out_at > NEVER)
        places = self.cabinet_place[told]
        supply, supply_at = calm.devices.supply.copy(), calm.devices.supply_at.copy()
        supply[places], supply_at[places] = 0, self.out_at[told]
        sensor_rank = self.city.supply.rank_of(self.city.surroundings.radio.sensor_id)
        return replace(
            calm,
            lights=replace(
                calm.lights,
                reported_at=last,
                reported=np.where(burnt, OFF, ON).astype(np.int8),
                ordered_level=np.full(len(last), 100.0),
                power_w=np.where(burnt, 0.5, 29.0),
                interval_s=np.full(len(last), 900.0),
            ),
            devices=replace(calm.devices, supply=supply, supply_at=supply_at),
            radio=replace(
                calm.radio,
                online=np.where(gone, 0, 1).astype(np.int8),
                online_at=np.where(gone, self.out_at[gateway_cabinet], at),
                seen_at=last[sensor_rank],
                interval_s=np.full(len(sensor_rank), 900.0),
            ),
        )


@pytest.fixture(scope="module", params=[True, False], ids=["drawn", "not drawn yet"])
def ten_minutes(request: pytest.FixtureRequest) -> Night:
    """With and without anybody who has recorded how far the water stands."""
    lived = Night(generate(1000), drawn=request.param)
    for k in range(11):
        lived.minute(k)
    return lived


def test_at_most_ten_cards_come_in_ten_minutes(ten_minutes: Night) -> None:
    lived = ten_minutes
    assert int((lived.out_at > NEVER).sum()) > 150
    assert len(lived.first_shown) <= FLOOD
    assert f"streetlight:{lived.city.names.light_code[lived.burnt]}" in lived.shown
    assert ("flood:crue-demo" in lived.shown) == lived.drawn


def test_none_of_them_is_false(ten_minutes: Night) -> None:
    """Whatever a card says is out, or silent, is so in truth."""
    lived = ten_minutes
    out = lived.out_at > NEVER
    for card in lived.shown.values():
        assert card.kind in {
            "flood", "cabinet_out", "area_out", "lamp_failure", "gateway_silent", "gateways_silent"
        }  # fmt: skip
        if card.kind == "lamp_failure":
            assert card.number == lived.burnt
        down = lived.number[lived.city.surroundings.radio.gateway_place[card.gateways]]
        assert out[down].all()
        told = lived.number[card.devices]
        told = told[told >= 0]
        sure = lived.city.sites.source[lived.cabinet_place[told]] == "measured"
        assert out[told][sure].all()


def test_nothing_is_hidden_and_the_count_is_shown(ten_minutes: Night) -> None:
    """All that is known to be out, dark or silenced hangs under a card, each thing once."""
    lived = ten_minutes
    cards = list(lived.shown.values())
    dark = np.flatnonzero(
        np.isin(lived.known.lights.state, [LightState.CONFIRMED_DARK, LightState.INFERRED_DARK])
    )
    under = np.concatenate([card.lights for card in cards])
    assert len(under) == len(np.unique(under))
    assert set(dark.tolist()) <= set(under.tolist())
    devices = np.concatenate([card.devices for card in cards])
    assert set(np.flatnonzero(lived.known.latch.out).tolist()) <= set(devices.tolist())
    silent = np.flatnonzero(lived.known.radio.down)
    assert len(silent) > 10
    assert set(silent.tolist()) <= set(np.concatenate([c.gateways for c in cards]).tolist())
    held = sum(
        held_back(describe(lived.city, lived.heard, lived.known, card)["headline"])
        for card in cards
    )
    assert held >= len(dark) + len(silent) + int(lived.known.latch.out.sum())
    assert held > 100 * len(lived.first_shown)
