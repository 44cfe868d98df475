"""Where messages went: the ledger, the quarantine, and what a device's counter says of losses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
from psycopg.rows import dict_row

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT: Final = pl.Datetime("us", "UTC")

LEDGER: Final = pl.Schema(
    {
        "source": pl.String(),
        "minute": _INSTANT,
        "outcome": pl.String(),
        "reason": pl.String(),
        "count": pl.Int64(),
    }
)
BALANCE: Final = pl.Schema(
    {
        "source": pl.String(),
        "received": pl.Int64(),
        "stored": pl.Int64(),
        "merged": pl.Int64(),
        "rejected": pl.Int64(),
        "ignored": pl.Int64(),
        "difference": pl.Int64(),
        "last_minute": _INSTANT,
    }
)
REJECTED: Final = pl.Schema(
    {
        "id": pl.Int64(),
        "source": pl.String(),
        "topic": pl.String(),
        "reason": pl.String(),
        "detail": pl.String(),
        "raw": pl.Binary(),
        "raw_bytes": pl.Int32(),
        "received_at": _INSTANT,
        "times": pl.Int32(),
    }
)
REASONS: Final = pl.Schema(
    {
        "source": pl.String(),
        "reason": pl.String(),
        "different": pl.Int64(),
        "messages": pl.Int64(),
        "first_at": _INSTANT,
        "last_at": _INSTANT,
    }
)
EPOCHS: Final = pl.Schema(
    {
        "epoch": pl.Int32(),
        "session": pl.String(),
        "first_f_cnt": pl.Int64(),
        "last_f_cnt": pl.Int64(),
        "received": pl.Int64(),
        "first_at": _INSTANT,
        "last_at": _INSTANT,
    }
)
GAPS: Final = pl.Schema(
    {
        "epoch": pl.Int32(),
        "first_f_cnt": pl.Int64(),
        "last_f_cnt": pl.Int64(),
        "missing": pl.Int64(),
        "heard_before": _INSTANT,
        "heard_after": _INSTANT,
    }
)
STRANGERS: Final = pl.Schema(
    {
        "dev_eui": pl.String(),
        "network": pl.String(),
        "name": pl.String(),
        "profile": pl.String(),
        "first_seen": _INSTANT,
        "last_seen": _INSTANT,
    }
)

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ID: Final = (1 << 63) - 1


class LedgerReader:
    """Questions about messages rather than about what they measured.

    Parameters
    ----------
    database : Database
        The territory's store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def balance(self, start: datetime = BEGINNING, end: datetime = END) -> pl.DataFrame:
        """Return what became of each source's messages of the minutes in ``[start, end)``.

        Returns
        -------
        DataFrame
            Schema ``BALANCE``. ``difference`` sums |received − (stored + merged + rejected +
            ignored)| over the minutes: 0 in a store that nobody else writes to.
        """
        return self._frame("ledger_balance", BALANCE, {"start": start, "end": end})

    def minutes(self, start: datetime = BEGINNING, end: datetime = END) -> pl.DataFrame:
        """Return the ledger's rows of the minutes in ``[start, end)``; schema ``LEDGER``."""
        return self._frame("ledger", LEDGER, {"start": start, "end": end})

    def totals(self, start: datetime = BEGINNING, end: datetime = END) -> pl.DataFrame:
        """Return the ledger summed over ``[start, end)``; schema ``LEDGER`` without the minute."""
        schema = pl.Schema({name: dtype for name, dtype in LEDGER.items() if name != "minute"})
        return self._frame("ledger_totals", schema, {"start": start, "end": end})

    def rejected(
        self,
        limit: int = 100,
        before: int | None = None,
        *,
        reason: str | None = None,
        source: str | None = None,
        about: str | None = None,
    ) -> pl.DataFrame:
        """Return rejected messages, newest first; schema ``REJECTED``.

        Parameters
        ----------
        limit : int
            Rows at most.
        before : int, optional
            Only rows whose ``id`` is smaller: the page after.
        reason, source : str, optional
            Only those.
        about : str, optional
            Only messages whose topic holds this text, in lower case: a device's identifier.
        """
        asked = {
            "limit": limit,
            "before": _LAST_ID if before is None else before,
            "reason": reason,
            "source": source,
            "about": about,
        }
        return self._frame("rejected", REJECTED, asked)

    def reasons(self) -> pl.DataFrame:
        """Return what waits in the quarantine, by source and reason; schema ``REASONS``."""
        with self._database.connection() as connection:
            return read_frame(connection, "quarantine/reasons", REASONS)

    def strangers(self, limit: int = 100) -> pl.DataFrame:
        """Return devices that nobody registered, the last heard first; schema ``STRANGERS``."""
        return self._frame("unknown_devices", STRANGERS, {"limit": limit})

    def find(self, wanted: str) -> str | None:
        """Return the device that somebody means by an identifier, a name or a thing's code."""
        with self._database.connection() as connection:
            row = connection.execute(
                statement("telemetry/find_device"), {"wanted": wanted.lower()}
            ).fetchone()
        return None if row is None else str(row[0])

    def epochs(self, dev_eui: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return how many of a device's frames came in ``[start, end)``, epoch by epoch.

        Returns
        -------
        DataFrame
            Schema ``EPOCHS``, newest first, with ``expected`` = last − first + 1 and ``per``, the
            packet error rate 1 − received / expected, 0 to 1.
        """
        asked = {"dev_eui": dev_eui, "start": start, "end": end}
        expected = pl.col("last_f_cnt") - pl.col("first_f_cnt") + 1
        return self._frame("device_epochs", EPOCHS, asked).with_columns(
            expected=expected, per=1.0 - pl.col("received") / expected
        )

    def gaps(
        self, dev_eui: str, start: datetime, end: datetime, *, limit: int = 50
    ) -> pl.DataFrame:
        """Return the counts that never came in ``[start, end)``, newest first; schema ``GAPS``."""
        asked = {"dev_eui": dev_eui, "start": start, "end": end, "limit": limit}
        return self._frame("device_gaps", GAPS, asked)

    def device(self, dev_eui: str, *, frames: int = 20) -> dict[str, Any]:
        """Answer "where are my messages?" for one device.

        Returns
        -------
        dict
            ``device`` (register and counters), ``frames`` (newest first, with their times,
            receptions and codec), ``readings`` (of the newest frame), ``values`` (the newest of
            each property) and ``events``.

        Raises
        ------
        NotFound
            No device has that identifier.
        """
        with self._database.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)

            def rows(name: str, at: datetime = BEGINNING) -> list[dict[str, Any]]:
                asked = {"dev_eui": dev_eui, "limit": frames, "at": at}
                return cursor.execute(statement(f"telemetry/{name}"), asked).fetchall()

            found = rows("device")
            if not found:
                raise NotFound("device", dev_eui)
            newest = rows("device_frames")
            return {
                "device": found[0],
                "frames": newest,
                "readings": rows("device_readings", newest[0]["event_at"]) if newest else [],
                "values": rows("device_streams"),
                "events": rows("device_events"),
            }

    def _frame(self, name: str, schema: pl.Schema, asked: Mapping[str, object]) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"telemetry/{name}", schema, asked)
