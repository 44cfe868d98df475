import gzip
import os

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from pmtiles.tile import tileid_to_zxy

from gis import tile_drawing
from gis.errors import LayerUnreadable, TilesIncomplete, TilesNotDrawn
from gis.tile_archive import Archive
from gis.tile_drawing import TileLayer
from gis.tiles import LAYER_SETS, ZOOMS, Epoch, TileSet, publish

LONGITUDE, LATITUDE = 3.8767, 43.6112


def wkb(*shapes):
    return np.asarray(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object)


def lights(count, *, seed=1, spread=0.01):
    rng = np.random.default_rng(seed)
    x = rng.uniform(LONGITUDE - spread, LONGITUDE + spread, count)
    y = rng.uniform(LATITUDE - spread, LATITUDE + spread, count)
    return TileLayer(
        "lights", "point", np.asarray(shapely.to_wkb(shapely.points(x, y)), dtype=object)
    )


def town():
    square = shapely.box(LONGITUDE, LATITUDE, LONGITUDE + 0.002, LATITUDE + 0.002)
    street = shapely.LineString([(LONGITUDE, LATITUDE), (LONGITUDE + 0.003, LATITUDE)])
    return [
        TileLayer("parks", "area", wkb(square), {"name": np.array(["Square Planchon"], object)}),
        TileLayer("streets", "line", wkb(street), {"name": np.array(["Rue Foch"], object)}),
        lights(50, spread=0.001),
    ]


def tile_of(zoom):
    x = int((LONGITUDE + 180) / 360 * 2**zoom)
    radians = np.radians(LATITUDE)
    y = int((1 - np.arcsinh(np.tan(radians)) / np.pi) / 2 * 2**zoom)
    return zoom, x, y


def decoded(tile):
    return mapbox_vector_tile.decode(gzip.decompress(tile))


def test_every_light_is_there_at_every_zoom(tmp_path):
    published = publish([lights(3_000)], tmp_path)
    assert published.counts == {"lights": dict.fromkeys(range(12, 16), 3_000)}


def drawn_elsewhere(monkeypatch):
    monkeypatch.setattr(tile_drawing, "LARGE", 40)


def tiles_of(published):
    """Each tile's place and bytes, by archive; each archive's first and last zoom."""
    found = {}
    for file in sorted(published.folder.glob("*.pmtiles")):
        archive = Archive(file)
        numbers = [
            entry.tile_id + step for entry in archive.entries() for step in range(entry.run_length)
        ]
        found[file.name] = (
            archive.min_zoom,
            archive.max_zoom,
            {number: archive.tile(*tileid_to_zxy(number)) for number in numbers},
        )
    return found


def test_a_large_layer_drawn_by_a_process_of_its_own_is_the_same(tmp_path, monkeypatch):
    here = publish(town(), tmp_path / "a")
    drawn_elsewhere(monkeypatch)
    elsewhere = publish(town(), tmp_path / "b")
    assert elsewhere.counts == here.counts
    assert tiles_of(elsewhere) == tiles_of(here)
    assert sorted(file.name for file in elsewhere.folder.iterdir()) == sorted(
        file.name for file in here.folder.iterdir()
    )


def test_a_drawing_that_is_not_finished_publishes_nothing_and_leaves_nothing(tmp_path, monkeypatch):
    drawn_elsewhere(monkeypatch)
    with Epoch(tmp_path) as epoch:
        epoch.draw(lights(50))
        for drawing in epoch._drawings.values():
            drawing.stop()
        with pytest.raises(TilesNotDrawn, match="'lights' ended by signal 9"):
            epoch.publish()
    assert not list(tmp_path.iterdir())


def test_an_import_that_fails_stops_what_is_being_drawn(tmp_path, monkeypatch):
    drawn_elsewhere(monkeypatch)
    with Epoch(tmp_path) as epoch:
        epoch.draw(lights(50))
        (drawing,) = epoch._drawings.values()
    assert drawing._process.returncode == -9
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_two_hundred_thousand_lights_are_all_there_at_every_zoom(tmp_path):
    published = publish([lights(200_000, spread=0.2)], tmp_path)
    assert set(published.counts["lights"].values()) == {200_000}


def test_an_archive_that_lost_lights_is_refused_and_nothing_is_published(tmp_path, monkeypatch):
    monkeypatch.setattr(tile_drawing, "_OPTIONS", {"MAX_SIZE": "2000"})
    with pytest.raises(TilesIncomplete, match=r"tiles of 'lights' at zoom 12: .* of 3000"):
        publish([lights(3_000)], tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_same_city_gives_the_same_epoch_and_another_city_another(tmp_path):
    first = publish([lights(200)], tmp_path / "a")
    again = publish([lights(200)], tmp_path / "b")
    other = publish([lights(200, seed=2)], tmp_path / "b")
    assert first.version == again.version != other.version


def test_layers_are_joined_in_one_tile_and_can_be_read(tmp_path):
    published = publish(town(), tmp_path)
    city = TileSet(published.folder)
    found = decoded(city.tile("city", *tile_of(15)))
    assert set(found) == {"parks", "streets"}
    assert found["streets"]["features"][0]["properties"] == {"idx": 0, "name": "Rue Foch"}
    dots = decoded(city.tile("lights", *tile_of(15)))["lights"]["features"]
    assert {dot["properties"]["idx"] for dot in dots} <= set(range(50))
    assert set(city.layers) == {"parks", "streets", "lights"}


def test_a_tile_that_holds_nothing_is_none_and_an_unknown_set_is_an_error(tmp_path):
    city = TileSet(publish(town(), tmp_path).folder)
    zoom, x, y = tile_of(15)
    for place in [(zoom, x + 50, y), (3, 0, 0), (zoom, 2**zoom, y), (-1, 0, 0), (99, 0, 0)]:
        assert city.tile("city", *place) is None
    with pytest.raises(KeyError):
        city.tile("moon", zoom, x, y)


def test_a_layer_with_nothing_in_it_has_no_archive(tmp_path):
    published = publish([TileLayer("water", "area", wkb()), lights(5)], tmp_path)
    assert TileSet(published.folder).layers == ("lights",)


def test_the_last_two_epochs_stay_and_an_open_one_stays_readable(tmp_path):
    made = []
    for number, seed in enumerate((1, 2, 3)):
        made.append(publish([lights(30, seed=seed)], tmp_path))
        mark = made[-1].folder / ".published"
        os.utime(mark, (1_000 + number, 1_000 + number))
        if number == 0:
            old = TileSet(made[0].folder)
    assert TileSet.open(tmp_path, made[0].version) is None
    assert TileSet.open(tmp_path, made[1].version).version == made[1].version
    assert TileSet.open(tmp_path, made[2].version) is not None
    assert old.tile("lights", *tile_of(12)) is not None
    assert TileSet.open(tmp_path, "../../etc") is None


def test_publishing_an_epoch_again_makes_it_the_newest(tmp_path):
    first, second, third = (publish([lights(30, seed=seed)], tmp_path) for seed in (1, 2, 1))
    assert third.version == first.version
    assert TileSet.open(tmp_path, first.version) is not None
    assert TileSet.open(tmp_path, second.version) is not None


def test_what_a_killed_import_left_behind_is_cleared_away(tmp_path):
    (tmp_path / ".making-x").mkdir()
    published = publish([lights(5)], tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [published.version]


def test_every_tile_that_the_writer_wrote_is_found(tmp_path):
    archive = Archive(publish([lights(2_000)], tmp_path).folder / "lights.pmtiles")
    seen = set()
    zoom, x, y = tile_of(14)
    for across in range(x - 3, x + 4):
        for down in range(y - 3, y + 4):
            tile = archive.tile(zoom, across, down)
            if tile is not None:
                features = decoded(tile)["lights"]["features"]
                seen.update(feature["properties"]["idx"] for feature in features)
    assert seen == set(range(2_000))
    assert (archive.min_zoom, archive.max_zoom) == (12, 15)


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "a.pmtiles").write_bytes(b"not tiles at all" * 20)
    with pytest.raises(LayerUnreadable, match="not a tile archive"):
        Archive(tmp_path / "a.pmtiles")


def test_areas_and_lines_of_several_parts_go_in(tmp_path):
    square = shapely.box(LONGITUDE, LATITUDE, LONGITUDE + 0.001, LATITUDE + 0.001)
    both = shapely.MultiPolygon([square, shapely.affinity.translate(square, 0.002)])
    published = publish([TileLayer("parks", "area", wkb(square, both))], tmp_path)
    assert published.counts["parks"][15] == 2


def test_every_layer_of_the_tiles_is_served_in_exactly_one_set():
    served = [layer for layers in LAYER_SETS.values() for layer in layers]
    assert sorted(served) == sorted(ZOOMS)
