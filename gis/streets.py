"""Lights on streets: which section each stands on, what it answers for, what covers each metre.

Everything is measured on the centre line, in a metric system; both pavements merge on it. Lengths
are whole centimetres, so that sums are exact whatever their order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis.geometry import Coordinates, Geometries

Index = NDArray[np.int64]

REACH_M: Final = 40.0
"""A light stands on the nearest section no farther than this. [m]"""
NAMED_REACH_M: Final = 80.0
"""Farther reach of a section that bears the light's own street name. [m]"""
COVER_M: Final = 27.0
"""A metre is covered by the lights within this distance, about a mast's height × 3. [m]"""
GRAIN_CM: Final = 100
"""Stretches are cut to the metre: no mast is placed more finely. [cm]"""
_DEFAULT_SPACING_CM: Final = 3_000
_SPAN: Final = 1 << 40  # more centimetres than any section has
_CHUNK: Final = 100_000
"""Points looked up, intervals swept at a time: what is in between is many times their size."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Where points stand on sections.

    Attributes
    ----------
    section : ndarray of int64
        Index of the section; -1 where none is near enough.
    offset_m : ndarray of float64
        Along the section from its start; NaN without a section. [m]
    """

    section: Index
    offset_m: Coordinates


def attach(
    points: Coordinates,
    names: pl.Series,
    lines: Geometries,
    line_names: pl.Series,
    *,
    reach_m: float = REACH_M,
    named_reach_m: float = NAMED_REACH_M,
) -> Attachment:
    """Attach points to sections: the nearest of the same name, else the nearest.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Metric; NaN where unknown. [m]
    names, line_names : Series of String
        Street keys of points and sections; null where unknown.
    lines : ndarray of LineString, shape (m,)
        Metric centre lines.
    reach_m, named_reach_m : float
        Farthest section of any name, and of the same name. [m]
    """
    section = np.full(len(points), -1, dtype=np.int64)
    offset = np.full(len(points), np.nan)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(known) or not len(lines):
        return Attachment(section, offset)
    tree, reach = shapely.STRtree(lines), max(reach_m, named_reach_m)
    codes, line_codes = _codes(names, line_names)
    for some in _chunks(known):
        places = np.asarray(shapely.points(points[some]))
        at, line = tree.query(places, predicate="dwithin", distance=reach)
        own = codes[some][at]
        same = (own == line_codes[line]) & (own >= 0)
        distance = shapely.distance(places[at], lines[line])
        allowed = same | (distance <= reach_m)
        at, line, same, distance = at[allowed], line[allowed], same[allowed], distance[allowed]
        order = np.lexsort((line, distance, ~same, at))
        first = order[np.flatnonzero(np.diff(at[order], prepend=-1))]
        section[some[at[first]]] = line[first]
        offset[some[at[first]]] = shapely.line_locate_point(lines[line[first]], places[at[first]])
    return Attachment(section, offset)


def _chunks(index: Index) -> Iterator[Index]:
    return (index[start : start + _CHUNK] for start in range(0, len(index), _CHUNK))


def lengths_cm(lines: Geometries) -> Index:
    """Lengths of metric lines. [cm]"""
    return np.rint(shapely.length(lines) * 100).astype(np.int64)


def usual_spacing_cm(attachment: Attachment) -> int:
    """Median distance between neighbours on a section; 30 m where there are none. [cm]

    Masts that face each other (less than 5 m apart on the centre line) and unlit gaps (more than
    150 m) are no spacing.
    """
    section, offset = _in_order(attachment)[1:]
    gaps = np.diff(offset)[np.diff(section) == 0]
    gaps = gaps[(gaps >= 500) & (gaps <= 15_000)]
    return int(np.median(gaps)) if len(gaps) else _DEFAULT_SPACING_CM


def attributed_cm(attachment: Attachment, length_cm: Index, spacing_cm: int) -> NDArray[np.int32]:
    """Length of street that each light answers for alone: half-way to its neighbours.

    A half-interval is never more than 0.75 × the usual spacing, so that an unlit gap is claimed by
    nobody; the first and the last light of a section reach to its end under the same cap. Lights
    that face each other share the same centre line, so the sum never exceeds the section.

    Parameters
    ----------
    length_cm : ndarray of int64, shape (sections,)
        [cm]
    spacing_cm : int
        Usual spacing, see ``usual_spacing_cm``. [cm]

    Returns
    -------
    ndarray of int32, shape (lights,)
        0 for a light on no section. [cm]
    """
    order, section, offset = _in_order(attachment)
    owned = np.zeros(len(attachment.section), dtype=np.int32)
    if not len(order):
        return owned
    offset = np.minimum(offset, length_cm[section])
    breaks = np.flatnonzero(np.diff(section))
    before = np.zeros(len(order), dtype=np.int64)
    before[1:] = (offset[1:] + offset[:-1]) // 2
    before[breaks + 1] = 0
    after = length_cm[section].copy()
    after[:-1] = before[1:]
    after[breaks] = length_cm[section[breaks]]
    cap = spacing_cm * 3 // 4
    owned[order] = np.minimum(offset - before, cap) + np.minimum(after - offset, cap)
    return owned


def stretches(lines: Geometries, points: Coordinates, *, radius_m: float = COVER_M) -> pl.DataFrame:
    """Cut sections wherever the set of lights that cover them changes.

    A metre is covered by every light within ``radius_m`` of it, whatever its section; it is dark
    only when all of them are out. Metres that no light covers are not returned: no outage can
    darken them. Each light's circle is cut with each straight piece of centre line; the cuts are
    then rounded to ``GRAIN_CM``.

    Parameters
    ----------
    lines : ndarray of LineString or MultiLineString, shape (m,)
        Metric centre lines.
    points : ndarray, shape (n, 2)
        Metric positions of lights; NaN where unknown. [m]

    Returns
    -------
    DataFrame, one row a stretch, by section then along it
        section : Int64, index into ``lines``; start_cm, length_cm : Int64 [cm];
        lights : list of Int64, indices into ``points``, ascending, never empty.
    """
    pieces = _pieces(lines)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(known) or not len(pieces.section):
        return _STRETCHES.to_frame()
    found = list(_covered(pieces, points, known, radius_m))
    low, high, light = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.argsort(low, kind="stable")
    low, high, light = low[order], high[order], light[order]
    return pl.concat(
        [_STRETCHES.to_frame()]
        + [_merged(low[part], high[part], light[part]) for part in _by_section(low // _SPAN)],
        rechunk=False,
    )


def _covered(
    pieces: "_Pieces", points: Coordinates, known: Index, radius: float
) -> Iterator[tuple[Index, Index, Index]]:
    """Intervals of sections that points cover, strip by strip from west to east.

    Yields
    ------
    low, high, light : ndarray of int64
        Start and end [cm], each with its section in front (× ``_SPAN``); index of the point.
    """
    ahead = np.minimum(pieces.begin[:, 0], pieces.end[:, 0])
    for strip in _chunks(np.argsort(ahead, kind="stable")):
        ends = np.stack([pieces.begin[strip], pieces.end[strip]], axis=1)
        west, east = ends[:, :, 0].min() - radius, ends[:, :, 0].max() + radius
        near = known[(points[known, 0] >= west) & (points[known, 0] <= east)]
        tree = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
        at, piece = tree.query(shapely.points(points[near]), predicate="dwithin", distance=radius)
        piece, light = strip[piece], near[at]
        start, end = _chords(pieces, piece, points[light], radius)
        low = pieces.section[piece] * _SPAN + start
        high = pieces.section[piece] * _SPAN + end
        real = high > low
        yield low[real], high[real], light[real]


def _by_section(section: Index) -> Iterator[slice]:
    """Cut intervals in the order of their sections into parts that share no section."""
    starts = np.unique(np.searchsorted(section, section[::_CHUNK]))
    return (slice(start, end) for start, end in pairwise([*starts.tolist(), len(section)]))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The straight pieces of centre lines; where each starts on its section, and its whole. [m]"""

    begin: Coordinates
    end: Coordinates
    direction: Coordinates
    length: Coordinates
    section: Index
    offset: Coordinates
    total: Coordinates


def _pieces(lines: Geometries) -> _Pieces:
    parts, owner = shapely.get_parts(lines, return_index=True)
    vertices, part = shapely.get_coordinates(parts, return_index=True)
    along = np.flatnonzero(part[1:] == part[:-1])
    begin, end, section = vertices[along], vertices[along + 1], owner[part[along]]
    length = np.hypot(*(end - begin).T)
    total = np.cumsum(length)
    first = np.searchsorted(section, section)
    offset = total - length - (total[first] - length[first]) if len(total) else total
    real = length > 0
    begin, end, length = begin[real], end[real], length[real]
    return _Pieces(
        begin=begin,
        end=end,
        direction=(end - begin) / length[:, None],
        length=length,
        section=section[real].astype(np.int64),
        offset=offset[real],
        total=shapely.length(lines)[section[real]],
    )


def _chords(
    pieces: _Pieces, piece: Index, centres: Coordinates, radius: float
) -> tuple[Index, Index]:
    """Where circles cut straight pieces: start and end along the section. [cm]"""
    arm = centres - pieces.begin[piece]
    along = np.einsum("ij,ij->i", arm, pieces.direction[piece])
    aside = np.einsum("ij,ij->i", arm, arm) - along**2
    half = np.sqrt(np.maximum(radius**2 - aside, 0.0))
    start = pieces.offset[piece] + np.clip(along - half, 0, pieces.length[piece])
    end = pieces.offset[piece] + np.clip(along + half, 0, pieces.length[piece])
    total = np.rint(pieces.total[piece] * 100).astype(np.int64)
    return _on_grain(start, total), _on_grain(end, total)


def _on_grain(offset: Coordinates, total: Index) -> Index:
    """Round offsets to the grain; the end of a section stays where it is. [cm]"""
    rounded = np.rint(offset * 100 / GRAIN_CM).astype(np.int64) * GRAIN_CM
    return np.where(rounded > total - GRAIN_CM // 2, total, rounded)


_STRETCHES = pl.Schema(
    {
        "section": pl.Int64(),
        "start_cm": pl.Int64(),
        "length_cm": pl.Int64(),
        "lights": pl.List(pl.Int64()),
    }
)


def _merged(low: Index, high: Index, light: Index) -> pl.DataFrame:
    """Sweep covered intervals into stretches with one set of lights each."""
    cuts = np.unique(np.concatenate([low, high]))
    first, last = np.searchsorted(cuts, low), np.searchsorted(cuts, high)
    count = last - first
    cell = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    covered = (
        pl.DataFrame({"cell": cell, "light": np.repeat(light, count)})
        .unique()
        .sort("cell", "light")
        .group_by("cell", maintain_order=True)
        .agg(pl.col("light").alias("lights"))
    )
    cells = covered["cell"].to_numpy()
    covered = covered.with_columns(
        pl.Series("low", cuts[cells]), pl.Series("high", cuts[cells + 1])
    )
    joined = (pl.col("low") == pl.col("high").shift()) & (
        pl.col("lights") == pl.col("lights").shift()
    )
    runs = covered.with_columns((~joined.fill_null(value=False)).cum_sum().alias("run"))
    return (
        runs.group_by("run", maintain_order=True)
        .agg(pl.col("low").first(), pl.col("high").last(), pl.col("lights").first())
        .select(
            (pl.col("low") // _SPAN).alias("section"),
            (pl.col("low") % _SPAN).alias("start_cm"),
            (pl.col("high") - pl.col("low")).alias("length_cm"),
            pl.col("lights"),
        )
    )


def _in_order(attachment: Attachment) -> tuple[Index, Index, Index]:
    """Attached points along their sections: index, section, offset. [cm]"""
    attached = np.flatnonzero(attachment.section >= 0)
    offset = np.rint(attachment.offset_m[attached] * 100).astype(np.int64)
    order = np.lexsort((attached, offset, attachment.section[attached]))
    return attached[order], attachment.section[attached][order], offset[order]


def _codes(names: pl.Series, others: pl.Series) -> tuple[Index, Index]:
    """Numbers that stand for equal names; -1 for an unknown one."""
    both = pl.concat([names.cast(pl.String), others.cast(pl.String)], how="vertical")
    ranks = both.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    return ranks[: len(names)], ranks[len(names) :]
