"""Buildings without works: what they use a day, and what the weather does to it."""

import json
from typing import Any

import polars as pl
import pytest

from control_center.catalogue import texts
from control_center.pages.building_profiles import Profile, profiles, weather_said
from twin.store.savings import SAVINGS

HEATED = {
    "work_heating_kwh_day_k": 13.26,
    "work_heating_balance_c": 15.5556,
    "work_cooling_kwh_day_k": 0.0,
    "work_cooling_balance_c": None,
}


def _frame(refusal: str = "no_works", reasons: tuple[str, ...] = ("no_works",), **fit: Any) -> Any:
    told = {
        "split": True,
        "measured_days": 273,
        "work_mean_kwh_day": 5289.89,
        "work_mean_half_width_kwh_day": 39.36,
        "rest_mean_kwh_day": 4678.56,
        "rest_mean_half_width_kwh_day": 47.28,
        **HEATED,
        **fit,
    }
    row = dict.fromkeys(SAVINGS, None) | {
        "asset_id": 1,
        "code": "B-1",
        "name": "Mairie",
        "refusal": refusal,
        "facts": json.dumps({"fit": told, "reasons": reasons}),
    }
    return pl.DataFrame([row], schema=SAVINGS)


def _one(**fit: Any) -> Profile:
    [profile] = profiles(_frame(**fit))
    return profile


def test_a_level_is_a_mean_between_its_ends() -> None:
    profile = _one()
    assert (profile.work.low, profile.work.high) == pytest.approx((5250.53, 5329.25))
    assert profile.rest is not None
    assert (profile.rest.low, profile.rest.high) == pytest.approx((4631.28, 4725.84))


def test_days_of_rest_that_do_not_differ_are_not_told_apart() -> None:
    assert _one(split=False).rest is None


def test_a_building_with_works_or_without_a_fit_has_no_profile() -> None:
    assert profiles(_frame(refusal="")) == []
    assert profiles(_frame(work_mean_kwh_day=None)) == []


@pytest.mark.parametrize(
    ("fit", "french", "english"),
    [
        ({}, "13 kWh de plus par degré sous 16 °C", "13 kWh more for each degree below 16 °C"),
        (
            {"work_cooling_kwh_day_k": 1.117, "work_cooling_balance_c": 18.9},
            "13 kWh de plus par degré sous 16 °C ; 1,1 kWh de plus par degré au-dessus de 19 °C",
            "13 kWh more for each degree below 16 °C; 1.1 kWh more for each degree above 19 °C",
        ),
        (
            {"work_heating_balance_c": None},
            "aucun effet mesurable",
            "none that can be measured",
        ),
        (
            {"reasons": ("no_works", "no_outdoor_temperature"), "work_heating_balance_c": None},
            "inconnu : aucun thermomètre",
            "not known: no thermometer",
        ),
    ],
)
def test_the_effect_of_the_weather_is_said_or_said_to_be_unknown(
    fit: dict[str, Any], french: str, english: str
) -> None:
    said = [weather_said(_one(**fit), texts(language)) for language in ("fr", "en")]
    plain = [text.replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ") for text in said]
    assert plain == [french, english]
