"""Tell whoever listens on the broker which cabinets a recorded cause concerns, and until when."""

import shapely

from control_center.broadcast import CAUSE, broadcast
from twin.store.database import Database
from twin.store.declared import RecordedCause, delivered_in


def tell_cause(database: Database, found: RecordedCause) -> None:
    """Publish a recorded cause as it stands; told again, the newest word counts."""
    named = (thing.partition(":") for thing in found.things)
    cabinets = [code for kind, _, code in named if kind == "cabinet"]
    if found.area is not None:
        with database.connection() as connection:
            inside = delivered_in(connection, shapely.from_wkb(found.area))
        cabinets += [code for _, kind, code in inside if kind == "cabinet"]
    over = found.withdrawn_at or found.ended_at or found.until
    document: dict[str, object] = {
        "code": found.code,
        "kind": found.kind.value,
        "cabinets": sorted(set(cabinets)),
        "starts_at": found.starts_at.isoformat(),
        "until": None if over is None else over.isoformat(),
    }
    broadcast(CAUSE, document)
