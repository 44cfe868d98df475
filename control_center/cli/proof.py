"""``reverbere proof``: fetch the proof of an incident, or check one that somebody holds."""

import hashlib
import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from control_center.cli.common import open_database, say, say_error
from control_center.moments import Moments
from control_center.pages.street_view import next_quarter, switch_on_after, telephone
from control_center.sentences.document import read_proof
from control_center.sentences.lengths import tell
from control_center.sentences.speaker import Moment, Speaker
from control_center.texts import LANGUAGES, texts
from twin.errors import Refused
from twin.incidents.proof_check import check
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.proof_facts import Checked, check_facts, contradictions

CHECK = "check"


def command(
    what: Annotated[
        str, typer.Argument(help="Code of an incident, e.g. I-2026-0012; or the word: check.")
    ],
    file: Annotated[
        Path | None, typer.Argument(help="After check: the proof to check.", show_default=False)
    ] = None,
    *,
    version: Annotated[
        int | None, typer.Option(help="Of the proof; the newest by default.")
    ] = None,
    versions: Annotated[bool, typer.Option("--versions", help="List its versions.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write it to, to the byte.")] = None,
    words: Annotated[
        str | None, typer.Option(help="Tell it in words instead: fr or en.", metavar="LANGUAGE")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Check the document alone, without the store.")
    ] = False,
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
) -> None:
    """Fetch the proof of an incident, or check one: its own rules, then the facts in the store."""
    if what == CHECK:
        _check(file, territory, offline=offline)
        return
    if file is not None:
        raise Refused("proof_words", "a FILE goes with `check`: reverbere proof check FILE")
    with open_database(territory, name="reverbere proof") as database:
        _fetch(database, what, version, out=out, words=words, versions=versions)


def _fetch(
    database: Database,
    code: str,
    version: int | None,
    *,
    out: Path | None,
    words: str | None,
    versions: bool,
) -> None:
    reader = IncidentReader(database)
    if versions:
        reader.incident(code)
        for row in reader.proof_versions(code).to_dicts():
            say(f"{row['version']:4}  {row['made_at']:%Y-%m-%dT%H:%M:%SZ}  {row['sha256']}")
        return
    stored = reader.stored_proof(code, version)
    if words is not None:
        for line in _told(database, stored.document, words):
            say(line)
    elif out is None:
        typer.echo(stored.document, nl=False)
    else:
        out.write_bytes(stored.document.encode())
        say(f"{out}: version {stored.version}, sha256 {stored.sha256}")


def _told(database: Database, document: str, language: str) -> list[str]:
    if language not in LANGUAGES:
        raise Refused("language", f"--words is one of {', '.join(LANGUAGES)}")
    city = CityReader(database)
    place, now = city.territory(), city.clock().now()
    speaker = Speaker(Moments(texts(language), ZoneInfo(place.timezone), now))
    moment = Moment(next_quarter(now), switch_on_after(now, place), telephone(place))
    told = tell(speaker, read_proof(json.loads(document)), moment)
    return [told.sentence, "", told.paragraph, *("", *told.full)]


def _check(file: Path | None, territory: str | None, *, offline: bool) -> None:
    if file is None:
        raise Refused("proof_words", "name the proof: reverbere proof check FILE")
    raw = file.read_bytes()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refused("not_a_proof", f"{file} is not UTF-8: a proof is") from None
    problems = check(text)
    for problem in problems:
        say(f"  no  {problem}")
    if not problems:
        say(f"  ok  {file.name}: its own rules hold")
    if not offline and not any(problem.startswith(("not JSON", "keys")) for problem in problems):
        digest = hashlib.sha256(raw).hexdigest()
        with open_database(territory, name="reverbere proof") as database:
            found = check_facts(database, json.loads(text), digest)
        for one in found:
            say(_line(one))
        problems += [one.what for one in contradictions(found)]
    if problems:
        say_error(f"{file}: {len(problems)} of its statements do not hold")
        raise typer.Exit(1)


def _line(one: Checked) -> str:
    mark = {"holds": "ok", "contradicted": "no", "not kept": "?"}[one.finding.value]
    return f"  {mark:2}  {one.what}: {one.why}"
