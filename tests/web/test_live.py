"""What changed in the store reaches a browser: once, in order, and nothing is missed."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from control_center.live.formats import unpack_columns, unpack_patch
from control_center.live.hub import Hub
from control_center.live.image import Image
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, serving
from twin.model.states import LightState
from twin.store.database import Database
from twin.store.live import Epoch, LiveReader

_PATIENCE = 100  # events; a pulse comes every two seconds
DARK, SILENT = int(LightState.CONFIRMED_DARK), int(LightState.SILENT)


def _epoch(n: int = 5, seq: int = 10) -> Epoch:
    return Epoch(
        version="v1",
        timezone="Europe/Paris",
        origin=(4.0, 45.0),
        asset_ids=np.arange(n, dtype=np.int64) + 100,
        positions=np.linspace(0, 0.01, 2 * n).reshape(-1, 2) + np.array([4.0, 45.0]),
        states=np.zeros(n, np.uint8),
        seq=seq,
    )


def _change(image: Image, idx: list[int], state: list[int]) -> bytes | None:
    return image.apply(np.array(idx, np.uint32), np.array(state, np.uint8), 1.0)


def _patch_of(event: bytes) -> tuple[list[int], list[int], int]:
    data = next(line for line in event.decode().split("\n") if line.startswith("data: "))
    _, seq, idx, state = unpack_patch(base64.b64decode(data[6:]))
    return idx.tolist(), state.tolist(), seq


# ------------------------------------------------------------------- the image
def test_only_what_really_changed_is_told() -> None:
    image = Image(_epoch(), "v1.run")
    event = _change(image, [1, 2, 3, 3], [DARK, 0, SILENT, DARK])
    assert event is not None
    assert _patch_of(event) == ([1, 3], [DARK, DARK], 1)


def test_a_light_that_comes_back_to_where_it_was_is_not_told() -> None:
    image = Image(_epoch(), "v1.run")
    assert _change(image, [1, 1], [DARK, 0]) is None
    assert image.seq == 0


def test_a_light_of_another_epoch_is_left_out() -> None:
    image = Image(_epoch(), "v1.run")
    assert _change(image, [99], [DARK]) is None


def test_patches_since_a_position_are_given_again_or_refused() -> None:
    image = Image(_epoch(), "v1.run")
    events = [_change(image, [0], [state]) for state in (DARK, SILENT, DARK)]
    assert image.patches_since("v1.run:1") == events[1:]
    assert image.patches_since("v1.run:3") == []
    assert image.patches_since("v1.run:4") is None
    assert image.patches_since("v1.other:1") is None
    assert image.patches_since("nonsense") is None


def test_patches_too_old_to_be_kept_are_refused_rather_than_skipped() -> None:
    image = Image(_epoch(), "v1.run")
    for turn in range(300):
        _change(image, [0], [DARK if turn % 2 == 0 else 0])
    assert image.patches_since("v1.run:1") is None
    assert len(image.patches_since("v1.run:290") or []) == 10


def test_the_snapshot_is_the_state_that_patches_follow_on() -> None:
    image = Image(_epoch(), "v1.run")
    _change(image, [4], [DARK])
    snapshot = image.snapshot()
    assert (snapshot.epoch, snapshot.seq) == ("v1.run", 1)
    assert list(gzip.decompress(snapshot.body)) == [0, 0, 0, 0, DARK]


def test_positions_are_degrees_from_the_origin_to_a_few_centimetres() -> None:
    epoch = _epoch(200)
    _, columns = unpack_columns(gzip.decompress(Image(epoch, "v1.run").lights()))
    back = columns["getPosition"].astype(np.float64) + epoch.origin
    assert np.abs(back - epoch.positions).max() < 1e-7  # about a centimetre


# ------------------------------------------------------------------ the stream
@contextmanager
def _listening(address: str, since: str = "") -> Iterator[Iterator[tuple[str, str, Any]]]:
    with (
        httpx.Client(timeout=120) as client,
        client.stream("GET", f"{address}/v1/live", params={"since": since}) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    name = data = number = ""
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data = value
        elif field == "id":
            number = value
        elif not line and name:
            yield name, number, data if name == "state" else json.loads(data)
            name = data = number = ""


def _first(events: Iterator[tuple[str, str, Any]], wanted: str) -> tuple[str, Any]:
    for _, (name, number, data) in zip(range(_PATIENCE), events, strict=False):
        if name == wanted:
            return number, data
    pytest.fail(f"no event {wanted!r} among the first {_PATIENCE}")


def _lit(city: SmallCity) -> int:
    """Return the index of a light that is lit."""
    return next(index for index in range(city.lights.size) if index not in city.dark)


def _set_state(database: Database, city: SmallCity, index: int, state: int) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE light_state SET state = %s, seq = nextval('light_state_seq')"
            " WHERE asset_id = %s",
            (state, int(city.lights[index])),
        )
        connection.execute("NOTIFY reverbere_state")


def test_a_change_in_the_store_reaches_a_browser(
    app: FastAPI, database: Database, city: SmallCity
) -> None:
    with serving(app) as address, _listening(address) as events:
        _, hello = _first(events, "hello")
        _, incidents = _first(events, "incidents")
        light = _lit(city)
        _set_state(database, city, light, SILENT)
        number, data = _first(events, "state")
    _, seq, idx, state = unpack_patch(base64.b64decode(data))
    assert [one["code"] for one in incidents] == [city.incident]
    assert number == f"{hello['epoch']}:{hello['seq'] + 1}"
    assert (seq, idx.tolist(), state.tolist()) == (hello["seq"] + 1, [light], [SILENT])


def test_every_browser_gets_the_same_bytes(
    app: FastAPI, database: Database, city: SmallCity
) -> None:
    with serving(app) as address, _listening(address) as one, _listening(address) as other:
        _first(one, "hello")
        _first(other, "hello")
        _set_state(database, city, _lit(city), DARK)
        assert _first(one, "state") == _first(other, "state")


def test_a_browser_that_comes_back_gets_what_it_missed(
    app: FastAPI, database: Database, city: SmallCity
) -> None:
    with serving(app) as address:
        with _listening(address) as events:
            _, hello = _first(events, "hello")
            position = f"{hello['epoch']}:{hello['seq']}"
            _set_state(database, city, _lit(city), SILENT)
            seen, _ = _first(events, "state")
        with _listening(address, since=position) as events:
            _, again = _first(events, "hello")
            number, _ = _first(events, "state")
        assert again["replayed"] is True
        assert number == seen
        with _listening(address, since="another.run:4") as events:
            assert _first(events, "hello")[1]["replayed"] is False


def test_the_pulse_carries_the_territory_s_clock_and_the_ledger(app: FastAPI) -> None:
    with serving(app) as address, _listening(address) as events:
        pulse = _first(events, "pulse")[1]
        while not pulse["received"]:  # the first one may come before the ledger was read
            pulse = _first(events, "pulse")[1]
    told = datetime.fromtimestamp(pulse["now"] / 1000, UTC)
    assert timedelta(0) <= told - EVENING < timedelta(minutes=10)
    assert pulse["received"] == 40
    assert pulse["balanced"] is True
    assert pulse["counts"][DARK] > 0


def test_a_new_import_begins_a_new_epoch(app: FastAPI, database: Database, city: SmallCity) -> None:
    with serving(app) as address, _listening(address) as events:
        _, before = _first(events, "hello")
        with database.connection() as connection:
            connection.execute("UPDATE territory SET data_version = 'second'")
            connection.execute("NOTIFY reverbere_city, 'second'")
        _, after = _first(events, "hello")
    assert after["epoch"].startswith("second.")
    assert before["epoch"].split(".")[0] != "second"
    assert after["replayed"] is False


def test_a_change_between_the_first_browser_and_the_listening_thread_is_told(
    database: Database, city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    greeted = threading.Event()
    listens = Hub._listen
    monkeypatch.setattr(Hub, "_listen", lambda hub: (greeted.wait(120), listens(hub))[1])
    with serving(application(database)) as address, _listening(address) as events:
        _, hello = _first(events, "hello")
        light = _lit(city)
        _set_state(database, city, light, SILENT)
        greeted.set()
        number, data = _first(events, "state")
    assert unpack_patch(base64.b64decode(data))[2].tolist() == [light]
    assert number == f"{hello['epoch']}:{hello['seq'] + 1}"


def _lose_the_store(database: Database) -> None:
    with database.connection() as connection:
        lost = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'reverbere live' AND datname = current_database()"
        ).fetchall()
    assert lost == [(True,)]


def _once_it_follows(events: Iterator[tuple[str, str, Any]]) -> None:
    """Wait for a pulse of the listening thread; the first one belongs to the greeting."""
    _first(events, "pulse")
    _first(events, "pulse")


def test_a_channel_that_lost_its_store_tells_what_changed_meanwhile(
    app: FastAPI, database: Database, city: SmallCity
) -> None:
    with serving(app) as address, _listening(address) as events:
        _, hello = _first(events, "hello")
        _once_it_follows(events)
        _lose_the_store(database)
        light = _lit(city)
        _set_state(database, city, light, SILENT)
        number, data = _first(events, "state")
    assert unpack_patch(base64.b64decode(data))[2].tolist() == [light]
    assert number == f"{hello['epoch']}:{hello['seq'] + 1}"


def test_a_channel_that_finds_another_city_after_losing_its_store_begins_anew(
    app: FastAPI, database: Database, city: SmallCity
) -> None:
    with serving(app) as address, _listening(address) as events:
        _once_it_follows(events)
        with database.connection() as connection:  # and nobody says so
            connection.execute("UPDATE territory SET data_version = 'second'")
        _lose_the_store(database)
        _, again = _first(events, "hello")
    assert again["epoch"].startswith("second.")
    assert again["replayed"] is False


def test_one_browser_too_many_is_told_to_wait(database: Database, city: SmallCity) -> None:
    with serving(application(database, live_clients=1)) as address, _listening(address) as events:
        _first(events, "hello")
        refused = httpx.get(f"{address}/v1/live", timeout=120)
    assert refused.status_code == 429
    assert "retry-after" in refused.headers


def test_a_server_that_stops_lets_its_browsers_go(app: FastAPI) -> None:
    with serving(app) as address:
        streaming = httpx.Client(timeout=120)
        answer = streaming.send(streaming.build_request("GET", f"{address}/v1/live"), stream=True)
        events = _events(answer)
        _first(events, "hello")
    # the stream ended with the server: the rest comes to its end instead of hanging
    assert all(name for name, _, _ in events)
    streaming.close()


# ------------------------------------------------------------------- the states
def test_the_state_of_now_is_one_byte_a_light(client: TestClient, city: SmallCity) -> None:
    answer = client.get("/v1/map/state")
    states = np.frombuffer(answer.content, np.uint8)
    assert states.size == city.lights.size
    assert set(np.flatnonzero(states)) == set(city.dark)
    assert answer.headers["x-reverbere-epoch"].startswith("small.")
    assert answer.headers["x-reverbere-seq"] == "0"


def test_the_state_of_then_is_read_from_history(
    client: TestClient, database: Database, city: SmallCity
) -> None:
    light = int(city.lights[2])
    hours = [EVENING - timedelta(hours=hour) for hour in (3, 1)]
    with database.connection() as connection:
        connection.execute(
            "SELECT ensure_partitions('light_state_history', %s)",
            ([hour.date() for hour in hours],),
        )
        for hour, state in zip(hours, (SILENT, DARK), strict=True):
            connection.execute(
                "INSERT INTO light_state_history VALUES (%s, %s, %s, 0.5)", (hour, light, state)
            )

    def state_at(instant: datetime) -> int:
        answer = client.get("/v1/map/state", params={"at": instant.isoformat()})
        return answer.content[2]

    assert state_at(EVENING - timedelta(hours=4)) == LightState.UNMONITORED
    assert state_at(EVENING - timedelta(hours=2)) == SILENT
    assert state_at(EVENING) == DARK


def test_changes_are_read_once(database: Database, city: SmallCity) -> None:
    reader = LiveReader(database)
    epoch = reader.epoch()
    _set_state(database, city, 7, SILENT)
    idx, state, last = reader.changes_since(epoch.seq)
    assert (idx.tolist(), state.tolist()) == ([7], [SILENT])
    assert reader.changes_since(last)[0].size == 0
    assert reader.changes_since(last)[2] == last


@pytest.mark.parametrize("missing", ["territory", "lights"])
def test_a_store_without_a_city_has_an_empty_image(database: Database, missing: str) -> None:
    epoch = LiveReader(database).epoch()
    assert epoch.version == ""
    assert epoch.states.size == 0
    assert Image(epoch, "none.run").snapshot().seq == 0
