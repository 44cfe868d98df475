"""Outages of the past through the real door: kept, set aside with a reason, published."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from control_center.importing import import_folder
from control_center.return_calibration import supports
from gis.report import ImportReport
from simulators.city import generate
from simulators.city.files import write
from tests.gis.files import write_text
from tests.store.test_city import CITY
from tests.support.web import TestClient, application
from twin.clock import VirtualClock
from twin.incidents.return_time import CrewState
from twin.store.database import Database

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = "code,kind,began_at,taken_at,returning_at,ended_at,root_kind,root_code,cause"


def bring(database: Database, folder: Path, *rows: str) -> ImportReport:
    (folder / "city.toml").write_text(CITY)
    (folder / "truth.json").write_text("{}")
    write_text(folder / "outages.csv", HEAD, *rows)
    return import_folder(database, folder, clock=VirtualClock(START), home=folder / "home")


def outage(number: int, hours: float, kind: str = "cabinet_out") -> str:
    began = START - timedelta(days=10 * number)
    taken, ended = began + timedelta(minutes=20), began + timedelta(hours=hours)
    instants = (began, taken, "", ended)
    return ",".join([f"P-{number}", kind, *(str(at) for at in instants), "cabinet", "Q", "orage"])


def test_rows_are_kept_or_set_aside_with_a_reason(database: Database, tmp_path: Path) -> None:
    sound = [outage(n, n) for n in range(1, 11)]
    wrong = [
        outage(1, 3),  # its code is taken
        outage(20, 3, "meteor"),
        outage(21, -1),
        outage(22, 0.1),  # taken in charge after it ended
    ]
    report = bring(database, tmp_path, *sound, *wrong)
    [file] = report.files
    assert (file.read, file.kept, file.set_aside) == (14, 10, 4)
    reasons = {finding.reason: finding.field for finding in file.findings}
    assert set(reasons.values()) == {"code", "kind", "ended_at", "taken_at"}
    again = bring(database, tmp_path, *sound[:-1], outage(10, 12))
    [layer] = again.files[0].layers
    assert (layer.added, layer.changed, layer.unchanged) == (0, 1, 9)


def test_what_was_imported_supports_a_return_time_and_says_how_well(
    database: Database, tmp_path: Path
) -> None:
    bring(database, tmp_path, *(outage(n, n) for n in range(1, 12)))
    waiting, taken = supports(database)
    assert (waiting.kind, waiting.stage, waiting.outages) == (
        "cabinet_out", CrewState.WAITING, 11
    )  # fmt: skip
    assert waiting.calibration is not None
    assert waiting.calibration.record.total == 11
    assert taken.stage is CrewState.TAKEN
    client = TestClient(application(database, VirtualClock(START)), base_url="http://localhost")
    told = client.get("/v1/returns/calibration").json()
    assert [(one["crew_state"], one["outages"]) for one in told] == [("waiting", 11), ("taken", 11)]
    page = client.get("/retours").text.replace("\u00a0", " ")
    assert "À l’épreuve du passé" in page
    assert "armoire sans courant" in page


def test_the_simulated_town_has_a_past_that_supports_each_kind(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    city = generate(seed=3, lights=300, now=now, history=False)
    past = city.frame("outages")
    assert past.equals(generate(seed=3, lights=300, now=now, history=False).frame("outages"))
    assert past.group_by("kind").len()["len"].min() >= 14
    assert past["ended_at"].max() < now
    assert (
        past.select(
            (pl.col("began_at") < pl.col("taken_at")) & (pl.col("taken_at") < pl.col("ended_at"))
        )
        .to_series()
        .all()
    )
    took = past.group_by("kind").agg(
        ((pl.col("ended_at") - pl.col("began_at")).dt.total_minutes() / 60).median().alias("h")
    )
    median = dict(took.iter_rows())
    assert median["lamp_failure"] > median["flood"] > median["cabinet_out"] > 1
    write(city, tmp_path / "city")
    assert (tmp_path / "city" / "outages.csv").exists()
