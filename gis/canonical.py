"""From a file as published to canonical layers: the page of verbs of an import, without a store."""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
import polars as pl
import shapely

from gis.columns import ColumnReader
from gis.errors import MissingColumn
from gis.geometry import Geometries, Mask, geohash
from gis.importers.table import FILE, Table, unpivoted
from gis.lamp_columns import with_lamps
from gis.layer_types import Layer
from gis.layers import LAYERS
from gis.mapping import Mapping
from gis.mapping_tables import Output, Rule
from gis.report import Effect, Findings
from gis.settings import ImportSettings
from gis.shapes import Place, Shapes, place_of, read_geometry, require_geometry, shapes_for
from gis.transforms import holds

ROW, POSITION, PART, RANK = "@row", "@position", "@part", "@rank"


@dataclass(frozen=True, slots=True)
class CanonicalLayer:
    """Rows of one canonical layer, ready to be loaded.

    Attributes
    ----------
    layer : Layer
        Which one.
    rows : DataFrame
        ``row`` (Int64, where in the file), the layer's columns by name and type; for assets also
        ``geom`` (Binary, WKB, EPSG:4326), ``longitude``, ``latitude`` (Float64, null where
        unknown) [°], and the kept properties of the publisher, named ``+name`` (String).
    complete : bool
        These are all there are: others of the same origin are gone.
    """

    layer: Layer
    rows: pl.DataFrame
    complete: bool


@dataclass(frozen=True, slots=True)
class CanonicalFile:
    """A whole file: its layers, and how many of its rows went into them."""

    layers: list[CanonicalLayer]
    read: int
    kept: int


@dataclass(frozen=True, slots=True)
class _Selection:
    """The rows of a file that one layer is made of."""

    table: Table
    geometry: Geometries | None
    place: Place
    mask: Mask


def canonicalise(
    table: Table, mapping: Mapping, findings: Findings, limits: ImportSettings
) -> CanonicalFile:
    """Apply a mapping to a file.

    Parameters
    ----------
    table : Table
        The file as read.
    mapping : Mapping
        What its columns mean.
    findings : Findings
        Receives each row set aside, repaired or noted, with its reason.
    limits : ImportSettings
        Cap on vertices.

    Raises
    ------
    MissingColumn, UnknownCrs, WrongGeometry, NotPolygons
        The file as a whole is not what the mapping says.
    """
    read = table.read
    table = unpivoted(_ranked(table), mapping.source)
    mapping = _with_canonical_output(table, mapping)
    table = _with_columns(table, mapping)
    _tell_unread(table, findings)
    table = _without_skipped(table, mapping, findings)
    geometry = read_geometry(table, mapping.source, findings)
    place = place_of(table, mapping.source, geometry, mapping.home, findings)
    table, geometry, place = _exploded(table, geometry, place, mapping)
    taken = np.zeros(table.rows.height, dtype=bool)
    layers = []
    for output in sorted(mapping.layers, key=lambda output: bool(output.distinct)):
        chosen = _selected(_Selection(table, geometry, place, ~taken), output, taken)
        rows, used = _layer_rows(chosen, output, mapping, findings, limits)
        layers.append(CanonicalLayer(LAYERS[output.layer], rows, output.complete))
        if not output.distinct:
            taken[np.flatnonzero(chosen.mask)[used]] = True
    _tell_unused(table, mapping, taken, findings)
    layers = _of_one_kind(layers, findings)
    return CanonicalFile(layers, read=read, kept=table.rows[RANK].filter(taken).n_unique())


def _of_one_kind(layers: list[CanonicalLayer], findings: Findings) -> list[CanonicalLayer]:
    """Put together what several outputs made of one layer: a code that two of them give is one."""
    made: dict[str, CanonicalLayer] = {}
    for layer in layers:
        name = layer.layer.name
        before = made.get(name)
        if before is None or not layer.layer.kind:
            made[name if before is None else f"{name} {len(made)}"] = layer
            continue
        again = layer.rows.filter(pl.col("code").is_in(before.rows["code"].implode()))
        findings.add(
            "made by another rule of the mapping already",
            Effect.NOTED,
            again["row"],
            again["code"],
            layer=name,
            field="code",
        )
        rows = [before.rows, layer.rows.join(again, on="code", how="anti", maintain_order="left")]
        complete = before.complete and layer.complete
        made[name] = CanonicalLayer(layer.layer, pl.concat(rows, how="diagonal"), complete)
    return list(made.values())


def _with_canonical_output(table: Table, mapping: Mapping) -> Mapping:
    """Give the mapping of canonical files the columns that this file has."""
    if not mapping.canonical:
        return mapping
    layer = LAYERS[table.file.stem]
    present = [name for name in table.rows.columns if name not in {FILE, RANK}]
    columns: dict[str, str | Rule] = {
        column.name: column.name
        for column in layer.columns
        if column.name in present or column.required
    }
    extras = {name: name for name in present if layer.column(name) is None}
    output = Output(layer=layer.name, columns=columns, properties=extras, complete=True)
    return msgspec.structs.replace(mapping, layers=(output,))


def _ranked(table: Table) -> Table:
    """Give each row its rank, and its file where the reader did not."""
    rows = table.rows.with_row_index(RANK)
    if FILE not in rows.columns:
        rows = rows.with_columns(pl.lit(table.file.name.partition(".")[0]).alias(FILE))
    return replace(table, rows=rows)


def _with_columns(table: Table, mapping: Mapping) -> Table:
    """See that every column that the mapping names is there, whatever its case.

    Of layers that are read together some may be missing: their columns are empty then.
    """
    folded: dict[str, str] = {}
    for name in table.rows.columns:
        folded.setdefault(name.casefold(), name)
    names: dict[str, str] = {}
    for column in sorted(mapping.source_columns() - set(table.rows.columns)):
        meant = folded.get(column.casefold())
        if meant is not None and meant not in names:
            names[meant] = column
        elif not mapping.source.layers or column in mapping.match.columns:
            present = [name for name in table.rows.columns if name not in {FILE, RANK}]
            raise MissingColumn(table.file, column, present)
        else:
            empty = pl.lit(None, pl.String).alias(column)
            table = replace(table, rows=table.rows.with_columns(empty))
    return replace(table, rows=table.rows.rename(names))


def _tell_unread(table: Table, findings: Findings) -> None:
    for note in table.notes:
        findings.note(note)
    for unread in table.unread:
        findings.add(
            unread.reason,
            Effect.SET_ASIDE,
            [unread.row],
            [unread.value],
            expected=unread.expected,
        )


def _without_skipped(table: Table, mapping: Mapping, findings: Findings) -> Table:
    """Take out the rows that the mapping says are something else."""
    keep = np.ones(table.rows.height, dtype=bool)
    for condition in mapping.skip:
        mask = keep & table.rows.select(holds(table.rows, condition)).to_series().to_numpy()
        findings.add(
            condition.reason,
            Effect.SET_ASIDE,
            table.numbers[mask],
            table.rows[condition.column].filter(pl.Series(mask)),
            field=condition.column,
        )
        keep &= ~mask
    return table if keep.all() else _rows_of(table, np.flatnonzero(keep))


def _exploded(
    table: Table, geometry: Geometries | None, place: Place, mapping: Mapping
) -> tuple[Table, Geometries | None, Place]:
    """Cut geometries of several parts, if asked; every row then knows which part it is."""
    if geometry is None or not mapping.source.explode:
        return _with_part(table, np.ones(table.rows.height, dtype=np.int64)), geometry, place
    parts, owner = shapely.get_parts(geometry, return_index=True)
    missing = np.flatnonzero(shapely.is_missing(geometry))
    owner = np.concatenate([owner, missing])
    parts = np.concatenate([parts, np.full(len(missing), None, dtype=object)])
    order = np.argsort(owner, kind="stable")
    owner, parts = owner[order], parts[order]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner) + 1
    return _with_part(_rows_of(table, owner), rank), parts, place.of(owner)


def _with_part(table: Table, part: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Table:
    rows = table.rows.with_columns(pl.Series(ROW, table.numbers), pl.Series(PART, part))
    return replace(table, rows=rows)


def _rows_of(table: Table, index: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Table:
    geometry = None if table.geometry is None else table.geometry[index]
    return replace(table, rows=table.rows[index], numbers=table.numbers[index], geometry=geometry)


def _selected(whole: _Selection, output: Output, taken: Mask) -> _Selection:
    """Choose the rows of one layer: its conditions, or one for each distinct combination."""
    table, geometry = whole.table, whole.geometry
    mask = np.ones(table.rows.height, dtype=bool)
    for condition in output.where:
        mask &= table.rows.select(holds(table.rows, condition)).to_series().to_numpy()
    if output.distinct:
        columns = list(output.distinct)
        known = table.rows.select(pl.all_horizontal(pl.col(columns).is_not_null())).to_series()
        mask &= known.to_numpy() & (taken if taken.any() else True)
        among = table.rows.select(columns).filter(pl.Series(mask))
        first = among.select(pl.struct(columns).is_first_distinct()).to_series()
        mask[np.flatnonzero(mask)] = first.to_numpy()
    if mask.all():  # no copy of what may be a million rows
        return _Selection(table, geometry, whole.place, mask)
    index = np.flatnonzero(mask)
    shapes = None if geometry is None else geometry[index]
    return _Selection(_rows_of(table, index), shapes, whole.place.of(index), mask)


def _layer_rows(
    chosen: _Selection, output: Output, mapping: Mapping, findings: Findings, limits: ImportSettings
) -> tuple[pl.DataFrame, Mask]:
    """Make the rows of one layer; also say which of the chosen rows it kept."""
    layer, table = LAYERS[output.layer], chosen.table
    aside = np.zeros(table.rows.height, dtype=bool)
    rows = pl.DataFrame({"row": table.numbers})
    if layer.geometry != "none" and not output.distinct:
        shapes = _shapes(chosen, layer, findings, limits)
        aside |= shapes.aside
        rows = rows.with_columns(_place_columns(shapes))
        if _uses_position(output):
            names = geohash(shapes.longitude, shapes.latitude)
            table = replace(table, rows=table.rows.with_columns(pl.Series(POSITION, names)))
    aside |= _repeated(chosen, output, ~aside, findings)
    reader = ColumnReader(layer, table, mapping, findings)
    for column in layer.columns:
        values, bad = reader.read(column, output.columns.get(column.name))
        rows = rows.with_columns(values)
        aside |= bad
    for name, source in output.properties.items():
        rows = rows.with_columns(table.rows[source].cast(pl.String).alias(f"+{name}"))
    if output.layer == "streetlights":
        rows = with_lamps(rows, ~aside, findings)
    rows, aside = _unique_codes(rows, aside, layer, output, findings)
    return rows.filter(pl.Series(~aside)), ~aside


def _repeated(chosen: _Selection, output: Output, kept: Mask, findings: Findings) -> Mask:
    """Find the rows that say once more what another one said, by the columns of the mapping."""
    table = chosen.table
    if not output.same:
        return np.zeros(table.rows.height, dtype=bool)
    said = table.rows.select(output.same)
    first: Mask = said.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
    again = kept & ~first
    findings.add(
        "said by another row already",
        Effect.SET_ASIDE,
        table.numbers[again],
        said.filter(again)
        .select(pl.concat_str(pl.all(), separator=", ", ignore_nulls=True))
        .to_series(),
        layer=output.layer,
        field=", ".join(output.same),
        expected="one row for each",
    )
    return again


def _uses_position(output: Output) -> bool:
    rules = (rule for rule in output.columns.values() if isinstance(rule, Rule))
    return any(POSITION in (rule.template or "") for rule in rules)


def _shapes(chosen: _Selection, layer: Layer, findings: Findings, limits: ImportSettings) -> Shapes:
    table = chosen.table
    geometry = require_geometry(table, layer, chosen.geometry)
    return shapes_for(layer, geometry, table, place=chosen.place, findings=findings, limits=limits)


def _place_columns(shapes: Shapes) -> list[pl.Series]:
    return [
        pl.Series("geom", shapes.wkb.tolist(), dtype=pl.Binary),
        pl.Series("longitude", shapes.longitude).fill_nan(None),
        pl.Series("latitude", shapes.latitude).fill_nan(None),
    ]


def _unique_codes(
    rows: pl.DataFrame, aside: Mask, layer: Layer, output: Output, findings: Findings
) -> tuple[pl.DataFrame, Mask]:
    """See to it that no code is given twice: set aside, or numbered by position."""
    if not layer.kind or rows["code"].filter(~aside).is_unique().all():
        return rows, aside
    marked = rows.with_columns(pl.Series("kept", ~aside)).with_row_index("at")
    order = [name for name in ("longitude", "latitude") if name in rows.columns]
    ranked = (
        marked.filter("kept")
        .sort([*order, "at"], nulls_last=True)
        .with_columns(pl.int_range(pl.len()).over("code").alias("rank"))
        .filter(pl.col("rank") > 0)
        .sort("at")
    )
    if ranked.height == 0:
        return rows, aside
    numbering = output.duplicates == "number"
    findings.add(
        "code already taken, numbered" if numbering else "code already taken",
        Effect.REPAIRED if numbering else Effect.SET_ASIDE,
        ranked["row"],
        ranked["code"],
        layer=layer.name,
        field="code",
        expected="a code of its own",
    )
    again = ranked["at"].to_numpy()
    if not numbering:
        aside = aside.copy()
        aside[again] = True
        return rows, aside
    codes = ranked.select(
        "at", (pl.col("code") + "~" + (pl.col("rank") + 1).cast(pl.String)).alias("new")
    )
    joined = marked.join(codes, on="at", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce(joined["new"], rows["code"]).alias("code")), aside


def _tell_unused(table: Table, mapping: Mapping, taken: Mask, findings: Findings) -> None:
    """Name the rows that no layer of the mapping asked for."""
    if not any(output.where for output in mapping.layers):
        return
    asked = np.zeros(table.rows.height, dtype=bool)
    for output in mapping.layers:
        mask = np.ones(table.rows.height, dtype=bool)
        for condition in output.where:
            mask &= table.rows.select(holds(table.rows, condition)).to_series().to_numpy()
        asked |= mask
    names = ", ".join(output.layer for output in mapping.layers)
    findings.add(
        "of no layer that the mapping makes",
        Effect.SET_ASIDE,
        table.numbers[~asked & ~taken],
        expected=f"a row of {names}",
    )
