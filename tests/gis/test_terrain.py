"""The ground: read from grids of several formats, and its height between the points of the grid."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import LayerEmpty, LayerUnreadable, MappingInvalid, NotRecognised, UnknownCrs
from gis.guess_surface import guess_surface
from gis.importers.raster import as_geotiff, from_geotiff, read_terrain
from gis.mapping import builtin_mapping, read_mapping
from gis.recognise import mapping_of_surface
from gis.settings import ImportSettings
from gis.terrain import Terrain
from tests.gis.files import LIMITS, write_text

NAN = np.nan
SLOPE = Terrain(
    "slope",
    np.array([[10, 20, 30], [20, 30, 40], [30, 40, 50]], np.float32),
    (1.0, 0.0, 2.0, 0.0, -1.0, 48.0),  # cells of one degree, their middles at 2.5°, 47.5° …
    "EPSG:4326",
    0.2,
)


def mapping(tmp_path: Path, *lines: str):
    text = ('title = "heights"', *lines, "[surface]", "error_m = 0.2", 'datum = "NGF-IGN69"')
    return read_mapping(write_text(tmp_path / "heights.toml", *text))


def grid_of_text(file: Path, *rows: str) -> Path:
    columns = len(rows[0].split())
    head = (f"ncols {columns}", f"nrows {len(rows)}", "xllcorner 770000", "yllcorner 6280000")
    return write_text(file, *head, "cellsize 1", "NODATA_value -99999", *rows)


# ---------------------------------------------------------------- between the cells
def test_the_middle_of_a_cell_has_its_height_and_what_lies_between_is_linear() -> None:
    longitude = np.array([2.5, 3.5, 4.5, 3.0, 3.0, 3.5])
    latitude = np.array([47.5, 46.5, 45.5, 47.5, 47.0, 46.25])
    assert SLOPE.heights_at(longitude, latitude).tolist() == [10, 30, 50, 15, 20, 32.5]


def test_within_half_a_cell_of_the_edge_the_nearest_cell_holds_and_outside_nobody_knows() -> None:
    longitude, latitude = (
        np.array([2.1, 4.9, 5.1, 3.0, NAN]),
        np.array([47.9, 45.1, 46.0, 44.9, 47]),
    )
    found = SLOPE.heights_at(longitude, latitude)
    assert found == pytest.approx([10, 50, NAN, NAN, NAN], nan_ok=True)


def test_beside_an_unknown_cell_the_height_is_not_known_but_at_a_known_one_it_is() -> None:
    holed = SLOPE.heights_m.copy()
    holed[1, 1] = NAN
    terrain = Terrain("holed", holed, SLOPE.transform, SLOPE.crs, 0.2)
    found = terrain.heights_at(np.array([3.4, 2.5, 3.5]), np.array([46.6, 46.5, 47.5]))
    assert found == pytest.approx([NAN, 20, 20], nan_ok=True)
    assert terrain.known == 8


@given(
    st.lists(
        st.tuples(st.floats(1, 6), st.floats(44, 49)),
        min_size=1,
        max_size=40,
    )
)
def test_many_places_at_once_are_as_each_alone_and_never_leave_the_range(places) -> None:
    longitude, latitude = (np.array(each, np.float64) for each in zip(*places, strict=True))
    together = SLOPE.heights_at(longitude, latitude)
    alone = [SLOPE.heights_at(np.array([x]), np.array([y]))[0] for x, y in places]
    assert together == pytest.approx(alone, nan_ok=True)
    known = together[np.isfinite(together)]
    assert ((known >= 10) & (known <= 50)).all()


def test_a_plane_is_found_again_everywhere_in_lambert_93() -> None:
    rows, columns = np.mgrid[0:200, 0:200]
    plane = (50 + 0.5 * columns - 0.25 * rows).astype(np.float32)
    terrain = Terrain(
        "plane", plane, (1.0, 0.0, 770_000.0, 0.0, -1.0, 6_280_200.0), "EPSG:2154", 0.2
    )
    west, south, east, north = terrain.bounds
    middle = terrain.heights_at(np.array([(west + east) / 2]), np.array([(south + north) / 2]))
    assert middle == pytest.approx([50 + 0.5 * 99.5 - 0.25 * 99.5], abs=0.05)
    assert terrain.step_m == 1.0


# ---------------------------------------------------------------- files
def test_a_grid_comes_back_from_the_store_s_form_bit_by_bit() -> None:
    again = from_geotiff("slope", as_geotiff(SLOPE), 0.2)
    assert again.heights_m.tobytes() == SLOPE.heights_m.tobytes()
    assert (again.transform, again.crs, again.code) == (SLOPE.transform, SLOPE.crs, "slope")
    assert as_geotiff(again) == as_geotiff(SLOPE)


def test_a_grid_of_text_is_read_and_its_holes_and_impossible_heights_are_unknown(tmp_path) -> None:
    file = grid_of_text(tmp_path / "a.asc", "12.5 -99999 9999", "13 14 -8000")
    (terrain,) = read_terrain(file, mapping(tmp_path, "[source]", 'crs = "EPSG:2154"'), LIMITS)
    expected = np.array([[12.5, NAN, NAN], [13, 14, NAN]], np.float32)
    assert np.array_equal(terrain.heights_m, expected, equal_nan=True)
    assert (terrain.crs, terrain.error_m, terrain.datum) == ("EPSG:2154", 0.2, "NGF-IGN69")


def test_an_archive_gives_every_grid_in_it(tmp_path) -> None:
    for name in ("a", "b"):
        grid_of_text(tmp_path / f"{name}.asc", "1 2", "3 4")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for name in ("a.asc", "b.asc"):
            archive.write(tmp_path / name, name)
    how = mapping(tmp_path, "[source]", 'crs = "EPSG:2154"')
    assert [one.code for one in read_terrain(tmp_path / "both.zip", how, LIMITS)] == ["a", "b"]


def test_what_is_no_grid_of_heights_is_refused_in_a_sentence(tmp_path) -> None:
    how = mapping(tmp_path)
    with pytest.raises(LayerUnreadable, match="no such file"):
        read_terrain(tmp_path / "none.tif", how, LIMITS)
    with pytest.raises(LayerUnreadable, match=r"no grid of heights: .*not recognized"):
        read_terrain(write_text(tmp_path / "bad.tif", "not a picture"), how, LIMITS)
    with pytest.raises(LayerUnreadable, match=r"known endings: \.hgt, \.tif"):
        read_terrain(write_text(tmp_path / "a.csv", "x"), how, LIMITS)
    with pytest.raises(UnknownCrs):
        read_terrain(grid_of_text(tmp_path / "a.asc", "1 2", "3 4"), how, LIMITS)
    placed = mapping(tmp_path, "[source]", 'crs = "EPSG:2154"')
    with pytest.raises(LayerEmpty):
        read_terrain(grid_of_text(tmp_path / "e.asc", "-99999 -99999"), placed, LIMITS)
    few = ImportSettings().model_copy(update={"max_cells": 3})
    with pytest.raises(LayerUnreadable, match="4 cells, 3 are accepted"):
        read_terrain(tmp_path / "a.asc", placed, few)


def test_a_grid_turned_against_north_or_in_feet_is_refused(tmp_path) -> None:
    for name, transform, unit, problem in (
        ("turned", rasterio.Affine(1, 0.5, 0, 0.5, -1, 0), "", "from west to east"),
        ("feet", rasterio.Affine(1, 0, 5, 0, -1, 7), "ft", "in 'ft'"),
    ):
        file = tmp_path / f"{name}.tif"
        with rasterio.open(
            file, "w", driver="GTiff", width=2, height=2, count=1, dtype="float32",
            crs="EPSG:2154", transform=transform,
        ) as grid:  # fmt: skip
            grid.write(np.ones((1, 2, 2), np.float32))
            grid.units = [unit]
        with pytest.raises(LayerUnreadable, match=problem):
            read_terrain(file, mapping(tmp_path), LIMITS)


def test_a_grid_whose_error_nobody_tells_is_not_taken() -> None:
    with pytest.raises(NotRecognised, match=r"\[surface\]"):
        mapping_of_surface(Path("anything.tif"))
    with pytest.raises(NotRecognised, match=r"\[surface\]"):
        mapping_of_surface(Path("anything.asc.gz"))
    assert mapping_of_surface(Path("lights.csv")) is None
    assert mapping_of_surface(Path("no-such.zip")) is None
    found = mapping_of_surface(Path("RGEALTI_FXX_0770_6280_MNT_LAMB93_IGN69.asc"))
    assert found == builtin_mapping("rge-alti")


def test_a_mapping_says_one_thing_of_a_file(tmp_path) -> None:
    text = ('title = "x"', "canonical = true", "[surface]", "error_m = 1.0")
    with pytest.raises(MappingInvalid, match="one of"):
        read_mapping(write_text(tmp_path / "x.toml", *text))
    with pytest.raises(MappingInvalid, match="above 0"):
        read_mapping(write_text(tmp_path / "y.toml", "[surface]", "error_m = 0.0"))


def test_a_proposal_tells_what_the_file_tells_and_leaves_its_error_to_people(tmp_path) -> None:
    file = grid_of_text(tmp_path / "mnt.asc", "12.5 -99999", "13 14")
    text = guess_surface(file, LIMITS)
    assert "2 × 2 cells, 12.5 to 14.0 m, 1 without a height" in text
    proposal = write_text(tmp_path / "mnt.toml", text)
    with pytest.raises(MappingInvalid, match="error_m"):
        read_mapping(proposal)
    filled = text.replace("# error_m", "error_m").replace("# crs", "crs")
    (terrain,) = read_terrain(file, read_mapping(write_text(proposal, filled)), LIMITS)
    assert (terrain.known, terrain.error_m, terrain.crs) == (3, 0.5, "EPSG:2154")


def test_a_proposal_for_a_known_grid_takes_its_error(tmp_path) -> None:
    file = grid_of_text(tmp_path / "RGEALTI_X.asc", "1 2", "3 4")
    filled = guess_surface(file, LIMITS).replace("# crs", "crs")
    assert read_mapping(write_text(tmp_path / "x.toml", filled)).surface.error_m == 0.5


@pytest.mark.shared_data
def test_the_tile_of_nice_has_its_cells_its_voids_and_its_highest_point(shared_data) -> None:
    file = shared_data / "flood/srtm3_N43E007.hgt.zip"
    found = mapping_of_surface(file)
    (terrain,) = read_terrain(file, found, LIMITS)
    assert terrain.heights_m.shape == (1201, 1201)
    assert terrain.heights_m.size - terrain.known == 1_595
    assert np.nanmax(terrain.heights_m) == 2_064
    # the port of Monaco, the Tête de Chien above it (550 m), the open sea
    port, rock, sea = terrain.heights_at(
        np.array([7.4262, 7.4017, 7.6]), np.array([43.7350, 43.7330, 43.3])
    )
    assert port < 25
    assert 400 < rock < 600
    assert sea == 0
