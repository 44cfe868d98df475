"""A territory's own codecs in JavaScript, in the pipeline: values, quarantine, history."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gis.errors import MappingInvalid
from ingest.codecs.profiles import read_profiles
from ingest.redecode import Redecoder, Report
from tests.ingest.streams import AT, balance, lamp, minutes, pipeline, tables, up
from twin.store import codecs as store
from twin.store.database import Database
from twin.store.telemetry import TelemetryReader

PROFILES = """
[weather-x]
codec = "weather.js"
[weather-x.values]
t = { property = "air_temperature" }
p = { property = "air_pressure", unit = "Pa" }

[lamp-x]
codec = "volc2180"
fields = [{ field = "power", property = "active_power" }]
"""
FIRST = "function decodeUplink(i) { return { data: { t: i.bytes[0] / 10, p: 101325, s: 'x' } } }"
SECOND = "function decodeUplink(i) { return { data: { t: i.bytes[0] / 10 - 40 } } }"
PROPERTIES = ["air_temperature", "air_pressure", "soil_temperature"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.joinpath("own.toml").write_text(PROFILES, encoding="utf-8")
    write(tmp_path, FIRST)
    return tmp_path


def write(folder: Path, source: str, profiles: str = PROFILES) -> None:
    folder.joinpath("weather.js").write_text(source, encoding="utf-8")
    folder.joinpath("own.toml").write_text(profiles, encoding="utf-8")


def weather(number: int, f_cnt: int, at: datetime = AT, payload: bytes = b"\xd7") -> object:
    return up(number, f_cnt, at, payload=payload, profile="weather-x")


def latest(database: Database) -> dict[str, float]:
    rows = TelemetryReader(database).latest(PROPERTIES).iter_rows(named=True)
    return {row["property"]: round(row["value"], 6) for row in rows}


def take(database: Database, folder: Path, *messages: object) -> None:
    with pipeline(database, profiles=folder, codec_processes=1) as made:
        made.take(messages)  # type: ignore[arg-type]


@pytest.fixture
def again(database: Database, folder: Path) -> Iterator[object]:
    """Decode everything again with what the folder says now."""
    made: list[Redecoder] = []

    def run(**only: object) -> Report:
        redecoder = Redecoder(database, read_profiles(folder), processes=1)
        made.append(redecoder)
        return redecoder.run(minutes(-60), minutes(600), minutes(999), **only)  # type: ignore[arg-type]

    yield run
    for redecoder in made:
        redecoder.close()


def test_a_codec_that_lies_beside_its_profile_reads_its_devices(
    database: Database, folder: Path
) -> None:
    take(database, folder, weather(1, 1), weather(2, 1, payload=b"\x64"))
    assert latest(database) == {"air_temperature": 10.0, "air_pressure": 1013.25}
    [facts] = [f for f in store.known_codecs(database) if f.name == "weather.js"]
    assert facts.sha256 is not None
    assert facts.version == facts.sha256.hex()[:16]
    history = store.history(database, f"{0xA840410000000001:016x}", minutes(-1), minutes(1))
    assert {(value.property, value.codec) for value in history} == {
        ("air_temperature", f"weather.js@{facts.version}"),
        ("air_pressure", f"weather.js@{facts.version}"),
    }


def test_a_restart_numbers_nothing_anew(database: Database, folder: Path) -> None:
    for turn in range(3):
        take(database, folder, weather(1, turn, minutes(turn)))
    with database.connection() as connection:
        row = connection.execute("SELECT max(id), count(*) FROM codec").fetchone()
    assert row is not None
    assert row[0] == row[1]


def test_a_pipeline_that_gave_its_processes_back_takes_new_ones(
    database: Database, folder: Path
) -> None:
    with pipeline(database, profiles=folder, codec_processes=1) as made:
        made.take([weather(1, 1)])  # type: ignore[list-item]
        made.close()  # as in an outage of the store
        made.take([weather(1, 2, minutes(1), b"\x64")])  # type: ignore[list-item]
    assert latest(database)["air_temperature"] == 10.0


def test_a_hostile_codec_costs_the_others_nothing(database: Database, folder: Path) -> None:
    write(folder, "function decodeUplink() { for (;;); }")
    messages = [up(10 + n, 1, AT, payload=lamp(40 + n), profile="lamp-x") for n in range(20)]
    take(database, folder, *messages, *(weather(1, n, minutes(n / 60)) for n in range(5)))
    powers = TelemetryReader(database).latest(["active_power"])["value"].to_list()
    assert sorted(powers) == [40 + n for n in range(20)]
    assert balance(database) == {"received": 25, "stored": 25}
    [facts] = [f for f in store.known_codecs(database) if f.reason]
    assert (facts.name, facts.since) == ("weather.js", minutes(4 / 60 + 0.2 / 60))
    take(database, folder, weather(1, 9, minutes(9)))  # a restart does not let it in again
    assert latest(database) == {}
    with database.connection() as connection:
        flags = connection.execute("SELECT flags FROM frame WHERE dev_eui LIKE '%01'").fetchall()
    assert {flag & 32 for (flag,) in flags} == {32}
    assert store.release(database, "weather.js") == 1
    assert [f for f in store.known_codecs(database) if f.reason] == []


def test_strikes_are_counted_over_restarts(database: Database, folder: Path) -> None:
    """One uplink a life: it is the third life that brings the verdict."""
    write(folder, "function decodeUplink() { for (;;); }")
    seen = []
    for turn in range(4):
        take(database, folder, weather(1, turn, minutes(turn)))
        [facts] = [f for f in store.known_codecs(database) if f.name == "weather.js"]
        seen.append((facts.strikes, facts.reason is not None))
    assert seen == [(1, False), (2, False), (3, True), (3, True)]
    assert store.release(database, "weather.js") == 1
    take(database, folder, weather(1, 9, minutes(9)))
    [facts] = [f for f in store.known_codecs(database) if f.name == "weather.js"]
    assert (facts.strikes, facts.reason) == (1, None)


def test_strikes_of_long_ago_are_forgiven(database: Database, folder: Path) -> None:
    write(folder, "function decodeUplink() { for (;;); }")
    for turn in (0, 1, 60 * 24 * 8):
        take(database, folder, weather(1, turn, minutes(turn)))
    assert [f for f in store.known_codecs(database) if f.reason] == []


def test_decoding_again_corrects_values_and_keeps_the_old_ones(
    database: Database, folder: Path, again
) -> None:
    take(database, folder, weather(1, 1), weather(1, 2, minutes(10), b"\xdc"))
    write(folder, SECOND)
    report = again()
    # two temperatures read otherwise, two pressures are no longer read
    assert (report.frames, report.failed, report.superseded, report.made) == (2, 0, 4, 2)
    assert latest(database) == {"air_temperature": -18.0}
    values = store.history(database, f"{0xA840410000000001:016x}", minutes(-1), minutes(60))
    told = [(v.property, round(v.value, 6), v.superseded_at) for v in values]
    assert told[:3] == [
        ("air_pressure", 1013.25, minutes(999)),
        ("air_temperature", -18.0, None),
        ("air_temperature", 22.0, minutes(999)),
    ]
    assert len({v.codec for v in values}) == 2


def test_decoding_again_twice_changes_nothing(database: Database, folder: Path, again) -> None:
    take(database, folder, *(weather(1, n, minutes(n)) for n in range(6)))
    again()
    before = tables(database)
    assert again() == Report(frames=6)
    assert tables(database) == before
    write(folder, SECOND)
    again()
    before = tables(database)
    assert again() == Report(frames=6)
    assert tables(database) == before


def test_what_came_before_its_profile_is_read_when_there_is_one(
    database: Database, folder: Path, again
) -> None:
    with pipeline(database) as made:
        made.take([weather(1, 1)])  # type: ignore[list-item]
    assert latest(database) == {}
    report = again()
    assert (report.frames, report.superseded, report.made) == (1, 0, 2)
    assert latest(database) == {"air_temperature": 21.5, "air_pressure": 1013.25}


def test_a_codec_that_fails_now_leaves_the_old_values(
    database: Database, folder: Path, again
) -> None:
    take(database, folder, weather(1, 1))
    before = tables(database)
    write(folder, "function decodeUplink() { throw new Error('worse') }")
    assert again() == Report(frames=1, failed=1)
    assert tables(database) == before


def test_only_what_was_asked_for_is_decoded_again(database: Database, folder: Path, again) -> None:
    take(
        database,
        folder,
        weather(1, 1),
        weather(2, 1),
        up(3, 1, AT, payload=lamp(), profile="lamp-x"),
    )
    assert again(profile="lamp-x").frames == 1
    assert again(dev_euis=[f"{0xA840410000000002:016x}"]).frames == 1
    assert again().frames == 3


def test_a_newest_value_that_is_gone_gives_way_to_nothing(
    database: Database, folder: Path, again
) -> None:
    take(database, folder, weather(1, 1))
    write(folder, FIRST, PROFILES.replace('"air_temperature"', '"soil_temperature"'))
    again()
    assert latest(database) == {"soil_temperature": 21.5, "air_pressure": 1013.25}


@pytest.mark.parametrize(
    ("profiles", "told"),
    [
        ('[a]\ncodec = "../x.js"', "must lie beside it"),
        ('[a]\ncodec = "none.js"', "cannot be read: No such file"),
        ('[a]\ncodec = "weather.js"\nfields = [{field="t",property="rain"}]', "give it values"),
        ('[a]\ncodec = "elsys"\n[a.orders.dim]\ndata = {}', "orders are for codecs"),
        (
            '[a]\ncodec = "weather.js"\n[a.orders.open_valve]\ndata = { open = true }',
            "must say when it ends",
        ),
    ],
)
def test_a_wrong_profile_of_a_codec_says_what_is_wrong(
    folder: Path, profiles: str, told: str
) -> None:
    write(folder, FIRST, profiles)
    with pytest.raises(MappingInvalid, match=told):
        read_profiles(folder)
