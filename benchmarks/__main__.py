"""All that can be measured here, as one table: ``python -m benchmarks [NAME …]``.

Each row runs in a process of its own, so that none disturbs the memory of another. A row that
cannot run here says why and does not stop the others.
"""

import argparse
import importlib
import json
import math
import os
import platform
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks.rows import Row

FOLDER = Path(__file__).parent
LONGEST_S = 1800
LIBRARIES = ("numpy", "polars", "shapely", "geopandas", "networkx", "scipy")


def modules(wanted: Sequence[str]) -> list[str]:
    """Return the files that measure bars, in the order of the bars."""
    found = sorted(
        (path.stem for path in FOLDER.glob("p[0-9]*_*.py")),
        key=lambda stem: (int(stem[1:].split("_")[0]), stem),
    )
    return [stem for stem in found if not wanted or {stem, stem.partition("_")[0]} & set(wanted)]


def machine() -> str:
    """Describe the machine that measures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {libraries}; "
        f"load of the last minute {load:.1f}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def measured(stem: str) -> Iterator[Row]:
    """Measure one file in a process of its own."""
    bar = stem.partition("_")[0].upper()
    try:
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--one", stem],
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Row(bar, stem, float("nan"), "", note=f"gave up after {LONGEST_S} s")
        return
    last = child.stdout.strip().rpartition("\n")[2]
    if child.returncode:
        why = child.stderr.strip().rpartition("\n")[2] or f"exit code {child.returncode}"
        yield Row(bar, stem, float("nan"), "", note=f"cannot run here: {why}")
        return
    yield from (Row(**row) for row in json.loads(last))


def one(stem: str) -> None:
    """Measure one file here, and write its rows as JSON on the last line."""
    module = importlib.import_module(f"benchmarks.{stem}")
    found = getattr(module, "run", None) or getattr(module, "rows", None)
    rows = found() if found else _unjudged(stem, module.measure())
    print(json.dumps([asdict(row) for row in rows]))


def _unjudged(stem: str, figures: Mapping[str, float]) -> Iterator[Row]:
    """Show figures that no bar has been set beside yet."""
    bar, _, what = stem.partition("_")
    for name, value in figures.items():
        yield Row(bar.upper(), f"{what.replace('_', ' ')}: {name}", float(value), "")


def told(row: Row) -> str:
    """Write a row as lines of text."""
    verdict = {True: "reached", False: "NOT REACHED", None: ""}[row.reached]
    value = "" if math.isnan(row.value) else f"{row.value:,.4g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:,.3g} ×"
    head = f"{row.bar:<4} {value:>16} {ratio:>12}  {row.target:<18} {verdict:<12} {row.what}"
    more = [text for text in (row.yardstick, row.note) if text]
    indent = " " * 55
    return "\n".join([head, *(textwrap.indent(text, indent) for text in more)])


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="e.g. p5 p6; all by default")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="write the rows as JSON")
    asked = parser.parse_args(arguments)
    if asked.one:
        one(asked.one)
        return
    rows = []
    if not asked.json:
        print(f"{machine()}\n")
    for stem in modules(asked.names):
        for row in measured(stem):
            rows.append(row)
            if not asked.json:
                print(told(row), flush=True)
    if asked.json:
        print(json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}, indent=1))
    else:
        reached, missed = (sum(row.reached is each for row in rows) for each in (True, False))
        print(f"\n{reached} bars reached, {missed} not reached, {len(rows)} rows")


if __name__ == "__main__":
    main(sys.argv[1:])
