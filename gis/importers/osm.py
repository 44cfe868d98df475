"""OpenStreetMap, as XML or PBF: every drawn object one row, its tags as columns.

GDAL draws the objects (ways closed or not, areas of several rings); what it leaves out without a
word is found by reading the XML once more, and told.
"""

import json
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio.raw
from pyogrio.errors import DataLayerError, DataSourceError

from gis.errors import LayerEmpty, LayerUnreadable
from gis.geometry import WGS84
from gis.importers.table import LAYER, SetAside, Table, Wanted, tidy

ENDINGS = (".osm", ".pbf")
_LAYERS = {"points": "n", "lines": "w", "multilinestrings": "r", "multipolygons": "r"}
_OBJECTS = {"node": "n", "way": "w", "relation": "r"}
_TAGS = "other_tags"
_IDS = ("osm_id", "osm_way_id")
_HEAD = 2048
ID = "@osm"
"""Column of the object's type and number: ``w123``."""


def read_osm(wanted: Wanted) -> Table:
    """Read the objects of an extract that carry a tag.

    Returns
    -------
    Table
        One row an object, by layer (points, lines, multilinestrings, multipolygons) and number;
        ``@osm``, ``@layer``, and a column a tag: those asked for, or all that occur.

    Raises
    ------
    LayerUnreadable
        Not an extract that can be read, or more objects than the limit.
    LayerEmpty
        No object in it carries a tag.
    """
    file, path, columns = wanted.file, wanted.path, wanted.columns
    _refuse_document_types(file, path)
    tags: list[dict[str, str]] = []
    shapes: list[Any] = []
    notes: set[str] = set()
    for layer, letter in _LAYERS.items():
        for found, shape in _objects(wanted, layer, letter, notes):
            if columns is None or not columns.isdisjoint(found):
                tags.append(found)
                shapes.append(shape)
        if len(tags) > wanted.limits.max_rows:
            problem = f"more than {wanted.limits.max_rows} rows (REVERBERE_IMPORT_MAX_ROWS)"
            raise LayerUnreadable(file, problem)
    if not tags:
        raise LayerEmpty(file)
    names = _column_names(tags, columns)
    rows = pl.DataFrame(
        {name: [found.get(name) for found in tags] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )
    return Table(
        file=file,
        rows=tidy(rows),
        numbers=np.arange(1, rows.height + 1),
        geometry=np.array(shapes, dtype=object),
        crs=WGS84,
        notes=sorted(notes),
        unread=_left_out(path, {found[ID] for found in tags}, columns),
    )


def _column_names(tags: list[dict[str, str]], columns: set[str] | None) -> list[str]:
    """Name the tags: those asked for even where no object carries one."""
    present = dict.fromkeys(name for found in tags for name in found)
    if columns is None:
        return list(present)
    asked = sorted(columns - {ID, LAYER})
    return [ID, LAYER, *asked]


def _objects(
    wanted: Wanted, layer: str, letter: str, notes: set[str]
) -> Iterator[tuple[dict[str, str], Any]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            meta, _, geometry, values = pyogrio.raw.read(
                wanted.path,
                layer=layer,
                TAGS_FORMAT="JSON",
                max_features=wanted.limits.max_rows + 1,
            )
        except (DataSourceError, DataLayerError, ValueError) as error:
            first = str(error).split("\n", 1)[0].replace(str(wanted.path), wanted.path.name)
            raise LayerUnreadable(wanted.file, first) from error
        notes.update(str(entry.message).split(". ")[0] for entry in caught)
    fields = list(meta["fields"])
    for row, shape in enumerate(geometry):
        found = {n: str(v[row]) for n, v in zip(fields, values, strict=True) if v[row] is not None}
        found.update(json.loads(found.pop(_TAGS, "{}")))
        number, way = (found.pop(name, None) for name in _IDS)
        found[ID] = f"w{way}" if number is None else f"{letter}{number}"
        found[LAYER] = layer
        yield found, shape


def _refuse_document_types(file: Path, path: Path) -> None:
    """Refuse XML that declares entities: a few bytes of them can fill any memory."""
    with path.open("rb") as opened:
        if b"<!DOCTYPE" in opened.read(_HEAD):
            raise LayerUnreadable(file, "XML with a document type is refused")


def _left_out(path: Path, drawn: set[str], columns: set[str] | None) -> list[SetAside]:
    """Find objects with a wanted tag that were not drawn: their nodes are not in the extract."""
    if path.suffix.lower() != ".osm" or columns is None:
        return []
    wanted = columns - {ID, LAYER, "name"}
    lost: dict[str, SetAside] = {}
    inside: set[str] = set()  # ways that a drawn relation is made of: their tags are on it
    for rank, (name, tags, members) in enumerate(_tagged(path), start=1):
        tagged = sorted(wanted.intersection(tags))
        if name in drawn:
            inside.update(members)
        elif tagged:
            value = f"{name} {tagged[0]}={tags[tagged[0]]}"
            expected = "an object whose nodes are all in the extract"
            lost[name] = SetAside(rank, value, expected, "object that cannot be drawn")
    return [row for name, row in lost.items() if name not in inside]


def _tagged(path: Path) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Read objects one by one with their tags and member ways; memory holds one at a time."""
    events = ET.iterparse(path, events=("start", "end"))  # noqa: S314 - no entity can be declared
    _, root = next(events)
    for event, element in events:
        if event == "end" and element.tag in _OBJECTS:
            tags = {tag.get("k", ""): tag.get("v", "") for tag in element.iter("tag")}
            members = [f"w{m.get('ref')}" for m in element.iter("member") if m.get("type") == "way"]
            if tags:
                yield f"{_OBJECTS[element.tag]}{element.get('id')}", tags, members
            root.clear()
