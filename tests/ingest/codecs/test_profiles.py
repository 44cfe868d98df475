"""Profiles are data: they name codecs, fields and properties that exist."""

from pathlib import Path

import numpy as np
import pytest

from gis.errors import MappingInvalid
from ingest.codecs.profiles import profile_key, profiles, read_profiles
from tests.ingest.codecs.test_columns import _GOOD
from tests.ingest.codecs.values import decode


def test_the_demonstration_town_finds_its_profiles() -> None:
    assert {
        "volc2180",
        "emu-professional",
        "em500-smtc",
        "uc511",
        "em500-swl",
        "weather-lpp",
        "elsys",
    } <= set(profiles())


@pytest.mark.parametrize("codec", ["volc2180", "em500-smtc", "uc511", "em500-swl"])
def test_every_field_of_a_good_frame_has_a_meaning(codec: str) -> None:
    fields = {part.field for part in decode(codec, _GOOD[codec]).parts}
    assert fields <= set(profiles()[codec].rules)


def test_weather_channels_become_properties_of_one_channel() -> None:
    rules = [rule for group in profiles()["weather-lpp"].rules.values() for rule in group]
    assert {(rule.channel, rule.property) for rule in rules} == {
        (1, "air_temperature"),
        (2, "relative_humidity"),
        (3, "air_pressure"),
        (4, "wind_speed"),
        (5, "rain"),
        (6, "global_radiation"),
    }
    assert {rule.to for rule in rules} == {0}


@pytest.mark.parametrize("told", ["EM500 SMTC", "em500_smtc", "EM500-SMTC", " em500  smtc "])
def test_a_network_may_spell_a_profile_its_own_way(told: str) -> None:
    assert profile_key(told) == "em500-smtc"


def test_a_territory_adds_its_own_profiles(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[lamp-x]\ncodec = "volc2180"\nfields = [{field="power", property="active_power"}]'
    )
    known = read_profiles(file)
    assert known["lamp-x"].rules["power"][0].property == "active_power"
    assert known["elsys"] is profiles()["elsys"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "not TOML"),
        ('[x]\ncodec="nope"\nfields=[]', "known are"),
        ('[x]\ncodec="elsys"\nfields=[{field="a", property="b"}]', "'b' is no observed property"),
        ('[x]\ncodec="elsys"\nfields=[{field="a"}]', "property"),
        ('[x]\ncodec="elsys"\nfields=[]\nspeed=1', "speed"),
    ],
)
def test_a_wrong_profile_file_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(MappingInvalid, match=told) as caught:
        read_profiles(file)
    assert "own.toml" in caught.value.sentence


def test_a_missing_profile_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match="cannot be read"):
        read_profiles(tmp_path / "none.toml")


def test_profile_channels_fit_the_store() -> None:
    targets = [
        rule.to or rule.channel or 0
        for p in profiles().values()
        for g in p.rules.values()
        for rule in g
    ]
    assert np.max(targets) < 1 << 14
