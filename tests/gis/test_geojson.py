"""Areas as GeoJSON: what is one is read, what is none is refused with its reason."""

from typing import Any

import pytest

from gis.errors import NotAnArea
from gis.geojson import area_from_geojson

RING = [[0, 45], [1, 45], [1, 46], [0, 45]]


def area(kind: str = "Polygon", coordinates: Any = None) -> dict[str, Any]:
    return {"type": kind, "coordinates": [RING] if coordinates is None else coordinates}


def test_an_area_is_read_without_its_heights() -> None:
    high = area_from_geojson(area(coordinates=[[[*corner, 12.5] for corner in RING]]))
    assert not high.has_z
    assert high.equals(area_from_geojson(area()))
    assert area_from_geojson(area("MultiPolygon", [[RING]])).geom_type == "MultiPolygon"


def test_a_ring_that_crosses_itself_is_left_to_the_caller() -> None:
    bowtie = [[0, 45], [1, 46], [1, 45], [0, 46], [0, 45]]
    assert not area_from_geojson(area(coordinates=[bowtie])).is_valid


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "no geometry"),
        ("Polygon", "no geometry"),
        ({}, "no geometry"),
        ({"type": "Point", "coordinates": [0, 45]}, "Point: a Polygon or a MultiPolygon"),
        ({"type": ["Polygon"]}, "a Polygon or a MultiPolygon is expected"),
        (area(coordinates=[[[0, 45], [1, 45]]]), "broken geometry"),
        (area(coordinates=[[["a", 45], [1, 45], [1, 46], ["a", 45]]]), "broken geometry"),
        (area(coordinates=[[[float("nan"), 45], *RING[1:], [0, 45]]]), "broken geometry"),
        (area(coordinates="rue Haute"), "broken geometry"),
        ({"type": "Polygon"}, "broken geometry"),
        (area(coordinates=[]), "an empty geometry"),
    ],
)
def test_what_is_no_area_is_refused_with_its_reason(geometry: object, why: str) -> None:
    with pytest.raises(NotAnArea, match=why):
        area_from_geojson(geometry)
