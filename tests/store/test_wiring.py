"""Wiring in the store: cables, guesses, defects and their dates, and what the command tells."""

import json
from datetime import timedelta

import polars as pl
import pytest
import shapely

from control_center.cli.topology import link_command
from gis.errors import ReverbereError
from tests.store.test_city import START, Importer, line, point, small_town
from tests.support.command_line import called
from twin.store.city import CityReader
from twin.store.wiring import WiringReader


@pytest.fixture
def importer(database, tmp_path):
    return Importer(database, tmp_path)


def town(**layers):
    """A cabinet, a feeder and four lights on a street, of which the register says little."""
    kept = {name: small_town()[name] for name in ("cabinets", "feeders", "street_sections")}
    lights = [point(0.5 + n, 0.05) for n in range(4)]
    return {
        **kept,
        "streetlights": (lights, {"code": ["1", "2", "3", "4"], "cabinet": ["Q", "", "", ""]}),
        **layers,
    }


def cables():
    """From the cabinet along lights 1 and 2; a loose piece under light 3, and a loose end."""
    return (
        [line((0, 0), (0.5, 0.05), (1.5, 0.05)), line((2.5, 0.05), (2.9, 0.05))],
        {"code": ["c1", "c2"], "feeder": ["Q-A", ""]},
    )


def known(reader):
    codes = dict(reader.nodes().select("asset_id", "code").iter_rows())
    lights = reader.links().filter(
        pl.col("child_id").is_in(reader.nodes().filter(kind="streetlight")["asset_id"].implode())
    )
    return {
        codes[row["child_id"]]: (codes[row["parent_id"]], row["rung"], row["source"])
        for row in lights.sort("confidence").iter_rows(named=True)
    }


def test_cables_carry_further_than_the_register_and_guesses_fill_the_rest(importer):
    importer.canonical(**town(cables=cables()))
    assert known(WiringReader(importer.database)) == {
        "1": ("Q-A", 1, "cable"),  # the register knew the cabinet only
        "2": ("Q-A", 1, "cable"),
        "3": ("Q", 3, "nearest"),
        "4": ("Q", 3, "nearest"),
    }
    shown = CityReader(importer.database).lights().sort("code")
    assert shown["link_rung"].to_list() == [1, 1, 3, 3]
    assert (shown["link_confidence"] < 0.97).all()


def test_what_is_dirty_is_told_with_its_spot_and_its_first_date(importer):
    importer.canonical(**town(cables=cables()))
    importer.canonical(**town(cables=cables(), addresses=small_town()["addresses"]))
    reader = WiringReader(importer.database)
    dirty = reader.defects()
    assert set(dirty.select("defect", "code").iter_rows()) == {
        ("dangling_end", "c2"),
        ("island", "c2"),
    }
    assert set(dirty["found_at"]) == {START + timedelta(days=1)}
    (spot,) = dirty.filter(defect="dangling_end").select("longitude", "latitude").iter_rows()
    assert shapely.Point(spot).distance(point(2.9, 0.05)) < 1e-6
    assert reader.defects(asset_id=dirty["asset_id"][0]).height == 2


def test_a_defect_that_is_mended_is_forgotten(importer):
    importer.canonical(**town(cables=cables()))
    (first, _), columns = cables()
    mended = ([first, line((1.5, 0.05), (2.5, 0.05))], columns)
    importer.canonical(**town(cables=mended))
    reader = WiringReader(importer.database)
    assert reader.defects().is_empty()
    assert known(reader)["3"] == ("Q", 1, "cable")  # of the second cable nobody says the feeder


def test_the_command_tells_what_is_known_and_leaves_with_3_where_it_is_dirty(importer, tmp_path):
    importer.canonical(**town(cables=cables()))
    url = importer.database.url
    told = called("topology", "check", "--json", home=tmp_path, DATABASE_URL=url)
    assert told.returncode == 3, told.stderr
    found = json.loads(told.stdout)
    lights = {row["rung"]: row["things"] for row in found["known"] if row["kind"] == "streetlight"}
    assert lights == {1: 2, 3: 2}
    assert {row["defect"] for row in found["defects"]} == {"dangling_end", "island"}
    said = called("topology", "check", "--hide", home=tmp_path, DATABASE_URL=url)
    assert said.returncode == 3
    assert "L1  cables lead there" in said.stdout
    assert "cable end that meets nothing" in said.stdout
    assert "2 lights whose cabinet is known" in said.stdout


def test_what_a_person_says_holds_against_the_register_and_the_next_import(importer, tmp_path):
    importer.canonical(**town(cables=cables()))
    url = importer.database.url
    words = ("topology", "link", "streetlight:4", "feeder:Q-A", "--person", "Ana")
    done = called(*words, home=tmp_path, DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert known(WiringReader(importer.database))["4"] == ("Q-A", 0, "manual")
    importer.canonical(**town(cables=cables(), addresses=small_town()["addresses"]))
    assert known(WiringReader(importer.database))["4"] == ("Q-A", 0, "manual")
    assert importer.rows("SELECT person, act, subject FROM audit") == [
        ("Ana", "supply_declared", "streetlight:4")
    ]
    light = WiringReader(importer.database).nodes().filter(kind="streetlight", code="4")
    assert WiringReader(importer.database).links().filter(
        pl.col("child_id") == light["asset_id"][0]
    ).height == 1  # fmt: skip


@pytest.mark.parametrize(
    ("child", "parent", "why"),
    [
        ("streetlight:9", "cabinet:Q", "no streetlight named '9'"),
        ("streetlight:1", "substation:Q", "no substation named 'Q'"),
        ("feeder:Q-A", "feeder:Q-A", "a feeder is fed by a cabinet"),
        ("cabinet:Q", "cabinet:Q", "it would feed itself"),
        ("lamp", "cabinet:Q", "KIND:CODE is expected"),
    ],
)
def test_a_link_that_cannot_be_is_refused_with_its_reason(
    importer, monkeypatch, child, parent, why
):
    importer.canonical(**town())
    monkeypatch.setenv("DATABASE_URL", importer.database.url)
    with pytest.raises(ReverbereError, match=why):
        link_command(child, parent, person="Ana")
