"""What people do with incidents: take charge, assign, put aside, take back, note.

Each act is one transaction with its line in the journal; sent twice it is done once. None of them
changes what is known of the city: putting a card aside hides it from the list, nothing else.
"""

from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.clock import Clock
from twin.errors import Conflict, Refused
from twin.store.database import Database
from twin.store.incident_acts import ActKind, NewAct, act_known, act_once
from twin.store.incident_writer import acknowledge as write_acknowledgement
from twin.store.incident_writer import record_audit
from twin.store.incidents import Incident, IncidentReader
from twin.store.sql import statement

OPERATOR = "operator"

LEAST, MOST = timedelta(minutes=15), timedelta(days=7)
"""For how long a card may be put aside: longer than a week, and it should be closed or repaired."""


def acknowledge(database: Database, clock: Clock, person: str, code: str) -> None:
    """Record who takes an incident in charge; by the same person again, nothing happens.

    Raises
    ------
    NotFound
        No incident has that code.
    Conflict
        It is closed, or somebody else has taken it in charge.
    """
    now = clock.now()
    with database.connection() as connection:
        if write_acknowledgement(connection, code, person, now):
            act = NewAct(ActKind.ACKNOWLEDGE, person, now, after=now.isoformat())
            act_once(connection, code, act)
            _write_down(connection, code, act)
            return
    incident = IncidentReader(database).incident(code)
    _require_open(incident)
    if incident.acknowledged_by != person:
        raise Conflict(f"{incident.acknowledged_by} has taken {code} in charge")


def assign(
    database: Database, clock: Clock, person: str, code: str, assignee: str, *, after: str
) -> None:
    """Record who looks after an incident: a person, a crew, a firm.

    Parameters
    ----------
    after : str
        What tells this act from an earlier one of the same content (``NewAct.after``).

    Raises
    ------
    NotFound, Conflict
        As for ``acknowledge``.
    """
    name = _said(assignee, "assignee")
    act = NewAct(ActKind.ASSIGN, person, clock.now(), after, assignee=name)
    _do(database, code, act)


def shelve(
    database: Database,
    clock: Clock,
    person: str,
    code: str,
    lasts: timedelta,
    *,
    reason: str,
    after: str,
) -> datetime:
    """Put a card aside for a while, with a reason; it comes back by itself.

    Returns
    -------
    datetime
        Until when. [UTC]

    Raises
    ------
    NotFound, Conflict
        As for ``acknowledge``.
    Refused
        Without a reason (``words_needed``), or for too short or too long (``bad_span``).
    """
    if not LEAST <= lasts <= MOST:
        raise Refused("bad_span", "a card is put aside for a quarter of an hour to seven days")
    now = clock.now()
    act = NewAct(
        ActKind.SHELVE,
        person,
        now,
        after,
        words=_said(reason, "reason"),
        until=now + lasts,
        asked=str(lasts.total_seconds()),
    )
    _do(database, code, act)
    return now + lasts


def unshelve(database: Database, clock: Clock, person: str, code: str, *, after: str) -> None:
    """Put a card back into the list; where it is there already, nothing happens.

    Raises
    ------
    NotFound, Conflict
        As for ``acknowledge``.
    """
    now = clock.now()
    incident = IncidentReader(database).incident(code)
    _require_open(incident)
    if incident.shelved(now):
        _do(database, code, NewAct(ActKind.UNSHELVE, person, now, after))


def note(
    database: Database, clock: Clock, person: str, code: str, words: str, *, after: str
) -> None:
    """Write something down about an incident, for whoever comes next.

    Raises
    ------
    NotFound, Conflict
        As for ``acknowledge``.
    Refused
        Nothing was written (``words_needed``).
    """
    act = NewAct(ActKind.NOTE, person, clock.now(), after, words=_said(words, "note"))
    _do(database, code, act)


def _do(database: Database, code: str, act: NewAct) -> None:
    with database.connection() as connection:
        if act_once(connection, code, act):
            _write_down(connection, code, act)
            return
        if act_known(connection, code, act):  # sent twice: it is done
            return
    _require_open(IncidentReader(database).incident(code))


def _require_open(incident: Incident) -> None:
    if incident.status == "closed":
        raise Conflict(f"incident {incident.code} is closed")


def _said(words: str, what: str) -> str:
    said = " ".join(words.split())
    if not said:
        raise Refused("words_needed", f"a {what} is needed")
    return said


def _write_down(connection: Connection[TupleRow], code: str, act: NewAct) -> None:
    """Write the act into the journal of all acts, and tell whoever shows incidents."""
    detail: dict[str, str] = {}
    if act.words:
        detail["words"] = act.words
    if act.assignee:
        detail["assignee"] = act.assignee
    if act.until:
        detail["until"] = act.until.isoformat()
    record_audit(
        connection,
        at=act.at,
        person=act.person,
        role=OPERATOR,
        act=act.kind.value,
        subject=f"incident:{code}",
        detail=detail,
    )
    row = connection.execute(statement("incidents/last_change")).fetchone()
    connection.execute("SELECT pg_notify('reverbere_state', %s)", (str(row[0]) if row else "0",))
