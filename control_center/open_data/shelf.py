"""Files that were exported, kept while they are true: made once for all who ask, in whole.

A file is named after the stamp of its layer, so that those who read it in pieces (GDAL over the
network) read pieces of the same file; one that is outdated goes when its successor is made.
"""

import hashlib
import tempfile
import threading
from pathlib import Path

from control_center.errors import RateExceeded
from control_center.open_data.exports import export
from control_center.open_data.holdings import Held

_MADE_AT_ONCE = 2
_PATIENCE_S = 5.0
_KEPT_VERSIONS = 2  # the last but one may still be on its way to somebody


class Shelf:
    """A folder of exported files, gone when it is closed.

    Parameters
    ----------
    most_rows : int
        Most rows that a file may hold.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._guard = threading.Lock()
        self._making = threading.Semaphore(_MADE_AT_ONCE)
        self.made = 0

    def file(self, held: Held, form: str) -> Path:
        """Return a layer as a file, made where there is none of this state.

        Raises
        ------
        NotFound, TooManyRows
            See `exports.export`.
        RateExceeded
            Other files are being made: try again.
        """
        path = self._place() / f"{held.collection.id}-{_short(held.stamp)}.{form}"
        if path.exists():
            return path
        # who waits holds a thread of the server: not for long
        if not self._making.acquire(timeout=_PATIENCE_S):
            raise RateExceeded(int(_PATIENCE_S))
        try:
            if not path.exists():
                self._make(held, form, path)
        finally:
            self._making.release()
        return path

    def close(self) -> None:
        """Remove the files."""
        with self._guard:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _make(self, held: Held, form: str, path: Path) -> None:
        draft = path.with_name(f"draft-{threading.get_ident()}-{path.name}")
        try:
            export(held, form, draft, self._most_rows)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        self.made += 1
        older = sorted(
            path.parent.glob(f"{held.collection.id}-*.{form}"),
            key=lambda one: one.stat().st_mtime_ns,
        )
        for outdated in older[:-_KEPT_VERSIONS]:
            outdated.unlink(missing_ok=True)

    def _place(self) -> Path:
        with self._guard:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="reverbere-exports-")
            return Path(self._folder.name)


def _short(stamp: str) -> str:
    return hashlib.sha256(stamp.encode()).hexdigest()[:16]
