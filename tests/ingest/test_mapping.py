"""Names become properties: strictly, with units, and what has no line is listed."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import MappingInvalid
from ingest.codecs.profiles import read_profiles
from ingest.mapping import names, read_named, tables_of
from ingest.networks.objects import MOST, kept, named_of, named_values, opened
from ingest.networks.plain import read_rules
from ingest.networks.records import Named, Reading, Unmapped, Uplink
from ingest.networks.values import Target
from ingest.units import UNITS, convert
from tests.support.home import REPOSITORY
from twin.model.properties import PROPERTIES

TABLE = {
    "voltage": Target("voltage"),
    "t": Target("air_temperature"),
    "vdd": Target("battery_voltage", unit="mV"),
    "door": Target("door_open"),
    "level": Target("water_level", unit="mm"),
    "valve": Target("valve_open", words={"ouverte": 1, "fermée": 0}),
    "linkquality": Target(),
}


def one(name: str, value: Any, unit: str = "") -> tuple[list[Reading], list[Unmapped]]:
    return read_named([Named(name, value, unit)], [TABLE])


@pytest.mark.parametrize(
    ("name", "value", "unit", "number"),
    [
        ("voltage", 230, "", 230),
        ("voltage", "24.1", "", 24.1),
        ("voltage", "3.4V", "", 3.4),
        ("voltage", "3400 mV", "", 3.4),
        ("voltage", 0, "", 0),
        ("t", 71.6, "°F", 22),
        ("t", 295.15, "K", 22),
        ("t", 21.5, "Cel", 21.5),
        ("t", "21.5 °C", "", 21.5),
        ("t", "-3.5°C", "", -3.5),
        ("vdd", 3616, "", 3.616),
        ("vdd", 3.6, "V", 3.6),
        ("level", "2799 mm", "", 2.799),
        ("level", 2799, "", 2.799),
        ("door", True, "", 1),
        ("door", "off", "", 0),
        ("door", "Closed", "", 0),
        ("door", "1", "", 1),
        ("valve", "Ouverte", "", 1),
    ],
)
def test_a_value_is_read_in_the_propertys_unit(
    name: str, value: object, unit: str, number: float
) -> None:
    readings, unmapped = one(name, value, unit)
    assert [reading.value for reading in readings] == [pytest.approx(number)]
    assert unmapped == []


@pytest.mark.parametrize(
    ("name", "value", "unit", "why"),
    [
        ("voltage", "null", "", "not_a_number"),
        ("voltage", "", "", "not_a_number"),
        ("voltage", "9818,", "", "not_a_number"),
        ("voltage", "9,5", "", "not_a_number"),
        ("voltage", "No Sensor", "", "not_a_number"),
        ("voltage", "3.0(low battery)", "", "not_a_number"),
        ("voltage", "3.0x", "", "unit"),
        ("voltage", "NaN", "", "not_a_number"),
        ("voltage", "inf", "", "not_a_number"),
        ("voltage", math.nan, "", "not_a_number"),
        ("voltage", math.inf, "", "not_a_number"),
        ("voltage", 10**400, "", "not_a_number"),
        ("voltage", True, "", "not_a_number"),
        ("voltage", "on", "", "not_a_number"),
        ("voltage", "1" * 300, "", "not_a_number"),
        ("voltage", 230, "Cel", "unit"),
        ("t", 21.5, "kPa", "unit"),
        ("t", "٣", "", "not_a_number"),
        ("door", "ajar", "", "not_a_number"),
        ("unheard", 1, "", "no_mapping"),
    ],
)
def test_what_is_no_value_is_listed_and_never_a_zero(
    name: str, value: object, unit: str, why: str
) -> None:
    readings, unmapped = one(name, value, unit)
    assert readings == []
    assert [(item.name, item.why) for item in unmapped] == [(name, why)]


def test_null_and_what_nobody_wants_is_neither_read_nor_listed() -> None:
    assert one("voltage", None) == ([], [])
    assert one("linkquality", 120) == ([], [])


def test_a_whole_path_comes_before_its_last_word_and_the_first_table_decides() -> None:
    tables = [{"soil.t": Target("soil_temperature")}, TABLE]
    readings, _ = read_named([Named("soil.t", 9), Named("air.t", 8), Named("t", 7)], tables)
    assert [(reading.property, reading.value) for reading in readings] == [
        ("soil_temperature", 9),
        ("air_temperature", 8),
    ]  # of the two air temperatures the first: one instant has one value


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"tmp": {"3": 21.5, "5": 2}}, [("tmp", 21.5, "", 3), ("tmp", 2, "", 5)]),
        ({"Current": [1.3, None]}, [("Current", 1.3, "", 0), ("Current", None, "", 1)]),
        ({"t": {"value": 21.5, "unit": "°C", "displayName": "T"}}, [("t", 21.5, "°C", 0)]),
        ({"t": {"record": 24, "unitId": "Cel"}}, [("t", 24, "Cel", 0)]),
        ({"a": {"b": {"c": "on"}}}, [("a.b.c", "on", "", 0)]),
        ({"v": {"x": 1}}, [("v.x", 1, "", 0)]),
        ([{"t": 1}, {"t": 2}], [("t", 1, "", 0), ("t", 2, "", 1)]),
        ({"9": 1}, [("9", 1, "", 0)]),
        (7, [("", 7, "", 0)]),
    ],
)  # fmt: skip
def test_an_object_is_a_flat_list(document: object, found: list[tuple[object, ...]]) -> None:
    told = [(item.name, item.value, item.unit, item.channel) for item in named_values(document)]
    assert told == found


@pytest.mark.parametrize("decoded", [b"", b'{"t":1}'])
def test_named_values_are_kept_beside_a_frame_and_read_again(decoded: bytes) -> None:
    named = (
        Named("soil.moisture", 55, at="2026-02-12T15:00:00Z"),
        Named("x", None, "Cel", 2, 7, historical=True),
        Named("y", True),
        Named("z", "été"),
    )
    uplink = Uplink("things_stack", "0" * 16, b"", decoded=decoded, named=named)
    stored = kept(uplink)
    assert stored is not None
    assert opened(stored) == (named, decoded)
    uplink.named = ()
    assert opened(kept(uplink) or b"") == ((), decoded)


@pytest.mark.parametrize("stored", [b"", b"[1]", b'{"named_values":7}', b'{"named_values":[[1]]}'])
def test_another_object_is_opened_as_it_is(stored: bytes) -> None:
    assert opened(stored) == ((), stored)


def test_a_bomb_of_an_object_is_cut() -> None:
    wide = {f"k{number}": number for number in range(100_000)}
    deep: Any = 1
    for _ in range(500):
        deep = {"d": deep}
    assert len(named_values(wide)) == MOST
    assert named_values(deep) == ()
    assert named_values({"x" * 1000: 1}) == ()
    assert named_of(b"[" * 100_000) == ()
    assert len(named_values([[1] * 1000] * 1000)) == MOST


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["t", "value", "unit", "3", "voltage", "door", ""])
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_an_object_holds_its_readings_are_finite(document: Any) -> None:
    readings, unmapped = read_named(named_values(document), [TABLE, names()["object"]])
    assert all(math.isfinite(reading.value) for reading in readings)
    assert all(reading.property in PROPERTIES for reading in readings)
    assert all(item.why for item in unmapped)


def test_every_property_has_units_and_each_leads_to_its_own() -> None:
    assert {quantity.unit for quantity in PROPERTIES.values()} <= UNITS.keys()
    for unit in {quantity.unit for quantity in PROPERTIES.values()}:
        assert convert(2.5, unit, unit) == 2.5


@pytest.mark.parametrize(
    ("value", "unit", "to", "converted"),
    [
        (1, "kW", "W", 1000),
        (60_000, "Wmin", "kWh", 1),
        (3.6, "MJ", "kWh", 1),
        (1013.25, "mbar", "hPa", 1013.25),
        (1, "bar", "kPa", 100),
        (0.24, "dS/m", "uS/cm", 240),
        (240, "µS/cm", "uS/cm", 240),
        (3.6, "m3/h", "L/min", 60),
        (36, "km/h", "m/s", 10),
        (0.5, "/", "%", 50),
        (1, "furlong", "m", None),
        (1, "V", "A", None),
    ],
)
def test_units_lead_to_the_propertys(
    value: float, unit: str, to: str, converted: float | None
) -> None:
    assert convert(value, unit, to) == (None if converted is None else pytest.approx(converted))


def test_a_profile_may_have_names_alone(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[press]\n[press.values]\n"Line.Power" = { property = "active_power", unit = "kW" }\n'
    )
    profile = read_profiles(file)["press"]
    assert profile.codec == ""
    readings, unmapped = read_named(
        [Named("Line.Power", 1.5), Named("Line.Speed", 3)], tables_of("sparkplug", profile.values)
    )
    assert [(r.property, r.value) for r in readings] == [("active_power", 1500)]
    assert unmapped == [Unmapped("Line.Speed", "no_mapping", "", "3")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('x = { property = "warmth" }', "no observed property"),
        ('x = { property = "voltage", unit = "kPa" }', "does not lead to V"),
        ('x = { propertee = "voltage" }', "propertee"),
        ("x = 1", "Expected"),
    ],
)
def test_a_wrong_line_of_a_profile_is_told_where(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[press]\n[press.values]\n{line}\n")
    with pytest.raises(MappingInvalid, match=told):
        read_profiles(file)


def test_the_examples_of_the_guide_hold(tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs" / "formats.md").read_text(encoding="utf-8")
    _, names_part = guide.split("## Names and units")
    profile, topics = re.findall(r"```toml\n(.*?)```", names_part, re.DOTALL)[:2]
    own, plain = tmp_path / "own.toml", tmp_path / "plain.toml"
    own.write_text(profile, encoding="utf-8")
    plain.write_text(topics, encoding="utf-8")
    values = read_profiles(own)["press-line"].values
    told = [Named("Line.Power", 1.5), Named("state", "Ouverte"), Named("linkquality", 7)]
    readings, unmapped = read_named(told, [values])
    assert ([r.value for r in readings], unmapped) == ([1500, 1], [])
    network = read_rules(plain)
    payload = b'{"ts":1763582072,"values":{"power":2},"currents":[1,2],"sensors":[{"t":9}]}'
    record = network.read("meters/m1/json", payload)
    assert isinstance(record, Uplink)
    assert [(r.property, r.channel, r.value) for r in record.readings] == [
        ("active_power", 0, 2000),
        ("current", 0, 1),
        ("current", 1, 2),
        ("air_temperature", 0, 9),
    ]
    assert record.unmapped == ()
