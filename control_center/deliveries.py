"""Where the messages of one device are, gathered for the page, the API and the command line."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from ingest.networks.identifiers import eui
from ingest.networks.records import TO_THE_MINUTE, UNTOLD
from ingest.receptions import Reception, receptions_of
from ingest.uplinks import CODEC_FAILED, ENCRYPTED, LATE, NO_CODEC, PARTIAL, RESET, UNCOUNTED
from twin.errors import NotFound
from twin.store.database import Database
from twin.store.doubles import DoubledDevice, doubles
from twin.store.ledger import LedgerReader
from twin.store.unmapped import UnmappedName, unmapped_names

SPAN: Final = timedelta(days=7)
"""How far back counters are looked at where nobody says otherwise."""
FRAMES: Final = 20
REJECTED: Final = 20
UNMAPPED: Final = 50
TIME_SOURCES: Final = ("gateway", "network", "application", "door")
_FLAGS: Final = {
    ENCRYPTED: "encrypted",
    LATE: "late",
    RESET: "reset",
    NO_CODEC: "no_codec",
    CODEC_FAILED: "codec_failed",
    PARTIAL: "partial",
    UNCOUNTED: "uncounted",
    UNTOLD: "untold",
    TO_THE_MINUTE: "to_the_minute",
}


@dataclass(frozen=True, slots=True)
class Transmission:
    """How a frame was sent; null: the network does not say.

    Attributes
    ----------
    frequency_mhz : float | None
        [MHz]
    bandwidth_khz : int | None
        [kHz]
    spreading_factor : int | None
        5 to 12; null also where the modulation has none.
    data_rate : int | None
        Index in the region's table.
    """

    frequency_mhz: float | None
    bandwidth_khz: int | None
    spreading_factor: int | None
    data_rate: int | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frame.

    Attributes
    ----------
    event_at : datetime
        The time that counts, taken from ``time_source``. [UTC]
    gateway_at, network_at, application_at, received_at : datetime | None
        At the gateway, at the network server, at its application server, at our door; null: not
        told. [UTC]
    copies : int
        Deliveries that were merged into it, itself included.
    codec : str | None
        Name and version of what read it; None: nothing did.
    notes : list of str
        ``late``, ``reset``, ``encrypted``, ``no_codec``, ``codec_failed``, ``partial``, ``untold``:
        the network does not tell its payload, ``to_the_minute``: nor its seconds…
    radio : Transmission
        How it was sent.
    """

    event_at: datetime
    gateway_at: datetime | None
    network_at: datetime | None
    application_at: datetime | None
    received_at: datetime
    time_source: str
    session: str
    epoch: int
    f_cnt: int
    f_port: int
    payload: str
    copies: int
    codec: str | None
    notes: list[str]
    receptions: list[Reception]
    radio: Transmission


@dataclass(frozen=True, slots=True)
class Deliveries:
    """All that is known of where a device's messages are.

    Attributes
    ----------
    device : dict
        Register and counters.
    frames : list of Delivery
        Newest first.
    readings : list of dict
        What was read out of the newest frame.
    rejected, epochs, gaps : DataFrame
        See ``twin.store.ledger``.
    unmapped : list of UnmappedName
        What it or its profile sends and nobody has given a meaning.
    double : DoubledDevice | None
        What shows that two devices answer to its identifier; None: nothing does.
    start : datetime
        Since when counters were looked at.
    """

    device: dict[str, Any]
    frames: list[Delivery]
    readings: list[dict[str, Any]]
    values: list[dict[str, Any]]
    events: list[dict[str, Any]]
    rejected: pl.DataFrame
    epochs: pl.DataFrame
    gaps: pl.DataFrame
    unmapped: list[UnmappedName]
    double: DoubledDevice | None
    start: datetime

    @property
    def loss(self) -> float | None:
        """Share of the frames of all these epochs that never came.

        None where nothing counts, and where two devices count at once.
        """
        expected = 0 if self.double else sum(self.epochs["expected"].to_list())
        return self.missing / expected if expected else None

    @property
    def to_the_minute(self) -> bool:
        """Whether the times of all these frames were told without seconds."""
        return bool(self.frames) and all("to_the_minute" in one.notes for one in self.frames)

    @property
    def missing(self) -> int:
        """How many frames never came, as far as counters tell."""
        return sum((self.epochs["expected"] - self.epochs["received"]).to_list())


def deliveries_of(
    database: Database, device: str, now: datetime, span: timedelta = SPAN
) -> Deliveries:
    """Gather what is known of one device's messages.

    Parameters
    ----------
    device : str
        Its identifier, however it is spelt.
    span : timedelta
        How far back counters are looked at; of a device that has long been silent, before its
        last frame.

    Raises
    ------
    NotFound
        No device has that identifier, and nothing rejected speaks of it.
    """
    name = eui(device) or device.strip().lower()
    reader = LedgerReader(database)
    rejected = reader.rejected(REJECTED, about=name)
    try:
        known = reader.device(name, frames=FRAMES)
    except NotFound:
        if rejected.is_empty():
            raise
        known = {"device": _stranger(name), "frames": [], "readings": [], "values": []}
        known["events"] = []
    with database.connection() as connection:
        unmapped = unmapped_names(connection, dev_eui=name, limit=UNMAPPED)
        double = next(iter(doubles(connection, dev_eui=name)), None)
    frames = [_delivery(row) for row in known["frames"]]
    start = min([now, *(frame.event_at for frame in frames[:1])]) - span
    return Deliveries(
        device=known["device"],
        frames=frames,
        readings=known["readings"],
        values=known["values"],
        events=known["events"],
        rejected=rejected,
        epochs=reader.epochs(name, start, now + timedelta(days=1)),
        gaps=reader.gaps(name, start, now + timedelta(days=1)),
        unmapped=unmapped,
        double=double,
        start=start,
    )


def _stranger(name: str) -> dict[str, Any]:
    """Describe a device of which everything was rejected."""
    texts = dict.fromkeys(("network", "name", "profile", "application"), "")
    nothing = dict.fromkeys(("interval_s", "first_seen", "last_seen", "thing_kind", "thing_code"))
    return {"dev_eui": name, "registered": False, **texts, **nothing}


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        event_at=row["event_at"],
        gateway_at=row["gateway_at"],
        network_at=row["network_at"],
        application_at=row["application_at"],
        received_at=row["received_at"],
        time_source=TIME_SOURCES[row["time_source"]],
        session=row["session"],
        epoch=row["epoch"],
        f_cnt=row["f_cnt"],
        f_port=row["f_port"],
        payload=bytes(row["payload"]).hex(),
        copies=row["copies"],
        codec=row["codec"],
        notes=[word for bit, word in _FLAGS.items() if row["flags"] & bit],
        receptions=receptions_of(bytes(row["receptions"])),
        radio=Transmission(
            frequency_mhz=None if row["frequency"] is None else row["frequency"] / 10_000,
            bandwidth_khz=row["bandwidth"],
            spreading_factor=row["spreading_factor"],
            data_rate=row["data_rate"],
        ),
    )
