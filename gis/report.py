"""What an import tells: every row is accounted for, every reason is counted, rows are listed."""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.mapping import Mapping


class Effect(StrEnum):
    """What became of the rows of a finding."""

    SET_ASIDE = "set_aside"
    """The row is not in the city."""
    REPAIRED = "repaired"
    """The row is in; what was wrong with it was mended."""
    LEFT_OUT = "left_out"
    """The row is in, without the value that could not be read."""
    NOTED = "noted"
    """The row is in as it is; somebody should look."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a finding: where it is, and what stands there."""

    row: int
    value: str


@dataclass(slots=True)
class Finding:
    """One reason, and the rows it holds for.

    Attributes
    ----------
    reason : str
        In a few words, the same for all its rows.
    effect : Effect
        What became of them.
    layer, field : str
        Where; empty where it concerns the whole file or row.
    expected : str
        What would have been right.
    count : int
        Exact.
    items : list of Item
        The first rows, up to a limit.
    """

    reason: str
    effect: Effect
    layer: str = ""
    field: str = ""
    expected: str = ""
    count: int = 0
    items: list[Item] = dataclasses.field(default_factory=list)


class Findings:
    """Collects what is found while a file becomes layers.

    Parameters
    ----------
    max_listed : int
        Rows kept in the list of one reason.
    """

    def __init__(self, max_listed: int = 1_000) -> None:
        self._max_listed = max_listed
        self._found: dict[tuple[str, str, str, str, str], Finding] = {}

    def add(
        self,
        reason: str,
        effect: Effect,
        rows: NDArray[np.int64] | Iterable[int],
        values: pl.Series | Iterable[object] = (),
        *,
        layer: str = "",
        field: str = "",
        expected: str = "",
    ) -> None:
        """Record rows of one reason; nothing is recorded for no row.

        Parameters
        ----------
        rows : row numbers, as in ``Table.numbers``
        values : what stands in the field, in the order of ``rows``
        """
        numbers = [int(row) for row in rows]
        if not numbers:
            return
        key = (reason, effect, layer, field, expected)
        finding = self._found.setdefault(key, Finding(reason, effect, layer, field, expected))
        finding.count += len(numbers)
        room = max(self._max_listed - len(finding.items), 0)
        shown = [_shown(value) for value, _ in zip(values, range(room), strict=False)]
        shown += [""] * (min(room, len(numbers)) - len(shown))
        finding.items += [Item(*pair) for pair in zip(numbers[:room], shown, strict=True)]

    def note(self, reason: str) -> None:
        """Record something about the whole file."""
        key = (reason, Effect.NOTED.value, "", "", "")
        self._found.setdefault(key, Finding(reason, Effect.NOTED)).count += 1

    def all(self) -> list[Finding]:
        """Return the findings: rows set aside first, then the most frequent."""
        order = list(Effect)
        return sorted(self._found.values(), key=lambda f: (order.index(f.effect), -f.count))


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 120 else text[:117] + "…"


@dataclass(slots=True)
class LayerCounts:
    """What a layer of a file did to the store.

    ``kept`` counts the file's rows that became a row of the layer; ``added + changed + unchanged``
    equals it; ``closed`` counts things that the file no longer holds.
    """

    layer: str
    kept: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0


@dataclass(slots=True)
class FileReport:
    """One file: ``read = kept + set_aside``, always.

    Attributes
    ----------
    file, sha256, mapping, licence, attribution : str
        Which file it was, read how, under which terms.
    publisher, frequency, url : str
        Whose it is, how often it comes anew, where it is from; empty where the mapping is silent.
    read, kept, set_aside : int
        Rows of the file; a row is kept as soon as one layer took it.
    layers : list of LayerCounts
        What the store made of it.
    findings : list of Finding
        Every reason, with its rows.
    """

    file: str
    mapping: str
    sha256: str = ""
    licence: str = ""
    attribution: str = ""
    publisher: str = ""
    frequency: str = ""
    url: str = ""
    read: int = 0
    kept: int = 0
    set_aside: int = 0
    layers: list[LayerCounts] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def take_terms(self, **terms: str) -> None:
        """Take licence, publisher… of the folder where the mapping is silent about all of them."""
        if not any(getattr(self, name) for name in terms):
            for name, words in terms.items():
                setattr(self, name, words)


def about_file(path: Path, mapping: Mapping) -> FileReport:
    """Begin the report of a file: which it is, under which terms; its rows are not counted yet."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileReport(
        file=path.name,
        mapping=mapping.name,
        sha256=digest,
        licence=mapping.licence,
        attribution=mapping.attribution,
        publisher=mapping.publisher,
        frequency=mapping.frequency,
        url=mapping.url,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure about the city as a whole, e.g. lights with a readable wattage."""

    name: str
    value: float
    unit: str = ""


@dataclass(slots=True)
class ImportReport:
    """One import: its files, then what the city as a whole has become.

    Attributes
    ----------
    territory : str
        Slug.
    dry_run : bool
        Nothing was written.
    files : list of FileReport
        In the order in which they were loaded.
    figures : list of Figure
        Lights, wattage, supply, streets… after the import.
    findings : list of Finding
        What was found about the city as a whole: orphans, cycles, doubtful links.
    data_version : str or None
        Epoch of the map; None where no tiles were built.
    seconds : dict of str to float
        Where the time went, by step. [s]
    """

    territory: str
    dry_run: bool = False
    files: list[FileReport] = dataclasses.field(default_factory=list)
    figures: list[Figure] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    data_version: str | None = None
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    def figure(self, name: str) -> float:
        """Return a figure by name.

        Raises
        ------
        KeyError
            The city has no such figure.
        """
        return {figure.name: figure.value for figure in self.figures}[name]
