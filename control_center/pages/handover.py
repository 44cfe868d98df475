"""``/pilotage/releve``: what a shift hands over, on a sheet that can be printed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from control_center.catalogue import Texts
from control_center.moments import Moments
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rendering import pages_of, words_of
from control_center.wall.cards import Card, Cards
from control_center.wall.handover import Shift, shift
from control_center.wall.journal import Done, Journal
from twin.store.incidents import Incident

SHIFT_H = 8.0
LONGEST_H = 24 * 31.0

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Handed:
    """One incident of the sheet.

    Attributes
    ----------
    lasted : str
        From its opening to its closing, or to the end of the span.
    outcome : str or None
        How it ended; None while it is open.
    """

    card: Card
    lasted: str
    outcome: str | None
    taken_by: str | None


@router.get("/releve")
def handover(
    request: Request,
    _: Operator,
    heures: Annotated[float, Query(gt=0, le=LONGEST_H)] = SHIFT_H,
    jusqu_a: Annotated[str, Query(alias="fin", max_length=40)] = "",
) -> HTMLResponse:
    """Show what a shift hands over: the last eight hours, or a span that ends at ``fin``."""
    state, texts = request.app.state, words_of(request)
    territory = territory_of(request)
    zone = ZoneInfo(territory.timezone)
    end = min(_instant(jusqu_a, zone) or state.clock.now(), state.clock.now())
    found = shift(state.database, end - timedelta(hours=heures), end)
    moments = Moments(texts, zone, end, paper=True)
    sheet = _Sheet(texts, moments)
    return pages_of(request).render(
        request,
        "operator/handover.html",
        headers={"Cache-Control": "no-store"},
        found=found,
        hours=heures,
        when=moments,
        span=moments.duration(found.end - found.start),
        avalanche=_span(moments, found.load.avalanche_s),
        ended=[sheet.handed(one, end) for one in found.closed],
        staying=[sheet.handed(one, end) for one in found.still_open if one not in found.shelved],
        aside=[sheet.handed(one, end) for one in found.shelved],
        notes=sheet.notes(found),
        acts=len(found.acts) - len(found.notes),
    )


class _Sheet:
    """Puts the incidents of a span into words, for paper."""

    def __init__(self, texts: Texts, moments: Moments) -> None:
        self._texts, self._moments = texts, moments
        self._cards = Cards(texts, moments)

    def handed(self, incident: Incident, end: datetime) -> Handed:
        """Return one incident."""
        ended = incident.closed_at if incident.closed_at and incident.closed_at < end else None
        outcome = str(incident.claim.get("outcome") or "cleared")
        key = f"handover.outcome.{outcome}"
        told = self._texts.plain(key if key in self._texts else "handover.outcome.cleared")
        return Handed(
            card=self._cards.card(incident),
            lasted=self._moments.duration((ended or end) - incident.opened_at),
            outcome=told if ended else None,
            taken_by=incident.acknowledged_by,
        )

    def notes(self, found: Shift) -> list[Done]:
        """Return what people wrote, the first first."""
        return Journal(self._texts, self._moments).lines(found.notes)[::-1]


def _span(moments: Moments, seconds: float) -> str | None:
    return moments.duration(timedelta(seconds=seconds)) if seconds else None


def _instant(told: str, zone: ZoneInfo) -> datetime | None:
    """Read an instant; without an offset it is local. None for what is none."""
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=zone)
