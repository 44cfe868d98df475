"""What somebody asks of a collection, read from the address: box, time, values, page, system."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from control_center.errors import QueryInvalid
from control_center.open_data.collections import Collection
from control_center.open_data.instants import Interval, read_interval
from control_center.open_data.reference_systems import CRS84, ReferenceSystem
from gis.layer_types import Column, ColumnType

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 10_000
ITEMS = ("f", "lang", "limit", "cursor", "bbox", "bbox-crs", "crs", "datetime")
"""Parameters of a collection's items, besides the names of its columns."""

_LONGEST = 200  # characters of a value

Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Query:
    """One page of a collection, as asked for.

    Attributes
    ----------
    system : ReferenceSystem
        In which the answer is written.
    limit : int
        Most features of a page.
    cursor : str
        Code after which the page starts; empty: the first page.
    area : geometry or None
        Where, in longitude and latitude.
    interval : pair of datetime or None
        When, ends included; None is open.
    equal : dict of str to tuple
        Values that a column may have.
    """

    system: ReferenceSystem
    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    area: BaseGeometry | None = None
    interval: Interval | None = None
    equal: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


def read_query(
    given: Iterable[tuple[str, str]],
    collection: Collection,
    known: Mapping[str, ReferenceSystem],
) -> Query:
    """Read the parameters of a request.

    Parameters
    ----------
    given : pairs of name and value
        As they stand in the address.
    known : mapping
        Reference systems by URI, the default one first.

    Raises
    ------
    QueryInvalid
        A parameter is unknown, given twice or cannot be read.
    """
    values = one_by_one(given, (*ITEMS, *(column.name for column in collection.columns)))
    bbox_crs = read_system(values, "bbox-crs", known)
    if "bbox-crs" in values and "bbox" not in values:
        raise QueryInvalid("bbox-crs", "it says what bbox is in, and there is no bbox")
    return Query(
        system=read_system(values, "crs", known),
        limit=_limit(values),
        cursor="".join(values.get("cursor", ())),
        area=_area(values["bbox"][0], bbox_crs) if "bbox" in values else None,
        interval=read_interval(values["datetime"][0]) if "datetime" in values else None,
        equal={
            column.name: tuple(_value(column, text) for text in values[column.name])
            for column in collection.columns
            if column.name in values
        },
    )


def one_by_one(
    given: Iterable[tuple[str, str]], allowed: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Gather values by name.

    Raises
    ------
    QueryInvalid
        A name is not allowed here; or a name that is no column is given twice.
    """
    names = set(allowed)
    found: dict[str, tuple[str, ...]] = {}
    for name, value in given:
        if name not in names:
            shown = ", ".join(sorted(names))
            raise QueryInvalid(name[:60], f"no such parameter here; there are: {shown}")
        if name in found and name in ITEMS:
            raise QueryInvalid(name, "it is given twice")
        if len(value) > _LONGEST and name != "cursor":
            raise QueryInvalid(name, f"at most {_LONGEST} characters are expected")
        if "\x00" in value:
            raise QueryInvalid(name, "text is expected")
        found[name] = (*found.get(name, ()), value)
    return found


def read_system(
    values: Mapping[str, tuple[str, ...]], name: str, known: Mapping[str, ReferenceSystem]
) -> ReferenceSystem:
    """Return the system that a parameter names; the default one without it.

    Raises
    ------
    QueryInvalid
        It is not one of ours.
    """
    uri = values.get(name, (CRS84,))[0]
    if uri not in known:
        raise QueryInvalid(name, f"no such system here; there are: {', '.join(known)}")
    return known[uri]


def _limit(values: Mapping[str, tuple[str, ...]]) -> int:
    """Read the size of a page; the standard has a larger one than ours cut, not refused."""
    if "limit" not in values:
        return DEFAULT_LIMIT
    text = values["limit"][0]
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < 1:
        raise QueryInvalid("limit", f"a whole number from 1 to {LARGEST_LIMIT} is expected")
    return min(int(text), LARGEST_LIMIT)


def _area(text: str, system: ReferenceSystem) -> BaseGeometry:
    expected = "four numbers separated by commas are expected (six with heights)"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise QueryInvalid("bbox", expected) from None
    if len(numbers) not in (4, 6) or not all(math.isfinite(number) for number in numbers):
        raise QueryInvalid("bbox", expected)
    half = len(numbers) // 2
    low, high = (numbers[0], numbers[1]), (numbers[half], numbers[half + 1])
    degrees = system.decimals == 7
    north = 0 if system.srid == 4326 else 1
    if low[north] > high[north] or (not degrees and low[0] > high[0]):
        raise QueryInvalid("bbox", "its lower corner is above its upper one")
    if degrees and (abs(low[north]) > 90 or abs(high[north]) > 90):
        raise QueryInvalid("bbox", "a latitude lies between -90 and 90; check the order of axes")
    area = system.area(low, high)
    if not all(math.isfinite(edge) for edge in area.bounds):
        raise QueryInvalid("bbox", "it lies outside of what its reference system can describe")
    return area


def _value(column: Column, text: str) -> Value:
    match column.type:
        case ColumnType.NUMBER | ColumnType.INTEGER:
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise QueryInvalid(column.name, "a number is expected")
            return number
        case ColumnType.BOOLEAN:
            if text not in ("true", "false"):
                raise QueryInvalid(column.name, "true or false is expected")
            return text == "true"
        case _:
            return text
