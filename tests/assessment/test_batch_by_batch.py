"""News taken batch by batch is the news of the whole store, whatever order it came in."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control_center.assessment.news import News
from control_center.assessment.source import CitySource, CityView
from tests.assessment.stored_town import StoredTown
from tests.support.databases import fresh_database
from tests.twin.incidents.town import GATEWAY
from twin.incidents.times import micros
from twin.store.batch_news import KEPT, Mirror, send_to_tables
from twin.store.dedicated import Dedicated
from twin.store.telemetry_rows import Frames, LedgerRow, Observations, Seen, Sessions
from twin.store.telemetry_writer import TelemetryBatch, TelemetryWriter

OFTEN = ((101, "lamp_on"), (101, "active_power"), (102, "lamp_on"), (115, "dimming_level"))
SAID = (
    *OFTEN, (102, "voltage"), (2, "supply_present"), (2, "voltage"), (2, "voltage__2"),
    (2, "water_depth"), (GATEWAY, "online"), (80, "water_level"), (50, "soil_moisture"),
)  # fmt: skip
DEVICES = ("device-101", "second-101")

readings = st.lists(
    st.tuples(
        st.sampled_from(SAID),
        st.sampled_from(DEVICES),
        st.sampled_from([0.0, 1.0, 3.0, 211.0]),
        st.integers(-9, 7),  # minutes from now: late, or ahead of time
        st.sampled_from([0, 0, 0, 1, 2]),  # quality; 1 is out of range
    ),
    max_size=6,
)
nights = st.lists(
    st.tuples(readings, st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=4
)


class Speakers:
    """Writes what instruments say with ingest's own writer."""

    def __init__(self, town: StoredTown) -> None:
        self.town = town
        self.writer = TelemetryWriter(Dedicated(town.database, "test"))
        town.sql("INSERT INTO device VALUES ('second-101', 'chirpstack', '', '', '', 101, 900)")
        self.stream: dict[tuple[str, str], int] = {}
        for asset, name in SAID:
            for device in DEVICES:
                code, _, channel = name.partition("__")
                ((number,),) = town.sql(
                    "INSERT INTO datastream (asset_id, dev_eui, property, channel, unit)"
                    " VALUES (%s, %s, %s, %s, '1') RETURNING id",
                    *(asset, device, code, int(channel or 0)),
                )
                self.stream[f"{asset}.{name}", device] = number

    def say(self, said: list[Any], *, corrected: bool = False) -> int:
        now = micros(self.town.now)
        rows = np.array(
            [
                (now + minutes * 60_000_000, self.stream[f"{asset}.{name}", device], value, quality)
                for (asset, name), device, value, minutes, quality in said
            ],
            [("at", "i8"), ("stream", "i8"), ("value", "f8"), ("quality", "i8")],
        )
        at, zero = rows["at"].copy(), np.zeros(len(rows), np.int64)
        observations = Observations(
            at, rows["stream"].copy(), rows["value"].copy(), rows["quality"].copy(), zero, at
        ).distinct()
        heard = {device: now + minutes * 60_000_000 for _, device, _, minutes, _ in said}
        times = np.array(list(heard.values()), np.int64)
        return self.writer.write(
            TelemetryBatch(
                frames=_nothing(Frames),
                observations=observations,
                sessions=_nothing(Sessions),
                seen=Seen(list(heard), times, times),
                ledger=lambda *_: [LedgerRow("mqtt", now - now % 60_000_000, "received", "", 1)],
                removed=self._newest() if corrected and len(observations) else None,
            )
        )

    def _newest(self) -> Observations:
        """Newest values whose frame's time turns out to be wrong."""
        rows = self.town.sql("SELECT datastream_id, measured_at FROM latest ORDER BY 1 LIMIT 2")
        at = np.array([micros(when) for _, when in rows], np.int64)
        no = np.zeros(len(rows), np.int64)
        return Observations(
            at, np.array([s for s, _ in rows], np.int64), np.zeros(len(rows)), no, no, at
        )


def _nothing(kind: Any) -> Any:
    empty = np.empty(0, np.int64)
    return kind(*([] if "list" in str(each.type) else empty for each in fields(kind)))


@pytest.fixture(scope="module")
def speakers() -> Iterator[Speakers]:
    with fresh_database() as database:
        speakers = Speakers(StoredTown(database))
        yield speakers
        speakers.writer.close()


@pytest.fixture(scope="module")
def view(speakers: Speakers) -> CityView:
    with speakers.town.database.connection() as connection:
        return CitySource(speakers.town.database).refresh(connection, speakers.town.now)


def renewed(news: News, town: StoredTown) -> dict[str, Any]:
    """Everything that is observed, by name."""
    with town.database.connection() as connection:
        news.renew(connection, town.now)
    observed = news.observed
    found: dict[str, Any] = {"rivers": observed.rivers}
    for part in (observed.lights, observed.devices, observed.radio):
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, np.ndarray):
                found[f"{type(part).__name__}.{each.name}"] = value.copy()
    return found


def assert_same(ours: dict[str, Any], whole: dict[str, Any]) -> None:
    assert ours.keys() == whole.keys()
    for name, value in ours.items():
        np.testing.assert_equal(value, whole[name], err_msg=name)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(night=nights)
def test_what_is_kept_batch_by_batch_is_what_the_store_says_as_a_whole(
    night: list[Any], speakers: Speakers, view: CityView
) -> None:
    town, kept = speakers.town, News(view)
    renewed(kept, town)
    for said, corrected, by_another_way, minutes in night:
        number = speakers.say(said, corrected=corrected)
        if by_another_way:
            town.sql("UPDATE latest SET value = 2 WHERE quality = 0")
            with town.database.connection() as connection:
                ((number,),) = connection.execute("SELECT nextval('batch_number')").fetchall()
                send_to_tables(connection, number)
        town.clock.advance(60 * minutes)
        assert_same(renewed(kept, town), renewed(News(view), town))


def test_a_batch_that_commits_after_a_later_one_is_not_lost(
    speakers: Speakers, view: CityView
) -> None:
    town, kept = speakers.town, News(view)
    town.clock.advance(60)
    speakers.say([(OFTEN[0], DEVICES[0], 1.0, 0, 0)])
    renewed(kept, town)
    ((overtaken,),) = town.sql("SELECT nextval('batch_number')")
    speakers.say([(OFTEN[2], DEVICES[0], 1.0, 0, 0)])
    renewed(kept, town)
    last = speakers.say([(OFTEN[1], DEVICES[0], 1.0, 0, 0)])
    town.sql("UPDATE batch_news SET batch = %s WHERE batch = %s", overtaken, last)
    assert_same(renewed(kept, town), renewed(News(view), town))


def test_who_fell_behind_or_met_a_crash_reads_the_tables(
    speakers: Speakers, view: CityView
) -> None:
    town, kept = speakers.town, News(view)
    renewed(kept, town)
    town.clock.advance(60)
    speakers.say([(OFTEN[0], DEVICES[0], 0.0, 0, 0)])
    town.sql("TRUNCATE batch_news")  # as a crash of the server leaves it
    assert_same(renewed(kept, town), renewed(News(view), town))
    for _ in range(KEPT + 20):
        speakers.say([(OFTEN[0], DEVICES[0], 1.0, 0, 0)])
    assert len(town.sql("SELECT FROM batch_news")) <= KEPT + 16
    assert_same(renewed(kept, town), renewed(News(view), town))


def test_one_batch_is_read_without_the_tables(speakers: Speakers) -> None:
    town, mirror = speakers.town, Mirror()
    town.clock.advance(60)
    speakers.say([(OFTEN[0], DEVICES[0], 1.0, 0, 0)])
    with town.database.connection() as connection:
        assert mirror.renew(connection) == (None, None)
    speakers.say([(OFTEN[0], DEVICES[0], 3.0, 1, 0)])
    with town.database.connection() as connection:
        streams, heard = mirror.renew(connection)
    number = speakers.stream["101.lamp_on", DEVICES[0]]
    assert streams is not None
    assert heard is not None
    assert streams.tolist() == [number]
    assert [each.dev_eui.tolist() for each in heard] == [[DEVICES[0].encode()]]
    assert heard[0].at.tolist() == [micros(town.now + timedelta(minutes=1))]
    assert mirror.value[number] == 3.0
