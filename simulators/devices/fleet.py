"""What all devices of a family share: who they are, when they speak, who hears them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import NAMESPACE_DNS, uuid5

import numpy as np
import polars as pl

from ingest.networks.chirpstack_v4_wire import DeviceInfo
from simulators.city.layers.devices import application_name
from simulators.city.model import City
from simulators.city.plan import Floats, Integers
from simulators.city.radio import Coverage, coverage

SECOND = 1_000_000
"""Instants of the simulation are whole microseconds since 1970, UTC."""
_FIRST_WORD_S = 58.0


def instant(at: int) -> datetime:
    """Return an instant as an aware datetime."""
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)


@dataclass(slots=True)
class Fleet:
    """Devices of one family.

    Attributes
    ----------
    eui, asset : list of str
        Identifier of each device; code of the thing that it speaks for.
    application : str
        Identifier on the network server.
    info : list of DeviceInfo
        What the server says of each.
    interval_us, f_port : int
        Time between two reports; port of their frames.
    heard_by : Coverage
        Gateways that hear each.
    due : array of int
        Next report of each. [µs]
    rhythm : array of int
        Next regular report of each: what is said out of turn does not shift it. [µs]
    f_cnt, session : array of int
        Frame counter; joins so far.
    soonest : int
        Nothing is due before. [µs]
    """

    eui: list[str]
    asset: list[str]
    application: str
    info: list[DeviceInfo]
    interval_us: int
    f_port: int
    heard_by: Coverage
    due: Integers
    rhythm: Integers
    f_cnt: Integers
    session: Integers
    soonest: int = 0

    @classmethod
    def of(
        cls,
        city: City,
        kind: str,
        profile: str,
        *,
        f_port: int,
        places: Floats,
        gateways: Floats,
        start: int,
        rng: np.random.Generator,
    ) -> "Fleet":
        """Read the devices of a kind of asset from a city's registry.

        Parameters
        ----------
        places, gateways : array, shape (n, 2)
            Where the devices, in the registry's order, and the gateways stand. [m]
        start : int
            First instant; every device speaks within a minute of it. [µs]
        """
        of_kind = (pl.col("asset_kind") == kind) & (pl.col("profile") == profile)
        rows = city.frame("devices").filter(of_kind)
        count = len(rows)
        interval = int(rows["interval_s"][0]) * SECOND if count else SECOND
        application = str(rows["application"][0]) if count else ""
        first = rng.uniform(1.0, _FIRST_WORD_S, count) * SECOND
        rhythm = start + 60 * SECOND + rng.uniform(0, interval, count)
        return cls(
            eui=rows["dev_eui"].to_list(),
            asset=rows["asset_code"].to_list(),
            application=application,
            info=_infos(city, rows),
            interval_us=interval,
            f_port=f_port,
            heard_by=coverage(rng, places, gateways),
            due=start + first.astype(np.int64),
            rhythm=rhythm.astype(np.int64),
            f_cnt=np.zeros(count, dtype=np.int64),
            session=np.zeros(count, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.eui)

    def ready(self, at: int) -> list[int]:
        """Return the devices whose time has come. [µs]"""
        if at < self.soonest or not len(self.due):
            return []
        found: list[int] = np.flatnonzero(self.due <= at).tolist()
        if not found:
            self.soonest = int(self.due.min())
        return found

    def schedule_next(self, device: int, wander: float) -> None:
        """Set the time of the next report; ``wander`` in -1 … 1 keeps the crowd from marching."""
        if self.due[device] >= self.rhythm[device]:
            self.rhythm[device] += self.interval_us + int(wander * 0.01 * self.interval_us)
        self.due[device] = self.rhythm[device]

    def speak_at(self, device: int, at: int) -> None:
        """Bring the next report forward, because something happened. [µs]"""
        self.due[device] = min(int(self.due[device]), at)
        self.soonest = min(self.soonest, at)

    def wake_up(self, at: int, rng: np.random.Generator) -> None:
        """Speak within a minute of a long silence, without catching up on it. [µs]"""
        late = np.flatnonzero(self.due < at)
        self.due[late] = at + (rng.uniform(1.0, _FIRST_WORD_S, len(late)) * SECOND).astype(np.int64)
        pause = 60 * SECOND + rng.uniform(0, self.interval_us, len(late))
        self.rhythm[late] = at + pause.astype(np.int64)
        self.soonest = at

    def rejoin(self, device: int, at: int) -> None:
        """Start a new session after a loss of power, and speak at an instant. [µs]"""
        self.session[device] += 1
        self.f_cnt[device] = 0
        self.due[device] = at
        self.soonest = min(self.soonest, at)


class Family(Protocol):
    """Devices that know what to say."""

    fleet: Fleet

    def speaks(self, device: int, at: int) -> bool:
        """Whether the device has power to speak. [µs]"""
        ...

    def payload(self, device: int, at: int) -> bytes:
        """Return what it says now: the bytes of its frame."""
        ...

    def obey(self, device: int, payload: bytes, at: int) -> int | None:
        """Carry out an order; return when it will tell, None for bytes it does not know. [µs]"""
        ...


def _infos(city: City, rows: pl.DataFrame) -> list[DeviceInfo]:
    slug, tenant = str(city.territory["slug"]), str(city.territory["name"])
    columns = rows.select("application", "profile", "name", "dev_eui")
    profiles = {profile: str(uuid5(NAMESPACE_DNS, profile)) for profile in rows["profile"].unique()}
    tenant_id = str(uuid5(NAMESPACE_DNS, f"{slug}.example"))
    return [
        DeviceInfo(
            tenant_id=tenant_id,
            tenant_name=tenant,
            application_id=application,
            application_name=application_name(city, application),
            device_profile_id=profiles[profile],
            device_profile_name=profile,
            device_name=name,
            dev_eui=eui,
            device_class_enabled="CLASS_C" if profile in _ALWAYS_LISTENING else "CLASS_A",
        )
        for application, profile, name, eui in columns.iter_rows()
    ]


_ALWAYS_LISTENING = ("volc2180", "uc511", "emu-professional")
