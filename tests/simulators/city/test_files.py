from pathlib import Path

import pyogrio
import pytest
import shapely

from gis.errors import LayerUnreadable
from simulators.city import City, generate, read, write
from simulators.testing import TINY_NOW, tiny_folder


def test_the_same_city_is_written_in_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        write(generate(4, 60, TINY_NOW), folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted(path.name for path in folders[1].iterdir())
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_a_city_that_was_written_is_read_back_whole(hamlet: City, tmp_path: Path) -> None:
    write(hamlet, tmp_path)
    again = read(tmp_path)
    assert again.territory == hamlet.territory
    assert again.truth == hamlet.truth
    assert list(again.layers) == list(hamlet.layers)
    for name, data in hamlet.layers.items():
        found = again.layers[name]
        assert found.frame.columns == data.frame.columns, name
        for column in data.frame.columns:
            same = found.frame[column].cast(str) == data.frame[column].cast(str)
            if data.frame[column].dtype.is_numeric():
                same = (found.frame[column] - data.frame[column]).abs() < 1e-9
            dates = data.frame[column].dtype.is_temporal()
            assert dates or same.fill_null(value=True).all(), (name, column)
            nulls = found.frame[column].null_count(), data.frame[column].null_count()
            assert nulls[0] == nulls[1], (name, column)
        if data.geometry is not None:
            parts = [shapely.normalize(g) for g in (found.geometry, data.geometry)]
            assert shapely.equals(*parts).all(), name


def test_drawn_layers_open_in_any_geographic_program(hamlet: City, tmp_path: Path) -> None:
    write(hamlet, tmp_path)
    info = pyogrio.read_info(tmp_path / "streetlights.fgb")
    assert (info["crs"], info["features"], info["geometry_type"]) == ("EPSG:4326", 60, "Point")


def test_a_folder_without_a_city_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LayerUnreadable, match="reverbere simulate generate"):
        read(tmp_path)


def test_the_tiny_folder_holds_a_ready_flood(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "town")
    flood = pyogrio.read_dataframe(folder / "crue.geojson")
    assert flood["depth_m"].max() > 0.6
    assert set(flood.geom_type) == {"Polygon"}


def test_a_smaller_city_leaves_no_layer_of_the_larger_one_behind(tmp_path: Path) -> None:
    write(generate(4, 400, TINY_NOW, history=False), tmp_path)
    (tmp_path / "world.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    small = generate(4, 60, TINY_NOW, history=False)
    write(small, tmp_path)
    assert set(read(tmp_path).layers) == set(small.layers)
    assert not (tmp_path / "world.json").exists()
    assert (tmp_path / "notes.txt").exists()
