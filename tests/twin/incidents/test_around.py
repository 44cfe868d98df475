"""Which lights stand around a place, by kind."""

import polars as pl

from twin.incidents.around import lights_around

METRE = 1 / 111_195  # of latitude, in degrees


def test_each_kind_has_its_own_reach_and_a_place_without_lights_is_kept() -> None:
    lights = pl.DataFrame(
        {
            "asset_id": [1, 2, 3, 4],
            "longitude": [0.0, 0.0, 0.0, None],
            "latitude": [47 + 14 * METRE, 47 + 16 * METRE, 47 + 190 * METRE, None],
        }
    )
    places = pl.DataFrame(
        {
            "asset_id": [10, 11, 12],
            "kind": ["crossing", "school", "crossing"],
            "longitude": [0.0, 0.0, 1.0],
            "latitude": [47.0, 47.0, 47.0],
        }
    )
    found = lights_around(places, lights)
    near = {
        place: sorted(x for x in some["light_id"] if x is not None)
        for (place,), some in found.group_by("place_id")
    }
    assert near == {10: [1], 11: [1, 2, 3], 12: []}


def test_metres_east_count_as_metres_north() -> None:
    east = 14 * METRE / 0.682  # cos 47°
    lights = pl.DataFrame({"asset_id": [1], "longitude": [east], "latitude": [47.0]})
    place = pl.DataFrame(
        {"asset_id": [10], "kind": ["crossing"], "longitude": [0.0], "latitude": [47.0]}
    )
    assert lights_around(place, lights)["light_id"].to_list() == [1]
    assert lights_around(place.head(0), lights).is_empty()
