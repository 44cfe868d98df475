"""JSON that is no map: a list of objects, or objects by their key, as network servers save them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers.table import SetAside, Table, Wanted, tidy

ENDINGS = (".json",)
KEY = "@key"
"""Column of the key that an object stood under."""
_MAPS = (
    '"FeatureCollection"', '"Feature"', '"features":', '"geometryType"', '"esriGeometry',
    '"Topology"', '"GeometryCollection"',
)  # fmt: skip
_LARGEST = 64 * 1024**2  # objects weigh ten times their text
_SNIFFED = 65_536


def holds_records(path: Path) -> bool:
    """Whether a JSON file holds plain objects and no map, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(_SNIFFED).decode("utf-8", errors="replace").replace(" ", "")
    return not any(word in head for word in _MAPS)


def read_records(wanted: Wanted) -> Table:
    """Read objects; nested ones become columns named ``outer.inner``.

    Raises
    ------
    LayerUnreadable
        Not JSON, or neither a list of objects nor objects by key.
    LayerEmpty
        No object in it.
    """
    file, limits = wanted.file, wanted.limits
    if wanted.path.stat().st_size > _LARGEST:
        problem = f"plain JSON of more than {_LARGEST // 1024**2} MB; save it as delimited text"
        raise LayerUnreadable(file, problem)
    try:
        content = json.loads(wanted.path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LayerUnreadable(file, f"not JSON: {error}") from error
    entries = _entries(content)
    if entries is None:
        raise LayerUnreadable(file, "a list of objects, or objects by their key, are expected")
    if not entries:
        raise LayerEmpty(file)
    if len(entries) > limits.max_rows:
        raise LayerUnreadable(file, f"more than {limits.max_rows} rows (REVERBERE_IMPORT_MAX_ROWS)")
    flat, numbers, unread = [], [], []
    for number, (key, value) in enumerate(entries, start=1):
        if isinstance(value, dict):
            flat.append({KEY: key, **_flat(value)})
            numbers.append(number)
        else:
            unread.append(SetAside(number, str(value)[:120], "an object", "no object"))
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = {name: [row.get(name) for row in flat] for name in names}
    rows = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return Table(file, tidy(rows), np.array(numbers, dtype=np.int64), unread=unread)


def _entries(content: Any) -> list[tuple[str, Any]] | None:
    """Objects with their keys; of a wrapper such as ``{"result": […]}``, what is in it."""
    if isinstance(content, list):
        return [(str(number), value) for number, value in enumerate(content, start=1)]
    if not isinstance(content, dict):
        return None
    lists = [value for value in content.values() if isinstance(value, list)]
    if len(lists) == 1 and all(isinstance(value, dict) for value in lists[0]):
        return _entries(lists[0])
    if any(isinstance(value, dict) for value in content.values()):
        return list(content.items())
    return [("1", content)]


def _flat(value: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """Name nested values by their path; what lies deeper than four levels stays JSON."""
    cells: dict[str, str] = {}
    for name, inner in value.items():
        path = f"{before}{name}"
        if isinstance(inner, dict) and depth < 4:
            cells.update(_flat(inner, f"{path}.", depth + 1))
        elif inner is not None:
            cells[path] = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
    return cells
