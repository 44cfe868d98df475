"""``reverbere flood``: what it records, what it says, what it refuses."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.assessment.stored_town import StoredTown
from tests.support.command_line import called
from twin.store.database import Database

AROUND_A112 = (-0.551, 47.44, -0.5495, 47.46)

Told = CompletedProcess[str]


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _file(folder: Path, geometry: dict[str, Any], **properties: Any) -> str:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    path = folder / "crue.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return str(path)


@pytest.fixture
def town(database: Database) -> StoredTown:
    """A town whose hour is the machine's: the command has no other clock."""
    return StoredTown(database, datetime.now(UTC) - timedelta(hours=1))


@pytest.fixture
def flood(town: StoredTown, tmp_path: Path) -> Callable[..., Told]:
    return lambda *words: called(
        "flood", *words, home=tmp_path / "home", DATABASE_URL=town.database.url
    )


def test_a_flood_is_told_with_what_it_puts_out(flood: Callable[..., Told], tmp_path: Path) -> None:
    shown = flood(_file(tmp_path, _box(*AROUND_A112), depth_m=0.62))
    assert shown.returncode == 0, shown.stderr
    told = " ".join(shown.stdout.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "Crue « crue »" in told
    assert "Armoires hors service 1" in told
    assert "Lampadaires éteints 10 (0 confirmés, 10 déduits)" in told
    assert "reste hors service jusqu’à son contrôle" in told


def test_water_that_comes_back_is_another_flood(
    flood: Callable[..., Told], town: StoredTown, tmp_path: Path
) -> None:
    water = _file(tmp_path, _box(*AROUND_A112), depth_m=0.62)
    before = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    between = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    assert flood(water, "--at", before).returncode == 0
    assert flood("--receded", "--at", between).returncode == 0
    late = (datetime.now(UTC) - timedelta(minutes=25)).isoformat()
    assert flood(water, "--at", late).returncode == 0  # reported late: the water has gone since
    assert town.sql("SELECT slug, ended_at IS NULL FROM flood") == [("crue", False)]
    assert flood(water).returncode == 0
    assert town.sql("SELECT slug, ended_at IS NULL FROM flood ORDER BY id") == [
        ("crue", False),
        ("crue-2", True),
    ]
    assert flood("--receded", "--event", "crue").returncode == 0
    assert town.sql("SELECT count(*) FROM flood WHERE ended_at IS NULL") == [(0,)]


@pytest.mark.parametrize(
    ("geometry", "depth", "sentence"),
    [
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, 1, "polygons are expected"),
        (_box(*AROUND_A112), -1, "depth -1 m: it must be greater than 0"),
    ],
)
def test_what_is_no_flood_is_refused_in_a_sentence(
    flood: Callable[..., Told],
    town: StoredTown,
    tmp_path: Path,
    *,
    geometry: dict[str, Any],
    depth: float,
    sentence: str,
) -> None:
    shown = flood(_file(tmp_path, geometry, depth_m=depth))
    assert shown.returncode == 1
    assert sentence in shown.stderr
    assert "crue.geojson" in shown.stderr
    assert "Traceback" not in shown.stderr
    assert town.sql("SELECT count(*) FROM flood") == [(0,)]


def test_a_flood_elsewhere_is_recorded_with_a_warning(
    flood: Callable[..., Told], town: StoredTown, tmp_path: Path
) -> None:
    shown = flood(_file(tmp_path, _box(2.3, 48.8, 2.4, 48.9), depth_m=1.0))
    assert shown.returncode == 0
    assert "lies outside Essai" in shown.stdout + shown.stderr
    assert town.sql("SELECT count(*) FROM incident") == [(0,)]
