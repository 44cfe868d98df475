"""Files that processes write their output to: kept small, read back for one line."""

import shutil
from pathlib import Path

LIMIT = 8 * 1024 * 1024
KEPT = 3


def rotate(path: Path, limit: int = LIMIT) -> None:
    """Move a large log aside by copying: its writer holds it open in append mode and goes on."""
    try:
        if path.stat().st_size < limit:
            return
    except OSError:
        return
    for number in range(KEPT, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    with path.open("r+b") as file:
        file.truncate(0)


def last_line(path: Path) -> str:
    """Return the last line that says something; ``"no output"`` where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return "no output"
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else "no output"
