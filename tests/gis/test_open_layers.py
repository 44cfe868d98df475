"""Every published layer beside the repository comes in, with the figures that its README states."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from gis.canonical import CanonicalFile, canonicalise
from gis.geometry import to_metric
from gis.recognise import recognise
from gis.report import Effect, Finding, Findings
from tests.gis.files import LIMITS

pytestmark = pytest.mark.shared_data


@cache
def read(file: Path) -> tuple[CanonicalFile, list[Finding]]:
    if not file.exists():
        pytest.skip(f"{file.name} is not among the open data here")
    found, findings = recognise(file, LIMITS), Findings()
    return canonicalise(found.table, found.mapping, findings, LIMITS), findings.all()


def rows(file: Path, layer: str) -> pl.DataFrame:
    """All rows that a file gives to a layer."""
    frames = [made.rows for made in read(file)[0].layers if made.layer.name == layer]
    return pl.concat(frames, how="diagonal")


def count(file: Path, reason: str, effect: Effect | None = None) -> int:
    """How often a reason was found."""
    return sum(
        finding.count
        for finding in read(file)[1]
        if finding.reason == reason and effect in {None, finding.effect}
    )


def hectares(frame: pl.DataFrame) -> float:
    shapes = to_metric(np.asarray(shapely.from_wkb(frame["geom"].to_numpy())), 2154)
    return float(shapely.area(shapes).sum() / 10_000)


@pytest.mark.parametrize(
    "name",
    [
        "city/montpellier_arbres_alignement_2014_shp.zip",
        "city/redon_2019.osm",
        "flood/herault_reperes_de_crue_ddtm34_shp.zip",
        "flood/isere_ppri_romanche_aval_38DDT20130013_shp.zip",
        "weather/meteofrance_radome_horaire_bretagne_2014-01.tar.gz",
    ],
)
def test_what_was_read_is_kept_or_set_aside(shared_data, name):
    made, found = read(shared_data / name)
    aside = sum(f.count for f in found if f.effect is Effect.SET_ASIDE)
    assert made.kept <= made.read
    assert made.read - made.kept <= aside


def test_street_trees(shared_data):
    file = shared_data / "city/montpellier_arbres_alignement_2014_shp.zip"
    trees = rows(file, "trees")
    assert trees.height == 23_972
    said = recognise(file, LIMITS).table.rows["HAUTEUR_M"]
    assert said.count() == 742
    too_high = count(file, "value out of range")
    assert trees["height_m"].count() == 742 - too_high - (said == 0).sum()
    assert trees["+inventory"].count() == 743
    assert trees["planted"].drop_nulls().str.contains(r"^\d{4}$").all()


def test_drainage_basins(shared_data):
    basins = rows(shared_data / "city/montpellier_bassins_versants_2011_shp.zip", "basins")
    assert basins.height == 12
    assert "BV Le Lez" in basins["name"].to_list()


def test_parks_as_points_in_a_system_without_a_code(shared_data):
    file = shared_data / "city/montpellier_parcs_jardins_points_2014_shp.zip"
    parks = rows(file, "park_sites")
    assert parks.height == 203
    note = "coordinate system written without a code, recognised as EPSG:2154"
    assert note in {finding.reason for finding in read(file)[1]}
    assert parks["latitude"].is_between(43.5, 43.7).all()
    opened = dict(parks.select("name", "opened_on").iter_rows())
    assert opened["Esplanade Paul Valéry"] == "1984-01-01"
    assert {date for date in opened.values() if date and date < "1900"} >= {"1850-01-01"}
    assert set(parks["category"].unique()) >= {"Square", "Parc", "Berges", "Jardin familial"}
    assert parks["open_to_all"].null_count() == 0


def test_bridges(shared_data):
    bridges = rows(shared_data / "city/montpellier_ouvrages_art_2014_shp.zip", "bridges")
    assert bridges.height == 67
    assert (bridges["crosses"] == "Le Lez").any()
    assert 5 <= bridges["length_m"].null_count() <= 8


def test_public_establishments_become_schools_and_care(shared_data):
    file = shared_data / "city/montpellier_etablissements_publics_2014_shp.zip"
    made, _ = read(file)
    assert made.read == 1_024
    assert rows(file, "schools").height == 122
    assert rows(file, "care_places").height == 29 + 37


def test_the_population_grid_joins_its_figures(shared_data):
    file = shared_data / "city/insee_carroyage_200m_martinique_mifmid.zip"
    cells = rows(file, "population_grid")
    assert cells.height == 11_001
    assert cells["residents"].sum() == pytest.approx(373_000, abs=100)
    assert cells["latitude"].is_between(14.3, 15).all()
    ground = to_metric(np.asarray(shapely.from_wkb(cells["geom"].to_numpy())), 4559)
    assert shapely.area(ground) == pytest.approx(40_000, rel=0.001)


def test_openstreetmap_of_redon(shared_data):
    file = shared_data / "city/redon_2019.osm"
    assert rows(file, "trees").height == 317
    assert rows(file, "crossings").height == 132
    assert rows(file, "street_sections").height == 350
    lost = count(file, "nothing left of an invalid ring") - 1 + count(file, "no geometry")
    nodes = 2  # two of them are drawn as a point
    assert rows(file, "buildings").height + lost + nodes == 1_075
    drawn_not = [f for f in read(file)[1] if f.reason == "object that cannot be drawn"]
    assert any(item.value == "w44848423 highway=residential" for item in drawn_not[0].items)


def test_openstreetmap_of_monaco_is_read_compressed(shared_data):
    file = shared_data / "city/monaco_2012.osm.gz"
    assert rows(file, "trees").height == 208
    assert rows(file, "buildings").height + 4 + 1 == 970  # four points, one that is not closed
    assert rows(file, "streetlights").height == 0


def test_a_flood_plan_of_three_layers_in_a_sub_folder(shared_data):
    zones = rows(
        shared_data / "flood/isere_ppri_romanche_aval_38DDT20130013_shp.zip", "flood_zones"
    )
    by_nature = dict(zones.group_by("nature").len().iter_rows())
    assert by_nature == {"hazard": 564, "regulation": 437, "perimeter": 1}
    hazard = zones.filter(nature="hazard")
    for label, area in (("Fai", 45.2), ("M", 80.6), ("F", 278.2)):
        assert hectares(hazard.filter(label=label)) == pytest.approx(area, abs=0.3)
    assert set(hazard["level"]) == {1, 2, 4}
    assert zones["code"].n_unique() == 1_002


def test_one_feature_a_class_is_cut_into_its_parts(shared_data):
    zones = rows(shared_data / "flood/loir_et_cher_aleas_inondation_braye_shp.zip", "flood_zones")
    assert zones.height > 3
    for level, area in ((1, 186.2), (2, 428.4), (3, 829.8)):
        assert hectares(zones.filter(level=level)) == pytest.approx(area, abs=0.5)


def test_flood_marks_keep_what_is_known_of_their_dates(shared_data):
    file = shared_data / "flood/herault_reperes_de_crue_ddtm34_shp.zip"
    marks = rows(file, "flood_marks")
    assert read(file)[0].read == 5_133
    assert count(file, "said by another row already") == 13
    assert count(file, "drawn elsewhere than its own columns say") == 27
    assert marks["+sheet"].n_unique() == 2_984
    assert marks["municipality"].n_unique() == 162
    assert (marks["municipality"] == "MONTPELLIER").sum() >= 263
    known = marks["flooded_on"].str.len_chars() == 10
    assert marks.height - known.sum() == pytest.approx(2_192, abs=13)
    assert set(marks["flooded_on"].drop_nulls().str.len_chars()) == {4, 7, 10}
    assert marks["level_m_ngf"].null_count() == 5


@pytest.mark.parametrize(
    ("station", "days", "highest"),
    [("Y3204010", 16_266, 239), ("Y3204030", 7_330, 260), ("Y3204040", 4_095, 135)],
)
def test_daily_discharge_below_a_head_that_is_a_date(shared_data, station, days, highest):
    file = shared_data / f"flood/lez_debit_journalier_{station}.csv"
    readings = rows(file, "readings")
    assert read(file)[0].read == 22_280
    assert readings.height == days
    assert round(readings["value"].max()) == highest
    assert set(readings["asset_code"]) == {station}
    if station == "Y3204010":
        top = readings.sort("value").row(-1, named=True)
        assert top["measured_at"].date().isoformat() == "2002-12-12"
        assert readings["measured_at"].min().date().isoformat() == "1975-01-01"
        assert readings["measured_at"].max().date().isoformat() == "2019-07-31"


def test_river_gauges(shared_data):
    gauges = rows(shared_data / "flood/lez_stations.csv", "river_gauges")
    assert gauges["code"].to_list() == ["Y3204040", "Y3204030", "Y3204010"]
    assert gauges["longitude"].is_between(3.8, 4).all()


def test_weather_stations_in_degrees_and_minutes(shared_data):
    stations = rows(shared_data / "weather/meteofrance_radome_stations.csv", "weather_stations")
    assert stations.height == 49
    ushant = stations.filter(code="29155005")
    assert ushant["longitude"].item() == pytest.approx(-(5 + 3 / 60 + 24 / 3600))
    assert ushant["latitude"].item() == pytest.approx(48 + 28 / 60 + 24 / 3600)
    assert ushant["altitude_m"].item() == 64


def test_hourly_weather_of_55_texts_with_trailing_commas_and_last_words(shared_data):
    file = shared_data / "weather/meteofrance_radome_horaire_bretagne_2014-01.tar.gz"
    made, found = read(file)
    assert made.read == 40_564
    assert "the last line, 'EOF', is no row" in {finding.reason for finding in found}
    readings = rows(file, "readings")
    assert readings["asset_code"].n_unique() == 55
    assert readings["measured_at"].min().isoformat() == "2014-01-01T00:00:00+00:00"
    assert readings["measured_at"].max().isoformat() == "2014-01-31T23:00:00+00:00"
    assert readings.filter(property="air_temperature")["value"].is_between(-10, 20).all()


def test_soil_moisture_of_one_column_a_probe(shared_data):
    file = shared_data / "irrigation/sydney_bicentennial_park_soil_moisture_hourly.csv"
    assert read(file)[0].read == 1_528
    assert rows(file, "sensors").height == 13
    readings = rows(file, "readings")
    assert readings.height == 1_528 * 13
    assert readings["value"].min() > 0
    first = readings.filter(asset_code="SENS0008").row(0, named=True)
    assert (first["value"], first["measured_at"].isoformat()) == (
        11.45054732,
        "2022-11-15T00:00:00+00:00",
    )


def test_nodes_that_a_json_names_by_key(shared_data):
    nodes = rows(shared_data / "lorawan/sainteynard_endpoints.json", "sensors")
    assert nodes["code"].to_list() == ["d1d1e80000000032", "d1d1e80000000033"]
    assert nodes["latitude"].to_list() == [45.23513] * 2
    more = rows(shared_data / "lorawan/tour_perret_endpoints.json", "devices")
    assert "a81758fffe04b1c1" in more["dev_eui"].to_list()
