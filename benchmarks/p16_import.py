"""P16: bringing a city in: Lecce as published, and a generated register of any size."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.rows import Row
from benchmarks.servers import servers
from control_center.importing import load_batch, read_files
from gis.mapping import read_mapping
from tests.support.home import SHARED_DATA
from twin.clock import SystemClock
from twin.store.database import Database

LECCE = ("lighting/lecce_quadri_illuminazione.csv", "lighting/lecce_pali_illuminazione.csv")
LECCE_S = 15.0
LIGHTS = 1_000_000
LIGHTS_S = 180.0
LIGHTS_BYTES = 1.5e9
A_STREET, A_FEEDER, A_CABINET = 40, 20, 60
SPACING_M, BLOCK_M = 28.0, 80.0  # between two lights of a street, between two streets
_METRES = 111_320.0
_LONGITUDE, _LATITUDE = 3.88, 43.61
_MAPPING = """
title = "Generated register"
[source]
crs = "EPSG:4326"
x = "lon"
y = "lat"
[territory]
slug = "generated"
name = "Generated"
timezone = "Europe/Paris"
metric_srid = 2154
longitude = 3.88
latitude = 43.61
[[layers]]
layer = "streetlights"
complete = true
[layers.columns]
code = "code"
feeder = "feeder"
cabinet = "cabinet"
street = "street"
lamp_text = "lamp"
[[layers]]
layer = "feeders"
distinct = ["feeder", "cabinet"]
[layers.columns]
code = "feeder"
cabinet = "cabinet"
"""


def register(file: Path, lights: int) -> Path:
    """Write a register of lights along parallel streets: 20 a feeder, 60 a cabinet."""
    rank = np.arange(lights)
    side = int(np.ceil(np.sqrt(lights)))
    north, east = np.divmod(rank, side)
    jitter = np.random.default_rng(3).uniform(-4, 4, (2, lights))
    scale = _METRES * np.cos(np.radians(_LATITUDE))
    lamps = pl.Series(["SHP 100 W", "LED 36", "SHP 150", "Iodures métalliques 70 W", "LED"])
    pl.DataFrame(
        {
            "code": pl.Series(rank).cast(pl.String),
            "feeder": pl.Series(rank // A_FEEDER).cast(pl.String),
            "cabinet": pl.Series(rank // A_CABINET).cast(pl.String),
            "street": "Rue " + pl.Series(rank // A_STREET).cast(pl.String),
            "lamp": lamps[(rank % 5).tolist()],
            "lon": np.round(_LONGITUDE + ((east - side / 2) * SPACING_M + jitter[0]) / scale, 7),
            "lat": np.round(_LATITUDE + ((north - side / 2) * BLOCK_M + jitter[1]) / _METRES, 7),
        }
    ).write_csv(file)
    return file


def import_here(url: str, home: Path, files: Sequence[Path], mapping: str | None) -> None:
    """Import in this process and print what it took, as JSON."""
    began = time.perf_counter()
    with Database(url) as database:
        batch = read_files(files, mapping=mapping)
        report = load_batch(database, batch, clock=SystemClock(), home=home)
    print(
        json.dumps(
            {
                "total_s": time.perf_counter() - began,
                "peak_bytes": _largest_of_this_process(),
                "steps": report.seconds,
                "lights": report.figure("streetlights"),
            }
        )
    )


def _imported(database: Database, home: Path, files: Sequence[Path], mapping: str = "") -> dict:  # type: ignore[type-arg]  # of JSON
    """Import in a process of its own, so that its memory is its own."""
    words = [sys.executable, "-m", __spec__.name, database.url, str(home), mapping]
    with subprocess.Popen([*words, *map(str, files)], stdout=subprocess.PIPE, text=True) as run:
        together = _peak_of_family(run)
        said = run.stdout.read() if run.stdout else ""
    if run.returncode != 0:
        raise subprocess.CalledProcessError(run.returncode, words)
    return {**json.loads(said), "together_bytes": together}


def _largest_of_this_process() -> int:
    """Largest memory since this program began; ``ru_maxrss`` counts its parent's before. [B]"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _peak_of_family(run: subprocess.Popen[str]) -> int:
    """Largest memory of a process and its children at one time, looked at each 0.1 s. [B]

    Resident sets are added: what two programs share, libraries above all, counts twice.
    """
    peak = 0
    while run.poll() is None:
        parents = {
            int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")
        }
        own = _words_of(run.pid)
        children = [child for child, parent in parents.items() if parent == run.pid]
        # one that is not a program of its own yet has the memory of its parent, not another
        family = [run.pid, *(child for child in children if _words_of(child) != own)]
        peak = max(peak, sum(_resident(process) for process in family))
        time.sleep(0.1)
    return peak


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:  # it ended meanwhile
        return 0


def _words_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(process: int) -> int:
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def measure_lecce() -> dict[str, object]:
    """Import Lecce as published, twice: the second time nothing has changed."""
    with (
        tempfile.TemporaryDirectory(prefix="reverbere-p16-") as folder,
        servers() as running,
        running.fresh("p16") as database,
    ):
        files = [SHARED_DATA / name for name in LECCE]
        first = _imported(database, Path(folder), files)
        first["again_s"] = _imported(database, Path(folder), files)["total_s"]
    return first


def measure_generated(lights: int = LIGHTS) -> dict[str, object]:
    """Import a generated register into an empty store."""
    with (
        tempfile.TemporaryDirectory(prefix="reverbere-p16-") as folder,
        servers() as running,
        running.fresh("p16") as database,
    ):
        mapping = Path(folder) / "generated.toml"
        mapping.write_text(_MAPPING, encoding="utf-8")
        read_mapping(mapping)
        file = register(Path(folder) / "register.csv", lights)
        return _imported(database, Path(folder) / "home", [file], str(mapping))


def rows() -> list[Row]:
    """Return the rows of the table."""
    made = []
    if SHARED_DATA.is_dir():
        lecce = measure_lecce()
        made.append(_time_row("Lecce as published, 20 632 lights", lecce, LECCE_S))
    generated = measure_generated()
    made.append(_time_row(f"generated register, {LIGHTS:,} lights", generated, LIGHTS_S))
    for what, key in (
        ("import", "peak_bytes"),
        ("import and what draws beside it", "together_bytes"),
    ):
        peak = float(str(generated[key]))
        made.append(
            Row(
                "P16",
                f"memory of the same {what}, {LIGHTS:,} lights",
                peak / 1e9,
                "GB",
                target=f"< {LIGHTS_BYTES / 1e9:.1f} GB",
                reached=peak < LIGHTS_BYTES,
            )
        )
    return made


def _time_row(what: str, found: dict[str, object], bar_s: float) -> Row:
    seconds = float(str(found["total_s"]))
    steps = found["steps"]
    note = ", ".join(f"{k} {v:.1f} s" for k, v in steps.items()) if isinstance(steps, dict) else ""
    return Row(
        "P16", what, seconds, "s", target=f"< {bar_s:.0f} s", reached=seconds < bar_s, note=note
    )


def main(words: Sequence[str]) -> None:
    """Measure and print: ``lecce``, or a number of lights; with an address, import into it."""
    if len(words) > 2:
        url, home, mapping, *files = words
        import_here(url, Path(home), [Path(file) for file in files], mapping or None)
        return
    found = measure_lecce() if words[:1] == ["lecce"] else measure_generated(int(words[0]))
    for name, value in found.items():
        print(f"{name:12} {value}")


if __name__ == "__main__":
    main(sys.argv[1:])
