"""Device profiles, read from ``profiles.toml`` and from a territory's own files.

A territory's profile names a codec of ours, or a file in JavaScript that lies beside it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from gis.errors import MappingInvalid
from ingest.codecs import CODECS
from ingest.mapping import Table, read_table
from ingest.scripts.script import SUFFIXES, Script, read_script
from twin.model.properties import PROPERTIES


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading that is kept: the codec's field, and what it becomes. See ``profiles.toml``."""

    field: str
    property: str
    channel: int | None = None
    scale: float = 1.0
    to: int | None = None
    above: float | None = None


class OrderForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is given to a codec's ``encodeDownlink`` for one order; ``"$level"`` is its level."""

    data: dict[str, Any]
    f_port: int | None = None


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    codec: str = ""
    fields: list[Rule] = []
    values: dict[str, Any] = {}
    interval_s: int | None = None
    f_port: int = 1
    orders: dict[str, OrderForm] = {}


_VALVE_END: Final = "$duration_s"


@dataclass(frozen=True, slots=True)
class Profile:
    """How the devices of one model are read.

    Attributes
    ----------
    name : str
        As devices name it.
    codec : str
        Key of ``ingest.codecs.CODECS``, or the name of a file in JavaScript.
    rules : dict of str to tuple of Rule
        By field of the codec.
    interval_s : int or None
        Expected time between two messages. [s]
    f_port : int
        Port of its orders.
    script : Script or None
        The codec, where it is a file.
    orders : dict of str to OrderForm
        By verb: how that codec is told to write it.
    values : dict of str to Target
        By name: what becomes of values that the device, or its network, names itself.
    """

    name: str
    codec: str
    rules: Mapping[str, tuple[Rule, ...]]
    interval_s: int | None
    f_port: int
    script: Script | None = None
    orders: Mapping[str, OrderForm] = field(default_factory=dict)
    values: Table = field(default_factory=dict)


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with Réverbère, by name."""
    resource = files("ingest.codecs").joinpath("profiles.toml")
    return _parse(resource.read_text(encoding="utf-8"), "profiles.toml")


def read_profiles(path: Path) -> dict[str, Profile]:
    """Read a territory's own profiles: they add to, and win over, those that ship.

    Parameters
    ----------
    path : Path
        A file, or a folder with any number of ``*.toml``; codecs in JavaScript lie beside them.

    Raises
    ------
    MappingInvalid
        Which file, which profile, what was found and what is expected.
    """
    found = dict(profiles())
    for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MappingInvalid(file, f"cannot be read: {error}") from error
        found |= _parse(text, file)
    return found


def profile_key(name: str) -> str:
    """Fold a network's own name of a profile: ``"EM500 SMTC"`` → ``"em500-smtc"``."""
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())


def _parse(text: str, file: Path | str) -> dict[str, Profile]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingInvalid(file, f"not TOML: {error}") from error
    return {name: _profile(name, table, file) for name, table in tables.items()}


def _profile(name: str, table: Any, file: Path | str) -> Profile:
    try:
        entry = msgspec.convert(table, _Entry)
    except msgspec.ValidationError as error:
        raise MappingInvalid(file, f"profile {name!r}: {error}") from error
    values = read_table(entry.values, file, f"profile {name!r}, ")
    script = None if values and not entry.codec else _script(name, entry.codec, file)
    rules: dict[str, tuple[Rule, ...]] = {}
    for rule in entry.fields:
        if rule.property not in PROPERTIES:
            problem = f"{rule.property!r} is no observed property (twin/model/properties.py)"
            raise MappingInvalid(file, f"profile {name!r}, field {rule.field!r}: {problem}")
        rules[rule.field] = (*rules.get(rule.field, ()), rule)
    if script is not None and rules:
        problem = f"codec {script.name!r} names its values itself: give it values, not fields"
        raise MappingInvalid(file, f"profile {name!r}: {problem}")
    _check_orders(name, entry, script, file)
    return Profile(
        name, entry.codec, rules, entry.interval_s, entry.f_port, script, entry.orders, values
    )


def _script(name: str, codec: str, file: Path | str) -> Script | None:
    """Read the file that a codec is; None for one of ours."""
    if codec in CODECS:
        return None
    if codec.endswith(SUFFIXES) and isinstance(file, Path):
        if Path(codec).name != codec:
            raise MappingInvalid(file, f"profile {name!r}: codec {codec!r} must lie beside it")
        return read_script(file.parent / codec)
    known = ", ".join(sorted(CODECS))
    problem = f"codec {codec!r}; known are {known}, or a file NAME.js beside this one"
    raise MappingInvalid(file, f"profile {name!r}: {problem}")


def _check_orders(name: str, entry: _Entry, script: Script | None, file: Path | str) -> None:
    if entry.orders and script is None:
        raise MappingInvalid(file, f"profile {name!r}: orders are for codecs in JavaScript")
    opening = entry.orders.get("open_valve")
    if opening is not None and _VALVE_END not in opening.data.values():
        problem = f"open_valve must say when it ends: one of its values is {_VALVE_END!r}"
        raise MappingInvalid(file, f"profile {name!r}: {problem}")
