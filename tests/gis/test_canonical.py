from datetime import UTC, date, datetime

import pytest
import shapely

from gis.errors import LayerUnreadable, MissingColumn, NotPolygons, UnknownCrs, WrongGeometry
from gis.mapping import builtin_mapping
from gis.report import Effect
from gis.settings import ImportSettings
from tests.gis.files import make_canonical, write_layer, write_mapping, write_text, write_zip

SQUARE = shapely.box(0, 0, 1, 1)
BOWTIE = shapely.Polygon([(2, 0), (3, 1), (3, 0), (2, 1)])

LIGHTS = """
[source]
crs = "EPSG:4326"
x = "x"
y = "y"
[[layers]]
layer = "streetlights"
duplicates = "number"
[layers.columns]
code = "id"
"""
PARKS = """
[[layers]]
layer = "parks"
[layers.columns]
code = "id"
"""


def lights_of(folder, *lines, mapping=LIGHTS):
    file = write_text(folder / "lights.csv", *lines)
    made, found = make_canonical(file, write_mapping(folder / "m.toml", mapping))
    return made, made.layers[0].rows, found


def parks_of(folder, shapes, *, crs="EPSG:4326", mapping=PARKS, limits=None, ending=".fgb"):
    ids = [str(n) for n in range(1, len(shapes) + 1)]
    file = write_layer(folder / f"parks{ending}", shapes, {"id": ids}, crs=crs)
    made, found = make_canonical(
        file, write_mapping(folder / "m.toml", mapping), limits or ImportSettings()
    )
    return made.layers[0].rows, found


def test_rows_get_a_place_and_keep_their_line_of_the_file(tmp_path):
    _, rows, found = lights_of(tmp_path, "id,x,y", "a,2.5,48.5", "b,2.6,48.6")
    assert rows.select("row", "code", "longitude", "latitude").rows() == [
        (2, "a", 2.5, 48.5),
        (3, "b", 2.6, 48.6),
    ]
    assert shapely.from_wkb(rows["geom"][0]) == shapely.Point(2.5, 48.5)
    assert not found


def test_a_light_without_a_position_stays_and_is_told(tmp_path):
    _, rows, found = lights_of(tmp_path, "id,x,y", "a,,", "b,0,0", "c,x1,2", "d,200,2")
    assert rows["longitude"].to_list() == [None] * 4
    assert rows["geom"].null_count() == 4
    assert [item.row for item in found["no position"].items] == [2, 3, 4]
    assert found["coordinate that cannot be read"].items[0].value == "x1"
    assert found["coordinates outside the world"].effect is Effect.LEFT_OUT


def test_a_row_without_a_required_value_is_set_aside_with_its_reason(tmp_path):
    made, rows, found = lights_of(tmp_path, "id,x,y", "a,1,1", ",1,1")
    assert (made.read, made.kept, rows["code"].to_list()) == (2, 1, ["a"])
    missing = found["required value missing"]
    assert (missing.layer, missing.field, missing.effect) == (
        "streetlights",
        "code",
        Effect.SET_ASIDE,
    )
    assert [item.row for item in missing.items] == [3]


def test_a_column_that_the_file_lacks_is_named_with_those_it_has(tmp_path):
    with pytest.raises(
        MissingColumn, match="column 'id' is expected and missing; columns found: n"
    ):
        lights_of(tmp_path, "nr,x,y", "a,1,1")


def test_equal_codes_are_numbered_by_position_whatever_the_order_of_the_rows(tmp_path):
    lines = ["a,2,1", "a,1,1", "a,1,2"]
    for order in (lines, lines[::-1]):
        _, rows, found = lights_of(tmp_path, "id,x,y", *order)
        places = {(row["longitude"], row["latitude"]): row["code"] for row in rows.to_dicts()}
        assert places == {(1, 1): "a", (1, 2): "a~2", (2, 1): "a~3"}
        assert found["code already taken, numbered"].count == 2


def test_equal_codes_are_set_aside_unless_the_mapping_numbers_them(tmp_path):
    mapping = LIGHTS.replace('duplicates = "number"', "")
    made, rows, found = lights_of(tmp_path, "id,x,y", "a,1,1", "a,2,2", mapping=mapping)
    assert rows["longitude"].to_list() == [1]
    assert made.kept == 1
    assert found["code already taken"].items[0].row == 3


COLUMNS = (
    LIGHTS
    + """
name = { first_of = ["short", "long"], case = "title" }
street = { template = "{kind} {long}" }
lamp_text = "lamp"
lamp_w = { column = "w", decimal = ",", missing = ["-99"] }
mains_w = { column = "kw", scale = 1000.0 }
technology = { column = "tech", lookup = { "S" = "sodium_high_pressure" }, otherwise = "led" }
installed_on = { column = "on", extract = '(\\d\\d/\\d\\d/\\d\\d)', dates = ["%d/%m/%y"] }
position_on_feeder = "n"
[layers.properties]
remark = "on"
"""
)


def test_the_small_transforms_do_what_their_names_say(tmp_path):
    _, rows, found = lights_of(
        tmp_path,
        "id,x,y,short,long,kind,lamp,w,kw,tech,on,n",
        'a,1,1,,ROMA,Via,LED 30,"8,5",0.25,s,posé le 03/02/14,4',
        "b,1,2,  R  de  x ,Milano,,LED,-99,,other,unknown,5.0",
        "c,1,3,,,Via,,12.x,1,,31/12/99,5.5",
        mapping=COLUMNS,
    )
    assert rows["name"].to_list() == ["Roma", "R de x", None]
    assert rows["street"].to_list() == ["Via ROMA", None, None]
    assert rows["lamp_w"].to_list() == [8.5, None, None]
    assert rows["mains_w"].to_list() == [250, None, 1000]
    assert rows["technology"].to_list() == ["sodium_high_pressure", "led", "led"]
    assert rows["installed_on"].to_list() == [date(2014, 2, 3), None, date(1999, 12, 31)]
    assert rows["position_on_feeder"].to_list() == [4, 5, None]
    assert rows["+remark"].to_list() == ["posé le 03/02/14", "unknown", "31/12/99"]
    unread = found["value that cannot be read"]
    assert unread.effect is Effect.LEFT_OUT
    assert {(item.row, item.value) for item in unread.items} <= {(4, "12.x"), (4, "5.5")}


def test_the_publishers_own_wattage_wins_over_the_text(tmp_path):
    mapping = LIGHTS + 'lamp_text = "lamp"\nlamp_w = "w"'
    _, rows, found = lights_of(
        tmp_path, "id,x,y,lamp,w", "a,1,1,LED 30,25", "b,1,2,LED 30,", "c,1,3,LED,", mapping=mapping
    )
    assert rows["lamp_w"].to_list() == [25, 30, None]
    assert rows["technology"].to_list() == ["led"] * 3
    assert [item.value for item in found["wattage that cannot be read"].items] == ["LED"]


def test_a_value_out_of_range_sets_the_row_aside(tmp_path):
    mapping = LIGHTS + 'lamp_w = "w"'
    _, rows, found = lights_of(
        tmp_path, "id,x,y,w", "a,1,1,5000", "b,1,2,5001", "c,1,3,-1", mapping=mapping
    )
    assert rows["code"].to_list() == ["a"]
    out = found["value out of range"]
    assert (out.expected, [item.value for item in out.items]) == (
        "between 0 and 5000",
        ["5001", "-1"],
    )


def test_rows_that_are_something_else_are_skipped_with_the_mappings_reason(tmp_path):
    skip = '[[skip]]\ncolumn = "kind"\none_of = ["Arrow"]\nreason = "a drawing"\n'
    made, rows, found = lights_of(
        tmp_path, "id,x,y,kind", "a,1,1,ARROW", "b,1,2,", mapping=skip + LIGHTS
    )
    assert rows["code"].to_list() == ["b"]
    assert (made.read, made.kept) == (2, 1)
    assert found["a drawing"].items[0].value == "ARROW"


def test_one_file_makes_several_layers_and_tells_the_rows_of_none(tmp_path):
    where = '[[layers.where]]\ncolumn = "kind"\none_of = ["{}"]\n'
    layer = '[[layers]]\nlayer = "{}"\n{}[layers.columns]\ncode = "id"\n'
    mapping = LIGHTS.partition("[[layers]]")[0] + "".join(
        layer.format(name, where.format(kind))
        for name, kind in (("schools", "school"), ("shelters", "gym"))
    )
    file = write_text(tmp_path / "a.csv", "id,x,y,kind", "1,1,1,school", "2,1,1,gym", "3,1,1,bar")
    made, found = make_canonical(file, write_mapping(tmp_path / "m.toml", mapping))
    assert {layer.layer.name: layer.rows["code"].to_list() for layer in made.layers} == {
        "schools": ["1"],
        "shelters": ["2"],
    }
    assert (made.read, made.kept) == (3, 2)
    assert found["of no layer that the mapping makes"].items[0].row == 4


def test_a_layer_is_derived_from_the_distinct_pairs_of_the_rows_that_were_kept(tmp_path):
    feeders = """
[[layers]]
layer = "feeders"
distinct = ["q", "l"]
[layers.columns]
code = { template = "{q}-{l}" }
cabinet = "q"
"""
    file = write_text(
        tmp_path / "a.csv",
        "id,x,y,q,l",
        "1,1,1,7,A",
        "2,1,1,7,A",
        "3,1,1,7,B",
        "4,1,1,,A",
        ",1,1,9,A",
    )
    mapping = write_mapping(tmp_path / "m.toml", LIGHTS + feeders)
    made, _ = make_canonical(file, mapping)
    derived = next(layer for layer in made.layers if layer.layer.name == "feeders").rows
    assert derived.select("code", "cabinet").rows() == [("7-A", "7"), ("7-B", "7")]
    assert made.kept == 4


def test_a_light_without_an_identifier_is_named_after_its_place(tmp_path):
    mapping = LIGHTS.replace('code = "id"', 'code = { template = "L-{@position}" }')
    _, rows, _ = lights_of(tmp_path, "x,y", "2.2945,48.8584", mapping=mapping)
    assert rows["code"].to_list() == ["L-u09tunquc9"]


def test_an_invalid_ring_is_repaired_and_counted(tmp_path):
    rows, found = parks_of(tmp_path, [SQUARE, BOWTIE])
    repaired = shapely.from_wkb(rows.filter(rows["code"] == "2")["geom"][0])
    assert shapely.is_valid(repaired)
    assert repaired.area == pytest.approx(0.5)
    assert found["invalid ring repaired"].count == 1
    assert rows.height == 2


def test_a_ring_of_which_nothing_is_left_is_set_aside(tmp_path):
    flat = shapely.Polygon([(0, 0), (1, 1), (0, 0), (1, 1)])
    rows, found = parks_of(tmp_path, [SQUARE, flat])
    assert rows.height == 1
    assert found["nothing left of an invalid ring"].effect is Effect.SET_ASIDE


def test_a_file_without_any_polygon_is_refused_where_polygons_are_expected(tmp_path):
    lines = [shapely.LineString([(0, 0), (1, 1)])]
    with pytest.raises(NotPolygons, match="polygons are expected; found: LineString"):
        parks_of(tmp_path, lines, ending=".geojson")


def test_a_file_of_points_is_refused_where_lines_are_expected(tmp_path):
    mapping = (
        '[[layers]]\nlayer = "street_sections"\n[layers.columns]\ncode = "id"\nstreet = "id"\n'
    )
    with pytest.raises(WrongGeometry, match="lines are expected; found: Point"):
        parks_of(tmp_path, [shapely.Point(0, 0)], mapping=mapping)


def test_a_row_of_another_kind_is_set_aside_and_the_others_go_in(tmp_path):
    rows, found = parks_of(tmp_path, [SQUARE, shapely.Point(5, 5)])
    assert rows.height == 1
    assert found["another kind of geometry"].expected == "polygons"


def test_a_geometry_that_is_too_heavy_is_set_aside(tmp_path):
    circle = shapely.Point(0, 0).buffer(1, quad_segs=64)
    rows, found = parks_of(tmp_path, [SQUARE, circle], limits=ImportSettings(max_vertices=50))
    assert rows.height == 1
    assert found["geometry too heavy"].count == 1


@pytest.mark.parametrize("crs", ["EPSG:99999", "Lambert the Third"])
def test_an_unknown_system_is_told_with_what_to_write(tmp_path, crs):
    with pytest.raises(UnknownCrs, match=r"name it in the mapping, e\.g\. crs = 'EPSG:2154'"):
        parks_of(tmp_path, [SQUARE], mapping=f'[source]\ncrs = "{crs}"\n' + PARKS)


def test_a_file_that_says_nothing_of_its_system_is_read_where_its_coordinates_fit_one(tmp_path):
    lambert = shapely.box(770_000, 6_279_000, 770_100, 6_279_100)
    for shape, code in ((lambert, 2154), (shapely.box(3.8, 43.6, 3.9, 43.7), 4326)):
        rows, found = parks_of(tmp_path, [shape], crs=None)
        assert rows["longitude"][0] == pytest.approx(3.86, abs=0.02)
        assert any(f"its coordinates are in EPSG:{code}" in reason for reason in found)
        (tmp_path / "parks.fgb").unlink()


def test_a_file_whose_coordinates_fit_several_systems_needs_the_mapping_to_say(tmp_path):
    utm = shapely.box(500_000, 4_465_000, 500_100, 4_465_100)
    with pytest.raises(UnknownCrs, match=r"no coordinate reference system.*fit EPSG:6707"):
        parks_of(tmp_path, [utm], crs=None)
    (tmp_path / "parks.fgb").unlink()
    home = (
        '[territory]\nslug="l"\nname="L"\ntimezone="Europe/Rome"\nlongitude=18.2\nlatitude=40.4\n'
    )
    lecce = shapely.box(769_000, 4_472_000, 769_100, 4_472_100)
    rows, _ = parks_of(tmp_path, [lecce], crs=None, mapping=home + PARKS)
    assert rows["longitude"][0] == pytest.approx(18.17, abs=0.01)


def test_a_system_that_cannot_be_is_put_right_and_told(tmp_path):
    lambert = shapely.box(770_000, 6_279_000, 770_100, 6_279_100)
    rows, found = parks_of(tmp_path, [lambert], crs="EPSG:4326")
    assert rows["longitude"][0] == pytest.approx(3.8674, abs=0.0001)
    assert "the file says EPSG:4326, and its coordinates are in EPSG:2154" in found


def test_degrees_among_metres_are_read_as_degrees(tmp_path):
    mapping = LIGHTS.replace("EPSG:4326", "EPSG:2154")
    lines = ("id,x,y", "a,770000,6279000", 'b,"3,8674","43,6042"', "c,3°52'02.6\"E,43°36'15\"N")
    _, rows, found = lights_of(tmp_path, *lines, mapping=mapping)
    assert rows["longitude"].to_list() == pytest.approx([3.8674] * 3, abs=0.001)
    assert [item.row for item in found["degrees in a file of metres"].items] == [3, 4]


def test_each_row_may_name_its_own_system(tmp_path):
    mapping = LIGHTS.replace('x = "x"', 'x = "x"\ncrs_column = "epsg"')
    lines = ("id,x,y,epsg", "a,770000,6279000,2154", "b,3.8674,43.6042,", "c,1,2,EPSG:99999")
    _, rows, found = lights_of(tmp_path, *lines, mapping=mapping)
    assert rows["longitude"].to_list() == pytest.approx([3.8674, 3.8674, 1], abs=0.001)
    assert found["coordinate system that does not exist"].items[0].value == "99999"


def test_the_mappings_system_wins_over_a_wrong_one(tmp_path):
    lambert = shapely.box(770_000, 6_279_000, 770_100, 6_279_100)
    mapping = '[source]\ncrs = "EPSG:2154"\n' + PARKS
    rows, _ = parks_of(tmp_path, [lambert], crs="EPSG:4269", mapping=mapping)
    assert rows["longitude"][0] == pytest.approx(3.8674, abs=0.0001)
    assert rows["latitude"][0] == pytest.approx(43.6070, abs=0.0001)


def test_a_feature_of_several_parts_is_cut_where_the_mapping_says_so(tmp_path):
    many = shapely.MultiPolygon([SQUARE, shapely.box(3, 3, 4, 4)])
    mapping = "[source]\nexplode = true\n" + PARKS.replace(
        'code = "id"', 'code = { template = "{id}.{@part}" }'
    )
    rows, _ = parks_of(tmp_path, [many, shapely.box(6, 6, 7, 7)], mapping=mapping)
    assert sorted(rows["code"].to_list()) in (["1.1", "1.2", "2.1"], ["1.1", "2.1", "2.2"])


def test_points_are_taken_from_areas_and_it_is_told(tmp_path):
    mapping = '[[layers]]\nlayer = "schools"\n[layers.columns]\ncode = "id"\n'
    rows, found = parks_of(tmp_path, [SQUARE], mapping=mapping)
    assert shapely.from_wkb(rows["geom"][0]).geom_type == "Point"
    assert found["drawn as the point that stands for it"].count == 1


def test_a_table_without_geometry_cannot_become_areas(tmp_path):
    file = write_text(tmp_path / "parks.csv", "id", "1")
    with pytest.raises(LayerUnreadable, match="needs polygons; the file has no geometry"):
        make_canonical(file, write_mapping(tmp_path / "m.toml", PARKS))


def test_geometry_may_be_written_as_text(tmp_path):
    file = write_text(
        tmp_path / "p.csv", "id;g", "1;POLYGON((0 0,1 0,1 1,0 0))", "2;POLYGON((", "3;"
    )
    mapping = '[source]\ncrs = "EPSG:4326"\nwkt = "g"\n' + PARKS
    made, found = make_canonical(file, write_mapping(tmp_path / "m.toml", mapping))
    assert made.layers[0].rows["code"].to_list() == ["1"]
    assert found["geometry that cannot be read"].items[0].row == 3
    assert found["no geometry"].count == 2


def test_a_total_is_shared_among_the_rows(tmp_path):
    mapping = LIGHTS.replace("streetlights", "addresses") + "residents = { share_of = 100 }"
    _, rows, _ = lights_of(
        tmp_path, "id,x,y", *(f"{n},1,{n}" for n in range(1, 9)), mapping=mapping
    )
    assert rows["residents"].sum() == pytest.approx(100)
    assert rows["residents"].n_unique() == 1


def test_a_canonical_table_is_its_own_mapping_and_keeps_what_it_does_not_know(tmp_path):
    file = write_text(
        tmp_path / "readings.csv",
        "asset_kind,asset_code,property,measured_at,value,by",
        "cabinet,A,active_energy,2026-01-01T00:00:00+01:00,1.5,me",
        "cabinet,A,active_energy,yesterday,2,me",
    )
    made, found = make_canonical(file, builtin_mapping("canonical"))
    rows = made.layers[0].rows
    assert rows["measured_at"].to_list() == [datetime(2025, 12, 31, 23, tzinfo=UTC)]
    assert rows["+by"].to_list() == ["me"]
    assert found["value that cannot be read"].items[0].value == "yesterday"
    assert made.layers[0].complete


def test_the_list_of_a_reason_is_capped_and_its_count_is_exact(tmp_path):
    file = write_text(tmp_path / "l.csv", "id,x,y", *[",1,1"] * 30, "a,1,1")
    mapping = write_mapping(tmp_path / "m.toml", LIGHTS)
    _, found = make_canonical(file, mapping, ImportSettings(max_listed=7))
    missing = found["required value missing"]
    assert (missing.count, len(missing.items)) == (30, 7)


def test_two_rules_for_one_layer_make_one_layer_without_a_code_twice(tmp_path):
    rule = '[[layers]]\nlayer = "schools"\n{}[layers.columns]\ncode = "id"\n'
    where = '[[layers.where]]\ncolumn = "{}"\nempty = false\n'
    head = LIGHTS.partition("[[layers]]")[0]
    mapping = head + "".join(rule.format(where.format(column)) for column in ("old", "new"))
    file = write_text(tmp_path / "a.csv", "id,x,y,old,new", "1,1,1,o,", "2,1,1,o,n", "3,1,1,,n")
    made, found = make_canonical(file, write_mapping(tmp_path / "m.toml", mapping))
    assert [layer.rows["code"].to_list() for layer in made.layers] == [["1", "2", "3"]]
    assert found["made by another rule of the mapping already"].items[0].value == "2"
    assert (made.read, made.kept) == (3, 3)


def test_a_row_that_repeats_another_is_set_aside(tmp_path):
    mapping = LIGHTS.replace('duplicates = "number"', 'same = ["mark", "day"]')
    lines = ("id,x,y,mark,day", "1,1,1,m,d", "2,1,1,m,d", "3,1,1,m,e", "4,1,1,,d", "5,1,1,,d")
    made, rows, found = lights_of(tmp_path, *lines, mapping=mapping)
    assert rows["code"].to_list() == ["1", "3", "4"]
    assert [item.row for item in found["said by another row already"].items] == [3, 6]
    assert made.read - made.kept == 2


def test_columns_of_several_things_become_rows(tmp_path):
    mapping = """
[source]
unpivot = { columns = '^depart_', name = "letter", value = "label" }
[[layers]]
layer = "feeders"
[layers.columns]
code = { template = "{armoire}-{letter}" }
name = "label"
cabinet = "armoire"
"""
    file = write_text(tmp_path / "a.csv", "armoire,depart_a,depart_b", "A1,rue X,rue Y", "A2,quai,")
    made, _ = make_canonical(file, write_mapping(tmp_path / "m.toml", mapping))
    assert made.layers[0].rows.select("code", "name").rows() == [
        ("A1-depart_a", "rue X"),
        ("A1-depart_b", "rue Y"),
        ("A2-depart_a", "quai"),
    ]
    assert (made.read, made.kept) == (2, 2)


def test_a_figure_that_a_thing_can_do_without_is_left_out_of_range(tmp_path):
    mapping = LIGHTS + 'height_m = "h"'
    _, rows, found = lights_of(tmp_path, "id,x,y,h", "a,1,1,8", "b,1,2,800", mapping=mapping)
    assert rows["height_m"].to_list() == [8, None]
    assert found["value out of range"].effect is Effect.LEFT_OUT


def test_dates_are_kept_as_far_as_they_are_known(tmp_path):
    mapping = PARKS.replace("parks", "flood_marks") + (
        'flooded_on = { column = "on", missing = ["????/??/??"] }\n[source]\nx = "x"\ny = "y"\n'
        'crs = "EPSG:4326"\n'
    )
    days = ("1997/12/18", "2002/12/??", "1907/??/??", "????/??/??", "12/12/2002", "20050906",
            "2001/02/31")  # fmt: skip
    lines = [f"{n},1,1,{day}" for n, day in enumerate(days)]
    file = write_text(tmp_path / "a.csv", "id,x,y,on", *lines)
    made, found = make_canonical(file, write_mapping(tmp_path / "m.toml", mapping))
    assert made.layers[0].rows["flooded_on"].to_list() == [
        "1997-12-18", "2002-12", "1907", None, "2002-12-12", "2005-09-06", None,
    ]  # fmt: skip
    assert [item.value for item in found["value that cannot be read"].items] == ["2001/02/31"]


def test_what_is_wrong_with_a_geometry_is_said_row_by_row(tmp_path):
    line = shapely.LineString([(0, 0), (1, 1)])
    _, found = parks_of(tmp_path, [SQUARE, BOWTIE, line], ending=".gpkg")
    assert found["invalid ring repaired"].items[0].value.startswith("Self-intersection[2.5 0.5")
    assert found["another kind of geometry"].items[0].value == "LineString"


def test_columns_are_found_whatever_their_case(tmp_path):
    _, rows, _ = lights_of(tmp_path, "ID,X,Y", "a,1,2")
    assert rows.select("code", "longitude").rows() == [("a", 1)]


def test_a_plan_without_one_of_its_layers_is_read_all_the_same(tmp_path):
    columns = {"ID_ZONE": ["1"], "ID_GASPAR": ["38X"], "NIVALEA_ST": ["02"], "NIVALEA": ["M"]}
    zone = shapely.box(900_000, 6_450_000, 900_100, 6_450_100)
    write_layer(tmp_path / "N_ZONE_ALEA_PPRN_2013_S_038.shp", [zone], columns, crs="EPSG:2154",
                kind="Polygon")  # fmt: skip
    parts = [(f.name, f.read_bytes()) for f in sorted(tmp_path.glob("N_ZONE*"))]
    archive = write_zip(tmp_path / "ppri.zip", parts)
    made, _ = make_canonical(archive, builtin_mapping("covadis-ppr"))
    zones = made.layers[0].rows
    assert zones.select("code", "nature", "level").rows() == [("38X-alea-1", "hazard", 2)]


def test_an_empty_geometry_is_none(tmp_path):
    rows, found = parks_of(tmp_path, [SQUARE, shapely.Polygon()], ending=".gpkg")
    assert rows["code"].to_list() == ["1"]
    assert found["no geometry"].items[0].row == 2
    mapping = LIGHTS.replace('x = "x"\ny = "y"', 'wkt = "w"')
    lines = ("id,w", "a,POINT EMPTY", "b,POINT (1 2)")
    _, rows, _ = lights_of(tmp_path, *lines, mapping=mapping)
    assert rows["longitude"].to_list() == [None, 1]
