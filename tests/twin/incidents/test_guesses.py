"""Guessed wiring in what is said of lights: a probability, never a certainty."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.twin.incidents.town import (
    A112,
    A113,
    A114,
    MINUTE,
    T,
    lit_town,
    look,
    place,
    ranks,
    tell,
    town_frames,
)
from twin.incidents.city import City, lay_out
from twin.incidents.observed import Observed
from twin.incidents.understanding import Understanding
from twin.model import frames
from twin.model.states import LightState

GUESSED = 107  # on the register it hangs on D2, below A-112


def town_with(*guesses: tuple[int, float], rung: int = 3) -> City:
    """The town, where nobody wrote on what one light hangs: possible cabinets, likeliest first."""
    plain = town_frames()
    best, chance = guesses[0]
    it = pl.col("asset_id") == GUESSED
    lights = plain.lights.with_columns(
        pl.when(it).then(best).otherwise("supply_id").alias("supply_id"),
        pl.when(it).then(chance).otherwise("link_confidence").alias("link_confidence"),
        pl.when(it).then(rung).otherwise("link_rung").alias("link_rung"),
    ).cast(dict(frames.LIGHTS))
    links = pl.DataFrame(
        [(GUESSED, device, chance, rung) for device, chance in guesses],
        schema=frames.LINKS,
        orient="row",
    )
    return lay_out(replace(plain, lights=lights, links=links))


def without_supply(city: City, *cabinets: int) -> tuple[Observed, Understanding]:
    """Meters measure that cabinets are dead; the light itself says nothing."""
    observed = lit_town(city)
    devices = observed.devices
    for cabinet in cabinets:
        devices = tell(
            devices, place(city, cabinet), supply=0, supply_at=T - MINUTE, interval_s=900
        )
    mute = observed.lights.reported_at.copy()
    mute[ranks(city, GUESSED)] = np.iinfo(np.int64).min // 4
    observed = replace(observed, devices=devices, lights=replace(observed.lights, reported_at=mute))
    return observed, look(city, observed)


def said(city: City, known: Understanding) -> tuple[str, float]:
    rank = ranks(city, GUESSED)[0]
    state = LightState(known.lights.state[rank])
    return state.name, float(known.lights.probability[rank])


def test_a_measured_loss_never_confirms_a_light_that_hangs_there_by_a_guess() -> None:
    for chance in (0.55, 0.95, 0.999):
        city = town_with((A112, chance))
        state, probability = said(city, without_supply(city, A112)[1])
        assert state == "INFERRED_DARK"
        assert probability <= chance + 1e-9
        assert probability == pytest.approx(chance, abs=0.03)


def test_an_unlikely_guess_says_nothing() -> None:
    city = town_with((A112, 0.4), (A113, 0.3))
    state, _ = said(city, without_supply(city, A112)[1])
    assert state not in {"CONFIRMED_DARK", "INFERRED_DARK"}


def test_when_all_its_possible_cabinets_are_dead_a_light_is_dark_whichever_feeds_it() -> None:
    city = town_with((A112, 0.4), (A113, 0.3), (A114, 0.25))
    state, probability = said(city, without_supply(city, A112, A113, A114)[1])
    assert state == "INFERRED_DARK"
    assert probability == pytest.approx(0.95, abs=0.03)


def test_a_learnt_link_is_inferred_too_and_its_own_probability_counts_alone() -> None:
    city = town_with((A112, 0.8), rung=4)
    assert not city.guesses.guessed.any()
    state, probability = said(city, without_supply(city, A112)[1])
    assert state == "INFERRED_DARK"
    assert probability == pytest.approx(0.8, abs=0.03)
