import zipfile

import numpy as np
import polars as pl
import pytest
import shapely

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers import open_table
from gis.importers.encodings import mended
from gis.mapping_tables import Source
from gis.settings import ImportSettings
from tests.gis.files import LIMITS, write_layer, write_text, write_zip

POINTS = [shapely.Point(1, 2), shapely.Point(3, 4)]
STREETS = ["Rue de l’Église", "Größe"]


def shapefile(folder, stem="lights"):
    write_layer(folder / f"{stem}.shp", POINTS, {"name": STREETS}, kind="Point")
    return sorted(folder.glob(f"{stem}.*"))


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252")],
)
def test_text_is_read_in_its_encoding(tmp_path, encoding, named):
    file = write_text(tmp_path / "a.csv", "name;n", "Église;1", encoding=encoding)
    table = open_table(file, Source(encoding=named), LIMITS)
    assert table.rows.rows() == [("Église", "1")]
    assert not table.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path, delimiter):
    file = write_text(tmp_path / "a.csv", f"a{delimiter}b", f" 1 {delimiter}")
    assert open_table(file, Source(), LIMITS).rows.rows() == [("1", None)]


def test_lines_of_another_encoding_are_read_and_noted(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("n;s\n1;Église\n".encode() + "2;Château\n".encode("cp1252"))
    table = open_table(file, Source(), LIMITS)
    assert table.rows["s"].to_list() == ["Église", "Château"]
    assert table.notes == ["1 lines are not utf-8 and were read as cp1252: lines 3"]


def test_a_row_with_too_many_fields_is_set_aside_and_the_others_go_in(tmp_path):
    file = write_text(tmp_path / "a.csv", "a,b", "1,2", "3,4,5", "6", '"7,7",8')
    table = open_table(file, Source(), LIMITS)
    assert table.rows.rows() == [("1", "2"), ("6", None), ("7,7", "8")]
    assert table.numbers.tolist() == [2, 4, 5]
    assert [(bad.row, bad.value) for bad in table.unread] == [(3, "3,4,5")]
    assert table.read == 4


@pytest.mark.parametrize(
    ("name", "content", "error", "word"),
    [
        ("a.csv", b"", LayerEmpty, "no row"),
        ("a.csv", b"a,b\n", LayerEmpty, "no row"),
        ("a.csv", b"a\x00\x01\n\x00", LayerUnreadable, "not a text file"),
        ("a.xyz", b"hello", LayerUnreadable, "unknown format '.xyz'"),
        ("a.geojson", b"{ not json", LayerUnreadable, "a.geojson"),
        ("a.gpkg", b"not a database", LayerUnreadable, "a.gpkg"),
        ("a.zip", b"not a zip", LayerUnreadable, "not a zip"),
        ("a.geojson", b'{"type":"FeatureCollection","features":[]}', LayerEmpty, "no row"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_word(tmp_path, name, content, error, word):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(error) as refused:
        open_table(file, Source(), LIMITS)
    assert word in refused.value.sentence
    assert str(file) in refused.value.sentence


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(LayerUnreadable, match="no such file"):
        open_table(tmp_path / "a.csv", Source(), LIMITS)
    with pytest.raises(LayerUnreadable, match="a file is expected"):
        open_table(tmp_path, Source(), LIMITS)


def test_an_encoding_that_does_not_exist_is_told(tmp_path):
    file = write_text(tmp_path / "a.csv", "a", "1")
    with pytest.raises(LayerUnreadable, match="no encoding is called 'utf-9'"):
        open_table(file, Source(encoding="utf-9"), LIMITS)


def test_a_file_that_is_too_large_is_refused_before_it_is_opened(tmp_path):
    file = write_text(tmp_path / "a.csv", *["a"] * 2000)
    with pytest.raises(LayerUnreadable, match="REVERBERE_IMPORT_MAX_BYTES"):
        open_table(file, Source(), ImportSettings(max_bytes=1024))


@pytest.mark.parametrize("ending", [".csv", ".fgb"])
def test_a_file_with_too_many_rows_is_refused(tmp_path, ending):
    file = tmp_path / f"a{ending}"
    if ending == ".csv":
        write_text(file, "a", "1", "2")
    else:
        write_layer(file, POINTS, {"a": STREETS}, kind="Point")
    with pytest.raises(LayerUnreadable, match="REVERBERE_IMPORT_MAX_ROWS"):
        open_table(file, Source(), ImportSettings(max_rows=1))


@pytest.mark.parametrize("ending", [".shp", ".geojson", ".gpkg", ".fgb"])
def test_geographic_formats_give_the_same_rows(tmp_path, ending):
    file = write_layer(
        tmp_path / f"a{ending}", POINTS, {"name": STREETS, "n": [1.5, np.nan]}, kind="Point"
    )
    table = open_table(file, Source(), LIMITS)
    order = table.rows["name"].to_numpy().argsort()  # FlatGeobuf orders rows by place
    assert table.rows["name"].to_numpy()[order].tolist() == sorted(STREETS)
    assert shapely.from_wkb(table.geometry)[order].tolist() == POINTS[::-1]
    assert "n" in table.rows.columns
    assert table.rows["n"].null_count() == 1
    assert "4326" in table.crs or "WGS" in table.crs


def test_only_the_columns_asked_for_are_read(tmp_path):
    file = write_layer(tmp_path / "a.fgb", POINTS, {"a": STREETS, "b": STREETS}, kind="Point")
    assert open_table(file, Source(), LIMITS, {"b", "missing"}).rows.columns == ["b"]


def test_a_shapefile_is_found_in_a_sub_folder_of_a_zip(tmp_path):
    parts = shapefile(tmp_path)
    members = [(f"data/deep/{part.name}", part.read_bytes()) for part in parts]
    beside = [("readme.txt", b"hello"), ("about.json", b"{}")]
    archive = write_zip(tmp_path / "a.zip", [*beside, *members])
    assert open_table(archive, Source(), LIMITS).rows["name"].to_list() == STREETS


def test_one_of_several_layers_must_be_named(tmp_path):
    parts = shapefile(tmp_path, "lights") + shapefile(tmp_path, "masts")
    archive = write_zip(tmp_path / "a.zip", [(p.name, p.read_bytes()) for p in parts])
    with pytest.raises(LayerUnreadable, match=r"several layers, name one.*lights.shp, masts.shp"):
        open_table(archive, Source(), LIMITS)
    assert open_table(archive, Source(layer="mast*"), LIMITS).read == 2
    with pytest.raises(LayerUnreadable, match="a layer named 'moon'"):
        open_table(archive, Source(layer="moon"), LIMITS)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_shapefile_that_lacks_a_part_is_told_which(tmp_path, part):
    shapefile(tmp_path)
    (tmp_path / f"lights{part}").unlink()
    with pytest.raises(LayerUnreadable, match=f"lacks its {part}"):
        open_table(tmp_path / "lights.shp", Source(), LIMITS)


@pytest.mark.parametrize("name", ["../out.shp", "/etc/out.shp", "a/../../out.shp", "..\\out.shp"])
def test_a_member_that_climbs_out_is_refused_and_nothing_is_written(tmp_path, name):
    archive = write_zip(tmp_path / "a.zip", [(name, b"x")])
    with pytest.raises(LayerUnreadable, match="would leave the archive"):
        open_table(archive, Source(), LIMITS)
    assert not list(tmp_path.glob("**/out.shp"))


def test_a_bomb_is_stopped_by_the_bytes_that_come_out(tmp_path):
    archive = write_zip(tmp_path / "a.zip", [("a.shp", bytes(5_000_000))])
    assert archive.stat().st_size < 10_000
    with pytest.raises(LayerUnreadable, match="REVERBERE_IMPORT_MAX_UNPACKED_BYTES"):
        open_table(archive, Source(), ImportSettings(max_unpacked_bytes=1_000_000))


def test_links_and_crowds_in_an_archive_are_refused(tmp_path):
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(LayerUnreadable, match="is a link"):
        open_table(tmp_path / "link.zip", Source(), LIMITS)
    write_zip(tmp_path / "many.zip", [(f"{n}.txt", b"") for n in range(5)])
    with pytest.raises(LayerUnreadable, match="5 files in the archive"):
        open_table(tmp_path / "many.zip", Source(), ImportSettings(max_members=4))


def test_an_esri_layer_saved_as_a_file_is_read(tmp_path):
    file = write_text(
        tmp_path / "a.json",
        '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":2154},"fields":'
        '[{"name":"name","type":"esriFieldTypeString"}],"features":[{"attributes":{"name":"x"},'
        '"geometry":{"x":770000,"y":6279000}}]}',
    )
    table = open_table(file, Source(), LIMITS)
    assert table.rows["name"].to_list() == ["x"]
    assert "2154" in table.crs


def test_texts_of_another_encoding_than_a_shapefile_says_are_mended(tmp_path):
    shapefile(tmp_path)
    (tmp_path / "lights.cpg").write_text("ISO-8859-1")  # a lie: it is UTF-8
    table = open_table(tmp_path / "lights.shp", Source(), LIMITS)
    assert table.rows["name"].to_list() == STREETS
    assert "2 texts of column 'name' were in another encoding" in table.notes[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Rue de l\x92Église", "Rue de l’Église"),
        ("Rue de l'Ã‰glise", "Rue de l'Église"),
        ("CafÃ©", "Café"),
        ("Âge d'or", "Âge d'or"),
        ("São João", "São João"),
        ("Église", "Église"),
    ],
)
def test_only_what_was_read_wrongly_is_mended(wrong, right):
    texts, count = mended(pl.Series([wrong, None]))
    assert texts.to_list() == [right, None]
    assert count == (wrong != right)
