"""Native decoders, one file a device family, and the profiles that give their fields a meaning."""

from functools import partial
from typing import Final, NamedTuple

from ingest.codecs import (
    cayenne_lpp,
    decentlab,
    dragino,
    elsys,
    emu_professional,
    milesight,
    netvox,
    strega,
    tektelic,
    volc2180,
)
from ingest.codecs.readings import Decode, Part, Readings

__all__ = ["CODECS", "Codec", "Decode", "Part", "Readings"]


class Codec(NamedTuple):
    """A decoder and its pinned version: a row of the store says which one made it."""

    name: str
    version: str
    decode: Decode


def _codecs() -> dict[str, Codec]:
    found = [
        Codec("volc2180", volc2180.VERSION, volc2180.decode),
        Codec("emu-professional", emu_professional.VERSION, emu_professional.decode),
        Codec("cayenne-lpp", cayenne_lpp.VERSION, cayenne_lpp.decode),
        Codec("elsys", elsys.VERSION, elsys.decode),
        Codec("netvox-r718n", netvox.VERSION, netvox.decode),
        Codec("tektelic-agriculture", tektelic.VERSION, tektelic.decode),
    ]
    for family in (milesight, strega, decentlab, dragino):
        found += [
            Codec(model, family.VERSION, partial(family.decode, model=model))
            for model in family.MODELS
        ]
    return {codec.name: codec for codec in found}


CODECS: Final = _codecs()
"""Codec by name, as ``profiles.toml`` calls it."""
