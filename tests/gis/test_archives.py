"""What comes in archives, as OpenStreetMap, as JSON, as series; and what is refused of it."""

import gzip
import io
import os
import tarfile
import tracemalloc

import numpy as np
import pytest
import shapely

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers import open_table
from gis.importers.osm import ID
from gis.mapping import builtin_mapping
from gis.mapping_tables import Join, Series, Source
from gis.settings import ImportSettings
from tests.gis.files import (
    LIMITS,
    make_canonical,
    write_layer,
    write_mapping,
    write_text,
    write_zip,
)
from tests.gis.osm_pbf import write_pbf

POINT = shapely.Point(3.87, 43.6)


def write_tar(file, *members, links=()):
    """Write a tar archive, whatever its members are called."""
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(entry)
    return file


def test_a_compressed_text_is_read(tmp_path):
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress("id,nom\n1,Église\n".encode()))
    assert open_table(file, Source(), LIMITS).rows["nom"].to_list() == ["Église"]


def test_texts_of_one_archive_are_read_together_and_know_their_file(tmp_path):
    archive = write_tar(
        tmp_path / "all.tar.gz",
        ("x/st_1.txt", b"a,b,\n1,2,\n3,mq,\nEOF\n"),
        ("x/st_2.txt", b"a,b,\n5,6,\nEOF\n"),
        ("x/readme.md", b"hello"),
    )
    table = open_table(archive, Source(layers=("ST_*",)), LIMITS)
    assert table.rows.columns == ["a", "b", "@file"]
    assert table.rows.rows() == [("1", "2", "st_1"), ("3", "mq", "st_1"), ("5", "6", "st_2")]
    assert table.numbers.tolist() == [2, 3, 2]
    assert table.notes == ["the last line, 'EOF', is no row"]


@pytest.mark.parametrize("name", ["../out.csv", "/tmp/out.csv"])
def test_a_member_that_climbs_out_of_a_tar_is_refused(tmp_path, name):
    archive = write_tar(tmp_path / "a.tar.gz", (name, b"a\n1\n"))
    with pytest.raises(LayerUnreadable, match="would leave the archive"):
        open_table(archive, Source(), LIMITS)


def test_a_link_in_a_tar_is_refused(tmp_path):
    with pytest.raises(LayerUnreadable, match="is a link"):
        open_table(write_tar(tmp_path / "a.tgz", links=("a.csv",)), Source(), LIMITS)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tar.gz"])
def test_a_bomb_is_stopped_by_its_bytes(tmp_path, name):
    content = b"a\n" + bytes(3_000_000)
    file = tmp_path / name
    if name == "a.csv.gz":
        file.write_bytes(gzip.compress(content))
    else:
        write_tar(file, ("a.csv", content))
    assert file.stat().st_size < 10_000
    with pytest.raises(LayerUnreadable, match="REVERBERE_IMPORT_MAX_UNPACKED_BYTES"):
        open_table(file, Source(), ImportSettings(max_unpacked_bytes=1_000_000))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tar.gz", "a.csv.bz2", "a.tgz"])
def test_what_is_no_archive_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an archive at all")
    with pytest.raises(LayerUnreadable, match="not a"):
        open_table(tmp_path / name, Source(), LIMITS)


def test_two_gigabytes_of_text_are_refused_before_a_byte_is_read(tmp_path):
    file = tmp_path / "huge.csv"
    with file.open("wb") as opened:
        opened.write(b"id,x,y\n")
        os.truncate(opened.fileno(), 2 * 1024**3)  # sparse: nothing is written
    tracemalloc.start()
    try:
        with pytest.raises(LayerUnreadable, match=r"2,048\.0 MB, and 512\.0 MB are accepted"):
            open_table(file, Source(), LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_polygon_of_a_million_points_is_set_aside_and_its_neighbours_stay(tmp_path):
    turn = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    round_ = shapely.polygons(np.column_stack([3.8 + np.cos(turn) / 9, 43.6 + np.sin(turn) / 9]))
    file = write_layer(
        tmp_path / "parks.fgb", [round_, shapely.box(3, 43, 3.1, 43.1)], {"id": ["big", "small"]}
    )
    mapping = write_mapping(
        tmp_path / "m.toml", '[[layers]]\nlayer = "parks"\n[layers.columns]\ncode = "id"\n'
    )
    made, found = make_canonical(file, mapping)
    assert made.layers[0].rows["code"].to_list() == ["small"]
    assert found["geometry too heavy"].expected == "200000 vertices at most"


def test_layers_in_two_systems_are_brought_to_one(tmp_path):
    here = write_layer(tmp_path / "alea_1.geojson", [POINT], {"n": ["a"]}, kind="Point")
    metres = [shapely.Point(770_285.9, 6_278_574.9)]
    there = write_layer(tmp_path / "alea_2.geojson", metres, {"m": ["b"]}, crs="EPSG:2154")
    archive = write_zip(tmp_path / "a.zip", [(f.name, f.read_bytes()) for f in (here, there)])
    table = open_table(archive, Source(layers=("alea*",)), LIMITS)
    assert table.rows.sort("@file").select("n", "m").rows() == [("a", None), (None, "b")]
    places = shapely.get_coordinates(shapely.from_wkb(table.geometry))
    assert places == pytest.approx(np.array([[3.87, 43.6]] * 2), abs=0.005)
    gpkg = tmp_path / "all.gpkg"
    write_layer(gpkg, [POINT], {"n": ["a"]}, kind="Point")
    assert open_table(gpkg, Source(layers=("all",)), LIMITS).rows["@layer"].to_list() == ["all"]


def test_a_mapinfo_file_without_its_mid_is_told(tmp_path):
    write_text(tmp_path / "a.mif", "VERSION 300")
    with pytest.raises(LayerUnreadable, match=r"the MapInfo file lacks its \.mid"):
        open_table(tmp_path / "a.mif", Source(), LIMITS)


def test_figures_of_a_table_beside_are_joined(tmp_path):
    for stem, columns in (("grid", {"id": ["a", "b"]}), ("men", {"id": ["b", "c"], "pop": [7, 9]})):
        write_layer(tmp_path / f"{stem}.shp", [POINT, POINT], columns, kind="Point")
    parts = [(f.name, f.read_bytes()) for f in sorted(tmp_path.glob("grid.*"))]
    archive = write_zip(
        tmp_path / "a.zip", [*parts, ("men.dbf", (tmp_path / "men.dbf").read_bytes())]
    )
    source = Source(layer="grid", join=Join(layer="men", on="id"))
    table = open_table(archive, source, LIMITS)
    assert table.rows.select("id", "pop").rows() == [("a", None), ("b", 7)]
    assert "1 rows have no figures in men.dbf" in table.notes
    with pytest.raises(LayerUnreadable, match=r"people\.dbf is expected beside the layer"):
        open_table(archive, Source(layer="grid", join=Join(layer="people", on="id")), LIMITS)
    with pytest.raises(LayerUnreadable, match="column 'zone' is expected in both"):
        open_table(archive, Source(layer="grid", join=Join(layer="men", on="zone")), LIMITS)


def test_a_series_below_a_date_gets_its_instants(tmp_path):
    file = write_text(tmp_path / "q.csv", "20200228", "1.5", "-99", "2")
    table = open_table(file, Source(series=Series(start="%Y%m%d")), LIMITS)
    assert table.rows["at"].str.slice(0, 10).to_list() == ["2020-02-28", "2020-02-29", "2020-03-01"]
    assert table.numbers.tolist() == [2, 3, 4]
    wrong = write_text(tmp_path / "w.csv", "value", "1.5")
    with pytest.raises(LayerUnreadable, match="a date like '%Y%m%d' is expected in the first line"):
        open_table(wrong, Source(series=Series(start="%Y%m%d")), LIMITS)


def test_a_text_whose_first_line_is_data_gets_its_head_from_the_mapping(tmp_path):
    file = write_text(tmp_path / "a.csv", "1;x", "2;y;z;;", "3;y;;;")
    table = open_table(file, Source(head=("id", "name")), LIMITS)
    assert table.rows.rows() == [("1", "x"), ("3", "y")]
    assert [(row.row, row.value) for row in table.unread] == [(2, "2;y;z;;")]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('{"a1": {"name": "x", "at": {"lat": 1.5}}, "b2": {"name": "y"}}',
         [("a1", "x", "1.5"), ("b2", "y", None)]),
        ('[{"name": "x", "at": {"lat": 1.5}}, {"name": "y"}]',
         [("1", "x", "1.5"), ("2", "y", None)]),
        ('{"total": 1, "result": [{"name": "x", "at": {"lat": 2}}]}', [("1", "x", "2")]),
    ],
)  # fmt: skip
def test_plain_json_is_read_as_records(tmp_path, content, rows):
    table = open_table(write_text(tmp_path / "a.json", content), Source(), LIMITS)
    assert table.rows.select("@key", "name", "at.lat").rows() == rows


@pytest.mark.parametrize(
    ("content", "error", "word"),
    [
        ("{ broken", LayerUnreadable, "not JSON"),
        ("3", LayerUnreadable, "a list of objects"),
        ("[]", LayerEmpty, "no row"),
        ("[" * 100_000, LayerUnreadable, "not JSON"),
    ],
)
def test_other_json_is_refused(tmp_path, content, error, word):
    with pytest.raises(error, match=word):
        open_table(write_text(tmp_path / "a.json", content), Source(), LIMITS)


OSM = """\ufeff<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="43.60" lon="3.87"/><node id="2" lat="43.60" lon="3.88"/>
 <node id="3" lat="43.61" lon="3.88"/>
 <node id="4" lat="43.61" lon="3.87"><tag k="natural" v="tree"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/></way>
 <way id="11"><nd ref="1"/><nd ref="3"/><tag k="highway" v="residential"/></way>
 <way id="12"><nd ref="98"/><nd ref="99"/><tag k="highway" v="path"/></way>
</osm>
"""


def test_objects_of_openstreetmap_are_rows_and_what_cannot_be_drawn_is_told(tmp_path):
    file = write_text(tmp_path / "a.osm", OSM)
    table = open_table(file, Source(), LIMITS, {"building", "highway", "natural", "lit"})
    assert set(table.rows.select(ID, "@layer").rows()) == {
        ("n4", "points"), ("w11", "lines"), ("w10", "multipolygons"),
    }  # fmt: skip
    assert table.rows["lit"].null_count() == 3
    assert [(row.value, row.reason) for row in table.unread] == [
        ("w12 highway=path", "object that cannot be drawn")
    ]


def test_xml_that_declares_entities_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + OSM.removeprefix('\ufeff<?xml version="1.0"?>')
    with pytest.raises(LayerUnreadable, match="document type"):
        open_table(write_text(tmp_path / "a.osm", bomb), Source(), LIMITS)


def test_the_binary_form_of_openstreetmap_gives_the_same_rows(tmp_path):
    corners = [(1, 43.60, 3.87, {}), (2, 43.60, 3.88, {}), (3, 43.61, 3.88, {})]
    tree = (4, 43.61, 3.87, {"natural": "tree", "species": "Celtis australis"})
    ways = [
        (10, [1, 2, 3, 1], {"building": "yes", "name": "Église"}),
        (11, [1, 3], {"highway": "residential"}),
    ]
    file = write_pbf(tmp_path / "town.osm.pbf", [*corners, tree], ways)
    table = open_table(file, Source(), LIMITS)
    rows = {row[ID]: row for row in table.rows.to_dicts()}
    assert set(rows) == {"n4", "w10", "w11"}
    assert rows["w10"]["name"] == "Église"
    assert rows["n4"]["species"] == "Celtis australis"
    found = builtin_mapping("osm")
    made, _ = make_canonical(file, found)
    kept = {layer.layer.name: layer.rows.height for layer in made.layers if layer.rows.height}
    assert kept == {"buildings": 1, "street_sections": 1, "trees": 1}
