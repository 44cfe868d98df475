"""What publishers call things, and how near a name comes to it."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

TRUNCATED = 10
"""Letters that a shapefile leaves of a column's name."""
_LEAST_STEM = 4
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class LayerWords(Struct, frozen=True, forbid_unknown_fields=True):
    """Words of one canonical layer: of its files, and of its columns."""

    hints: tuple[str, ...]
    columns: dict[str, tuple[str, ...]] = {}


class Cities(Struct, frozen=True, forbid_unknown_fields=True):
    """Places of one time zone: longitude, latitude."""

    timezone: str
    at: tuple[tuple[float, float], ...]


class Vocabulary(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``vocabulary.toml``."""

    missing: tuple[str, ...]
    x: tuple[str, ...]
    y: tuple[str, ...]
    code: tuple[str, ...]
    name: tuple[str, ...]
    street: tuple[str, ...]
    layers: dict[str, LayerWords]
    cities: tuple[Cities, ...]

    def words_of(self, layer: str, column: str) -> tuple[str, ...]:
        """Return what publishers call a column of a layer; its own words before the common ones."""
        common = {"code": self.code, "name": self.name, "street": self.street}.get(column, ())
        return (*self.layers[layer].columns.get(column, ()), *common)

    def timezone(self, longitude: float, latitude: float) -> str:
        """Return the time zone of the nearest city that is known."""
        apart = {
            (east - longitude) ** 2 + (north - latitude) ** 2: cities.timezone
            for cities in self.cities
            for east, north in cities.at
        }
        return apart[min(apart)]


@cache
def vocabulary() -> Vocabulary:
    """Return the words that ship with the product."""
    raw = files("gis").joinpath("vocabulary.toml").read_bytes()
    return msgspec.toml.decode(raw, type=Vocabulary)


def words(name: str) -> tuple[str, ...]:
    """Cut a name into plain words: ``DateMiseEnServices_1`` → date, mise, en, service, 1."""
    return tuple(_singular(word) for word in spelled(name))


def spelled(name: str) -> tuple[str, ...]:
    """Cut a name into words without accents and capitals, each as it is written."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(word.lower() for word in _WORDS.findall(letters))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _LEAST_STEM and word.endswith("s") else word


def nearness(name: str, called: str) -> float:
    """How near a column's name comes to a word of the vocabulary, 0 to 1.

    1 where they are the same, less where one holds the other or was cut short.
    """
    have, want = words(name), words(called)
    if not have or not want:
        return 0.0
    if have == want or "".join(have) == "".join(want):
        return 1.0
    if len(want) == len([word for word in want if word in have]) and (
        len(want) > 1 or len(want[0]) >= _LEAST_STEM
    ):
        return 0.6 + 0.3 * len(want) / len(have)
    short, long = "".join(have), "".join(want)
    if len(name) >= TRUNCATED - 1 and len(short) >= 2 * _LEAST_STEM and long.startswith(short):
        return 0.75
    return 0.0


def nearest(name: str, called: tuple[str, ...]) -> tuple[float, str]:
    """Return how near a name comes to the nearest of several words, and to which."""
    best = max(((nearness(name, word), -place) for place, word in enumerate(called)), default=None)
    if best is None or not best[0]:
        return 0.0, ""
    return best[0], called[-best[1]]
