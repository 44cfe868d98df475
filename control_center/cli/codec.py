"""``reverbere codec``: what reads the devices, and whether it reads them right."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from control_center.cli.common import open_database, say, say_json
from control_center.cli.instants import instant_of
from control_center.cli.ledger_tables import table
from ingest.codecs import CODECS
from ingest.codecs.profiles import Profile, profile_key, profiles, read_profiles
from ingest.codecs.runner import Version, version_of_profile
from ingest.encoding import encode
from ingest.networks.identifiers import eui
from ingest.scripts.examples import Verdict, check, examples_beside, read_examples
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import read_script
from ingest.scripts.wire import Fate, Loaded
from ingest.settings import IngestSettings
from twin.clock import SystemClock
from twin.errors import NotFound, Refused, ServiceError, StoreError
from twin.store import codecs as store
from twin.store.ledger import END

app = typer.Typer(
    help="What reads the devices: list, test, history, order, release.", no_args_is_help=True
)

TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the territory; by default the one that is open.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
_OFFERS = {
    "u": "decodeUplink",
    "n": "normalizeUplink",
    "e": "encodeDownlink",
    "d": "decodeDownlink",
}


@app.command("test")
def check_codec(
    file: Annotated[Path, typer.Argument(help="The codec, in JavaScript.")],
    examples: Annotated[
        list[Path] | None,
        typer.Option(help="Files with examples; by default those that lie beside it."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Run the examples beside a codec, as ingest would: in a process that may do nothing.

    Exit code 1 where one fails, or there is none.
    """
    script = read_script(file)
    files = examples or examples_beside(file)
    found = [example for path in files for example in read_examples(path, file.name)]
    with ScriptPool(1) as pool:
        loaded = pool.load(script)
        if loaded.fate is not Fate.ANSWERED:
            raise Refused("no_codec", f"{file}: {loaded.text.decode(errors='replace')}")
        verdicts = check(script, found, pool)
        quarantined = pool.quarantined.get(script.key)
    if as_json:
        say_json(
            {
                "codec": file.name,
                "version": script.version,
                "offers": _offers(loaded),
                "quarantined": quarantined.reason if quarantined else None,
                "examples": [_verdict_document(verdict) for verdict in verdicts],
            }
        )
    else:
        say(f"{file.name}@{script.version} offers {', '.join(_offers(loaded))}")
        say(_report(verdicts, files))
    if not verdicts or any(verdict.differences for verdict in verdicts):
        raise typer.Exit(1)


def _offers(loaded: Loaded) -> list[str]:
    return [name for letter, name in _OFFERS.items() if letter in loaded.abilities]


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {
        "function": verdict.example.function,
        "description": verdict.example.title,
        "passed": not verdict.differences,
        "differences": verdict.differences,
    }


def _report(verdicts: list[Verdict], files: list[Path]) -> str:
    if not verdicts:
        looked = ", ".join(path.name for path in files) or "no file of its name, no examples.json"
        return f"no examples to run ({looked})"
    lines = []
    for verdict in verdicts:
        mark = "FAIL" if verdict.differences else "ok"
        lines.append(f"{mark:4}  {verdict.example.function:14}  {verdict.example.title}")
        lines += [f"{'':22}{difference}" for difference in verdict.differences]
    failed = sum(bool(verdict.differences) for verdict in verdicts)
    lines.append(f"{len(verdicts) - failed} of {len(verdicts)} examples pass")
    return "\n".join(lines)


@app.command("list")
def list_codecs(territory: TerritoryOption = None, *, as_json: JsonOption = False) -> None:
    """List the codecs: ours, the territory's own, and those that older values were made with."""
    known = _profiles()
    users: dict[Version, list[str]] = {
        Version(codec.name, codec.version): [] for codec in CODECS.values()
    }
    for profile in known.values():
        if profile.codec:
            users.setdefault(version_of_profile(profile), []).append(profile.name)
    facts: dict[Version, store.CodecFacts] = {}
    try:
        with open_database(territory, name="reverbere codec") as database:
            facts = {Version(f.name, f.version): f for f in store.known_codecs(database)}
    except (StoreError, ServiceError) as error:
        if not as_json:
            say(f"without what the store knows: {error.sentence}\n")
    rows = [_row(version, users, facts.get(version)) for version in sorted({*users, *facts})]
    if as_json:
        say_json(rows)
    else:
        head = ("codec", "version", "written in", "state", "profiles")
        say(table(head, [[*list(row.values())[:4], ", ".join(row["profiles"])] for row in rows]))


def _row(
    version: Version, users: dict[Version, list[str]], facts: store.CodecFacts | None
) -> dict[str, Any]:
    native = version.name in CODECS
    if facts and facts.reason:
        since = f"{facts.since:%Y-%m-%d %H:%M}Z" if facts.since else ""
        state = f"in quarantine since {since}: {facts.reason}"
    elif version in users:
        state = "in use" if users[version] else "no profile names it"
    else:
        state = "made older values"
    return {
        "codec": version.name,
        "version": version.version,
        "written_in": "ours" if native else "JavaScript",
        "state": state,
        "profiles": sorted(users.get(version, [])),
    }


@app.command()
def order(
    profile: Annotated[str, typer.Argument(help="The device's profile.")],
    verb: Annotated[str, typer.Argument(help="open_valve, close_valve, dim, switch_on…")],
    parameters: Annotated[
        list[str] | None, typer.Argument(help="duration_s=600 valve=1, level=40…")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write an order as it would go down, and what the device would read in it; nothing is sent."""
    known, name = _profiles(), profile_key(profile)
    if name not in known:
        raise NotFound("profile", profile)
    told = dict(_parameter(text) for text in parameters or [])
    written = encode(known[name], verb, told)
    if as_json:
        say_json(
            {
                "f_port": written.f_port,
                "payload": written.payload.hex(),
                "read_back": dict(written.read_back),
            }
        )
        return
    say(f"port {written.f_port}, {written.payload.hex()}")
    say("reads as " + ", ".join(f"{name}: {value}" for name, value in written.read_back.items()))


def _parameter(text: str) -> tuple[str, float | int | str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Refused("parameter", f"a parameter is written name=value, not {text!r}")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


@app.command()
def release(
    name: Annotated[str, typer.Argument(help="The codec's file name, as `codec list` shows it.")],
    territory: TerritoryOption = None,
) -> None:
    """Let a codec out of quarantine; an ingest that runs takes it up with its next message."""
    with open_database(territory, name="reverbere codec") as database:
        count = store.release(database, name)
    if not count:
        raise NotFound("codec in quarantine", name)
    say(f"{name} runs again; `reverbere decode --again` reads what came meanwhile")


@app.command()
def history(
    dev_eui: Annotated[str, typer.Argument(help="The device.")],
    territory: TerritoryOption = None,
    since: Annotated[
        str, typer.Option(help="Only since then: 30min, 2h, 7d, or 2026-11-19T18:00Z.")
    ] = "7d",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Rows at most.")] = 200,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show which codec made each value of a device, those that no longer hold too."""
    clock = SystemClock()
    with open_database(territory, name="reverbere codec") as database:
        start = instant_of(since, clock, "since")
        end = min(clock.now() + timedelta(days=1), END)
        values = store.history(database, eui(dev_eui) or dev_eui.lower(), start, end, limit=limit)
    if as_json:
        say_json([value._asdict() for value in values])
        return
    if not values:
        say(f"no value since {start:%Y-%m-%d %H:%M}Z; --since 2023-01-01T00:00Z looks further back")
        return
    head = ("measured", "property", "channel", "value", "unit", "codec", "superseded")
    say(table(head, [_value_row(value) for value in values]))


def _value_row(value: store.ValueMade) -> list[Any]:
    gone = f"{value.superseded_at:%Y-%m-%d %H:%M:%S}Z" if value.superseded_at else ""
    return [
        f"{value.measured_at:%Y-%m-%d %H:%M:%S}Z",
        value.property,
        value.channel,
        round(value.value, 6),
        value.unit,
        value.codec or "not from a codec",
        gone,
    ]


def _profiles() -> dict[str, Profile]:
    own = IngestSettings().profiles
    return read_profiles(own) if own else dict(profiles())
