"""How far past outages support a return time: each put to the test of all the others, published."""

from dataclasses import dataclass

from control_center.returns import KINDS, durations
from twin.incidents.return_time import Calibration, CrewState, least_needed, leave_one_out
from twin.store.database import Database
from twin.store.returns import past

STAGES = (CrewState.WAITING, CrewState.TAKEN, CrewState.RETURNING)
"""States of a repair that past durations tell of."""


@dataclass(frozen=True, slots=True)
class Support:
    """What past outages of one kind say of one state of the repair.

    Attributes
    ----------
    outages : int
        How many of them tell how long it took from that state on.
    needed : int
        How many the narrowest range needs.
    calibration : Calibration or None
        None where they are too few.
    """

    kind: str
    stage: CrewState
    outages: int
    needed: int
    calibration: Calibration | None


def supports(database: Database) -> list[Support]:
    """Return what the past supports, by kind of outage and state of the repair; none of nothing."""
    with database.connection() as connection:
        history = past(connection)
    found = []
    for kind in sorted(set(KINDS) & set(history["kind"].to_list())):
        for stage in STAGES:
            took = durations(history, kind, stage)
            if len(took):
                told = leave_one_out(took)
                found.append(Support(kind, stage, len(took), least_needed(), told))
    return found
