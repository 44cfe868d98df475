"""What the store knows of telemetry: newest values and history.

Writing is ``twin.store.telemetry_writer``; where messages went, ``twin.store.ledger``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl
from psycopg.rows import dict_row

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

    def worker_status(self) -> list[dict[str, Any]]:
        """Return what each ingest worker last said of itself: ``worker``, ``at``, ``status``."""
        with self._database.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(statement("telemetry/worker_status")).fetchall()

    def _frame(self, name: str, schema: pl.Schema, asked: dict[str, object]) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"telemetry/{name}", schema, asked)
