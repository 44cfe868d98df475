"""``/health`` and ``/metrics``: what works, and what does not."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from control_center.jobs import Job, Jobs
from tests.support.small_city import EVENING, SmallCity
from tests.support.small_tiles import publish_tiles
from tests.support.web import TestClient, application, visiting
from twin.clock import Clock, SystemClock, VirtualClock
from twin.errors import StoreUnreachable
from twin.store.database import Database
from twin.store.settings import StoreSettings


def test_an_empty_store_is_degraded_and_says_why(database: Database) -> None:
    with visiting(application(database)) as client:
        answer = client.get("/health")
    report = answer.json()
    assert answer.status_code == 200
    assert report["status"] == "degraded"
    assert any("no territory" in reason for reason in report["reasons"])
    assert report["database"]["answers"] is True
    assert report["ingest"] == {"last_batch_at": None, "age_s": None, "workers": []}


def test_a_city_that_lives_is_described(client: TestClient, database: Database) -> None:
    report = client.get("/health").json()
    assert report["territory"]["slug"] == "bellerive"
    assert report["territory"]["simulated"] is True
    assert report["versions"]["schema"] == report["database"]["schema"]
    assert report["ingest"]["age_s"] >= 0
    assert report["versions"]["pydeck"] == "0.9.3"
    assert report["database"]["postgresql"]


def test_a_broker_that_does_not_answer_is_a_reason(database: Database) -> None:
    app = application(database)
    app.state.services = {"broker": {"address": "mqtt://127.0.0.1:1"}}
    with visiting(app) as client:
        report = client.get("/health").json()
    assert report["broker"] == {"answers": False}
    assert any("broker" in reason for reason in report["reasons"])


def test_a_missing_extension_is_a_reason(database: Database) -> None:
    app = application(database)
    app.state.services = {"database": {"missing": "no TimescaleDB, plain partitions serve"}}
    with visiting(app) as client:
        reasons = client.get("/health").json()["reasons"]
    assert "database: no TimescaleDB, plain partitions serve" in reasons


def test_without_its_database_it_is_down_and_still_answers() -> None:
    impatient = StoreSettings(connect_timeout_s=1)
    with Database("postgresql://nobody@127.0.0.1:1/none", impatient) as away:
        app = application(away)
        with visiting(app) as client:
            answer = client.get("/health")
            page = client.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["database"]["answers"] is False
    assert page.status_code == 503
    assert "Traceback" not in page.text


def test_metrics_count_lights_by_state_and_requests_by_route(
    client: TestClient, city: SmallCity
) -> None:
    client.get("/pilotage/incidents/I-0000")
    text = client.get("/metrics").text
    assert f'reverbere_lights{{state="inferred_dark"}} {6.0}' in text
    assert 'route="/pilotage/incidents/{code}",status="4xx"' in text
    assert "I-0000" not in text
    assert "reverbere_messages_unaccounted 0.0" in text


def test_a_job_that_fails_is_shown_and_tried_again(database: Database) -> None:
    tried = threading.Semaphore(0)

    def work(_: Database, __: Clock) -> None:
        tried.release()
        raise StoreUnreachable("somewhere", "away")

    reasons: list[str] = []
    with _running(database, work) as jobs:
        assert tried.acquire(timeout=120)
        _until(lambda: bool(jobs.report(reasons)["probe"]["error"]))
    assert any(reason.startswith("probe: ") and "away" in reason for reason in reasons)


def test_a_notification_brings_a_job_forward(database: Database) -> None:
    ran = threading.Semaphore(0)

    def work(_: Database, __: Clock) -> None:
        ran.release()

    with _running(database, work) as jobs:
        assert ran.acquire(timeout=120)  # at the start
        jobs.notified("another_channel")
        assert not ran.acquire(timeout=0.3)
        jobs.notified("probe_channel")
        assert ran.acquire(timeout=120)


class _running:  # noqa: N801 - reads as a context manager
    def __init__(self, database: Database, work: Callable[[Database, Clock], None]) -> None:
        # the job names its work by address, as the real ones do
        globals()["probe"] = work
        job = Job("probe", f"{__name__}:probe", 3600, ("probe_channel",), settle_s=0.01)
        self.jobs = Jobs(database, SystemClock(), (job,))

    def __enter__(self) -> Jobs:
        self.jobs.start()
        return self.jobs

    def __exit__(self, *_: object) -> None:
        self.jobs.stop()


def _until(true: Callable[[], bool]) -> None:
    for _ in range(12_000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("it never became true")


def test_published_tiles_leave_nothing_degraded(
    database: Database, city: SmallCity, tmp_path_factory: pytest.TempPathFactory
) -> None:
    publish_tiles(database, tmp_path_factory.mktemp("home"))
    with visiting(application(database)) as client:
        reasons = client.get("/health").json()["reasons"]
    assert not [reason for reason in reasons if "tiles" in reason or "territory" in reason]


def test_a_worker_of_several_that_is_missing_is_a_reason(
    database: Database, city: SmallCity
) -> None:
    reports = [("town", 5, False), ("town-2", 300, False), ("town-3", 300, True)]
    with database.connection() as connection:
        for name, age_s, stopped in reports:
            connection.execute(
                "INSERT INTO worker_status VALUES (%s, %s, jsonb_build_object('stopped', %s))",
                (name, EVENING - timedelta(seconds=age_s), stopped),
            )
    with visiting(application(database, VirtualClock(EVENING))) as client:
        reasons = client.get("/health").json()["reasons"]
    silent = [reason for reason in reasons if "ingest worker" in reason]
    assert len(silent) == 1
    assert "town-2 has been silent for 300" in silent[0]
