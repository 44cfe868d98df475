"""The next checks of each incident, written when they change."""

from collections.abc import Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment.cards import Scene
from twin.incidents.causes import Cause
from twin.incidents.checks import incident_checks
from twin.incidents.next_check import LOOK
from twin.store.diagnosis import NewCheck, write_checks


class CheckLedger:
    """Remembers which checks the store holds."""

    def __init__(self) -> None:
        self._written: list[NewCheck] | None = None

    def write(
        self,
        connection: Connection[TupleRow],
        scene: Scene,
        causes: Sequence[Cause],
        numbers: Mapping[str, int],
    ) -> None:
        """Write the checks worth making.

        Parameters
        ----------
        causes : sequence of Cause
            Incidents as understood.
        numbers : mapping of str to int
            Number of each in the store, by its root key.
        """
        found = incident_checks(scene.city, scene.known, causes, scene.observed.radio.seen_at)
        rows = [
            NewCheck(
                incident_id=numbers[key],
                rank=rank,
                asset_id=int(scene.city.supply.light_id[checks.light[rank]]),
                act="look" if checks.act[rank] == LOOK else "ping",
                gain_bits=round(float(checks.gain[rank]), 2),
                dead=round(float(checks.dead[rank]), 2),
            )
            for key, checks in sorted(found.items())
            if key in numbers
            for rank in range(len(checks))
        ]
        if rows != self._written:
            write_checks(connection, rows, scene.now)
            self._written = rows
