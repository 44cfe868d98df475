"""``reverbere export`` as a user runs it: files, a list, one sentence where it cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pyogrio
import pytest

from control_center.cli import main
from tests.support import small_city
from twin.store.database import Database

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run the command in this process, on a small city; return exit code, output, errors."""
    small_city.build(database)
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("REVERBERE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def runner(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["export", *words])
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    return runner


def test_a_layer_becomes_a_file_that_gdal_reads(run: Run, tmp_path: Path) -> None:
    code, shown, _ = run("streetlights")
    assert code == 0
    assert "streetlights.gpkg: 120 rows" in shown
    assert pyogrio.read_info(tmp_path / "streetlights.gpkg")["features"] == 120
    assert run("waters", "-f", "geojson", "-o", "river.json")[0] == 0
    assert pyogrio.read_info(tmp_path / "river.json")["features"] == 1


def test_without_a_layer_what_is_there_is_listed(run: Run) -> None:
    listed = {one["layer"]: one for one in json.loads(run("--json")[1])}
    assert listed["feeders"] == {"layer": "feeders", "rows": 20, "geometry": "none"}
    assert "live-lights" in run()[1]


def test_every_layer_goes_into_a_folder_and_tables_that_cannot_are_named(
    run: Run, tmp_path: Path
) -> None:
    code, shown, _ = run("--all", "-f", "geojson", "-o", "all")
    assert code == 0
    assert "feeders has no places" in shown
    written = {path.name for path in (tmp_path / "all").iterdir()}
    assert {"streetlights.geojson", "live-floods.geojson"} <= written
    assert "feeders.geojson" not in written


def test_what_is_not_there_is_said_in_one_sentence(run: Run, tmp_path: Path) -> None:
    code, _, wrong = run("lamps")
    assert code == 1
    assert "there are: cabinets" in wrong
    assert "formats: gpkg" in run("streetlights", "-f", "shp")[2]
    assert not list(tmp_path.glob("*.shp"))
