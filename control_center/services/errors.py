"""What can go wrong with embedded servers; continues the tree of ``twin.errors``.

::

    ServiceError                        twin.errors
    ├── DebianUnavailable               signed Debian packages cannot be fetched here
    ├── PrefixIncomplete                they were, and a library is missing
    ├── AlreadyRunning                  another `reverbere up` works on this home folder
    └── NothingRunning                  a command needs servers and none run

Standard library only, like what raises the first two.
"""

from collections.abc import Iterable
from pathlib import Path

from twin.errors import ServiceError


class DebianUnavailable(ServiceError):
    """Signed Debian packages cannot be fetched here; the sentence says why."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__("private Debian packages", problem, remedy)


class PrefixIncomplete(ServiceError):
    """A library needed by a program did not come with the packages."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = sorted(missing)
        super().__init__("private prefix", f"libraries are missing: {', '.join(self.missing)}")


class AlreadyRunning(ServiceError):
    """Another ``reverbere up`` works on the same home folder."""

    def __init__(self, home: Path, address: str | None) -> None:
        self.home, self.address = home, address
        super().__init__(
            "already running",
            f"{address or 'no address yet'}, on {home}",
            "stop it there with Ctrl-C, or set REVERBERE_HOME to another folder",
        )


class NothingRunning(ServiceError):
    """A command needs a server and none runs."""

    def __init__(self, service: str, setting: str) -> None:
        super().__init__(
            service,
            "none runs",
            f"start `make run` or `reverbere up` in another terminal, or set {setting} to the "
            "address of a server of yours",
        )
