"""Which features a question asks for, and pages that neither repeat nor lose any."""

import contextlib
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from control_center.errors import QueryInvalid
from control_center.open_data.collections import COLLECTIONS
from control_center.open_data.holdings import Held
from control_center.open_data.instants import read_interval
from control_center.open_data.query import LARGEST_LIMIT, Query, read_query
from control_center.open_data.reference_systems import CRS84, ReferenceSystem, systems
from control_center.open_data.selection import row_of, select

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PLAIN = ReferenceSystem(CRS84)
LIGHTS = COLLECTIONS["live-lights"]


def lights(codes: list[str], places: list[tuple[float, float]] | None = None) -> Held:
    """Lights of some codes, at some places."""
    east = places or [(0.0, 0.0)] * len(codes)
    rows = pl.DataFrame(
        {
            "code": codes,
            "state": ["lit"] * len(codes),
            "since": [NOW] * len(codes),
            "longitude": [x for x, _ in east],
            "latitude": [y for _, y in east],
        },
        schema_overrides={"code": pl.String, "since": pl.Datetime("us", "UTC")},
    )
    return Held(LIGHTS, rows.sort("code"), NOW, "")


def pages(held: Held, limit: int) -> list[str]:
    """Follow the pages to the end."""
    seen: list[str] = []
    cursor = ""
    while True:
        page = select(held, Query(PLAIN, limit=limit, cursor=cursor))
        seen += held.rows["code"].gather(page.numbers).to_list()
        cursor = page.following
        if not cursor:
            return seen


CODES = st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=40)


@given(CODES, st.integers(1, 12))
def test_pages_give_every_feature_once_in_one_order(codes: list[str], limit: int) -> None:
    seen = pages(lights(codes), limit)
    assert sorted(seen) == sorted(codes)
    assert seen == pages(lights(codes[::-1]), limit + 3)


@given(CODES, CODES, CODES, st.integers(1, 6))
def test_what_stands_while_pages_turn_is_given_exactly_once(
    kept: list[str], gone: list[str], come: list[str], limit: int
) -> None:
    """Between the first page and the second some things go and others come."""
    before = lights(sorted({*kept, *gone}))
    after = lights(sorted({*kept, *come}))
    first = select(before, Query(PLAIN, limit=limit))
    seen = before.rows["code"].gather(first.numbers).to_list()
    cursor = first.following
    while cursor:
        page = select(after, Query(PLAIN, limit=limit, cursor=cursor))
        seen += after.rows["code"].gather(page.numbers).to_list()
        cursor = page.following
    assert len(seen) == len(set(seen))
    if first.following:
        assert set(kept) <= set(seen)


@given(CODES)
def test_a_feature_is_found_by_its_code_and_by_no_other(codes: list[str]) -> None:
    held = lights(codes)
    for code in codes:
        row = row_of(held, code)
        assert row is not None
        assert held.rows["code"][row] == code
    assert row_of(held, "no such code") is None


PLACES = st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=30)


@given(PLACES, st.tuples(st.floats(-3, 0), st.floats(-3, 0), st.floats(0, 3), st.floats(0, 3)))
def test_a_box_holds_the_points_that_geometry_says(
    places: list[tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    held = lights([f"{n:03d}" for n in range(len(places))], places)
    found = select(held, Query(PLAIN, limit=99, area=shapely.box(*box)))
    area = shapely.box(*box)
    expected = [n for n, place in enumerate(places) if area.intersects(shapely.Point(place))]
    assert found.numbers.tolist() == expected


def test_a_triangle_within_the_box_but_outside_the_area_is_not_found() -> None:
    rows = pl.DataFrame(
        {
            "code": ["in", "out"],
            "geom": shapely.to_wkb(
                np.array([shapely.box(0.1, 0.1, 0.2, 0.2), shapely.box(0.8, 0.8, 0.9, 0.9)])
            ),
            "longitude": [0.0, 0.0],
            "latitude": [0.0, 0.0],
            "started_at": [NOW, NOW],
            "ended_at": [None, None],
        },
        schema_overrides={"ended_at": pl.Datetime("us", "UTC")},
    )
    held = Held(COLLECTIONS["live-floods"], rows, NOW, "")
    triangle = shapely.Polygon([(0, 0), (1, 0), (0, 1)])
    assert select(held, Query(PLAIN, area=triangle)).numbers.tolist() == [0]


@given(st.datetimes(), st.datetimes())
def test_an_interval_is_read_as_it_is_written(one: datetime, other: datetime) -> None:
    start, end = sorted((one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)))
    assert read_interval(f"{start.isoformat()}/{end.isoformat()}") == (start, end)
    assert read_interval(f"{start.isoformat()}/..") == (start, None)
    assert read_interval(f"/{end.isoformat()}") == (None, end)


def test_a_day_is_the_whole_day() -> None:
    start, end = read_interval("2026-11-19")
    assert start == datetime(2026, 11, 19, tzinfo=UTC)
    assert end == datetime(2026, 11, 19, 23, 59, 59, 999999, tzinfo=UTC)


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def test_one_end_may_be_told_by_how_long_it_lasts() -> None:
    assert read_interval("2026-01-31/P1M") == (day(2026, 1, 31), day(2026, 2, 28))
    assert read_interval("2026-11-19T00:00:00Z/P1Y2W1DT24H") == (
        day(2026, 11, 19),
        day(2027, 12, 5),
    )
    assert read_interval("PT86400S/2026-01-01T00:00:00Z") == (day(2025, 12, 31), day(2026, 1, 1))


@given(
    st.text(max_size=30), st.sampled_from(["bbox", "datetime", "limit", "crs", "cursor", "state"])
)
def test_nothing_that_is_typed_breaks_the_reader(text: str, name: str) -> None:
    with contextlib.suppress(QueryInvalid):
        query = read_query([(name, text)], LIGHTS, systems(2154))
        assert 1 <= query.limit <= LARGEST_LIMIT
        select(lights(["a", "b"]), query)


@given(st.floats(-180, 180), st.floats(-85, 85))
def test_every_system_gives_back_what_it_was_given(longitude: float, latitude: float) -> None:
    point = np.array([[longitude, latitude]])
    for system in systems(3857).values():
        assert system.to_crs84(system.from_crs84(point)) == pytest.approx(point, abs=1e-7)


def test_rounding_never_makes_an_area_cross_itself() -> None:
    """Areas of ten centimetres, with corners closer than what coordinates are rounded to."""
    corners = np.random.default_rng(3).uniform(0, 1e-6, (200, 7, 2))
    made = [shapely.Polygon(ring).buffer(0) for ring in corners]
    shapes = np.array([shape for shape in made if shape.geom_type == "Polygon" and shape.is_valid])
    rounded = shapely.transform(shapes, lambda points: np.round(points, PLAIN.decimals))
    assert not shapely.is_valid(rounded).all()  # what would happen
    assert shapely.is_valid(PLAIN.written(shapes)).all()
