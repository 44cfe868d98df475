"""Whatever is killed, and whenever: nothing is lost, nothing is doubled, the ledger balances."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.ordeal import READINGS, Cluster, Load, Worker, publishing, received, settled
from tests.ingest.sources.brokers import until
from tests.ingest.streams import balance
from tests.support import session
from tests.support.brokers import Broker
from twin.store.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LOAD = Load.made()


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=session.folder(), prefix="o-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def cluster(place: Path) -> Iterator[Cluster]:
    made = Cluster(place)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def worker(broker_server: Broker, database: Database, place: Path) -> Iterator[Worker]:
    made = Worker(broker_server.url, database.url, place / "home", place / "worker.log")
    made.start()
    made.wait_until_listening()
    yield made
    if made.alive():
        made.kill()


def stored(database: Database) -> tuple[int, int, int, int]:
    """Frames, different ones among them, readings, and what was refused."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM frame),"
            " (SELECT count(DISTINCT (dev_eui, f_cnt)) FROM frame),"
            " (SELECT count(*) FROM observation), (SELECT count(*) FROM rejected)"
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3]


def nothing_lost_nothing_doubled(database: Database) -> None:
    assert settled(database, len(LOAD.messages)), balance(database)
    # copies that came twice may make up the number while the last frames are on their way
    assert until(lambda: stored(database)[1::2] >= (LOAD.frames, LOAD.garbage)), balance(database)
    frames, keys, readings, rejected = stored(database)
    assert (frames, keys) == (LOAD.frames, LOAD.frames)
    assert readings == LOAD.frames * READINGS
    assert rejected == LOAD.garbage
    found = balance(database)
    assert found["stored"] == LOAD.frames
    assert found["rejected"] >= LOAD.garbage
    assert found["received"] >= len(LOAD.messages)


def test_a_worker_killed_three_times_loses_nothing(
    broker_server: Broker, database: Database, worker: Worker
) -> None:
    with publishing(LOAD, broker_server):
        for restart in range(3):
            time.sleep(0.7 + 0.3 * restart)
            worker.kill()
            worker.start()
            worker.wait_until_listening(restart + 2)
    nothing_lost_nothing_doubled(database)
    assert worker.stop() == 0


def test_a_broker_that_restarts_is_waited_for(
    broker_server: Broker, database: Database, worker: Worker
) -> None:
    with publishing(LOAD, broker_server):
        time.sleep(1)
        broker_server.stop()
        time.sleep(1)
        broker_server.start()
    nothing_lost_nothing_doubled(database)
    assert worker.stop() == 0
    assert "Traceback" not in worker.text()
    assert "connection to the broker lost" in worker.text()


def test_a_database_that_is_killed_is_waited_for(
    broker_server: Broker, cluster: Cluster, place: Path
) -> None:
    with cluster.store() as database:
        worker = Worker(broker_server.url, database.url, place / "home", place / "worker.log")
        worker.start()
        worker.wait_until_listening()
        with publishing(LOAD, broker_server):
            assert until(lambda: received(database) > 0)
            cluster.kill()
            assert until(lambda: "store away" in worker.text()), worker.text()
            cluster.start()
            time.sleep(1)
            cluster.kill()
            time.sleep(1)
            cluster.start()
        nothing_lost_nothing_doubled(database)
        assert worker.stop() == 0
        assert "Traceback" not in worker.text()


def test_three_workers_that_share_the_messages_and_are_killed_lose_nothing(
    broker_server: Broker, database: Database, place: Path
) -> None:
    """One device comes now to one worker, now to another: they agree on its counter."""
    crew = [
        Worker(broker_server.url, database.url, place / "home", place / f"{n}.log", n, 3)
        for n in (1, 2, 3)
    ]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.wait_until_listening()
    with publishing(LOAD, broker_server):
        for times, worker in enumerate(crew):
            time.sleep(0.5 + 0.2 * times)
            worker.kill()
            worker.start()
            worker.wait_until_listening(2)
    nothing_lost_nothing_doubled(database)
    assert [worker.stop() for worker in crew] == [0, 0, 0]
    shares = [worker.text().count("Traceback") for worker in crew]
    assert shares == [0, 0, 0]
    with database.connection() as connection:
        counted = connection.execute("SELECT sum(received) FROM device_session").fetchone()
    assert counted == (LOAD.frames,)


def test_worker_and_database_killed_together_lose_nothing(
    broker_server: Broker, cluster: Cluster, place: Path
) -> None:
    with cluster.store() as database:
        worker = Worker(broker_server.url, database.url, place / "home", place / "worker.log")
        worker.start()
        worker.wait_until_listening()
        with publishing(LOAD, broker_server):
            for restart in range(2):
                time.sleep(0.9 + 0.4 * restart)
                cluster.kill()
                worker.kill()
                cluster.start()
                worker.start()
                worker.wait_until_listening(restart + 2)
        nothing_lost_nothing_doubled(database)
        assert worker.stop() == 0
        assert "Traceback" not in worker.text()
