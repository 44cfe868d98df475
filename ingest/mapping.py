"""Names become observed properties: by the device's profile, then by its network's table.

Values are read strictly: a number, a number written as text, with or without its unit, true and
false, or a word that the table knows. ``"null"``, ``"No sensor"``, ``"9818,"``, NaN and a unit of
another quantity are no values: they are listed with the reason, never 0. Null is nothing at all.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from gis.errors import MappingInvalid
from ingest.networks.records import Named, Reading, Unmapped
from ingest.networks.values import Target, read_value
from ingest.units import UNITS, convert
from twin.model.properties import PROPERTIES

Table = Mapping[str, Target]
"""Name → what it becomes. A whole path comes before its last word."""


def read_named(
    named: Iterable[Named], tables: Sequence[Table]
) -> tuple[list[Reading], list[Unmapped]]:
    """Read named values.

    Parameters
    ----------
    tables : sequence of mapping
        The first that knows a name decides.

    Returns
    -------
    (list of Reading, list of Unmapped)
        One reading at most for a property, channel and instant, the first; nulls are in neither.
    """
    readings: dict[tuple[str, int, object], Reading] = {}
    unmapped: list[Unmapped] = []
    for one in named:
        if one.value is None:
            continue
        target = _target(one.name, tables)
        found = "no_mapping" if target is None else read_value(one, target)
        if isinstance(found, Reading):
            readings.setdefault((found.property, found.channel, found.at), found)
        elif found:
            unmapped.append(Unmapped(one.name, found, one.unit, str(one.value)))
    return list(readings.values()), unmapped


def read_said(
    data: Sequence[Named], normalized: Sequence[Named], profile: Table
) -> tuple[list[Reading], list[Unmapped]]:
    """Read what a codec in JavaScript said of one frame.

    The profile's own lines come first, then what the codec normalized; where it normalizes nothing,
    the names that network servers' decoded objects use.
    """
    if not normalized:
        return read_named(data, (profile, names()["object"]))
    first, unmapped = read_named(data, (profile,))
    second, beyond = read_named(normalized, (profile, names()["things_stack"]))
    told = {(one.property, one.channel) for one in first}
    readings = first + [one for one in second if (one.property, one.channel) not in told]
    return readings, [one for one in unmapped if one.why != "no_mapping"] + beyond


def _target(name: str, tables: Sequence[Table]) -> Target | None:
    last = name.rpartition(".")[2]
    for table in tables:
        target = table.get(name) or table.get(last)
        if target is not None:
            return target
    return None


@cache
def names() -> Mapping[str, Table]:
    """Return the tables that ship with Réverbère, by network."""
    text = files("ingest.networks").joinpath("names.toml").read_text(encoding="utf-8")
    return {
        network: read_table(table, "names.toml") for network, table in tomllib.loads(text).items()
    }


def tables_of(network: str, profile: Table) -> tuple[Table, ...]:
    """Return the tables for one device's values, the first that knows a name decides."""
    known = names()
    return (profile, known.get(network, {}), *((known["object"],) if network not in _EXACT else ()))


_EXACT: Final = frozenset({"plain", "reading", "zigbee2mqtt", "tasmota", "shelly"})
"""Networks whose names mean what their own table says, and nothing else."""


def read_table(table: Any, file: Path | str, where: str = "") -> Table:
    """Check one table of names.

    Raises
    ------
    MappingInvalid
        Which name, what was found and what is expected.
    """
    try:
        found = msgspec.convert(table, dict[str, Target])
    except msgspec.ValidationError as error:
        raise MappingInvalid(file, f"{where}{error}") from error
    for name, target in found.items():
        quantity = PROPERTIES.get(target.property)
        if target.property and quantity is None:
            problem = f"{target.property!r} is no observed property (twin/model/properties.py)"
            raise MappingInvalid(file, f"{where}name {name!r}: {problem}")
        if quantity and target.unit and convert(1.0, target.unit, quantity.unit) is None:
            known = ", ".join(unit for unit in UNITS[quantity.unit] if unit)
            problem = f"unit {target.unit!r} does not lead to {quantity.unit}; known are {known}"
            raise MappingInvalid(file, f"{where}name {name!r}: {problem}")
    return found
