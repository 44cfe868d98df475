"""Grids of heights in the store: kept once, replaced when they change, and what stands on them."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from httpx import Response

from control_center.drill_answers import Question
from control_center.rehearsal import Rehearsals
from control_center.relief import derive_ground, load_relief, read_relief
from gis.mapping import read_mapping
from gis.report import Figure, FileReport
from gis.settings import ImportSettings
from tests.gis.files import write_text
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.clock import SystemClock
from twin.store.city import CityReader
from twin.store.city_writer import CityWriter
from twin.store.database import Database
from twin.store.terrain import TerrainStore

FINE, COARSE = 0.3, 9.7


class Brought(NamedTuple):
    """What an import tells."""

    report: FileReport
    figures: list[Figure]


def grid(folder: Path, database: Database, *, name: str, height: float, void: bool = False) -> Path:
    """Write a flat grid of text under the whole city, or one without any height in its west."""
    places = CityReader(database).supply_devices().drop_nulls("longitude")
    west, south = places["longitude"].min() - 0.01, places["latitude"].min() - 0.01
    step = max(places["longitude"].max() - west, places["latitude"].max() - south) / 18
    rows = np.full((20, 20), height)
    if void:
        rows[:, :20] = -99999
        rows[19, 19] = height
    return write_text(
        folder / f"{name}.asc",
        "ncols 20", "nrows 20", f"xllcorner {west}", f"yllcorner {south}", f"cellsize {step}",
        "NODATA_value -99999",
        *(" ".join(map(str, row)) for row in rows),
    )  # fmt: skip


def mapping(folder: Path, error_m: float) -> str:
    file = folder / f"error-{error_m}.toml"
    lines = ("[source]", 'crs = "EPSG:4326"', "[surface]", f"error_m = {error_m}")
    return str(write_text(file, 'title = "relief"', *lines))


def bring(database: Database, folder: Path, file: Path, error_m: float) -> Brought:
    """Import a grid as the command does, without drawing the map anew."""
    how = read_mapping(Path(mapping(folder, error_m)))
    relief = read_relief(file, how, ImportSettings())
    with database.connection() as connection:
        load_relief(connection, CityWriter(connection, EVENING), relief)
        return Brought(relief.report, derive_ground(connection))


def grounds(database: Database):
    devices = CityReader(database).supply_devices().filter(kind="cabinet")
    return devices["ground_m_ngf"].to_list(), devices["ground_error_m"].to_list()


@pytest.fixture
def ungrounded(database: Database, city: SmallCity) -> Database:
    """Give a town of whose ground no register tells."""
    with database.connection() as connection:
        connection.execute("UPDATE asset SET properties = properties - 'ground_m_ngf'")
        connection.execute("UPDATE supply_device SET ground_m_ngf = NULL")
    return database


def test_a_grid_tells_the_ground_of_every_cabinet_and_a_second_import_changes_nothing(
    ungrounded: Database, tmp_path: Path
) -> None:
    file = grid(tmp_path, ungrounded, name="relief", height=12.4)
    first = bring(ungrounded, tmp_path, file, FINE)
    told, error = grounds(ungrounded)
    assert told == pytest.approx([12.4] * len(told))
    assert error == pytest.approx([FINE] * len(told))
    assert (first.report.layers[0].added, first.report.kept) == (400, 400)
    assert Figure("ground told by a grid, to 0.5 m or better", len(told)) in first.figures
    again = bring(ungrounded, tmp_path, file, FINE).report.layers[0]
    assert (again.added, again.changed, again.unchanged) == (0, 0, 400)


def test_a_new_grid_of_the_same_name_takes_the_place_of_the_old_one(
    ungrounded: Database, tmp_path: Path
) -> None:
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=12.4), FINE)
    moved = bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=13), FINE)
    assert moved.report.layers[0].changed == 400
    assert set(grounds(ungrounded)[0]) == {13.0}
    with ungrounded.connection() as connection:
        assert len(TerrainStore(connection).grids()) == 1
        kept = connection.execute("SELECT count(*) FROM terrain").fetchone()
    assert kept == (2,)


def test_of_two_grids_the_surer_tells_and_the_other_fills_its_holes(
    ungrounded: Database, tmp_path: Path
) -> None:
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="coarse", height=20), COARSE)
    assert set(grounds(ungrounded)[0]) == {20.0}
    fine = grid(tmp_path, ungrounded, name="fine", height=12.4, void=True)
    bring(ungrounded, tmp_path, fine, FINE)
    assert set(grounds(ungrounded)[0]) == {20.0}, "the fine one knows none of these places"
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="fine", height=12.4), FINE)
    assert grounds(ungrounded)[0] == pytest.approx([12.4] * len(grounds(ungrounded)[0]))


def test_what_a_register_says_of_a_ground_holds(
    ungrounded: Database, tmp_path: Path, city: SmallCity
) -> None:
    with ungrounded.connection() as connection:
        connection.execute(
            "UPDATE asset SET properties = properties || '{\"ground_m_ngf\": 7.5}'"
            " WHERE kind = 'cabinet'"
        )
        connection.execute("UPDATE supply_device SET ground_m_ngf = 7.5")
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=12.4), FINE)
    told, error = grounds(ungrounded)
    assert (set(told), set(error)) == ({7.5}, {None})


def test_water_is_compared_with_a_fine_ground_and_never_with_a_coarse_one(
    ungrounded: Database, tmp_path: Path
) -> None:
    def drowned() -> tuple[int, dict[str, object]]:
        drills = Rehearsals(ungrounded, SystemClock())
        told = drills.at_level(Question(level_m_ngf=30.0, gauge="G", level_m=30.0))
        return told["headline"]["cabinets"], told["unknown"]

    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=12.4), COARSE)
    cabinets = len(grounds(ungrounded)[0])
    count, unknown = drowned()
    assert (count, unknown["cabinets_without_ground"]) == (0, cabinets)
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=12.4), FINE)
    count, unknown = drowned()
    assert (count, unknown["cabinets_without_ground"]) == (cabinets, 0)
    assert (unknown["grounds_of_grid"], unknown["ground_error_m"]) == (cabinets, FINE)


def test_the_layers_page_lists_a_relief_and_says_what_it_is_good_for(
    ungrounded: Database, tmp_path: Path, client: TestClient, city: SmallCity
) -> None:
    bring(ungrounded, tmp_path, grid(tmp_path, ungrounded, name="relief", height=12.4), COARSE)
    page = _words(client.get("/couches"))
    assert "Relief relief" in page
    assert "à ± 9,7 m près : trop vague pour se comparer à l’eau" in page
    panel = _words(client.get(f"/pilotage/objets/cabinet/{city.flooded}"))
    assert "environ 12 m, à ± 9,7 m près (relief relief)" in panel


def _words(answer: Response) -> str:
    """Return a page with plain spaces."""
    assert answer.status_code == 200
    return re.sub(r"[\s\u00a0\u202f]+", " ", answer.text)
