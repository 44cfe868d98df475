"""Real files of real towns, and the figures that their README states."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.canonical import CanonicalFile, canonicalise
from gis.geometry import to_metric
from gis.recognise import recognise
from gis.report import Effect, Finding, Findings
from tests.gis.files import LIMITS

pytestmark = pytest.mark.shared_data

LIGHTS = "lighting/lecce_pali_illuminazione.csv"
CABINETS = "lighting/lecce_quadri_illuminazione.csv"
MONTPELLIER = "lighting/montpellier_eclairage_public_2013_shp.zip"


@cache
def read(file: Path) -> tuple[CanonicalFile, dict[str, Finding]]:
    found, findings = recognise(file, LIMITS), Findings()
    made = canonicalise(found.table, found.mapping, findings, LIMITS)
    return made, {finding.reason: finding for finding in findings.all()}


def rows(file, layer):
    return next(made.rows for made in read(file)[0].layers if made.layer.name == layer)


@pytest.mark.parametrize(
    ("file", "layer", "kept", "set_aside"),
    [
        (LIGHTS, "streetlights", 20_632, 0),
        (LIGHTS, "feeders", 1_216, 0),
        (CABINETS, "cabinets", 556, 0),
        (MONTPELLIER, "streetlights", 29_969, 0),
        ("city/montpellier_filaire_voies_2014_shp.zip", "street_sections", 8_011, 0),
        ("city/montpellier_batiments_non_residentiels_2014_shp.zip", "buildings", 3_356, 0),
        ("city/montpellier_cours_eau_2011_shp.zip", "waters", 717, 124),
        ("city/montpellier_parcs_jardins_surfaces_2013_shp.zip", "parks", 624, 0),
        ("city/montpellier_points_adresse_2014_shp.zip", "addresses", 36_395, 0),
        ("city/montpellier_sous_quartiers_2014_shp.zip", "districts", 31, 0),
        ("city/montpellier_sites_hebergement_urgence_2012_shp.zip", "shelters", 5, 0),
        ("city/montpellier_etablissements_publics_2014_shp.zip", "schools", 122, 836),
    ],
)
def test_a_published_file_gives_the_rows_it_announces(shared_data, file, layer, kept, set_aside):
    made, _ = read(shared_data / file)
    assert rows(shared_data / file, layer).height == kept
    assert made.read - made.kept == set_aside


def test_every_row_of_every_file_is_accounted_for(shared_data):
    for file in (LIGHTS, MONTPELLIER, "city/montpellier_cours_eau_2011_shp.zip"):
        made, found = read(shared_data / file)
        told = sum(f.count for f in found.values() if f.effect is Effect.SET_ASIDE)
        assert made.read == made.kept + told


def test_lecce_burns_4636_kilowatts_and_363_lamps_say_nothing(shared_data):
    lights = rows(shared_data / LIGHTS, "streetlights")
    assert lights["lamp_w"].count() == 20_269
    assert lights["lamp_w"].null_count() == 363
    assert round(lights["lamp_w"].sum() / 1000) == 4_636
    assert lights["technology"].null_count() == 0
    assert read(shared_data / LIGHTS)[1]["wattage that cannot be read"].count == 363


def test_lecce_draws_5308_kilowatts_at_the_mains_by_usual_gear(shared_data):
    lights = rows(shared_data / LIGHTS, "streetlights")
    assert lights["mains_w"].count() == 0  # nothing is published
    assert lights["mains_estimate_w"].count() == 20_269
    assert lights["mains_estimate_w"].sum() == pytest.approx(5_308_363, abs=50)
    assert lights["lamp_confidence"].is_between(0.4, 1).all()
    mercury = lights.filter(technology="mercury_vapour")
    assert set(mercury["end_of_production"]) == {date(2015, 4, 13)}
    assert set(lights.filter(technology="led")["end_of_production"]) == {None}


def test_the_defects_of_lecce_are_told(shared_data):
    _, found = read(shared_data / LIGHTS)
    assert found["no position"].count == 1
    assert found["code already taken, numbered"].count == 10  # ten pairs of equal keys
    lights = rows(shared_data / LIGHTS, "streetlights")
    assert lights["code"].is_duplicated().sum() == 0
    assert lights["mast"].null_count() == 1_023
    assert lights["cabinet"].n_unique() == 549


def test_dates_in_three_notations_are_read_and_remarks_are_not_taken_for_dates(shared_data):
    dated = rows(shared_data / LIGHTS, "streetlights").drop_nulls("+remark")
    said = dict(dated.select("+remark", "installed_on").unique().iter_rows())
    assert said["Attivati il 12_03_14"].isoformat() == "2014-03-12"
    assert said["03-03-14"].isoformat() == "2014-03-03"
    assert said["Attivato il 10/09/14"].isoformat() == "2014-09-10"
    assert said["Manca armatura"] is None


def test_decimal_commas_and_si_of_the_cabinets_are_read(shared_data):
    cabinets = rows(shared_data / CABINETS, "cabinets")
    assert (cabinets["rated_kw"] == 4.5).sum() == 60
    assert set(cabinets["regime"].unique()) == {"night", "programme"}
    assert cabinets.filter(cabinets["code"] == "35")["street"].item() == "Via Porto Ferraio"


def test_montpelliers_lights_get_codes_of_their_own_that_stay(shared_data):
    lights = rows(shared_data / MONTPELLIER, "streetlights")
    assert lights["code"].n_unique() == 29_969
    assert lights["code"].str.contains(r"^[0-9a-z]{10}(~\d+)?$").all()
    assert lights["longitude"].is_between(3.7, 4.1).all()
    assert lights["latitude"].is_between(43.5, 43.7).all()


def test_montpelliers_invalid_rings_are_repaired_and_counted(shared_data):
    _, found = read(shared_data / "city/montpellier_batiments_non_residentiels_2014_shp.zip")
    assert found["invalid ring repaired"].count == 1
    _, found = read(shared_data / "city/montpellier_parcs_jardins_surfaces_2013_shp.zip")
    assert found["invalid ring repaired"].count == 2


def test_montpelliers_parks_have_the_area_that_was_published(shared_data):
    parks = rows(shared_data / "city/montpellier_parcs_jardins_surfaces_2013_shp.zip", "parks")
    shapes = to_metric(np.asarray(shapely.from_wkb(parks["geom"].to_numpy())), 2154)
    assert shapely.area(shapes).sum() / 10_000 == pytest.approx(539.8, abs=0.3)
    assert parks["name"].null_count() == 343


def test_watercourses_leave_the_arrows_of_the_drawing_aside(shared_data):
    _, found = read(shared_data / "city/montpellier_cours_eau_2011_shp.zip")
    assert found["arrow symbol of the drawing, not water"].count == 124


def test_a_windows_apostrophe_is_read(shared_data):
    shelters = rows(
        shared_data / "city/montpellier_sites_hebergement_urgence_2012_shp.zip", "shelters"
    )
    assert "Zénith" in shelters["name"].to_list()
    assert not any("\ufffd" in name or "\x92" in name for name in shelters["name"])
