"""People and places along streets: the grid sets the sums, addresses say where."""

import pytest
import shapely

from tests.store.test_city import LAT, LON, STEP, Importer, point, small_town
from twin.store.city import CityReader


@pytest.fixture
def importer(database, tmp_path):
    return Importer(database, tmp_path)


def cell(x0, x1, y0=-2, y1=2):
    """A cell of the grid, in steps of about thirty metres."""
    return shapely.box(LON + x0 * STEP, LAT + y0 * STEP, LON + x1 * STEP, LAT + y1 * STEP)


def town(**layers):
    kept = ("cabinets", "feeders", "streetlights", "street_sections")
    return {**{name: small_town()[name] for name in kept}, **layers}


def residents(importer):
    rows = importer.rows(
        "SELECT a.code, s.residents_thousandths FROM street_section s"
        " JOIN asset a ON a.id = s.asset_id WHERE a.valid_to IS NULL ORDER BY a.code"
    )
    return dict(rows)


GRID = ([cell(-1, 2), cell(2, 5)], {"code": ["c1", "c2"], "residents": [90.0, 31.0]})


def test_the_grid_sets_the_sum_and_addresses_say_where(importer):
    addresses = (
        [point(0.5, 0.2), point(1.5, 0.2), point(3, 0.2)],
        {"code": ["a1", "a2", "a3"], "street": ["rue haute"] * 3, "residents": [2.0, 4.0, 50.0]},
    )
    importer.canonical(**town(addresses=addresses, population_grid=GRID))
    assert residents(importer) == {"s1": 90_000, "s2": 31_000, "s3": 0}
    assert CityReader(importer.database).streets()["residents"].sum() == 121.0


def test_a_cell_without_an_address_gives_its_residents_to_the_street_inside(importer):
    importer.canonical(**town(population_grid=GRID))
    found = residents(importer)
    assert found["s1"] + found["s2"] == 121_000
    assert found["s1"] == pytest.approx(90_000, abs=1_500)  # the cells meet at the sections' joint
    assert found["s3"] == 0


def test_without_a_grid_addresses_count_and_without_either_nobody_knows(importer):
    importer.canonical(**town())
    assert set(residents(importer).values()) == {None}
    importer.canonical(**town(addresses=small_town()["addresses"]))
    assert residents(importer) == {"s1": 2_500, "s2": 4_000, "s3": 0}


def test_places_belong_to_the_section_they_stand_on(importer):
    places = {
        "crossings": ([point(1, 0.1), point(1, 4)], {"code": ["x1", "x2"]}),
        "schools": (
            [point(3, 2), point(30, 30)],
            {"code": ["e1", "e2"], "name": ["École", "Loin"]},
        ),
    }
    importer.canonical(**town(**places))
    reader = CityReader(importer.database)
    found = reader.places_along().sort("code", descending=True)
    codes = dict(importer.rows("SELECT id, code FROM asset WHERE kind = 'street_section'"))
    assert [(row["code"], codes[row["section_id"]]) for row in found.to_dicts()] == [
        ("x1", "s1"),
        ("e1", "s2"),
    ]  # the second crossing stands on no street, the second school far from any
    assert found["distance_m"].to_list() == pytest.approx(
        [
            4.1,
            60,
        ],
        rel=0.4,
    )
    importer.canonical(
        **town(schools=places["schools"], crossings=([point(50, 50)], {"code": ["x1"]}))
    )
    assert reader.places_along()["code"].to_list() == ["e1"]
