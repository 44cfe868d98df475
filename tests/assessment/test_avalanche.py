"""A flood of the demonstration town, lived message by message: what one operator is shown.

The simulated town publishes, the product imports, receives, decodes, understands; the simulation's
own truth then tells which cards are false and what is hidden.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from control_center.assessment import Assessor
from control_center.importing import import_folder
from ingest.message import Message
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from simulators.city import City
from simulators.events import FLOOD_TOPIC
from simulators.flood import flood_of
from simulators.simulation import Simulation
from simulators.testing import TINY_NOW, tiny_city, tiny_folder
from tests.support.databases import fresh_database
from twin.clock import VirtualClock
from twin.incidents.alarms import FLOOD, held_back
from twin.model.states import LightState
from twin.store.database import Database
from twin.store.incident_writer import NewExtent, record_extent
from twin.store.incidents import Incident, IncidentReader

LIGHTS, LEVEL_M = 700, 5.4
WARM_UP = timedelta(minutes=20)
FIRST = timedelta(minutes=10)


class Lived:
    """The town after the first ten minutes of its flood."""

    def __init__(self, database: Database, city: City) -> None:
        self.database, self.city = database, city
        self.clock = VirtualClock(TINY_NOW)
        self.reader = IncidentReader(database)
        self.shown: dict[str, Incident] = {}
        self._simulation = Simulation(city, TINY_NOW)
        self._pipeline = Pipeline(database, IngestSettings())
        self._assessor = Assessor(database, self.clock)
        self._live(WARM_UP)
        self.before = {one.code for one in self.reader.open_incidents()}
        self.began = self.clock.now()
        self._flood()
        self._live(FIRST)
        self._pipeline.close()

    def _live(self, span: timedelta) -> None:
        for _ in range(int(span / timedelta(minutes=1))):
            self.clock.advance(60)
            said = list(self._simulation.step(self.clock.now()))
            heard = [Message(each.topic, each.payload, each.at + 200_000, 1) for each in said]
            if heard:
                self._pipeline.take(heard)
            self._assessor.assess()
            self.shown |= {one.code: one for one in self.reader.open_incidents()}

    def _flood(self) -> None:
        water = flood_of(self.city.truth["seed"], LIGHTS, LEVEL_M)
        self._simulation.receive(FLOOD_TOPIC, json.dumps(water).encode())
        polygons = [
            (shapely.to_wkb(shapely.from_geojson(json.dumps(each["geometry"]))),
             each["properties"]["depth_m"])
            for each in water["features"]
        ]  # fmt: skip
        with self.database.connection() as connection:
            record_extent(
                connection,
                NewExtent("crue", "Crue", "exercice", True, self.began, self.began, "crue.geojson",
                          "ab", polygons),
            )  # fmt: skip
        self._assessor.assess()

    @property
    def tripped(self) -> set[str]:
        """Cabinets that are out in truth."""
        return set(self._simulation.snapshot()["tripped"])


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tiny_folder(tmp_path_factory.mktemp("town"), history=False, lights=LIGHTS)
    city = tiny_city(history=False, lights=LIGHTS)
    with fresh_database() as database:
        home: Path = tmp_path_factory.mktemp("home")
        import_folder(database, folder, clock=VirtualClock(TINY_NOW), home=home)
        yield Lived(database, city)


def test_at_most_ten_cards_come_in_the_first_ten_minutes(lived: Lived) -> None:
    new = [one for one in lived.shown.values() if one.code not in lived.before]
    assert 1 <= len(new) <= FLOOD
    assert [one.kind for one in new].count("flood") == 1
    held = sum(held_back(one.headline) for one in new)
    assert held > 10 * FLOOD  # without cards: an avalanche


def test_none_of_them_is_false(lived: Lived) -> None:
    faults = lived.city.truth["faults"]
    for one in lived.shown.values():
        code = one.root["code"]
        match one.kind:
            case "flood":
                out = {each["code"] for each in lived.reader.proof(one.code)["devices"]}
                known = {each for each in out if each in lived.tripped}
                assert known, "a flood that put nothing out"
                assert out <= lived.tripped, "said to be out, and supplied in truth"
            case "lamp_failure":
                assert code in faults["burnt_lamps"]
            case "low_voltage":
                assert code == faults["low_voltage"]["cabinet"]
            case "gateway_silent":
                assert code == faults["gateway"]["code"]
            case other:
                pytest.fail(f"{other} {code}: nothing of the kind happened")


def test_nothing_is_hidden(lived: Lived) -> None:
    """Every cabinet that is out and every light that is dark hangs under a card, and is counted."""
    flood = next(one for one in lived.reader.open_incidents() if one.kind == "flood")
    out = {each["code"] for each in lived.reader.proof(flood.code)["devices"]}
    assert lived.tripped <= out
    states = lived.reader.light_states()
    dark = states.filter(
        pl.col("state").is_in([LightState.CONFIRMED_DARK, LightState.INFERRED_DARK])
    )
    under = np.concatenate(
        [
            lived.reader.assets(one.code).filter(pl.col("role") == "light")["asset_id"].to_numpy()
            for one in lived.reader.open_incidents()
        ]
    )
    assert set(dark["asset_id"].to_list()) <= set(under.tolist())
    assert flood.headline["lights"] == len(
        lived.reader.assets(flood.code).filter(pl.col("role") == "light")
    )
