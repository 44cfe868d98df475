"""Native decoders, one file a device family, and the profiles that give their fields a meaning."""

from functools import partial
from typing import Final, NamedTuple

from ingest.codecs import cayenne_lpp, elsys, emu_professional, milesight, volc2180
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
    ]
    found += [
        Codec(model, milesight.VERSION, partial(milesight.decode, model=model))
        for model in milesight.MODELS
    ]
    return {codec.name: codec for codec in found}


CODECS: Final = _codecs()
"""Codec by name, as ``profiles.toml`` calls it."""
