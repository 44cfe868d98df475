"""One file of many things: a column tells which row is a school, which a surgery, which a park."""

from collections.abc import Sequence

from gis.profiles import Profile
from gis.vocabulary import vocabulary, words

PLACES = ("schools", "care_places", "shelters", "park_sites")
"""Layers that registers of public places are made of."""
_MOST_VALUES = 80
_LEAST_SHARE = 0.05


def hinted(name: str, hints: Sequence[str]) -> tuple[float, str]:
    """How plainly a name speaks of a layer, 0 to 1, and by which word: the longer, the plainer."""
    have = words(name)
    whole = " " + " ".join(have) + " "
    best = (0.0, "")
    for hint in hints:
        said = " ".join(words(hint))
        joined = said.replace(" ", "")
        if f" {said} " in whole or (len(joined) > 5 and joined in "".join(have)):
            best = max(best, (min(1.0, 0.5 + 0.05 * len(joined)), hint))
    return best


def by_category(columns: Sequence[Profile]) -> tuple[str, dict[str, list[str]]] | None:
    """Find the column whose values name the most rows of public places.

    Returns
    -------
    column : str
        Its name.
    values : dict of str to list of str
        Layer → the values that name it.
    None where no column does.
    """
    best: tuple[int, str, dict[str, list[str]]] | None = None
    for column in columns:
        counts = column.said.value_counts()
        if counts.height > _MOST_VALUES or counts.height < 2:
            continue
        found: dict[str, list[str]] = {}
        rows = 0
        for value, count in sorted(counts.iter_rows()):
            layer = _layer_of(str(value))
            if layer is not None:
                found.setdefault(layer, []).append(str(value))
                rows += count
        if rows > _LEAST_SHARE * len(column.said) and (best is None or rows > best[0]):
            best = (rows, column.name, found)
    return None if best is None else best[1:]


def _layer_of(value: str) -> str | None:
    spoken = vocabulary().layers
    score, layer = max((hinted(value, spoken[name].hints)[0], name) for name in PLACES)
    return layer if score else None
