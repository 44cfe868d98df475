"""What the store knows of telemetry: newest values, history, ledger, quarantine, one device.

Writing is ``twin.store.telemetry_writer``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
from psycopg.rows import dict_row

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT: Final = pl.Datetime("us", "UTC")

LATEST: Final = pl.Schema(
    {
        "datastream_id": pl.Int32(),
        "asset_id": pl.Int64(),
        "dev_eui": pl.String(),
        "property": pl.String(),
        "channel": pl.Int16(),
        "measured_at": _INSTANT,
        "value": pl.Float64(),
        "quality": pl.Int16(),
        "received_at": _INSTANT,
        "batch": pl.Int64(),
    }
)
OBSERVATIONS: Final = pl.Schema(
    {"measured_at": _INSTANT, "value": pl.Float64(), "quality": pl.Int16()}
)
HISTORY: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "property": pl.String(),
        "channel": pl.Int16(),
        **OBSERVATIONS,
    }
)
STREAMS: Final = pl.Schema(
    {
        "property": pl.String(),
        "channel": pl.Int16(),
        "unit": pl.String(),
        "dev_eui": pl.String(),
        **OBSERVATIONS,
    }
)
LEDGER: Final = pl.Schema(
    {
        "source": pl.String(),
        "minute": _INSTANT,
        "outcome": pl.String(),
        "reason": pl.String(),
        "count": pl.Int64(),
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

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ID: Final = (1 << 63) - 1


class TelemetryReader:
    """Questions about telemetry; every answer is one short transaction.

    Parameters
    ----------
    database : Database
        The territory's store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, properties: Sequence[str], since_batch: int | None = None) -> pl.DataFrame:
        """Return the newest value of each datastream of these properties.

        Parameters
        ----------
        properties : sequence of str
            Codes of ``twin.model.properties``.
        since_batch : int, optional
            Only what was written by later batches.

        Returns
        -------
        DataFrame
            Schema ``LATEST``, sorted by datastream; ``asset_id`` null for a device that is not
            attached, ``value`` in the property's unit, ``quality`` 0 when good.
        """
        since = -1 if since_batch is None else since_batch
        return self._frame("latest", LATEST, {"properties": list(properties), "since_batch": since})

    def observations(
        self, asset_id: int, code: str, start: datetime, end: datetime, *, channel: int = 0
    ) -> pl.DataFrame:
        """Return one property of one asset in ``[start, end)``; schema ``OBSERVATIONS``."""
        return self._frame(
            "observations",
            OBSERVATIONS,
            {
                "asset_id": asset_id,
                "property": code,
                "channel": channel,
                "start": start,
                "end": end,
            },
        )

    def history(
        self,
        properties: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        asset_ids: Sequence[int] | None = None,
    ) -> pl.DataFrame:
        """Return properties of many assets in ``[start, end)``; schema ``HISTORY``.

        ``asset_ids`` None means every asset. Sorted by asset, property, channel, instant.
        """
        return self._frame(
            "history",
            HISTORY,
            {
                "properties": list(properties),
                "asset_ids": None if asset_ids is None else list(asset_ids),
                "start": start,
                "end": end,
            },
        )

    def streams(self, asset_id: int) -> pl.DataFrame:
        """Return what is measured at an asset, with its newest value; schema ``STREAMS``."""
        return self._frame("streams", STREAMS, {"asset_id": asset_id})

    def ledger(self, start: datetime = _BEGINNING, end: datetime = _END) -> pl.DataFrame:
        """Return the ledger's rows of the minutes in ``[start, end)``; schema ``LEDGER``."""
        return self._frame("ledger", LEDGER, {"start": start, "end": end})

    def ledger_totals(self, start: datetime = _BEGINNING, end: datetime = _END) -> pl.DataFrame:
        """Return the ledger summed over ``[start, end)``; schema ``LEDGER`` without the minute."""
        schema = pl.Schema({name: dtype for name, dtype in LEDGER.items() if name != "minute"})
        return self._frame("ledger_totals", schema, {"start": start, "end": end})

    def rejected(self, limit: int = 100, before: int | None = None) -> pl.DataFrame:
        """Return rejected messages, newest first; schema ``REJECTED``.

        Parameters
        ----------
        limit : int
            Rows at most.
        before : int, optional
            Only rows whose ``id`` is smaller: the page after.
        """
        last = _LAST_ID if before is None else before
        return self._frame("rejected", REJECTED, {"limit": limit, "before": last})

    def device_report(self, dev_eui: str, *, frames: int = 20) -> dict[str, Any]:
        """Answer "where are my messages?" for one device.

        Returns
        -------
        dict
            ``device`` (register and counters), ``loss`` (share of frames never received in this
            epoch, 0 to 1; None before the second frame), ``frames`` (newest first, with their
            times, receptions and codec), ``values`` and ``events``.

        Raises
        ------
        NotFound
            No device has that identifier.
        """
        with self._database.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)

            def rows(name: str) -> list[dict[str, Any]]:
                asked = {"dev_eui": dev_eui, "limit": frames}
                return cursor.execute(statement(f"telemetry/{name}"), asked).fetchall()

            found = rows("device")
            if not found:
                raise NotFound("device", dev_eui)
            return {
                "device": found[0],
                "loss": _loss(found[0]),
                "frames": rows("device_frames"),
                "values": rows("device_streams"),
                "events": rows("device_events"),
            }

    def worker_status(self) -> list[dict[str, Any]]:
        """Return what each ingest worker last said of itself: ``worker``, ``at``, ``status``."""
        with self._database.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(statement("telemetry/worker_status")).fetchall()

    def _frame(self, name: str, schema: pl.Schema, asked: dict[str, object]) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"telemetry/{name}", schema, asked)


def _loss(device: dict[str, Any]) -> float | None:
    """1 − received / expected of the running epoch, from the counters alone."""
    if device["f_cnt"] is None or device["f_cnt"] <= device["first_f_cnt"]:
        return None
    expected = int(device["f_cnt"]) - int(device["first_f_cnt"]) + 1
    return max(0.0, 1.0 - int(device["received"]) / expected)
