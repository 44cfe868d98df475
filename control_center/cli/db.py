"""``reverbere db``: look after the database."""

from typing import Annotated

import psycopg
import typer

from control_center.cli.common import (
    database_url,
    open_database,
    open_settings,
    reach_database,
    say,
    say_json,
    territory_of,
)
from twin.errors import NoTerritory, Refused
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.migrate import migrate, migrations, schema_version

app = typer.Typer(
    help="Look after the database: status, migrate, rollback, psql-url.", no_args_is_help=True
)

TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the territory; by default the one that is open.")
]


@app.command()
def status(
    territory: TerritoryOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Show which database is used, what it can do, and at which schema it stands."""
    settings = open_settings()
    with reach_database(territory, settings=settings) as database:
        facts = _facts(database)
    if as_json:
        say_json(facts)
        return
    for name, value in facts.items():
        say(f"{name:12} {'none' if value is None else value}")


@app.command("migrate")
def migrate_command(territory: TerritoryOption = None) -> None:
    """Bring the database to the schema that this version expects; make it if need be."""
    with open_database(territory, create=True, name="reverbere db") as database:
        say(f"{database.address}: schema {schema_version(database)}, as this version expects")


@app.command()
def rollback(
    to: Annotated[int, typer.Option(help="Number of the last step to keep; 0 empties the store.")],
    territory: TerritoryOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take migrations back. What their tables hold is lost."""
    settings = open_settings()
    with reach_database(territory, settings=settings) as database:
        current = schema_version(database)
        if not 0 <= to <= current:
            raise Refused("rollback", f"the schema is at {current}: choose a number from 0 to it")
        going = [step.label for step in migrations() if step.number > to]
        if not going:
            say("nothing to take back")
            return
        if not yes:
            typer.confirm(f"{database.address}: lose the tables of {', '.join(going)}?", abort=True)
        for done in migrate(database, to):
            say(done)


@app.command("psql-url")
def psql_url(territory: TerritoryOption = None) -> None:
    """Print the connection address, for psql, QGIS or a notebook."""
    settings = open_settings()
    say(database_url(settings, territory_of(settings, territory)))


def _facts(database: Database) -> dict[str, str | int | bool | None]:
    able = database.capabilities
    try:
        territory: str | None = CityReader(database).territory().slug
    except (NoTerritory, psycopg.errors.UndefinedTable):
        territory = None
    return {
        "address": database.address,
        "postgresql": able.server,
        "timescaledb": able.timescale,
        "schema": schema_version(database),
        "expected": migrations()[-1].number,
        "territory": territory,
    }
