"""Hand out street names, each once."""

import tomllib
from importlib.resources import files

import numpy as np

_THEMES = {
    "old": ("old", "people"),
    "faubourg": ("people", "fields", "republic"),
    "grid": ("people", "republic"),
    "villas": ("plants", "people", "birds"),
    "garden": ("plants", "birds", "fields"),
    "estate": ("people", "plants", "birds"),
    "works": ("fields", "people"),
    "park": ("plants", "birds"),
}
_KIND_THEMES = {
    "boulevard": ("republic", "people"),
    "avenue": ("republic", "people", "fields"),
    "quay": ("quays", "plants"),
    "bridge": ("bridges", "people"),
    "road": ("roads", "fields"),
}


def word_lists() -> dict[str, list[str]]:
    """Return the lists of ``street_names.toml``."""
    text = files("simulators.city").joinpath("street_names.toml").read_text(encoding="utf-8")
    lists: dict[str, list[str]] = tomllib.loads(text)
    return lists


class Namer:
    """Names by theme, in an order drawn once; none is given twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._lists = word_lists()
        self._given: set[str] = set()
        self._squares = iter(self._lists["squares"])
        for theme in ("old", "people", "plants", "birds", "fields"):
            rng.shuffle(self._lists[theme])

    def take(self, name: str) -> None:
        """Mark a name as given."""
        self._given.add(name)

    def square(self) -> str:
        """Return the name of the next square."""
        for complement in self._squares:
            return self._give(f"place {complement}")
        return self._alderman("place")

    def name(self, street_type: str, kind: str, style: str) -> str:
        """Return a fresh name of that type, of a theme that suits the place."""
        themes = _KIND_THEMES.get(kind) or _THEMES.get(style, ("people",))
        for theme in themes:
            for complement in self._lists[theme]:
                name = f"{street_type} {complement}"
                if name not in self._given:
                    # a complement serves one street of a kind; others may hang their alley on it
                    self._lists[theme].remove(complement)
                    self._lists[theme].append(complement)
                    return self._give(name)
        return self._alderman(street_type)

    def _alderman(self, street_type: str) -> str:
        while True:
            first = str(self._rng.choice(self._lists["first_names"]))
            family = str(self._rng.choice(self._lists["family_names"]))
            name = f"{street_type} {first}-{family}"
            if name not in self._given:
                return self._give(name)

    def _give(self, name: str) -> str:
        self._given.add(name)
        return name
