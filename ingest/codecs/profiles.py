"""Device profiles, read from ``profiles.toml`` and from a territory's own files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from gis.errors import MappingInvalid
from ingest.codecs import CODECS
from twin.model.properties import PROPERTIES


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading that is kept: the codec's field, and what it becomes. See ``profiles.toml``."""

    field: str
    property: str
    channel: int | None = None
    scale: float = 1.0
    to: int | None = None
    above: float | None = None


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    codec: str
    fields: list[Rule]
    interval_s: int | None = None
    f_port: int = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """How the devices of one model are read.

    Attributes
    ----------
    name : str
        As devices name it.
    codec : str
        Key of ``ingest.codecs.CODECS``.
    rules : dict of str to tuple of Rule
        By field of the codec.
    interval_s : int or None
        Expected time between two messages. [s]
    f_port : int
        Port of its orders.
    """

    name: str
    codec: str
    rules: Mapping[str, tuple[Rule, ...]]
    interval_s: int | None
    f_port: int


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with Réverbère, by name."""
    resource = files("ingest.codecs").joinpath("profiles.toml")
    return _parse(resource.read_text(encoding="utf-8"), "profiles.toml")


def read_profiles(path: Path) -> dict[str, Profile]:
    """Read a territory's own profiles: they add to, and win over, those that ship.

    Raises
    ------
    MappingInvalid
        Which file, which profile, what was found and what is expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingInvalid(path, f"cannot be read: {error}") from error
    return {**profiles(), **_parse(text, path)}


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
    if entry.codec not in CODECS:
        known = ", ".join(sorted(CODECS))
        raise MappingInvalid(file, f"profile {name!r}: codec {entry.codec!r}; known are {known}")
    rules: dict[str, tuple[Rule, ...]] = {}
    for rule in entry.fields:
        if rule.property not in PROPERTIES:
            problem = f"{rule.property!r} is no observed property (twin/model/properties.py)"
            raise MappingInvalid(file, f"profile {name!r}, field {rule.field!r}: {problem}")
        rules[rule.field] = (*rules.get(rule.field, ()), rule)
    return Profile(name, entry.codec, rules, entry.interval_s, entry.f_port)
