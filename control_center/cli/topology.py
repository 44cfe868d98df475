"""``reverbere topology``: how well the wiring is known, where it is dirty, what events teach."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from control_center.cli.common import open_database, say, say_json
from control_center.learning import learn_wiring
from control_center.wiring import check, declare, judged
from twin.errors import Refused
from twin.store.city import CityReader

app = typer.Typer(
    help="How well the wiring is known, where it is dirty, what events teach.",
    no_args_is_help=True,
)

DIRTY = 3
"""Exit code of ``check`` where the topology is dirty; 0 where it is clean."""

_RUNGS = {
    0: "L0  the register names the feeder",
    1: "L1  cables lead there",
    2: "L2  the register names the cabinet",
    3: "L3  inferred from positions and streets",
    4: "L4  learnt from events",
    None: "not known",
}
_DEFECTS = {
    "unknown_parent": "names a parent that nothing is called",
    "cycle": "supply that leads back to itself",
    "two_parents": "feeder of one cabinet, another cabinet named",
    "far": "kilometres from its own cabinet",
    "orphan": "nothing known feeds it",
    "dangling_end": "cable end that meets nothing",
    "loop": "cable on a loop",
    "dual_feed": "fed from several cabinets",
    "island": "cable that no cabinet feeds",
    "contradicted": "register and cables disagree",
    "disproved": "moves with the lights of another cabinet",
}
_EXAMPLES = 3
_MOST_SAID = 20

TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the territory; by default the one that is open.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


@app.command("check")
def check_command(
    *,
    territory: TerritoryOption = None,
    hide: Annotated[
        bool,
        typer.Option("--hide", help="Also hide the cabinets that are known, infer them, compare."),
    ] = False,
    share: Annotated[
        float, typer.Option(min=0.01, max=1, help="With --hide: share of lights to hide.")
    ] = 1.0,
    details: Annotated[bool, typer.Option("--details", help="List every defect.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how the supply of each light is known, and where the topology is dirty.

    Exit code 0: clean. 3: something is dirty. 1: it could not be looked at.
    """
    with open_database(territory, name="reverbere topology") as database:
        found = check(database)
        if hide:
            found["hidden"] = judged(database, share)
    if as_json:
        say_json(found)
    else:
        _print(found, details=details)
    raise typer.Exit(DIRTY if found["defects"] else 0)


@app.command("learn")
def learn_command(
    *,
    territory: TerritoryOption = None,
    days: Annotated[int, typer.Option(min=1, help="How many days of reports to read.")] = 30,
    silence: Annotated[
        bool,
        typer.Option(
            "--silence",
            help="Take long silence as supply lost: where lights and meters live on the mains, "
            "and several gateways hear them.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it, write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Learn from what drops and returns together which cabinet and feeder feed a light.

    Links are written with the source "learnt", rung L4 and their probability; what the register, a
    plan or a person says is never replaced: where events disprove it, that is said, and shown by
    `reverbere topology check`. A second run on the same reports changes nothing.
    """
    with open_database(territory, name="reverbere topology") as database:
        clock = CityReader(database).clock()
        span = timedelta(days=days)
        found = learn_wiring(database, clock.now(), span, silence=silence, dry_run=dry_run)
    if as_json:
        say_json(asdict(found))
        return
    say(f"{found.lights:,} lights and cabinets reported, {found.moved:,} of them moved with others")
    say(f"{found.learnt:,} links learnt ({found.added:,} new, {found.closed:,} closed)")
    if found.feeders:
        say(f"{found.feeders:,} of them tell the feeder of a light whose cabinet alone was known")
    for line in found.disproved[:_MOST_SAID]:
        say(f"register disproved: {line}")
    if len(found.disproved) > _MOST_SAID:
        say(f"… and {len(found.disproved) - _MOST_SAID:,} more")


@app.command("link")
def link_command(
    child: Annotated[str, typer.Argument(help="What is fed, as KIND:CODE, e.g. streetlight:L-12.")],
    parent: Annotated[str, typer.Argument(help="What feeds it, e.g. feeder:A-112-D1.")],
    *,
    person: Annotated[str, typer.Option(help="Who says so; kept in the journal.")],
    territory: TerritoryOption = None,
) -> None:
    """Say by hand what feeds a thing; it holds against files, plans and events.

    What was known before is closed, not lost, and the next assessment goes by the new link.
    """
    below, above = _thing(child), _thing(parent)
    with open_database(territory, name="reverbere topology") as database:
        at = CityReader(database).clock().now()
        declare(database, below, above, person=person, at=at)
    say(f"{child} is fed by {parent}")


def _thing(word: str) -> tuple[str, str]:
    kind, colon, code = word.partition(":")
    if not colon or not code:
        raise Refused("thing", f"{word!r} names no thing: KIND:CODE is expected")
    return kind, code


def _print(found: Mapping[str, Any], *, details: bool) -> None:
    console = Console(highlight=False)
    console.print(f"\n[bold]Topology of {found['territory']}")
    console.print(_known(found))
    if found["defects"]:
        console.print(_dirty(found))
    else:
        console.print("Nothing is dirty.")
    if details:
        for row in found["defects"]:
            for item in row["items"]:
                console.print(f"{row['kind']} {item['code']}: {item['detail']}", markup=False)
    if "hidden" in found:
        _print_hidden(console, found["hidden"])


def _known(found: Mapping[str, Any]) -> Table:
    table = _table("How supply is known")
    table.add_column("What")
    table.add_column("How")
    for name in ("Things", "Share", "Mean confidence"):
        table.add_column(name, justify="right")
    for row in found["known"]:
        sure = "" if row["confidence"] is None else f"{row['confidence']:.0%}"
        source = row["kind"] == "cabinet" and row["rung"] is None
        how = "a source, as far as is known" if source else _RUNGS[row["rung"]]
        table.add_row(row["kind"], how, f"{row['things']:,}", f"{row['share']:.1%}", sure)
    return table


def _dirty(found: Mapping[str, Any]) -> Table:
    table = _table("Topology dirty here")
    table.add_column("Things", justify="right")
    table.add_column("What")
    table.add_column("Defect")
    table.add_column("Where", overflow="fold")
    for row in found["defects"]:
        shown = ", ".join(item["detail"] for item in row["items"][:_EXAMPLES])
        more = " …" if row["things"] > _EXAMPLES else ""
        words = _DEFECTS.get(row["defect"], row["defect"])
        table.add_row(f"{row['things']:,}", row["kind"], words, shown + more)
    return table


def _print_hidden(console: Console, hidden: Mapping[str, Any]) -> None:
    if not hidden["lights"]:
        console.print("No light has a cabinet that could be hidden.")
        return
    console.print(
        f"\n[bold]{hidden['lights']:,} lights whose cabinet is known, hidden and inferred"
    )
    table = _table()
    table.add_column("Guess")
    for name in ("Right", "Among candidates", "Calibration error", "Brier score"):
        table.add_column(name, justify="right")
    table.add_row("the nearest cabinet", f"{hidden['nearest_right']:.1%}")
    for name in ("as_shipped", "held_out"):
        row = hidden[name]
        table.add_row(
            {"as_shipped": "weights as shipped", "held_out": "fitted on the other half"}[name],
            f"{row['right']:.1%}",
            f"{row['among']:.1%}",
            f"{row['calibration_error']:.3f}",
            f"{row['brier']:.3f}",
        )
    console.print(table)
    reliability = _table("What was said, and what was right (fitted on the other half)")
    for name in ("Said between", "Statements", "Said", "Right"):
        reliability.add_column(name, justify="right")
    for row in hidden["held_out"]["table"]:
        reliability.add_row(
            f"{row['low']:.0%} and {row['high']:.0%}",
            f"{row['count']:,}",
            f"{row['said']:.1%}",
            f"{row['right']:.1%}",
        )
    console.print(reliability)


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
