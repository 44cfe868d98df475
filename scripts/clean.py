"""Remove all that make made: environment, servers, data, caches. Stops what still runs of it.

Only the standard library.
"""

import fcntl
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from control_center.services.places import shared_state_folder  # noqa: E402 - after the path
from control_center.services.processes import (  # noqa: E402 - as above
    STOP_STEPS,
    Mark,
    stop,
)

MADE = (".venv", "build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def main() -> int:
    """Refuse while it runs; else stop leftovers and remove."""
    home = Path(os.environ.get("REVERBERE_HOME") or ROOT / ".reverbere").absolute()
    if home.exists():
        home.mkdir(exist_ok=True)
        with (home / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print(f"It runs on {home}: stop it first with Ctrl-C.", file=sys.stderr)
                return 1
            stop_leftovers(home)
    folders = [home, shared_state_folder(home), *(ROOT / name for name in MADE)]
    folders += [*ROOT.glob("*.egg-info"), *ROOT.glob("*/**/__pycache__")]
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            if "__pycache__" not in folder.name:
                print(f"removed {folder}")
    return 0


def stop_leftovers(home: Path) -> None:
    """Stop processes of a run that was killed without warning."""
    for record in (home / "run").glob("*.json"):
        mark = Mark.read(record)
        if mark is not None and not stop(mark, STOP_STEPS):
            print(f"process {mark.pid} does not stop", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
