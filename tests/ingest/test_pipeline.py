"""What becomes of a message, by the rules that devices, radio and brokers have taught."""

from datetime import timedelta

import pytest

from ingest.message import Message
from ingest.networks.instants import micros_of
from tests.ingest.streams import (
    APPLICATION,
    AT,
    balance,
    device,
    event,
    helium,
    lamp,
    message,
    minutes,
    pipeline,
    tables,
    take,
    up,
)
from twin.model.properties import PROPERTIES
from twin.store.database import Database
from twin.store.ledger import LedgerReader
from twin.store.telemetry import TelemetryReader

EVERYTHING = list(PROPERTIES)


def values(database: Database) -> dict[str, float]:
    rows = TelemetryReader(database).latest(EVERYTHING).iter_rows(named=True)
    return {row["property"]: row["value"] for row in rows}


def qualities(database: Database) -> set[int]:
    return set(TelemetryReader(database).latest(EVERYTHING)["quality"])


def ended(database: Database, *messages: Message) -> list[str]:
    outcomes = take(database, messages)
    return sorted(f"{outcome} {reason}".strip() for outcome, reason in outcomes.elements())


def test_a_lamp_becomes_readings_in_the_units_of_the_model(database: Database) -> None:
    assert ended(database, up(1, 5, AT)) == ["stored"]
    assert values(database) == {
        "dimming_level": 100,
        "active_power": 42,
        "lamp_on": 1,
        "active_energy": 1,
        "power_factor": 0.95,
        "current": 0.19,
        "voltage": 230,
    }
    [row] = TelemetryReader(database).latest(["active_power"]).iter_rows(named=True)
    assert row["measured_at"] == AT
    assert row["received_at"] == AT + timedelta(seconds=0.2)
    assert row["dev_eui"] == device(1).dev_eui


def test_a_device_known_to_the_register_measures_its_asset(database: Database) -> None:
    with database.connection() as connection:
        row = connection.execute(
            "INSERT INTO asset (kind, code, valid_from) VALUES ('streetlight', 'L-1', %s)"
            " RETURNING id",
            (AT,),
        ).fetchone()
        assert row
        connection.execute(
            "INSERT INTO device (dev_eui, network, asset_id, registered) VALUES (%s, '', %s, true)",
            (device(1).dev_eui, row[0]),
        )
    take(database, [up(1, 5, AT)])
    reader = TelemetryReader(database)
    assert reader.latest(["lamp_on"])["asset_id"].to_list() == [row[0]]
    curve = reader.observations(row[0], "active_power", AT, AT + timedelta(hours=1))
    assert curve["value"].to_list() == [42.0]
    [found] = tables(database)["device"]
    assert (found[1], found[3], found[4], found[6]) == (
        "chirpstack_v4",
        "volc2180",
        APPLICATION,
        900,
    )


def test_a_device_attached_later_brings_its_history(database: Database) -> None:
    with pipeline(database) as worker:
        worker.take([up(1, 5, AT)])
        with database.connection() as connection:
            connection.execute(
                "INSERT INTO asset (kind, code, valid_from) VALUES ('streetlight', 'L-1', %s)",
                (AT,),
            )
            connection.execute("UPDATE device SET asset_id = (SELECT id FROM asset)")
        worker.forget()  # as NOTIFY reverbere_city makes it
        worker.take([up(1, 6, minutes(10))])
    rows = TelemetryReader(database).latest(EVERYTHING)
    assert rows["asset_id"].null_count() == 0
    assert len(rows) == 7


def test_a_device_without_a_profile_of_ours_is_read_from_the_networks_object(
    database: Database,
) -> None:
    assert ended(database, helium(71, AT, "h1")) == ["stored"]
    assert values(database) == {"air_temperature": 7, "battery_voltage": 3.616}
    [frame] = tables(database)["frame"]
    assert frame[13] & 16  # no codec of ours


def test_an_encrypted_payload_is_kept_and_not_decoded(database: Database) -> None:
    sent = up(1, 5, AT)
    sealed = sent.payload.replace(
        b'"devAddr"', b'"joinServerContext":{"sessionKeyId":"1"},"devAddr"'
    )
    assert ended(database, message(sent.topic, sealed, AT)) == ["stored"]
    assert values(database) == {}
    [frame] = tables(database)["frame"]
    assert (frame[8], frame[13] & 2) == (lamp(), 2)


def test_a_frame_that_the_codec_cannot_read_is_kept_raw(database: Database) -> None:
    assert ended(database, up(1, 5, AT, payload=b"\x58\x01")) == ["stored"]
    [frame] = tables(database)["frame"]
    assert (frame[8], frame[13] & 32) == (b"\x58\x01", 32)


def test_the_newest_value_never_goes_back(database: Database) -> None:
    ended(database, up(1, 6, minutes(10), payload=lamp(50)))
    ended(database, up(1, 5, AT, payload=lamp(40), delay_s=900))
    assert values(database)["active_power"] == 50
    assert len(tables(database)["observation"]) == 14


def test_a_reading_that_comes_late_is_flagged(database: Database) -> None:
    take(database, [up(1, 5, AT, delay_s=301)])
    assert qualities(database) == {4}


def test_an_implausible_time_falls_back_and_is_flagged(database: Database) -> None:
    sent = up(1, 5, AT)
    wrong = sent.payload.replace(b"2026-11-19", b"1980-01-06")
    ended(database, Message(sent.topic, wrong, micros_of(AT), 1))
    [frame] = tables(database)["frame"]
    assert (frame[0], frame[12]) == (AT, 3)  # our own door's instant
    assert frame[10].year == 1980  # the raw time stays
    assert qualities(database) == {2}


def test_a_value_out_of_range_is_stored_and_flagged(database: Database) -> None:
    reading = {"time": AT.isoformat(), "values": {"relative_humidity": 140, "air_temperature": 5}}
    take(database, [message("reverbere/reading/w", reading, AT)])
    rows = TelemetryReader(database).latest(EVERYTHING)
    assert dict(zip(rows["property"], rows["quality"], strict=True)) == {
        "relative_humidity": 1,
        "air_temperature": 0,
    }


def test_a_meter_brings_its_history_over_many_days(database: Database) -> None:
    days = [
        {"time": (AT - timedelta(days=back)).isoformat(), "values": {"daily_energy": back}}
        for back in range(400)
    ]
    assert ended(database, message("reverbere/reading/m", days, AT)) == ["stored"]
    assert len(tables(database)["observation"]) == 400
    assert values(database) == {"daily_energy": 0}


def test_readings_at_one_instant_keep_the_better_one(database: Database) -> None:
    def at_once(value: float) -> Message:
        reading = {"time": AT.isoformat(), "values": {"soil_moisture": value}}
        return message("reverbere/reading/m", reading, AT + timedelta(seconds=value))

    assert ended(database, at_once(300), at_once(20)) == ["stored", "stored"]
    assert values(database) == {"soil_moisture": 20}
    assert ended(database, at_once(10)) == ["stored"]
    assert values(database) == {"soil_moisture": 10}


def test_the_brokers_memory_of_a_measurement_is_no_news(database: Database) -> None:
    timeless = message("reverbere/reading/m", {"values": {"voltage": 230}}, AT, retained=True)
    assert ended(database, timeless) == ["ignored retained"]
    sent = up(1, 5, AT)
    assert ended(database, sent) == ["stored"]
    again = Message(sent.topic, sent.payload, sent.received_at + 9_000_000, 1, retained=True)
    assert ended(database, again) == ["merged copy"]
    unseen = up(1, 6, minutes(10), retained=True)
    assert ended(database, unseen) == ["stored"]


def test_the_brokers_memory_of_a_state_is_applied_once(database: Database) -> None:
    topic = "eu868/gateway/0016c001f153a14c/state/conn"

    def told(state: str, minute: int, **flags: bool) -> Message:
        return message(topic, {"state": state}, minutes(minute), **flags)

    assert ended(database, told("ONLINE", 0, retained=True)) == ["stored"]
    assert ended(database, told("ONLINE", 5, retained=True)) == ["merged copy"]
    assert ended(database, told("OFFLINE", 6)) == ["stored"]
    assert values(database) == {"online": 0}
    assert ended(database, told("ONLINE", 7), told("ONLINE", 8, retained=True)) == [
        "stored",
        "stored",
    ]
    [gateway] = tables(database)["device"]
    assert gateway[:2] == ("0016c001f153a14c", "gateway")


def test_a_redelivery_days_later_of_a_frame_without_a_time_adds_nothing(database: Database) -> None:
    body = {"devEUI": "02aaaa0100000014", "fCnt": 7, "fPort": 1, "data": "AQI="}
    topic = "application/3/device/02aaaa0100000014/rx"
    assert ended(database, message(topic, body, AT)) == ["stored"]
    assert ended(database, message(topic, body, minutes(3 * 1440), duplicate=True)) == [
        "merged copy"
    ]
    assert ended(database, message(topic, body, minutes(4 * 1440))) == ["stored"]  # rebooted
    assert [row[5] for row in tables(database)["frame"]] == [0, 1]


def test_scalars_without_a_time_are_news_each_time(database: Database, tmp_path) -> None:
    mapping = tmp_path / "plain.toml"
    mapping.write_text('[[topic]]\nfilter="t/+"\ndevice="{1}"\nproperty="voltage"')
    with pipeline(database, plain_mapping=mapping) as worker:
        for second in range(3):
            worker.take([message("t/m", b"230", AT + timedelta(seconds=second))])
        worker.take([message("t/m", b"230", AT + timedelta(seconds=9), duplicate=True)])
    assert balance(database) == {"received": 4, "stored": 3, "merged": 1}


def test_loss_is_known_per_epoch(database: Database) -> None:
    take(database, [up(1, f_cnt, minutes(f_cnt)) for f_cnt in (10, 11, 14)])
    reader = LedgerReader(database)
    report = reader.device(device(1).dev_eui)
    assert report["device"]["received"] == 3
    [epoch] = reader.epochs(device(1).dev_eui, AT, minutes(60)).iter_rows(named=True)
    assert (epoch["expected"], epoch["received"]) == (5, 3)
    assert epoch["per"] == pytest.approx(2 / 5)
    [gap] = reader.gaps(device(1).dev_eui, AT, minutes(60)).iter_rows(named=True)
    assert (gap["first_f_cnt"], gap["last_f_cnt"], gap["missing"]) == (12, 13, 2)
    assert (gap["heard_before"], gap["heard_after"]) == (minutes(11), minutes(14))
    assert report["frames"][0]["f_cnt"] == 14
    assert {row["property"] for row in report["values"]} >= {"lamp_on"}


def test_a_reset_is_flagged_and_begins_an_epoch(database: Database) -> None:
    take(database, [up(1, 900, AT), up(1, 0, minutes(1)), up(1, 1, minutes(2))])
    rows = [(row[6], row[5], row[13] & 8) for row in tables(database)["frame"]]
    assert rows == [(900, 0, 0), (0, 1, 8), (1, 1, 0)]


def test_a_reset_discovered_late_renumbers_what_came_after(database: Database) -> None:
    take(database, [up(1, 900, AT)])
    take(database, [up(1, 905, minutes(60))])
    take(database, [up(1, 3, minutes(30), delay_s=3000)])
    rows = [(row[6], row[5]) for row in tables(database)["frame"]]
    assert rows == [(900, 0), (3, 1), (905, 1)]
    [session] = tables(database)["device_session"]
    assert session[2:4] == (1, 905)
    assert session[5:] == (2, 3)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "not_json"),
        (b"", "empty"),
        (b"\x0a", "not_protobuf"),
        (b"{" + b" " * 300_000, "too_large"),
        (b'{"deviceInfo":{"devEui":"1"}}', "bad_eui"),
    ],
)
def test_garbage_is_kept_with_its_reason(database: Database, payload: bytes, reason: str) -> None:
    topic = "application/a/device/b/event/up"
    outcomes = ended(database, *[message(topic, payload, minutes(n)) for n in (3, 1)])
    assert outcomes == [f"rejected {reason}"] * 2
    [row] = LedgerReader(database).rejected().iter_rows(named=True)
    assert (row["reason"], row["times"], row["received_at"]) == (reason, 2, minutes(1))
    assert row["raw"] == payload[:65_536]
    assert row["raw_bytes"] == len(payload)


@pytest.mark.parametrize(
    "sent",
    [
        message(
            f"application/{APPLICATION}/device/{device(1).dev_eui}/event/log",
            b'{"deviceInfo":{"devEui":"%s"},"code":"\\ud800"}' % device(1).dev_eui.encode(),
            AT,
        ),
        event(1, "log", AT, level="INFO", code="OTAA", description="nul \0"),
        up(1, 5, AT, dev_addr="\0"),
        up(1, 5, AT, dev_addr="a" * 5000),
    ],
    ids=["lone surrogate", "NUL", "NUL in the session", "endless session"],
)
def test_what_the_store_cannot_hold_never_blocks_the_others(
    database: Database, sent: Message
) -> None:
    good = [up(2, number, minutes(number)) for number in range(8)]
    outcomes = ended(database, *good[:5], sent, *good[5:])
    assert outcomes.count("stored") == 8
    assert outcomes[0].startswith("rejected ")
    assert balance(database) == {"received": 9, "stored": 8, "rejected": 1}


def test_a_bug_of_ours_costs_one_message_and_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*arguments: object) -> None:
        uplinks = arguments[0]
        if any(record.f_cnt == 13 for record in uplinks.records):  # type: ignore[attr-defined]
            raise KeyError("a bug")
        return recognise(*arguments)

    from ingest import pipeline as module

    recognise = module.recognise
    monkeypatch.setattr(module, "recognise", stumble)
    outcomes = ended(database, *[up(1, number, minutes(number)) for number in range(20)])
    assert outcomes == ["rejected internal_error"] + ["stored"] * 19


def test_a_flood_of_unknown_devices_is_bounded(database: Database) -> None:
    with pipeline(database, unknown_devices=3) as worker:
        worker.take([up(number, 1, AT) for number in range(5)])
        outcomes = worker.take([up(number, 2, minutes(1)) for number in range(6)])
    assert {f"{o} {r}".strip(): n for (o, r), n in outcomes.items()} == {
        "stored": 3,
        "rejected too_many_unknown_devices": 3,
    }
    assert balance(database) == {"received": 11, "stored": 6, "rejected": 5}


def test_every_device_of_a_new_network_is_told_apart_by_its_times_four(database: Database) -> None:
    sent = up(1, 5, AT)
    take(database, [sent])
    [frame] = tables(database)["frame"]
    assert frame[0] == frame[10] == AT
    assert frame[11] == AT + timedelta(microseconds=45_000)
    assert frame[9] == AT + timedelta(seconds=0.2)


def test_a_replayed_message_is_received_when_it_was(database: Database) -> None:
    sent = up(1, 5, AT)
    wrapped = Message(
        f"replay/{sent.received_at}/{sent.topic}", sent.payload, micros_of(minutes(9)), 1
    )
    assert ended(database, wrapped) == ["stored"]
    assert ended(database, sent) == ["merged copy"]
    assert {row[1] for row in tables(database)["ledger"]} == {AT}


@pytest.mark.parametrize(
    "topic", ["replay/x/y", "replay/", "replay/99999999999999999999/y", "replay/1/"]
)
def test_a_replay_without_an_instant_is_rejected(database: Database, topic: str) -> None:
    assert ended(database, message(topic, b"{}", AT)) == ["rejected bad_replay_topic"]


def test_a_batch_of_nothing_is_nothing(database: Database) -> None:
    assert take(database, []).total() == 0
