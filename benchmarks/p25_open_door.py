"""P25: the open door of a city of a million lights: pages, boxes, filters, whole files.

The layer lies in a real database; answers come from the whole application, as a program gets them.
The issue sets no bar here: each figure is beside what the same costs at 20 000 lights, since a page
must not cost more because the city is larger.
"""

import json
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.rows import Row, best_of
from benchmarks.servers import servers
from control_center.app import create_app
from control_center.open_data.exports import FORMATS, export
from control_center.open_data.holdings import Holdings
from control_center.open_data.reference_systems import systems
from control_center.web_settings import WebSettings
from twin.clock import SystemClock
from twin.store.database import Database

LIGHTS = int(os.environ.get("REVERBERE_BENCH_LIGHTS", "1000000"))
SMALL = 20_000
_SINCE = datetime(2026, 11, 1, tzinfo=UTC)
_CORNER, _OTHER = (4.855, 45.755), (4.860, 45.760)


def _questions(lights: int) -> dict[str, str]:
    """Return what is asked, by name; every page holds a thousand features at most."""
    metric = systems(2154)["http://www.opengis.net/def/crs/EPSG/0/2154"]
    bent = metric.from_crs84(np.array([_CORNER, _OTHER])).ravel()
    asked = {
        "first page": "",
        "last page": f"&cursor=L-{lights - 500:07d}",
        "box": "&bbox=" + ",".join(map(str, (*_CORNER, *_OTHER))),
        "box in Lambert-93": f"&bbox={','.join(map(str, bent))}&bbox-crs={metric.uri}",
        "value": "&technology=sodium_high_pressure",
    }
    items = "/ogc/collections/streetlights/items?limit=1000"
    return {name: items + question for name, question in asked.items()}


def measure(lights: int) -> dict[str, float]:
    """Return milliseconds, seconds and megabytes of a city of so many lights."""
    figures: dict[str, float] = {}
    with servers() as running, running.fresh("p25") as database:
        _city(database, lights)
        ask = _asking(database)
        before = _memory_mb()
        began = time.perf_counter()
        questions = _questions(lights)
        ask(questions["first page"])
        figures["first reading [s]"] = time.perf_counter() - began
        for name, question in questions.items():
            figures[f"{name} [ms]"] = 1000 * best_of(5, partial(ask, question))
        figures["live lights [s]"] = best_of(
            1, lambda: ask("/ogc/collections/live-lights/items?limit=1000")
        )
        figures["memory [MB]"] = _memory_mb() - before
        figures |= _files(database)
    return figures


def _files(database: Database) -> dict[str, float]:
    held = Holdings(database, SystemClock()).held("streetlights")
    with tempfile.TemporaryDirectory() as folder:
        return {
            f"{name} [s]": best_of(1, partial(export, held, name, Path(folder, f"x.{name}")))
            for name in FORMATS
        }


def _city(database: Database, lights: int) -> None:
    """Fill a store with lights on a grid, by statements of the server's own."""
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, data_version, created_at)"
            " VALUES ('grid', 'Grid', true, 'Europe/Paris', 2154, 4.85, 45.75, 'x', %s)",
            (_SINCE,),
        )
        side = int(lights**0.5) + 1
        connection.execute(
            "INSERT INTO asset (kind, code, longitude, latitude, properties, valid_from)"
            " SELECT 'streetlight', 'L-' || lpad(n::text, 7, '0'), 4.85 + (n %% %(side)s) * 0.0003,"
            " 45.75 + (n / %(side)s) * 0.0002, jsonb_build_object('street', 'rue ' || n / 60,"
            " 'luminaire', 'LED ' || n %% 9, 'installed_on', '2019-05-04'), %(since)s"
            " FROM generate_series(1, %(lights)s) n",
            {"side": side, "lights": lights, "since": _SINCE},
        )
        connection.execute(
            "INSERT INTO light (asset_id, technology, lamp_w, lamp_text) SELECT id,"
            " CASE WHEN id % 7 = 0 THEN 'sodium_high_pressure' ELSE 'led' END, 40 + id % 60,"
            " 'LED 40W' FROM asset"
        )
        connection.execute(
            "INSERT INTO light_state (asset_id, state, probability, since, seq)"
            " SELECT id, id % 4, 0.5, valid_from, id FROM asset"
        )
    with database.connection() as connection:
        connection.execute("ANALYZE")


def _asking(database: Database) -> Callable[[str], None]:
    """Return a visitor of the application in this process: what is counted is the answer alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette prefers httpx2; httpx is what is locked
        from starlette.testclient import TestClient  # noqa: PLC0415 - a dependency of tests
    app = create_app(WebSettings(jobs=False), database)
    client = TestClient(app, base_url="http://localhost")

    def ask(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text[:300]
        assert json.loads(answer.content)["numberReturned"]

    return ask


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rows() -> list[Row]:
    """Return the rows of the table."""
    small, large = measure(SMALL), measure(LIGHTS)
    found = []
    for name, value in large.items():
        what, unit = name.rstrip("]").split(" [")
        note = f"{small[name]:.3g} {unit} at {SMALL} lights"
        found.append(Row("P25", f"open door, {LIGHTS} lights: {what}", value, unit, note=note))
    return found


if __name__ == "__main__":
    for row in rows():
        print(row)
