"""The ledger as tables for a terminal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from control_center.deliveries import Deliveries, Delivery
from twin.store.unmapped import UnmappedName

_NUMBERS = (int, float)
_RAW_SHOWN = 32


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Lay out rows in columns: text to the left, numbers to the right.

    Parameters
    ----------
    rows : sequence of sequence
        None is shown as an empty cell.
    """
    written = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(head), *written]) for at in range(len(head))]
    right = [all(isinstance(row[at], _NUMBERS) for row in rows) for at in range(len(head))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in (list(head), *written)
    ]
    return "\n".join(lines)


def balance_table(balances: pl.DataFrame) -> str:
    """Return what each source gave and how it ended, and whether the two are equal."""
    names = ["received", "stored", "merged", "rejected", "ignored", "difference"]
    rows = [[row["source"], *(row[name] for name in names)] for row in balances.to_dicts()]
    rows.append(["all", *(int(balances[name].sum()) for name in names)])
    verdict = (
        "every minute balances: received = stored + merged + rejected + ignored"
        if not any(balances["difference"])
        else "THE LEDGER DOES NOT BALANCE"
    )
    return f"{table(['source', *names], rows)}\n{verdict}"


def outcomes_table(totals: pl.DataFrame) -> str:
    """Return how many messages of each source ended for which reason."""
    ended = totals.filter(pl.col("outcome") != "received")
    rows = [
        [row["source"], row["outcome"], row["reason"], row["count"]] for row in ended.to_dicts()
    ]
    return table(["source", "outcome", "reason", "messages"], rows)


def minutes_table(minutes: pl.DataFrame) -> str:
    """Return the ledger minute by minute, one column an outcome."""
    names = ["received", "stored", "merged", "rejected", "ignored"]
    wide = minutes.group_by("minute", "source").agg(
        pl.col("count").filter(pl.col("outcome") == name).sum().alias(name) for name in names
    )
    rows = [
        [row["minute"], row["source"], *(row[name] for name in names)]
        for row in wide.sort("minute", "source").to_dicts()
    ]
    return table(["minute (UTC)", "source", *names], rows)


def rejected_table(rows: pl.DataFrame, reasons: pl.DataFrame) -> str:
    """Return the quarantine: how many for which reason, then message by message."""
    if reasons.is_empty():
        return "the quarantine is empty"
    summary = table(
        ["source", "reason", "different", "messages", "last (UTC)"],
        [
            [one["source"], one["reason"], one["different"], one["messages"], one["last_at"]]
            for one in reasons.to_dicts()
        ],
    )
    listed = [
        [
            row["id"],
            row["received_at"],
            row["times"],
            row["reason"],
            row["detail"][:60],
            row["topic"],
            _shown(row["raw"], row["raw_bytes"]),
        ]
        for row in rows.to_dicts()
    ]
    head = ["number", "first (UTC)", "times", "reason", "detail", "topic", "bytes"]
    return f"{summary}\n\n{table(head, listed)}"


def unmapped_table(names: Sequence[UnmappedName]) -> str:
    """Return the values that became no reading."""
    if not names:
        return "every value that came has its meaning"
    rows = [
        [
            one.profile,
            one.name,
            one.why,
            f"{one.example} {one.unit}".strip(),
            one.devices,
            one.last_at,
        ]
        for one in names
    ]
    head = ["profile", "name", "why", "example", "devices", "last (UTC)"]
    return table(head, rows)


def device_page(found: Deliveries) -> str:
    """Return all that is known of one device's messages."""
    device = found.device
    parts = [
        f"{device['dev_eui']}  {device['name']}".rstrip()
        + f"\nnetwork {device['network'] or '?'}, profile {device['profile'] or '?'}, "
        + ("registered" if device["registered"] else "NOT REGISTERED"),
        _double(found),
        _frames(found),
        _values(found),
        _losses(found),
    ]
    if not found.rejected.is_empty():
        rows = [
            [row["id"], row["received_at"], row["times"], row["reason"], row["detail"][:60]]
            for row in found.rejected.to_dicts()
        ]
        parts.append("rejected\n" + table(["number", "first (UTC)", "times", "reason", ""], rows))
    return "\n\n".join(part for part in parts if part)


def _frames(found: Deliveries) -> str:
    if not found.frames:
        return "no frame of it was ever stored"
    rows = [
        [
            frame.event_at,
            frame.time_source,
            frame.gateway_at,
            frame.network_at,
            frame.application_at,
            frame.received_at,
            f"{frame.epoch}/{frame.f_cnt}",
            frame.copies,
            " ".join(f"{one.gateway} {one.rssi or '?'}" for one in frame.receptions[:2]),
            _sent(frame),
            frame.codec or " ".join(frame.notes),
        ]
        for frame in found.frames
    ]
    head = ["time (UTC)", "from", "gateway", "network", "application", "our door", "epoch/count"]
    return "frames, newest first\n" + table(
        [*head, "copies", "heard by [dBm]", "sent", "codec"], rows
    )


def _sent(frame: Delivery) -> str:
    radio = frame.radio
    factor = f"SF{radio.spreading_factor}" if radio.spreading_factor else ""
    return f"{factor} {radio.frequency_mhz or ''}".strip()


def _double(found: Deliveries) -> str:
    if found.double is None:
        return ""
    rows = [
        [run.network, run.session, f"{run.first_f_cnt} to {run.last_f_cnt}", run.first_at,
         run.last_at, run.frames]
        for run in found.double.runs
    ]  # fmt: skip
    head = ["network", "session", "counters", "first (UTC)", "last (UTC)", "frames"]
    return (
        "TWO DEVICES ANSWER TO THIS IDENTIFIER: counters alternate as one device's cannot\n"
        + table(head, rows)
    )


def _values(found: Deliveries) -> str:
    rows = [
        [row["property"], row["channel"], row["value"], row["unit"], row["codec"]]
        for row in found.readings
    ]
    head = ["property", "channel", "value", "unit", "codec"]
    return "read out of the newest frame\n" + table(head, rows) if rows else ""


def _losses(found: Deliveries) -> str:
    if found.double is not None:
        return "two devices count at once: what is lost cannot be told"
    if found.epochs.is_empty():
        return "it does not count its frames: what is lost cannot be told"
    rows = [
        [row["epoch"], row["session"], row["received"], row["expected"], f"{row['per']:.1%}"]
        for row in found.epochs.to_dicts()
    ]
    text = f"counters since {_cell(found.start)} UTC\n" + table(
        ["epoch", "session", "received", "expected", "lost"], rows
    )
    gaps = [
        [row["epoch"], row["first_f_cnt"], row["last_f_cnt"], row["missing"], row["heard_before"],
         row["heard_after"]]
        for row in found.gaps.to_dicts()
    ]  # fmt: skip
    head = ["epoch", "from", "to", "missing", "heard before", "heard after"]
    return text + ("\n\ngaps\n" + table(head, gaps) if gaps else "")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _shown(raw: bytes, length: int) -> str:
    """Return the first bytes, as text where they are text."""
    head = raw[:_RAW_SHOWN]
    text = head.decode("ascii", "replace")
    shown = text if text.isprintable() and "�" not in text else head.hex()
    return shown + ("…" if length > _RAW_SHOWN else "")
