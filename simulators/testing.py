"""Small towns for tests, in memory or in a folder, made in a fraction of a second.

>>> from simulators.testing import tiny_city, tiny_folder
>>> city = tiny_city()                 # 60 lights, 2 cabinets, a river, a park, a weather station
>>> folder = tiny_folder(tmp_path)     # the same, written as canonical layers
"""

import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from simulators.city import City, generate, write

TINY_SEED, TINY_LIGHTS = 3, 60
TINY_NOW = datetime(2026, 11, 19, 19, 14, tzinfo=UTC)
"""The present of the tiny town: a November evening, an hour after dusk."""


@cache
def tiny_city(*, history: bool = True, lights: int = TINY_LIGHTS, seed: int = TINY_SEED) -> City:
    """Return a town of 60 lights and 2 cabinets; the same object each time.

    Parameters
    ----------
    history : bool
        With two and a half years of daily readings; without them it is made in half the time.
    lights, seed : int
        Another size or another town.
    """
    return generate(seed, lights, TINY_NOW, history=history)


def tiny_folder(folder: Path, *, history: bool = True, lights: int = TINY_LIGHTS) -> Path:
    """Write the tiny town into a folder and return it; written once, copied after that."""
    kept = _written(history=history, lights=lights)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    return folder


@cache
def _written(*, history: bool, lights: int) -> Path:
    holder = tempfile.TemporaryDirectory(prefix="reverbere-tiny-")
    _HOLDERS.append(holder)  # removed when the process ends
    folder = Path(holder.name)
    write(tiny_city(history=history, lights=lights), folder)
    return folder


_HOLDERS: list[tempfile.TemporaryDirectory[str]] = []
