"""``reverbere ledger``: where every message went, and the quarantine."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import polars as pl
import typer

from control_center.cli.common import open_database, say, say_json
from control_center.cli.instants import instant_of
from control_center.cli.ledger_tables import (
    balance_table,
    device_page,
    minutes_table,
    outcomes_table,
    rejected_table,
    unmapped_table,
)
from control_center.deliveries import deliveries_of
from ingest.again import Report, take_again
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from twin.clock import Clock, SystemClock
from twin.errors import NoTerritory
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.doubles import doubles
from twin.store.ledger import BEGINNING, LedgerReader
from twin.store.unmapped import unmapped_names

app = typer.Typer(
    help="Where every message went: balance, quarantine, one device.", no_args_is_help=False
)

TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the territory; by default the one that is open.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
ReasonOption = Annotated[str | None, typer.Option(help="Only those rejected for this reason.")]
SourceOption = Annotated[str | None, typer.Option(help="Only those of this source.")]


@app.callback(invoke_without_command=True)
def balance(
    context: typer.Context,
    territory: TerritoryOption = None,
    since: Annotated[
        str | None, typer.Option(help="Only since then: 30min, 2h, 7d, or 2026-11-19T18:00Z.")
    ] = None,
    *,
    minutes: Annotated[bool, typer.Option("--minutes", help="Minute by minute.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show, for each source, what was received and how it ended; the two are equal.

    Exit code 3 where they are not.
    """
    if context.invoked_subcommand is not None:
        return
    with open_database(territory, name="reverbere ledger") as database:
        start = BEGINNING if since is None else instant_of(since, _clock(database), "since")
        reader = LedgerReader(database)
        balances, totals = reader.balance(start), reader.totals(start)
        rows = reader.minutes(start) if minutes else None
        with database.connection() as connection:
            doubled = doubles(connection)
    if as_json:
        say_json(_balance_document(balances, totals, rows))
    else:
        parts = [balance_table(balances), outcomes_table(totals)]
        say("\n\n".join(parts if rows is None else [*parts, minutes_table(rows)]))
        for one in doubled:
            say(f"two devices answer to {one.dev_eui}: reverbere ledger device {one.dev_eui}")
    if any(balances["difference"]):
        raise typer.Exit(3)


def _balance_document(
    balances: pl.DataFrame, totals: pl.DataFrame, minutes: pl.DataFrame | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "balances": not any(balances["difference"]),
        "sources": balances.to_dicts(),
        "outcomes": totals.to_dicts(),
    }
    return document if minutes is None else document | {"minutes": minutes.to_dicts()}


@app.command()
def rejected(
    territory: TerritoryOption = None,
    reason: ReasonOption = None,
    source: SourceOption = None,
    device: Annotated[str | None, typer.Option(help="Only topics that name this device.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 50,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the messages in the quarantine, newest first, with their bytes and their reason."""
    with open_database(territory, name="reverbere ledger") as database:
        reader = LedgerReader(database)
        about = None if device is None else device.lower()
        rows = reader.rejected(limit, reason=reason, source=source, about=about)
        reasons = reader.reasons()
    if as_json:
        hexadecimal = rows.with_columns(pl.col("raw").bin.encode("hex"))
        say_json({"reasons": reasons.to_dicts(), "rejected": hexadecimal.to_dicts()})
    else:
        say(rejected_table(rows, reasons))


@app.command()
def again(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Numbers that `ledger rejected` shows; default: all.")
    ] = None,
    territory: TerritoryOption = None,
    reason: ReasonOption = None,
    source: SourceOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take rejected messages again, after a fix: a mapping, a profile, a codec, a new version.

    What can be read now is stored with its own times and leaves the quarantine; the rest stays.
    Doing it twice changes nothing more. Workers that run wait meanwhile.
    """
    with open_database(territory, name="reverbere ledger") as database:
        pipeline = Pipeline(database, IngestSettings())
        try:
            report = take_again(database, pipeline, ids=numbers, reason=reason, source=source)
        finally:
            pipeline.close()
        difference = sum(LedgerReader(database).balance()["difference"].to_list())
    if as_json:
        say_json(_again_document(report, difference))
        return
    say(_again_sentence(report))
    say("the ledger balances" if not difference else f"THE LEDGER IS {difference} OUT OF BALANCE")


def _again_document(report: Report, difference: int) -> dict[str, Any]:
    outcomes = [
        {"outcome": str(outcome), "reason": why, "messages": count}
        for (outcome, why), count in sorted(report.outcomes.items())
    ]
    return {"outcomes": outcomes, "cut": report.cut, "difference": difference}


def _again_sentence(report: Report) -> str:
    lines = [
        f"{count:>9}  {outcome} {why}".rstrip()
        for (outcome, why), count in sorted(report.outcomes.items())
    ]
    tried = report.outcomes.total()
    lines.append(f"{report.taken} of {tried} taken, {tried - report.taken} stay in the quarantine")
    if report.cut:
        lines.append(f"{report.cut} not tried: they were too large to be kept whole")
    return "\n".join(lines)


@app.command()
def unmapped(
    territory: TerritoryOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 200,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the values that became no reading, and why: what a profile still needs a line for."""
    with (
        open_database(territory, name="reverbere ledger") as database,
        database.connection() as connection,
    ):
        names = unmapped_names(connection, limit=limit)
    if as_json:
        say_json([name._asdict() for name in names])
    else:
        say(unmapped_table(names))


@app.command()
def device(
    dev_eui: Annotated[str, typer.Argument(help="Its identifier, however it is spelt.")],
    territory: TerritoryOption = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far back counters are read.")] = 7,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show where one device's messages are: frames, times, gateways, losses, rejections."""
    with open_database(territory, name="reverbere ledger") as database:
        now = _clock(database).now()
        found = deliveries_of(database, dev_eui, now, timedelta(days=days))
    if as_json:
        say_json(
            {
                "device": found.device,
                "double": found.double,
                "loss": found.loss,
                "frames": [asdict(frame) for frame in found.frames],
                "readings": found.readings,
                "epochs": found.epochs.to_dicts(),
                "gaps": found.gaps.to_dicts(),
                "rejected": found.rejected.drop("raw").to_dicts(),
            }
        )
    else:
        say(device_page(found))


def _clock(database: Database) -> Clock:
    try:
        return CityReader(database).clock()
    except NoTerritory:
        return SystemClock()
