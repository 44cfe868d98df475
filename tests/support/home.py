"""Where tests find what the machine has: the prefix, open data, a browser."""

import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def home() -> Path:
    """Return the folder that holds the private prefix; ``make test`` names it."""
    return Path(os.environ.get("REVERBERE_HOME") or REPOSITORY / ".reverbere").absolute()


def chromium() -> Path | None:
    """Return a Chromium that can be driven; None where none is installed."""
    for name in _BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None
