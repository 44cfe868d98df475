"""A mapping proposed for a file that nothing knows; what it proposes imports."""

from pathlib import Path

import pytest
import shapely

from gis.canonical import CanonicalFile
from gis.errors import LayerUnreadable, NotRecognised
from gis.guess import guess
from gis.guess_text import as_toml
from gis.mapping import Mapping
from gis.mapping_tables import Rule
from gis.vocabulary import nearest, nearness, vocabulary, words
from tests.gis.files import (
    LIMITS,
    make_canonical,
    write_layer,
    write_mapping,
    write_text,
    write_zip,
)


def guessed(file: Path, folder: Path, layer: str | None = None) -> tuple[Mapping, CanonicalFile]:
    """Guess, write the guess down, read it again, import by it."""
    mapping = write_mapping(folder / "guess.toml", as_toml(guess(file, LIMITS, layer)))
    made, _ = make_canonical(file, mapping)
    return mapping, made


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "layer", "rows"),
    [
        ("lighting/lecce_pali_illuminazione.csv", "streetlights", 20_632),
        ("lighting/lecce_quadri_illuminazione.csv", "cabinets", 556),
        ("lighting/montpellier_eclairage_public_2013_shp.zip", "streetlights", None),
        ("city/insee_carroyage_200m_martinique_mifmid.zip", "population_grid", None),
        ("city/montpellier_arbres_alignement_2014_shp.zip", "trees", None),
        ("city/montpellier_bassins_versants_2011_shp.zip", "basins", 12),
        ("city/montpellier_batiments_non_residentiels_2014_shp.zip", "buildings", 3_356),
        ("city/montpellier_cours_eau_2011_shp.zip", "waters", 841),
        ("city/montpellier_filaire_voies_2014_shp.zip", "street_sections", None),
        ("city/montpellier_ouvrages_art_2014_shp.zip", "bridges", 67),
        ("city/montpellier_parcs_jardins_points_2014_shp.zip", "park_sites", 203),
        ("city/montpellier_parcs_jardins_surfaces_2013_shp.zip", "parks", 624),
        ("city/montpellier_points_adresse_2014_shp.zip", "addresses", None),
        ("city/montpellier_sites_hebergement_urgence_2012_shp.zip", "shelters", 5),
        ("city/montpellier_sous_quartiers_2014_shp.zip", "districts", 31),
        ("flood/herault_reperes_de_crue_ddtm34_shp.zip", "flood_marks", None),
        ("flood/loir_et_cher_aleas_inondation_braye_shp.zip", "flood_zones", 77),
        ("flood/lez_stations.csv", "river_gauges", 3),
        ("lorawan/sainteynard_endpoints.json", "sensors", 2),
        ("weather/meteofrance_radome_stations.csv", "weather_stations", 49),
    ],
)
def test_a_published_file_is_guessed_and_its_guess_imports(
    shared_data, tmp_path, *, name, layer, rows
):
    if not (shared_data / name).exists():
        pytest.skip(f"{name} is not among the open data here")
    mapping = write_mapping(tmp_path / "guess.toml", as_toml(guess(shared_data / name, LIMITS)))
    assert mapping.layers[0].layer == layer
    if rows is not None:  # the large ones would take their time
        made, _ = make_canonical(shared_data / name, mapping)
        assert made.layers[0].rows.height == rows


@pytest.mark.shared_data
def test_the_register_of_lecce_is_guessed_as_we_map_it(shared_data, tmp_path):
    file = shared_data / "lighting/lecce_pali_illuminazione.csv"
    mapping, made = guessed(file, tmp_path)
    columns = mapping.layers[0].columns
    assert columns["code"] == Rule(template="{QUADRO}-{LINEA}-{RECNO}")
    assert columns["feeder"] == Rule(template="{QUADRO}-{LINEA}")
    assert columns["lamp_text"] == "LAMPADA"
    assert made.layers[0].rows["lamp_w"].sum() == pytest.approx(4_636_000, abs=500)
    feeders = next(layer.rows for layer in made.layers if layer.layer.name == "feeders")
    assert feeders.height == 1_216
    assert (mapping.home.slug, mapping.home.timezone) == ("lecce", "Europe/Rome")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("city/redon_2019.osm", "osm"),
        ("flood/isere_ppri_romanche_aval_38DDT20130013_shp.zip", "covadis-ppr"),
    ],
)
def test_a_file_of_a_standard_extends_its_mapping(shared_data, tmp_path, name, base):
    mapping, made = guessed(shared_data / name, tmp_path)
    assert mapping.extends == base
    assert mapping.home.timezone == "Europe/Paris"
    assert made.kept > 900


FRENCH = (
    "Num_PL;Nom voie;Armoire;Départ;Type source;Puissance (W);Hauteur_feu;Date pose;X_L93;Y_L93",
    "B-001;Rue de Siam;A12;1;SHP;100;8,5;12/03/2004;146250,5;6836120,2",
    "B-002;Rue de Siam;A12;1;LED;35;8,5;01/06/2019;146280,1;6836135,7",
    "B-003;Rue Jean Jaurès;A13;2;IM;NR;6,0;;146310,4;6836151,0",
    "B-004;Rue Jean Jaurès;A13;1;Sodium HP;150;;??;146340,9;6836166,3",
)
ITALIAN = (
    "codice_palo,indirizzo,quadro_elettrico,circuito,tipo_lampada,potenza_w,longitudine,latitudine",
    'P1,Via Roma,Q1,A,Sodio AP 150,150,"11,3426","44,4949"',
    'P2,Via Roma,Q1,A,LED 40,40,"11,3430","44,4951"',
    'P3,Via Zamboni,Q2,B,Ioduri metallici 70,70,"11,3505","44,4962"',
)
ENGLISH = (
    "asset_id|street_name|control_cabinet|lamp_type|wattage|mounting_height|easting|northing",
    "SL001|High Street|FP1|LED|28|6|530100|180100",
    "SL002|High Street|FP1|SON 70W|70|6|530130|180120",
    "SL003|Mill Lane|FP2|CDO 100W|100|8|530160|180140",
)
SPANISH = (
    "id_luminaria;calle;cuadro_de_mando;tipo_lampara;potencia;altura;geo_point_2d",
    "L1;Calle Mayor;CM1;VSAP 150;150;9;40.4168, -3.7038",
    "L2;Calle Mayor;CM1;LED 60;60;9;40.4170, -3.7041",
    "L3;Gran Vía;CM2;LED 60;60;9;40.4201, -3.7050",
)


@pytest.mark.parametrize(
    ("lines", "encoding", "watts", "longitude"),
    [
        pytest.param(FRENCH, "cp1252", [100, 35, None, 150], -4.48, id="french"),
        pytest.param(ITALIAN, "utf-8-sig", [150, 40, 70], 11.34, id="italian"),
        pytest.param(ENGLISH, "utf-8", [28, 70, 100], -0.13, id="english"),
        pytest.param(SPANISH, "utf-16", [150, 60, 60], -3.70, id="spanish"),
    ],
)
def test_registers_of_other_towns_are_understood(tmp_path, *, lines, encoding, watts, longitude):
    file = write_text(tmp_path / "registre.csv", *lines, encoding=encoding)
    mapping, made = guessed(file, tmp_path)
    assert mapping.layers[0].layer == "streetlights"
    rows = made.layers[0].rows
    assert rows["lamp_w"].to_list() == watts
    assert rows["cabinet"].null_count() == 0
    assert rows["street"].null_count() == 0
    assert rows["longitude"].to_list() == pytest.approx([longitude] * len(watts), abs=0.02)
    assert rows["code"].n_unique() == len(watts)


def test_every_choice_says_why(tmp_path):
    file = write_text(tmp_path / "registre.csv", *FRENCH)
    found = guess(file, LIMITS)
    text = as_toml(found)
    for column in found.mapping.layers[0].columns:
        assert f"columns.{column}" in found.reasons
    assert "# coordinates around" in text
    assert "missing" in text  # NR stands for a wattage that nobody knows
    assert 'decimal = ","' in text


def test_equal_dates_of_several_forms_are_all_read(tmp_path):
    lines = ["id,lampe,puissance,date_pose,lon,lat"]
    lines += [
        f"{n},LED,30,{day},3.8{n},43.6"
        for n, day in enumerate(["12/03/2004", "2005-04-01", "20060502", "07.08.2009"], start=1)
    ]
    file = write_text(tmp_path / "eclairage.csv", *lines)
    _, made = guessed(file, tmp_path)
    assert [day.year for day in made.layers[0].rows["installed_on"]] == [2004, 2005, 2006, 2009]


def test_depth_classes_of_the_flooding_directive_are_a_standard(tmp_path):
    squares = [shapely.box(x, 6_279_000, x + 50, 6_279_050) for x in (770_000, 770_100)]
    columns = {
        "id_zone": ["1", "2"], "id_tri": ["T1", "T1"], "scenario": ["01For", "02Moy"],
        "ht_min": [0.0, 0.5], "ht_max": [0.5, 1.0],
    }  # fmt: skip
    file = write_layer(tmp_path / "n_iso_ht_01_01for_s.fgb", squares, columns, crs="EPSG:2154")
    mapping, made = guessed(file, tmp_path)
    assert mapping.extends == "tri-depths"
    assert made.layers[0].rows.sort("code")["depth_high_m"].to_list() == [0.5, 1.0]


def test_one_of_several_layers_is_guessed_when_it_is_named(tmp_path):
    trees = write_layer(
        tmp_path / "arbres.geojson",
        [shapely.Point(3.8, 43.6)],
        {"essence": ["Celtis"], "hauteur": [8.0]},
    )
    other = write_layer(tmp_path / "autre.geojson", [shapely.Point(3.8, 43.6)], {"a": ["b"]})
    members = [(file.name, file.read_bytes()) for file in (trees, other)]
    archive = write_zip(tmp_path / "ville.zip", members)
    with pytest.raises(LayerUnreadable, match="several layers"):
        guess(archive, LIMITS)
    mapping, _ = guessed(archive, tmp_path, layer="arbres")
    assert mapping.layers[0].layer == "trees"


@pytest.mark.shared_data
def test_a_register_of_public_places_is_parted_by_its_categories(shared_data, tmp_path):
    name = "city/montpellier_etablissements_publics_2014_shp.zip"
    mapping, made = guessed(shared_data / name, tmp_path)
    rows = {layer.layer.name: layer.rows.height for layer in made.layers}
    assert rows["schools"] >= 122
    assert rows["care_places"] >= 29
    assert rows["park_sites"] == 251
    assert {output.where[0].column for output in mapping.layers} == {"DELTA_SSCA"}


def test_what_says_nothing_is_not_guessed(tmp_path):
    file = write_text(tmp_path / "data.csv", "a,b", "1,2")
    with pytest.raises(NotRecognised, match="nothing in its name, columns or values"):
        guess(file, LIMITS)


def test_names_are_compared_without_accents_signs_and_plurals():
    assert words("DateMiseEnService_1") == ("date", "mise", "en", "service", "1")
    assert nearness("Numéro_armoires", "numero armoire") == 1
    assert nearness("DÉNOMINATI", "dénomination") > 0.7
    assert nearness("id", "identifiant") == 0
    assert nearest("PALO", vocabulary().words_of("streetlights", "mast"))[1] == "palo"
