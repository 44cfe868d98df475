"""Making the demonstration town in a process of its own, whose memory goes with it.

Started by ``reverbere up`` on an empty store: ``python -m control_center.cli.town_making HOME``,
with the store's address in ``DATABASE_URL``. It says line by line what it does.
"""

import os
import sys
from pathlib import Path

from control_center.cli.demonstration import SLUG
from control_center.importing import import_folder
from gis.errors import ReverbereError
from simulators.city import generate, write
from twin.clock import SystemClock
from twin.store.database import Database

SEED = 1


def main(home: Path, address: str) -> None:
    """Generate the town below ``towns`` and bring it into the store; its tiles go below ``tiles``.

    Parameters
    ----------
    home : Path
        Home folder of the product.
    address : str
        Of an empty store, migrated.
    """
    _say("generating the demonstration town")
    folder = home / "towns" / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    write(generate(SEED), folder)
    _say("bringing it in: layers, wiring, tiles")
    with Database(address, name="reverbere town") as database:
        import_folder(database, folder, clock=SystemClock(), home=home)


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), os.environ["DATABASE_URL"])
    except ReverbereError as error:
        sys.exit(error.sentence)
