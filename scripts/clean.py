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

from control_center.services.places import shared_state_folder  # noqa: E402 - needs the path
from control_center.services.processes import stop_recorded  # noqa: E402 - needs the path

MADE = (".venv", "build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def main() -> int:
    """Refuse while it runs; else stop leftovers and remove."""
    home = Path(os.environ.get("REVERBERE_HOME") or ROOT / ".reverbere").absolute()
    if home.exists():
        with (home / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print(f"It runs on {home}: stop it first with Ctrl-C.", file=sys.stderr)
                return 1
            for mark in stop_recorded(home / "run"):
                print(f"process {mark.pid} does not stop", file=sys.stderr)
    for folder in [home, shared_state_folder(home), *(ROOT / name for name in MADE)]:
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            print(f"removed {folder}")
    for cache in [*ROOT.glob("*.egg-info"), *ROOT.glob("[!.]*/**/__pycache__")]:
        shutil.rmtree(cache, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
