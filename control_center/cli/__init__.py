"""The command ``reverbere``: one module a command, read only when that command is asked for.

A module offers either a function ``command`` or, where there are several words, a Typer ``app``.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import typer
from pydantic import ValidationError

from control_center.cli.common import die_with_parent, open_settings, say_error
from gis.errors import ReverbereError


class Command(NamedTuple):
    """Where a command is, and its line in the help."""

    module: str
    summary: str


COMMANDS = {
    "up": Command("up", "Start everything: servers, ingest, pages and, where simulated, the town."),
    "import": Command("import_", "Bring in layers of a real territory, from a file or a folder."),
    "export": Command("export", "Write layers as GeoPackage, GeoParquet, GeoJSON or CSV."),
    "ingest": Command("ingest", "Receive messages from the broker and store them."),
    "ledger": Command("ledger", "Show where every message went; take rejected ones again."),
    "codec": Command("codec", "List codecs, test one, show which made a value, let one in again."),
    "decode": Command("decode", "Decode stored frames again, with the codecs of today."),
    "serve": Command("serve", "Serve the control centre: pages, API, live map."),
    "simulate": Command("simulate", "Let a simulated town live: its devices publish and obey."),
    "flood": Command("flood", "Record the extent of a flood, or its end."),
    "cause": Command("cause", "Record a distributor's cut, a burnt cabinet, works; end them."),
    "proof": Command("proof", "Fetch the proof of an incident, or check one against the facts."),
    "replay": Command("replay", "Send recorded messages again, through the broker."),
    "topology": Command("topology", "Check what feeds what; learn it from events; say it by hand."),
    "db": Command("db", "Look after the database: status, migrate, rollback, psql-url."),
}


def application(wanted: str | None) -> typer.Typer:
    """Return the command line; of all commands only the wanted one is read."""
    app = typer.Typer(
        name="reverbere",
        help="Réverbère: digital twin and telemetry platform of a connected territory.",
        epilog="`reverbere COMMAND --help` tells more. Settings: docs/operations.md.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
    )

    @app.callback()
    def house() -> None:
        """Réverbère: digital twin and telemetry platform of a connected territory."""

    for name, (module, summary) in COMMANDS.items():
        if name != wanted:
            app.command(name, help=summary)(_unread)
            continue
        found = import_module(f"control_center.cli.{module}")
        if hasattr(found, "app"):
            app.add_typer(found.app, name=name)
        else:
            app.command(name)(found.command)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever goes wrong becomes one sentence and exit code 1."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((word for word in given if not word.startswith("-")), None)
    die_with_parent()
    try:
        run = typer.main.get_command(application(wanted))
        run.main(given, prog_name="reverbere")
    except ReverbereError as error:
        say_error(error.sentence)
    except ValidationError as error:
        say_error(_settings_sentence(error))
    except Exception as error:  # noqa: BLE001 - a user reads a sentence, we read the file
        if isinstance(error, OSError) and error.filename:
            say_error(f"{error.strerror}: {error.filename}")
        else:
            say_error(f"unexpected: {type(error).__name__}: {error}. Details: {_keep_traceback()}")
    sys.exit(1)


def _unread() -> None:
    """Stand in the help for a command whose module was not read."""


def _settings_sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"setting {where.upper()}: {first['msg']} (found: {first.get('input')!r})"


def _keep_traceback() -> Path:
    if os.environ.get("REVERBERE_LOG_LEVEL") == "debug":
        traceback.print_exc()
    log = open_settings().logs / "unexpected.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return log
