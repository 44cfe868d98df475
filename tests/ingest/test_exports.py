"""Exports of receptions: whatever the publisher calls its columns, each line ends somewhere."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Message
from ingest.networks import Networks
from ingest.networks.instants import datetime_of
from ingest.networks.records import TO_THE_MINUTE, UNTOLD, Event, Record, Rejection, Uplink
from ingest.recordings import is_recording, read_recording
from twin.errors import RecordingInvalid

HEAD = [
    *("Date Time", "Gateway", "Direction", "Type", "DevAddr", "DevEUI"),
    *("Timestamp", "Port", "Sequence", "SF", "RSSI", "SNR"),
]
EUI = "d1d1e80000000033"
UTC_ZONE = ZoneInfo("UTC")
PARIS = ZoneInfo("Europe/Paris")


def row(time: str = "23/01/2024 18:13", count: object = 7, **changed: object) -> list[str]:
    """One line as the operator of the real file writes it."""
    told = dict(
        zip(
            HEAD,
            [
                time,
                "Left",
                "up",
                "UNCONF_DATA_UP",
                "FC00AF46",
                EUI,
                "19",
                "3",
                count,
                7,
                -115,
                "-8,5",
            ],
            strict=True,
        )
    )
    return [str(cell) for cell in (told | changed).values()]


def text_of(*rows: Sequence[str], head: Sequence[str] = HEAD, sign: str = ";") -> str:
    return "\r\n".join(sign.join(cells) for cells in (head, *rows)) + "\r\n"


def read(folder: Path, text: str | bytes, zone: ZoneInfo = PARIS) -> list[Message]:
    file = folder / "export.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_recording(file, zone))


def records(messages: Sequence[Message]) -> list[Record]:
    networks = Networks()
    found = [networks.read(one.topic, one.payload, one.received_at) for one in messages]
    assert {name for name, _ in found} == {"reception_export"}
    return [record for _, record in found]


def one(folder: Path, text: str | bytes, zone: ZoneInfo = PARIS) -> Uplink:
    [record] = records(read(folder, text, zone))
    assert isinstance(record, Uplink), record
    return record


def test_a_line_is_a_frame_of_which_nobody_says_what_it_said(tmp_path: Path) -> None:
    [message] = read(tmp_path, text_of(row()))
    assert datetime_of(message.received_at) == datetime(2024, 1, 23, 17, 13, tzinfo=UTC)
    [frame] = records([message])
    assert isinstance(frame, Uplink)
    assert (frame.dev_eui, frame.session, frame.f_cnt, frame.f_port) == (EUI, "fc00af46", 7, 3)
    assert (frame.payload, frame.marks) == (b"", UNTOLD | TO_THE_MINUTE)
    assert frame.network_at == "2024-01-23T17:13Z"
    assert json.loads(frame.receptions) == [
        {"gateway_id": "Left", "time": "2024-01-23T17:13Z", "tmst": 19, "rssi": -115, "snr": -8.5}
    ]
    assert message.topic == f"reception/{EUI}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_encoding_and_the_delimiter_are_found_out(
    tmp_path: Path, encoding: str, sign: str
) -> None:
    text = text_of(row(Gateway="Goûter", SNR="-8.5"), sign=sign)
    plain = one(tmp_path, text)
    assert one(tmp_path, text.encode(encoding)) == plain
    assert json.loads(plain.receptions)[0]["gateway_id"] == "Goûter"


@given(order=st.permutations(range(len(HEAD))))
def test_columns_stand_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("e")
    expected = one(folder, text_of(row()))
    shuffled = text_of([row()[place] for place in order], head=[HEAD[place] for place in order])
    assert one(folder, shuffled) == expected


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        (
            "Timestamp,GatewayID,FCntUp,DevEUI",  # alone, a timestamp is the time
            "2024-01-23T17:13:05.250Z,0016C001F153A14C,9,D1-D1-E8-00-00-00-00-33",
        ),
        (
            "dev_eui,gw_id,frame counter,received_at,lora_snr,spreading factor,note",
            "eui-d1d1e80000000033,g,9,1706029985.25,1,SF7BW125,x",
        ),
        ("Date;Heure;Passerelle;Compteur;DevEUI", "23.01.24;18:13:05,25;g;9;d1d1e80000000033"),
        ("Date;Time;Gateway;Seq;DevEUI", "1/23/2024;6:13:05.25 pm;g;9;d1d1e80000000033"),
    ],
)
def test_other_publishers_are_read_by_the_same_table(tmp_path: Path, head: str, cells: str) -> None:
    frame = one(tmp_path, f"{head}\n{cells}\n")
    assert (frame.dev_eui, frame.f_cnt, frame.marks) == (EUI, 9, UNTOLD)
    at = datetime.fromisoformat(str(frame.network_at))
    assert at == datetime(2024, 1, 23, 17, 13, 5, 250_000, tzinfo=UTC)


def test_a_title_an_empty_line_and_a_second_head_are_no_receptions(tmp_path: Path) -> None:
    text = "sep=;\nExport de janvier\n" + text_of(row(), HEAD, ["", *[""] * 11], row(count=8))
    assert [frame.f_cnt for frame in records(read(tmp_path, text))] == [7, 8]  # type: ignore[union-attr] # frames


def test_packed_or_not_whatever_it_is_called(tmp_path: Path) -> None:
    raw = text_of(row()).encode()
    assert read(tmp_path, gzip.compress(raw)) == read(tmp_path, raw)


def test_lines_come_oldest_first_and_those_of_a_minute_in_their_order(tmp_path: Path) -> None:
    rows = [row("24/01/2024 09:00", 9), row(count=8), row(count=7), row("22/01/2024 09:00", 5)]
    for order in (rows, rows[::-1]):
        messages = read(tmp_path, text_of(*order))
        assert [record.f_cnt for record in records(messages)] == [5, 7, 8, 9]  # type: ignore[union-attr] # frames
        assert messages == sorted(messages, key=lambda message: message.received_at)


def test_the_hour_that_comes_twice_is_told_by_the_order_of_the_lines(tmp_path: Path) -> None:
    """On 29 October 2023 Paris went from 03:00 back to 02:00."""
    walls = ["01:50", "02:10", "02:40", "02:39", "02:58", "02:08", "02:38", "03:10"]
    rows = [row(f"29/10/2023 {wall}", count) for count, wall in enumerate(walls)]
    expected = [-10, 10, 39, 40, 58, 68, 98, 130]
    midnight = datetime(2023, 10, 29, 0, 0, tzinfo=UTC)
    for order in (rows, rows[::-1]):
        found = [datetime_of(message.received_at) for message in read(tmp_path, text_of(*order))]
        assert [(at - midnight) // timedelta(minutes=1) for at in found] == expected


def test_a_counter_that_goes_on_tells_the_second_coming_of_an_hour(tmp_path: Path) -> None:
    walls = ["02:10", "02:08", "02:12", "03:01"]  # back by two minutes: 58 later, not at once
    rows = [row(f"29/10/2023 {wall}", count) for count, wall in enumerate(walls)]
    midnight = datetime(2023, 10, 29, 0, 0, tzinfo=UTC)
    for order in (rows, rows[::-1]):
        found = [datetime_of(message.received_at) for message in read(tmp_path, text_of(*order))]
        assert [(at - midnight) // timedelta(minutes=1) for at in found] == [10, 68, 72, 121]
    heard_twice = [row("29/10/2023 02:10"), row("29/10/2023 02:09", Gateway="Right")]
    found = [datetime_of(message.received_at) for message in read(tmp_path, text_of(*heard_twice))]
    assert [(at - midnight) // timedelta(minutes=1) for at in found] == [9, 10]


def test_an_hour_that_never_was_is_told_with_its_remedy(tmp_path: Path) -> None:
    text = text_of(row(), row("31/03/2024 02:30"))
    [_, refused] = records(read(tmp_path, text))
    assert isinstance(refused, Rejection)
    assert refused.reason == "bad_time"
    assert refused.detail.startswith("row 3, Date Time '31/03/2024 02:30': an hour of Europe/Paris")
    assert len(records(read(tmp_path, text, UTC_ZONE))) == 2
    assert read(tmp_path, text, UTC_ZONE)[1].received_at == 1_711_852_200_000_000


@pytest.mark.parametrize(
    ("changed", "reason", "told"),
    [
        ({"DevEUI": "d1d1"}, "bad_eui", "DevEUI 'd1d1': 16 hexadecimal digits expected"),
        ({"DevAddr": "FC00"}, "bad_session", "DevAddr 'FC00': 8 hexadecimal digits expected"),
        ({"DevAddr": ""}, "bad_session", "DevAddr '': 8 hexadecimal digits expected"),
        ({"Sequence": "x"}, "bad_value", "Sequence 'x': a whole number of 0 to 4294967295"),
        ({"Sequence": "-1"}, "bad_value", "Sequence '-1': a whole number"),
        ({"Sequence": ""}, "bad_value", "Sequence '': a frame counter expected"),
        ({"Port": "256"}, "bad_value", "Port '256': a whole number of 0 to 255 expected"),
        ({"RSSI": "loud"}, "bad_value", "RSSI 'loud': a number expected"),
        ({"SF": "13"}, "bad_value", "SF '13': a spreading factor of 5 to 12"),
        ({"Type": "BEACON"}, "bad_value", "Type 'BEACON': one of unconf data up"),
        ({"Type": "", "Direction": "left"}, "bad_value", "Direction 'left': up or down"),
        ({"Date Time": "soon"}, "bad_time", "Date Time 'soon': DD/MM/YYYY hh:mm[:ss]"),
        ({"Date Time": "32/01/2024 18:13"}, "bad_time", "day is out of range"),
        ({"Date Time": "01/01/1970 00:00"}, "bad_time", "a year of 1990 to 2199 expected"),
    ],
)
def test_a_bad_line_says_its_row_its_field_its_value_and_what_is_expected(
    tmp_path: Path, changed: dict[str, str], reason: str, told: str
) -> None:
    bad, good = records(read(tmp_path, text_of(row(**changed), row())))
    assert isinstance(bad, Rejection)
    assert isinstance(good, Uplink)
    assert bad.reason == reason
    assert bad.detail.startswith("row 2, ")
    assert told in bad.detail


@pytest.mark.parametrize("junk", ["EOF", "a;b", ";".join([*row(), "13th"]), '"', "\x00\x01;;;;"])
def test_junk_between_the_lines_is_refused_and_its_neighbours_stay(
    tmp_path: Path, junk: str
) -> None:
    found = records(read(tmp_path, text_of(row(), [junk], row(count=8))))
    assert [type(record) for record in found] == [Uplink, Rejection, Uplink]
    refused = found[1]
    assert isinstance(refused, Rejection)
    assert refused.reason == "wrong_shape"
    assert refused.detail.startswith("row 3, 12 cells expected, ")


def test_what_is_missing_is_not_told_rather_than_nothing(tmp_path: Path) -> None:
    frame = one(tmp_path, text_of(row(RSSI="", SNR="-", SF="N/A", Port="", Timestamp="null")))
    assert json.loads(frame.receptions) == [{"gateway_id": "Left", "time": "2024-01-23T17:13Z"}]
    assert (frame.radio, frame.f_port) == (0, 0)


@pytest.mark.parametrize("left_out", ["Date Time", "Gateway", "DevEUI", "Sequence"])
def test_a_missing_column_is_told_with_the_names_it_may_have(tmp_path: Path, left_out: str) -> None:
    keep = [place for place, name in enumerate(HEAD) if name not in {left_out, "Timestamp"}]
    text = text_of([row()[place] for place in keep], head=[HEAD[place] for place in keep])
    with pytest.raises(
        RecordingInvalid, match=r"export.csv, line 1: .* needs a column more"
    ) as told:
        read(tmp_path, text)
    assert left_out.lower().replace("deveui", "dev eui") in str(told.value).lower()
    assert "columns found: " in str(told.value)
    assert not is_recording(tmp_path / "export.csv")


def test_a_file_whose_times_nobody_can_read_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(RecordingInvalid, match=r"line 2: Date Time 'soon': .*so in every line"):
        read(tmp_path, text_of(row("soon"), row("later")))


def test_an_export_that_is_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.recordings._LARGEST_EXPORT", 300)
    assert len(read(tmp_path, text_of(row()))) == 1
    with pytest.raises(RecordingInvalid, match="more than 64 MB: split it"):
        read(tmp_path, gzip.compress(text_of(*[row()] * 9).encode()))


def test_downlinks_and_joins_become_events_each_once(tmp_path: Path) -> None:
    rows = [
        row(Type="JOIN_REQUEST", DevAddr="", Sequence="", Gateway="Left"),
        row(Type="JOIN_REQUEST", DevAddr="", Sequence="", Gateway="Right"),
        row(Type="JOIN_ACCEPT", Direction="down"),
        row(Type="CONF_DATA_DOWN", Direction="down"),
        row(Type="", Direction="down"),
        row(Type="CONF_DATA_UP"),
    ]
    *events, frame = records(read(tmp_path, text_of(*rows)))
    told = [(event.kind, event.identity) for event in events if isinstance(event, Event)]
    assert [kind for kind, _ in told] == ["log", "log", "join", "txack", "txack"]
    assert len(set(told)) == 3  # two gateways heard one request; both downlinks are one
    assert isinstance(frame, Uplink)
    assert frame.confirmed


@pytest.mark.parametrize(
    ("told", "factor", "rate"),
    [("SF7BW125", 7, None), ("SF12 BW125 4/5", 12, None), ("9", 9, None), ("DR5", None, 5)],
)
def test_a_spreading_factor_in_all_its_spellings(
    tmp_path: Path, told: str, factor: int | None, rate: int | None
) -> None:
    radio = one(tmp_path, text_of(row(SF=told))).radio
    assert radio >> 5 & 15 == (factor or 0)
    assert radio & 31 == (0 if rate is None else rate + 1)


def test_a_register_of_devices_is_no_export(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text("DevEUI;Name;Gateway\nd1d1e80000000033;lamp;x\n")
    assert not is_recording(file)


@given(
    cells=st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
            max_size=14,
        ),
        max_size=8,
    )
)
def test_every_line_that_says_something_is_one_message(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    """A good line first: it gives the others an instant."""
    text = text_of(row(), *cells)
    messages = read(tmp_path_factory.mktemp("e"), text)
    lines = [line for line in text.split("\n")[1:] if line.strip(" \t\r;,|")]
    assert len(messages) == len(lines)
    numbers = sorted(json.loads(message.payload)["row"] for message in messages)
    assert len(set(numbers)) == len(lines)
    records(messages)
