"""Frames that the store already has, for the few uplinks that may be copies or out of order."""

from collections.abc import Mapping, Sequence

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from ingest.copies import Frame
from ingest.networks.instants import datetime_of, micros_of
from ingest.networks.radio import setting
from ingest.networks.records import NO_TIME
from ingest.uplinks import UNCOUNTED
from twin.store.arrays import Instants
from twin.store.sql import statement


def frames_around(
    connection: Connection[TupleRow], since: Mapping[str, int]
) -> dict[str, list[Frame]]:
    """Return devices' stored frames from an instant on, after the one of the week before it.

    Parameters
    ----------
    since : mapping of str to int
        Device → instant. [µs]

    Returns
    -------
    dict of str to list of Frame
        In order of time.
    """
    asked = {
        "dev_euis": list(since),
        "since": Instants(np.array(list(since.values()), np.int64)),
        "earliest": datetime_of(min(since.values())),
        "latest": datetime_of(max(since.values())),
    }
    found: dict[str, list[Frame]] = {name: [] for name in since}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statement("telemetry/frames_around"), asked):
            found[row["dev_eui"]].append(_frame(row))
    return found


def _frame(row: Mapping[str, object]) -> Frame:
    facts = dict(row)
    del facts["dev_eui"]
    network = facts.pop("network")
    decoded = facts.pop("decoded_by_network")
    sent = setting(
        frequency=int(facts.pop("frequency") or 0) * 100.0,  # type: ignore[call-overload] # integer
        bandwidth=facts.pop("bandwidth"),  # type: ignore[arg-type] # smallint or null
        spreading_factor=facts.pop("spreading_factor"),  # type: ignore[arg-type]
        data_rate=facts.pop("data_rate"),  # type: ignore[arg-type]
    )
    instants = {
        name: NO_TIME if facts[name] is None else micros_of(facts[name])  # type: ignore[arg-type] # timestamptz
        for name in ("event_at", "received_at", "gateway_at", "network_at", "application_at")
    }
    frame = Frame(
        **(facts | instants | {"codec_id": facts["codec_id"] or 0}),  # type: ignore[arg-type] # the statement's columns
        network=str(network).encode(),
        radio=sent,
        decoded=decoded,  # type: ignore[arg-type] # bytea or null
        counted=not int(facts["flags"]) & UNCOUNTED,  # type: ignore[call-overload] # smallint
    )
    frame.receptions = tuple(bytes(facts["receptions"]).split(b"\n"))  # type: ignore[call-overload] # bytea
    frame.stored_as = frame.key
    return frame


def last_states(connection: Connection[TupleRow], gateways: Sequence[str]) -> dict[str, int]:
    """Return the copy key of the newest state that the store has of each gateway."""
    with connection.transaction():
        rows = connection.execute(
            statement("telemetry/last_states"), {"subjects": list(gateways)}
        ).fetchall()
    return dict(rows)
