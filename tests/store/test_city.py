"""Files into the store and out again as frames: history, wiring, streets, tiles."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
import shapely

from control_center.importing import import_file, import_folder
from gis.errors import MappingInvalid, MissingColumn, NotPolygons
from gis.tiles import TileSet
from tests.gis.files import write_layer, write_text
from twin.clock import VirtualClock
from twin.errors import NoTerritory, Refused
from twin.model import frames
from twin.store.city import CityReader

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LON, LAT = 3.87, 43.61
STEP = 0.00037  # about 30 m eastward

CITY = """[territory]
slug = "tiny"
name = "Tiny"
simulated = true
timezone = "Europe/Paris"
metric_srid = 2154
longitude = 3.87
latitude = 43.61
clock_offset_s = 3600
[territory.contact]
phone = "01"
"""
MAPPING = """
[source]
crs = "EPSG:4326"
x = "x"
y = "y"
[territory]
slug = "tiny"
name = "Tiny"
timezone = "Europe/Paris"
longitude = 3.87
latitude = 43.61
[[layers]]
layer = "streetlights"
complete = true
[layers.columns]
code = "id"
cabinet = "q"
feeder = { template = "{q}-{l}" }
street = "street"
lamp_text = "lamp"
[[layers]]
layer = "feeders"
complete = true
distinct = ["q", "l"]
[layers.columns]
code = { template = "{q}-{l}" }
cabinet = "q"
"""
HEAD = "id,x,y,q,l,street,lamp"
LIGHTS = [
    f"L{n},{LON + n * STEP},{LAT},Q,{'A' if n < 4 else 'B'},Rue Foch,LED 30" for n in range(6)
]


class Importer:
    """Imports files of one town, a day apart."""

    def __init__(self, database, folder):
        self.database, self.folder = database, folder
        self.clock = VirtualClock(START)
        self.home = folder / "home"

    def lights(self, *lines, name="lights.csv", mapping=MAPPING, **options):
        write_text(self.folder / "mine.toml", mapping)
        file = write_text(self.folder / name, HEAD, *lines)
        self.clock.advance(86_400)
        return import_file(
            self.database, file, mapping=str(self.folder / "mine.toml"), clock=self.clock,
            home=self.home, **options,
        )  # fmt: skip

    def canonical(self, **layers):
        """Write ``layer=(shapes, columns)`` or ``layer=lines`` and import the folder."""
        folder = self.folder / "city"
        folder.mkdir(exist_ok=True)
        (folder / "city.toml").write_text(CITY)
        (folder / "truth.json").write_text("{}")
        for layer, content in layers.items():
            if isinstance(content, tuple):
                (folder / f"{layer}.fgb").unlink(missing_ok=True)
                write_layer(folder / f"{layer}.fgb", *content)
            else:
                write_text(folder / f"{layer}.csv", *content)
        self.clock.advance(86_400)
        return import_folder(self.database, folder, clock=self.clock, home=self.home)

    def rows(self, query, *parameters):
        with self.database.connection() as connection:
            return connection.execute(query, parameters).fetchall()


@pytest.fixture
def importer(database, tmp_path):
    return Importer(database, tmp_path)


@pytest.fixture
def reader(database):
    return CityReader(database)


def counts(report, layer):
    made = next(c for file in report.files for c in file.layers if c.layer == layer)
    return made.added, made.changed, made.unchanged, made.closed


def square(x, y, size=0.0005):
    return shapely.box(LON + x, LAT + y, LON + x + size, LAT + y + size)


# --------------------------------------------------------------- first import
def test_an_empty_store_holds_no_territory_and_empty_frames(database, reader):
    with pytest.raises(NoTerritory):
        reader.territory()
    for read, schema in [
        (reader.lights, frames.LIGHTS),
        (reader.supply_devices, frames.SUPPLY_DEVICES),
        (reader.sections, frames.SECTIONS),
        (reader.stretches, frames.STRETCHES),
        (reader.streets, frames.STREETS),
        (reader.buildings, frames.BUILDINGS),
        (reader.devices, frames.DEVICES),
    ]:
        assert read().schema == schema
        assert read().height == 0


def test_a_file_becomes_a_city(importer, reader):
    credited = 'attribution = "Ville de Tiny"\n' + MAPPING
    report = importer.lights(*LIGHTS, mapping=credited)
    assert reader.attributions() == ["Ville de Tiny"]
    assert reader.territory().slug == "tiny"
    assert reader.territory().metric_srid == 32631  # the UTM zone, where the mapping names none
    lights = reader.lights()
    assert lights.schema == frames.LIGHTS
    assert lights["code"].to_list() == [f"L{n}" for n in range(6)]
    assert lights["lamp_w"].to_list() == [30] * 6
    assert lights["technology"].unique().to_list() == ["led"]
    assert report.figure("streetlights") == 6
    assert report.figure("lamp wattage") == pytest.approx(0.18)
    assert reader.streets()["slug"].to_list() == ["rue-foch"]


def test_lights_hang_on_feeders_and_orphan_feeders_are_told(importer, reader):
    report = importer.lights(*LIGHTS)
    devices = reader.supply_devices()
    assert devices["code"].to_list() == ["Q-A", "Q-B"]
    assert devices["parent_id"].to_list() == [None, None]
    assert reader.lights()["supply_id"].n_unique() == 2
    assert "feeder that nothing known feeds" in {finding.reason for finding in report.findings}


def test_the_map_of_the_new_epoch_is_published(importer, reader):
    report = importer.lights(*LIGHTS, "L9,,,Q,A,Rue Foch,LED")
    assert reader.territory().data_version == report.data_version
    tiles = TileSet.open(importer.home / "tiles" / "tiny", report.data_version)
    assert "lights" in tiles.layers
    lights = reader.lights().sort("idx", nulls_last=True)
    assert lights["idx"].to_list() == [*range(6), None]  # no place, no dot
    assert lights["longitude"].null_count() == 1


def test_who_listens_hears_of_the_new_epoch(importer, database):
    with database.dedicated("listener", autocommit=True) as listener:
        listener.execute("LISTEN reverbere_city")
        report = importer.lights(*LIGHTS)
        heard = next(iter(listener.notifies(timeout=120, stop_after=1)))
    assert heard.payload == report.data_version


# --------------------------------------------------------------- again, and changed
def test_a_second_import_of_the_same_file_changes_nothing(importer):
    first = importer.lights(*LIGHTS)
    asset = "SELECT id, xmin::text, valid_from FROM asset ORDER BY id"
    before = importer.rows(asset), importer.rows("SELECT * FROM link ORDER BY id")
    second = importer.lights(*LIGHTS)
    assert (importer.rows(asset), importer.rows("SELECT * FROM link ORDER BY id")) == before
    assert counts(second, "streetlights") == (0, 0, 6, 0)
    assert second.data_version == first.data_version
    assert importer.rows("SELECT count(*) FROM asset_version") == [(0,)]
    assert importer.rows("SELECT count(*) FROM dataset") == [(2,)]


def test_rows_in_another_order_change_nothing(importer):
    importer.lights(*LIGHTS)
    assert counts(importer.lights(*LIGHTS[::-1]), "streetlights") == (0, 0, 6, 0)


def test_a_changed_row_leaves_its_past_version_behind(importer, reader):
    importer.lights(*LIGHTS)
    report = importer.lights(LIGHTS[0].replace("LED 30", "LED 40"), *LIGHTS[1:])
    assert counts(report, "streetlights") == (0, 1, 5, 0)
    assert reader.lights()["lamp_w"].to_list() == [40, 30, 30, 30, 30, 30]
    day = timedelta(days=1)
    past = importer.rows("SELECT valid_from, valid_to, properties ->> 'lamp_w' FROM asset_version")
    assert past == [(START + day, START + 2 * day, "30.0")]
    assert reader.lights().height == 6


def test_a_vanished_row_is_closed_and_so_are_its_links(importer, reader):
    importer.lights(*LIGHTS)
    report = importer.lights(*LIGHTS[:4])  # the last two, and with them feeder B
    assert counts(report, "streetlights") == (0, 0, 4, 2)
    assert counts(report, "feeders") == (0, 0, 1, 1)
    assert reader.lights().height == 4
    assert importer.rows("SELECT count(*) FROM asset WHERE valid_to IS NOT NULL") == [(3,)]
    assert importer.rows("SELECT count(*) FROM link WHERE valid_to IS NOT NULL") == [(2,)]
    assert reader.lights()["idx"].to_list() == [0, 1, 2, 3]


def test_a_row_that_comes_back_is_added_again(importer, reader):
    importer.lights(*LIGHTS)
    importer.lights(*LIGHTS[:4])
    assert counts(importer.lights(*LIGHTS), "streetlights") == (2, 0, 4, 0)
    assert reader.lights()["code"].n_unique() == 6


def test_nothing_is_closed_where_the_file_does_not_claim_to_be_complete(importer, reader):
    importer.lights(*LIGHTS)
    partial = MAPPING.replace("complete = true", "")
    assert counts(importer.lights(*LIGHTS[:2], mapping=partial), "streetlights")[3] == 0
    assert reader.lights().height == 6


def test_another_wiring_closes_the_old_link_and_adds_the_new_one(importer, reader):
    importer.lights(*LIGHTS)
    importer.lights(LIGHTS[0].replace(",A,", ",B,"), *LIGHTS[1:])
    light = reader.lights().row(0, named=True)
    feeders = dict(reader.supply_devices().select("asset_id", "code").iter_rows())
    assert feeders[light["supply_id"]] == "Q-B"
    history = importer.rows(
        "SELECT valid_to IS NULL FROM link WHERE child_id = %s ORDER BY id", light["asset_id"]
    )
    assert history == [(False,), (True,)]


def test_links_that_were_learnt_or_drawn_by_hand_survive_an_import(importer, reader):
    importer.lights(*LIGHTS)
    light = reader.lights()["asset_id"][0]
    feeder = reader.supply_devices().filter(pl.col("code") == "Q-B")["asset_id"][0]
    importer.rows(
        "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
        " VALUES (%s, %s, 'supplies', 4, 'learnt', 0.7, %s) RETURNING 1", light, feeder, START,
    )  # fmt: skip
    importer.lights(*LIGHTS[:5])
    links = reader.links("supplies").filter(pl.col("child_id") == light)
    assert links["rung"].to_list() == [0, 4]
    assert links["confidence"].to_list() == pytest.approx([0.98, 0.7])


def test_cabinets_may_come_after_the_lights_that_name_them(importer, reader, tmp_path):
    importer.lights(*LIGHTS)
    cabinets = MAPPING.partition("[[layers]]")[0] + (
        '[[layers]]\nlayer = "cabinets"\n[layers.columns]\ncode = "id"\nstreet = "street"\n'
    )
    importer.lights(f"Q,{LON},{LAT},,,rue Haute,", name="cabinets.csv", mapping=cabinets)
    devices = reader.supply_devices()
    cabinet = devices.filter(pl.col("kind") == "cabinet").row(0, named=True)
    feeders = devices.filter(pl.col("kind") == "feeder")
    assert feeders["parent_id"].to_list() == [cabinet["asset_id"]] * 2
    assert feeders["place"].to_list() == ["rue Haute"] * 2
    assert (cabinet["plinth_m"], cabinet["plinth_source"]) == (None, "unknown")


# --------------------------------------------------------------- refusals
def test_a_dry_run_counts_and_changes_nothing(importer, reader):
    report = importer.lights(*LIGHTS, dry_run=True)
    assert counts(report, "streetlights") == (6, 0, 0, 0)
    assert report.figure("streets") == 1
    with pytest.raises(NoTerritory):
        reader.territory()
    assert importer.rows("SELECT count(*) FROM asset") == [(0,)]
    assert not importer.home.exists()


def test_a_wrong_column_changes_nothing(importer, reader):
    importer.lights(*LIGHTS)
    with pytest.raises(MissingColumn, match="column 'nr' is expected and missing"):
        importer.lights(*LIGHTS[:1], mapping=MAPPING.replace('code = "id"', 'code = "nr"'))
    assert reader.lights().height == 6


def test_a_layer_that_is_no_polygon_takes_the_whole_import_back(importer, tmp_path):
    lines = np.array([shapely.LineString([(LON, LAT), (LON + 1, LAT)])], dtype=object)
    town = small_town()
    town["parks"] = (lines, {"code": ["a"]})
    with pytest.raises(NotPolygons, match=r"parks\.fgb: polygons are expected; found: LineString"):
        importer.canonical(**town)
    assert importer.rows("SELECT count(*) FROM asset") == [(0,)]


def test_an_empty_store_needs_a_territory(importer):
    bare = MAPPING[: MAPPING.index("[territory]")] + MAPPING[MAPPING.index("[[layers]]") :]
    with pytest.raises(MappingInvalid, match=r"names no territory; add a \[territory\] table"):
        importer.lights(*LIGHTS, mapping=bare)
    importer.lights(*LIGHTS)
    assert counts(importer.lights(*LIGHTS, mapping=bare), "streetlights") == (0, 0, 6, 0)


def test_a_store_keeps_to_its_territory(importer):
    importer.lights(*LIGHTS)
    with pytest.raises(Refused, match=r"the store holds Tiny, .* --territory other"):
        importer.lights(*LIGHTS, mapping=MAPPING.replace('slug = "tiny"', 'slug = "other"'))


def test_the_report_is_kept_with_its_data_set(importer):
    importer.lights(*LIGHTS, ",1,1,Q,A,,")
    ((report, read, kept, aside),) = importer.rows(
        "SELECT report, rows_read, rows_kept, rows_set_aside FROM dataset"
    )
    assert (read, kept, aside) == (7, 6, 1)
    (finding,) = [f for f in report["findings"] if f["effect"] == "set_aside"]
    assert finding["reason"] == "required value missing"
    assert finding["items"] == [{"row": 8, "value": ""}]
    assert {layer["layer"]: layer["added"] for layer in report["layers"]} == {
        "streetlights": 6,
        "feeders": 2,
    }


# --------------------------------------------------------------- a canonical folder
def line(*points):
    return shapely.LineString([(LON + x * STEP, LAT + y * STEP) for x, y in points])


def point(x, y=0.0):
    return shapely.Point(LON + x * STEP, LAT + y * STEP)


def small_town():
    lights = [point(0.5 + n, 0.05) for n in range(4)]
    return {
        "cabinets": (
            [point(0)],
            {"code": ["Q"], "street": ["rue Haute"], "plinth_m": [0.35],
             "plinth_source": ["measured"], "rated_kw": [9.0]},
        ),
        "feeders": ["code,cabinet", "Q-A,Q"],
        "streetlights": (lights, {"code": ["1", "2", "3", "4"], "feeder": ["Q-A"] * 4}),
        "street_sections": (
            [line((0, 0), (2, 0)), line((2, 0), (4, 0)), line((0, 9), (4, 9))],
            {"code": ["s1", "s2", "s3"], "street": ["Rue Haute", "RUE HAUTE", "Rue Basse"]},
        ),
        "addresses": (
            [point(1, 0.2), point(3, 0.2)],
            {"code": ["a1", "a2"], "street": ["rue haute"] * 2, "residents": [2.5, 4.0]},
        ),
        "buildings": (
            [square(0, 0.001), square(0.001, 0.001)],
            {"code": ["b1", "b2"], "use": ["school", "house"], "followed": [True, False]},
        ),
        "parks": ([square(0, 0.002)], {"code": ["p"], "name": ["Square"]}),
        "valves": ([point(2, 6)], {"code": ["v"]}),
        "hydrozones": (
            [square(0, 0.002)],
            {"code": ["h"], "park": ["p"], "valve": ["v"], "plant_type": ["cool_turf"],
             "landscape_coefficient": [0.8], "soil_class": ["loam"], "field_capacity": [0.3],
             "wilting_point": [0.12], "root_depth_m": [0.3], "depletion_fraction": [0.4],
             "area_m2": [100.0], "precipitation_mm_h": [12.0],
             "distribution_uniformity": [0.7]},
        ),
        "weather_stations": ([point(1, 1)], {"code": ["w"], "altitude_m": [40.0]}),
        "devices": [
            "dev_eui,network,profile,asset_kind,asset_code,interval_s",
            "A84041000181D3F2,chirpstack_v4,volc2180,streetlight,1,900",
            "a84041000181d3f3,chirpstack_v4,volc2180,streetlight,77,900",
            "eui-A8:40:41:00:01:81:D3:F4,chirpstack_v4,volc2180,,,900",
            "not an identifier!,chirpstack_v4,volc2180,streetlight,2,900",
        ],
        "readings": [
            "asset_kind,asset_code,property,measured_at,value",
            "cabinet,Q,daily_energy,2026-01-01T00:00:00+01:00,41.5",
            "cabinet,Q,daily_energy,2026-01-02T00:00:00+01:00,-9e9",
            "cabinet,Q,charm,2026-01-01T00:00:00+01:00,1",
            "cabinet,Z,daily_energy,2026-01-01T00:00:00+01:00,1",
        ],
        "daily_weather": [
            "station,day,t_min_c,t_max_c,t_mean_c,wind_2m_m_s,radiation_mj_m2,rain_mm,hours",
            "w,2026-07-01,15,30,22,2,25,0,24",
        ],
        "saving_actions": [
            "asset_kind,asset_code,code,title,works_from,works_to,planned_kwh,cost_eur",
            "cabinet,Q,led,LED rue Haute,2025-05-01,2025-05-20,5000,20000",
            "cabinet,Q,led,backwards,2025-06-20,2025-06-01,,",
        ],
    }  # fmt: skip


def test_a_canonical_folder_becomes_a_whole_city(importer, reader):
    report = importer.canonical(**small_town())
    territory = reader.territory()
    assert (territory.simulated, territory.clock_offset) == (True, timedelta(hours=1))
    assert territory.contact == {"phone": "01"}
    assert reader.clock().offset == timedelta(hours=1)
    cabinet = reader.supply_devices().filter(pl.col("kind") == "cabinet").row(0, named=True)
    assert cabinet["plinth_m"] == pytest.approx(0.35)
    assert (cabinet["plinth_source"], cabinet["place"]) == ("measured", "rue Haute")
    buildings = reader.buildings()
    assert buildings.sort("code")["followed"].to_list() == [True, False]
    assert shapely.from_wkb(buildings["geom"][0]).geom_type == "Polygon"
    assert reader.places("park")["name"].to_list() == ["Square"]
    assert report.figure("residents") == 6.5


def test_streets_gather_their_sections_their_lights_and_their_residents(importer, reader):
    importer.canonical(**small_town())
    streets = {row["slug"]: row for row in reader.streets().to_dicts()}
    assert set(streets) == {"rue-haute", "rue-basse"}
    haute = streets["rue-haute"]
    assert (haute["name"], haute["lights"], haute["residents"]) == ("Rue Haute", 4, 6.5)
    assert haute["length_cm"] == pytest.approx(4 * 2987, abs=20)
    assert streets["rue-basse"]["residents"] == 0
    sections = reader.sections()
    assert reader.lights()["attributed_cm"].sum() <= sections["length_cm"].sum()
    assert set(reader.lights()["section_id"]) <= set(sections["section_id"])
    stretches = reader.stretches()
    assert stretches["length_cm"].sum() <= haute["length_cm"]
    assert set(stretches["light_ids"].explode()) == set(reader.lights()["asset_id"])


def test_zones_devices_readings_weather_and_works_land_in_their_tables(importer, reader):
    report = importer.canonical(**small_town())
    assert importer.rows("SELECT plant_type, valve_id IS NOT NULL FROM hydrozone") == [
        ("cool_turf", True)
    ]
    devices = reader.devices()
    assert devices["dev_eui"].to_list() == [
        "a84041000181d3f2", "a84041000181d3f3", "a84041000181d3f4"
    ]  # fmt: skip
    assert devices["asset_code"].to_list() == ["1", None, None]
    observed = importer.rows(
        "SELECT d.property, d.unit, o.value, o.quality FROM observation o"
        " JOIN datastream d ON d.id = o.datastream_id ORDER BY o.measured_at"
    )
    assert observed == [("daily_energy", "kWh", 41.5, 0), ("daily_energy", "kWh", -9e9, 1)]
    ((et0,),) = importer.rows("SELECT et0_mm FROM daily_weather")
    assert 4 < et0 < 9
    assert importer.rows("SELECT title FROM saving_action") == [("LED rue Haute",)]
    reasons = {f.reason for file in report.files for f in file.findings}
    assert {
        "dev_eui that cannot be taken",
        "property that cannot be taken",
        "asset that nothing is called",
        "works_to that cannot be taken",
    } <= reasons
    for file in report.files:
        assert file.read == file.kept + file.set_aside


def test_a_canonical_folder_imported_again_changes_nothing(importer, reader):
    importer.canonical(**small_town())
    before = [frame() for frame in (reader.lights, reader.sections, reader.stretches,
                                    reader.streets, reader.devices)]  # fmt: skip
    report = importer.canonical(**small_town())
    for file in report.files:
        for made in file.layers:
            assert (made.added, made.changed, made.closed) == (0, 0, 0), made.layer
    after = [frame() for frame in (reader.lights, reader.sections, reader.stretches,
                                   reader.streets, reader.devices)]  # fmt: skip
    assert all(one.equals(other) for one, other in zip(before, after, strict=True))


def test_published_centre_lines_replace_the_estimated_ones(importer, reader):
    town = small_town()
    sections = town.pop("street_sections")
    town["streetlights"][1]["street"] = ["Rue Haute"] * 4
    importer.canonical(**town)
    estimated = reader.sections()
    assert estimated.height == 1
    importer.canonical(street_sections=sections)
    assert reader.sections().height == 3
    assert not set(reader.sections()["section_id"]) & set(estimated["section_id"])
    assert set(reader.lights()["section_id"]) <= set(reader.sections()["section_id"])


def test_a_folder_without_its_city_file_is_told(importer, tmp_path):
    (tmp_path / "bare").mkdir()
    write_text(tmp_path / "bare" / "feeders.csv", "code,cabinet", "a,b")
    with pytest.raises(MappingInvalid, match=r"city\.toml: cannot be read"):
        import_folder(importer.database, tmp_path / "bare", clock=importer.clock, home=tmp_path)
