"""Codecs at work: ours in this process, those of others in processes of their own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs import CODECS
from ingest.codecs.profiles import Profile
from ingest.codecs.readings import Readings
from ingest.scripts.answers import readings_of
from ingest.scripts.pool import Quarantine, ScriptPool
from ingest.scripts.script import Script
from ingest.scripts.wire import Uplink

_MS: Final = 1000


class Version(NamedTuple):
    """A codec as the store calls it: another version is another codec."""

    name: str
    version: str


class CodecRunner:
    """Runs the codecs of the profiles.

    Parameters
    ----------
    profiles : mapping of str to Profile
        By name.
    processes : int
        How many run codecs in JavaScript; they start with the first uplink for one.
    """

    def __init__(self, profiles: Mapping[str, Profile], processes: int = 2) -> None:
        self._scripts = {
            profile.script.key: profile.script
            for profile in profiles.values()
            if profile.script is not None
        }
        self._processes = processes
        self._pool: ScriptPool | None = None
        self._kept_out: dict[bytes, Quarantine] = {}
        self._strikes: Mapping[bytes, int] = {}
        self._news: list[Quarantine] = []

    @property
    def versions(self) -> list[Version]:
        """All codecs, in the order in which the store numbers them."""
        ours = [Version(codec.name, codec.version) for codec in CODECS.values()]
        return sorted([*ours, *(version_of(script) for script in self._scripts.values())])

    @property
    def scripts(self) -> Iterable[Script]:
        """Those in JavaScript."""
        return self._scripts.values()

    @property
    def pool(self) -> ScriptPool:
        """The processes, made at the first use."""
        if self._pool is None:
            self._pool = ScriptPool(self._processes, self._news.append)
            self._pool.pardon(self._kept_out)
            self._pool.remember(self._strikes)
        return self._pool

    def begin(
        self,
        profile: Profile,
        payloads: Sequence[bytes],
        f_ports: NDArray[np.int16],
        at_us: NDArray[np.int64],
    ) -> Callable[[], Readings]:
        """Begin to decode payloads of one profile.

        Parameters
        ----------
        at_us : int64 array
            The time that each is of, which a codec takes for now. [µs since 1970 UTC]

        Returns
        -------
        callable
            Gives their readings; those of other processes may be computed meanwhile.
        """
        script = profile.script
        if script is None:
            return lambda: CODECS[profile.codec].decode(payloads, f_ports)
        uplinks = list(map(Uplink, f_ports.tolist(), (at_us // _MS).tolist(), payloads))
        wait = self.pool.decode(script, uplinks)
        return lambda: readings_of(wait())

    def keep_out(self, keys: Mapping[bytes, str]) -> None:
        """Take over what the store says: these codecs are in quarantine, and no others."""
        known = {
            key: Quarantine(self._scripts[key], reason)
            for key, reason in keys.items()
            if key in self._scripts
        }
        self._kept_out = known
        if self._pool is not None:
            self._pool.pardon(known)

    def remember(self, strikes: Mapping[bytes, int]) -> None:
        """Count on from the strikes that the store knows."""
        self._strikes = strikes
        if self._pool is not None:
            self._pool.remember(strikes)

    def struck(self) -> dict[Script, int]:
        """Return the codecs that were stopped since the last time, and how often by now."""
        return self._pool.struck() if self._pool is not None else {}

    @property
    def keeps_out(self) -> bool:
        """Whether some codec is in quarantine."""
        return bool(self._kept_out or (self._pool and self._pool.quarantined))

    def news(self) -> list[Quarantine]:
        """Return the codecs that went into quarantine since the last time."""
        told = list(self._news)
        del self._news[: len(told)]
        return told

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def version_of(script: Script) -> Version:
    """Return what the store calls a codec in JavaScript."""
    return Version(script.name, script.version)


def version_of_profile(profile: Profile) -> Version:
    """Return what the store calls a profile's codec."""
    if profile.script is not None:
        return version_of(profile.script)
    return Version(profile.codec, CODECS[profile.codec].version)
