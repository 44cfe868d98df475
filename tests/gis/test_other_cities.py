"""Files in the manner of other cities: each is guessed, and its guess imports what is in it.

Small files of our own, after the columns that these cities publish.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import shapely

from gis.errors import LayerUnreadable, SeveralLayers
from gis.guess import guess
from tests.gis.files import LIMITS, write_layer, write_text, write_zip
from tests.gis.test_guess import guessed

TWELVE = range(12)


def paris_lights(folder: Path) -> Path:
    """Portal export: a mark at the start, coordinates as a pair and as GeoJSON, decimal commas."""
    head = (
        "Région;Libellé de la voie;Code de l'ouvrage;Type de lampe;Lampe - Puissance (W);"
        "Hauteur du feu (m);geo_point_2d;geo_shape"
    )
    rows = (
        f"PARIS CENTRE;RUE DE L'ÉTOILE;7501{n:04d};{('LED', 'SHP')[n % 2]};{('52', '70,5')[n % 2]};"
        f'8,5;48.86{n:02d}, 2.35{n:02d};"{{""coordinates"": [2.35{n:02d}, 48.86{n:02d}], '
        '""type"": ""Point""}"'
        for n in TWELVE
    )
    return write_text(folder / "eclairage-public-paris.csv", head, *rows, encoding="utf-8-sig")


def toulouse_lights(folder: Path) -> Path:
    """Latin-1, Lambert of zone 43, decimal commas, feeders numbered anew in each cabinet."""
    head = (
        "MATRICULE;NOM_VOIE;NUM_ARMOIRE;NUM_DEPART;TYPE_LAMPE;PUISSANCE_LAMPE;PUISS_TOTALE;"
        "HT_FEU;DATE_POSE;X_CC43;Y_CC43"
    )
    rows = (
        f"EP{n:04d};Allée Frédéric-Mistral;A{n // 4};{n % 2 + 1};Sodium Haute Pression;150,0;172,0;"
        f"8,50;15/03/2009;15740{n:02d},25;22680{n:02d},75"
        for n in TWELVE
    )
    return write_text(
        folder / "Points_Lumineux_Toulouse_Metropole.csv", head, *rows, encoding="latin-1"
    )


def lyon_lights(folder: Path) -> Path:
    """GeoJSON in Lambert-93 that says nothing of it; a number of the table beside a code."""
    points = [shapely.Point(844_000 + 30 * n, 6_518_750) for n in TWELVE]
    columns = {
        "gid": list(TWELVE),
        "identifiant": [f"LY{n:04d}" for n in TWELVE],
        "nomvoie": ["Cours Lafayette"] * 12,
        "typesource": ["SHP", "LED"] * 6,
        "puissance": [70, 24] * 6,
        "armoire": [f"AR{n // 6}" for n in TWELVE],
    }
    return write_layer(folder / "eclairage_lyon.geojson", points, columns, crs=None)


def rennes_lights(folder: Path) -> Path:
    """A shapefile in an archive in an archive, a note of the publisher beside it."""
    points = [shapely.Point(1_351_000 + 30 * n, 7_222_000) for n in TWELVE]
    columns = {
        "ID_PL": [f"35238_{n}" for n in TWELVE],
        "CODE_ARM": [f"R{n // 6}" for n in TWELVE],
        "LAMPE": ["SHP 100W", "LED 30W"] * 6,
        "VOIE": ["Bd de la Liberté"] * 12,
    }
    made = folder / "points_lumineux.shp"
    write_layer(made, points, columns, crs="EPSG:3948")
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        for part in sorted(folder.glob("points_lumineux.*")):
            archive.write(part, f"SHP/{part.name}")
    members = [("LISEZMOI.txt", b"ODbL"), ("donnees/points_lumineux_shp.zip", inside.getvalue())]
    return write_zip(folder / "eclairage-public-rennes.zip", members)


def nantes_cabinets(folder: Path) -> Path:
    """MapInfo whose character set is "Neutral": the bytes are those of Windows."""
    mif = (
        'Version 300\nCharset "Neutral"\nDelimiter ","\n'
        'CoordSys Earth Projection 3, 33, "m", 3, 46.5, 44, 49, 700000, 6600000\n'
        "Columns 3\n  NUM_ARMOIRE Char(8)\n  ADRESSE Char(40)\n  PUISS_SOUSCRITE Float\nData\n\n"
    ) + "".join(f"Point {355_000 + 50 * n} 6689{n:03d}\n" for n in TWELVE)
    mid = "".join(f'"NA{n:03d}","Rue Crébillon",{9 + n % 3}\n' for n in TWELVE)
    members = [("Armoires_EP.mif", mif.encode()), ("Armoires_EP.mid", mid.encode("cp1252"))]
    return write_zip(folder / "armoires_ep_nantes.zip", members)


def birmingham_lights(folder: Path) -> Path:
    """National grid of Great Britain, units and quotes, English dates."""
    head = "USRN,Unit Number,Road Name,Lamp Type,Lamp Wattage,Installation Date,Easting,Northing"
    lamps = ("SON 70W,70", "LED,26.5", "SOX 55W,55")
    rows = (
        f'27000{n:02d},{n + 1:03d},"High Street, King\'s Heath",{lamps[n % 3]},01-Apr-2012,'
        f"{407_525 + n}.5,{286_854 + n}.0"
        for n in TWELVE
    )
    return write_text(folder / "street_lighting_birmingham.csv", head, *rows)


def milan_lights(folder: Path) -> Path:
    """Gauss-Boaga, the words of the trade, a line of a panel."""
    head = "ID_PUNTO_LUCE;VIA;QUADRO;LINEA;TIPO_LAMPADA;POTENZA;ALTEZZA;X_GAUSS;Y_GAUSS"
    lamps = ("SAP 150W;150", "LED 60W;60", "JM 70;70")
    rows = (
        f"PL-{n};VIA DANTE;Q{n // 6};L{n // 3 % 2};{lamps[n % 3]};9,0;15149{n:02d},5;50341{n:02d},2"
        for n in TWELVE
    )
    return write_text(folder / "punti_luce_milano.csv", head, *rows)


def paris_parks(folder: Path) -> Path:
    """Areas that are written as GeoJSON in a cell."""
    head = "Identifiant espace vert;Nom de l'Espace vert;Catégorie;Surface calculée;Geo Shape"
    rows = []
    for n in TWELVE:
        square = shapely.to_geojson(shapely.box(2.3 + n / 500, 48.8, 2.301 + n / 500, 48.801))
        rows.append(f'{n};SQUARE {n};Square;5600;"{square.replace(chr(34), chr(34) * 2)}"')
    return write_text(folder / "espaces_verts.csv", head, *rows)


def paris_districts(folder: Path) -> Path:
    """Columns of a code list that speaks in initials."""
    head = "N_SQ_QU;C_QU;C_QUINSEE;L_QU;C_AR;SURFACE;Geometry"
    rows = []
    for n in TWELVE:
        square = shapely.to_geojson(shapely.box(2.3 + n / 50, 48.8, 2.32 + n / 50, 48.82))
        written = square.replace(chr(34), chr(34) * 2)
        rows.append(f'7500000{n:02d};{n};75101{n:02d};Quartier {n};1;300000;"{written}"')
    return write_text(folder / "quartier_paris.csv", head, *rows)


@dataclass(frozen=True)
class City:
    """A file, and what must be made of it: its layer, one place in it, columns of the first row."""

    make: Callable[[Path], Path]
    layer: str
    longitude: float
    latitude: float
    first: dict[str, Any] = field(default_factory=dict)
    slug: str = ""


CITIES = {
    "Paris, lights": City(
        paris_lights, "streetlights", 2.35, 48.86,
        {"code": "75010000", "technology": "led", "lamp_w": 52.0, "height_m": 8.5}, "paris",
    ),
    "Toulouse, lights": City(
        toulouse_lights, "streetlights", 1.43, 43.6,
        {"feeder": "A0-1", "lamp_w": 150.0, "mains_w": 172.0, "height_m": 8.5}, "toulouse",
    ),
    "Lyon, lights": City(
        lyon_lights, "streetlights", 4.86, 45.75,
        {"code": "LY0000", "cabinet": "AR0", "street": "Cours Lafayette"}, "lyon",
    ),
    "Rennes, lights": City(
        rennes_lights, "streetlights", -1.68, 48.11,
        {"cabinet": "R0", "lamp_text": "SHP 100W", "street": "Bd de la Liberté"}, "rennes",
    ),
    "Nantes, cabinets": City(
        nantes_cabinets, "cabinets", -1.55, 47.22,
        {"code": "NA000", "street": "Rue Crébillon", "rated_kw": 9.0}, "nantes",
    ),
    "Birmingham, lights": City(
        birmingham_lights, "streetlights", -1.89, 52.48,
        {"technology": "sodium_high_pressure", "lamp_w": 70.0}, "birmingham",
    ),
    "Milan, lights": City(
        milan_lights, "streetlights", 9.19, 45.46,
        {"code": "PL-0", "feeder": "Q0-L0", "cabinet": "Q0", "height_m": 9.0}, "milano",
    ),
    "Paris, parks": City(paris_parks, "parks", 2.3, 48.8, {"name": "SQUARE 0"}),
    "Paris, districts": City(paris_districts, "districts", 2.31, 48.81, {"name": "Quartier 0"}),
}  # fmt: skip


@pytest.mark.parametrize("city", CITIES.values(), ids=CITIES.keys())
def test_a_file_in_the_manner_of_another_city_is_guessed_and_imports(
    tmp_path: Path, city: City
) -> None:
    mapping, made = guessed(city.make(tmp_path), tmp_path)
    layer = made.layers[0]
    assert layer.layer.name == city.layer
    assert (made.read, made.kept) == (12, 12)
    first = layer.rows.row(0, named=True)
    place = (first["longitude"], first["latitude"])
    assert place == pytest.approx((city.longitude, city.latitude), abs=0.02)
    assert {name: first[name] for name in city.first} == city.first
    assert not city.slug or (mapping.home and mapping.home.slug == city.slug)


def test_every_lamp_of_milan_is_read(tmp_path: Path) -> None:
    _, made = guessed(milan_lights(tmp_path), tmp_path)
    assert made.layers[0].rows["technology"].null_count() == 0


def test_a_file_of_several_layers_says_how_to_choose(tmp_path: Path) -> None:
    members = [(f"{name}.csv", b"id;lon;lat\n1;2.3;48.8\n") for name in ("mats", "armoires")]
    with pytest.raises(SeveralLayers, match="--layer") as raised:
        guess(write_zip(tmp_path / "eclairage.zip", members), LIMITS)
    assert sorted(raised.value.names) == ["armoires.csv", "mats.csv"]


def test_a_text_of_which_no_row_can_be_cut_says_which_row_and_why(tmp_path: Path) -> None:
    file = write_text(tmp_path / "lights.csv", "id,road,lamp", "1,High Street, King's Heath,LED")
    with pytest.raises(LayerUnreadable, match=r"no row can be read; row 2: 3 fields .* found 4"):
        guess(file, LIMITS)
