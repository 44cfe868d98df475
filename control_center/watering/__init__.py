"""The job that waters: yesterday's soil, tonight's plan, and the valves at their hour."""

from control_center.watering.night import plan_night
from control_center.watering.valves import open_due
from twin.clock import Clock
from twin.store.database import Database

__all__ = ["open_due", "plan_night", "run"]


def run(database: Database, clock: Clock) -> None:
    """Bring soils up to date, plan the night, open what is due; the job of ``serve``."""
    plan_night(database, clock)
    open_due(database, clock)
