"""``/retours``: how many announced returns were kept, for everybody."""

from datetime import timedelta
from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.pages.cache import cache_of
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of
from control_center.return_calibration import Support, supports
from control_center.returns import published
from control_center.texts import moments_of
from twin.store.database import Database
from twin.store.returns import ReturnReader

MOST_MISSED = 20

router = APIRouter(include_in_schema=False)


@router.get("/retours")
def returns(request: Request) -> Response:
    """Show the record of past estimates, and the last that were missed."""
    territory = territory_of(request)

    def build() -> Response:
        database: Database = request.app.state.database
        now = request.app.state.clock.now()
        kinds = published(database)
        return pages_of(request).render(
            request,
            "resident/returns.html",
            kinds=kinds,
            kept=sum(one.record.kept for one in kinds),
            total=sum(one.record.total for one in kinds),
            missed=_missed(database),
            tested=_tested(supports(database)),
            when=moments_of(words_of(request).language, territory, now),
        )

    return cache_of(request).respond(request, build)


def _tested(found: list[Support]) -> dict[str, Any] | None:
    """Return what the past supports, and how often its ranges held; None without a past."""
    told = [one for one in found if one.calibration is not None]
    if not found:
        return None
    return {
        "rows": [
            (one, None if c is None else (timedelta(microseconds=c.earliest),
                                          timedelta(microseconds=c.latest)))
            for one in found
            for c in [one.calibration]
        ],
        "kept": sum(c.record.kept for one in told if (c := one.calibration)),
        "total": sum(c.record.total for one in told if (c := one.calibration)),
    }  # fmt: skip


def _missed(database: Database) -> list[dict[str, Any]]:
    """Return the last windows whose incident ended outside them, the newest first."""
    ended, earliest, latest = (pl.col(name) for name in ("ended_at", "earliest", "latest"))
    outside = ReturnReader(database).kept().filter((ended < earliest) | (ended > latest))
    return outside.sort("ended_at", descending=True).head(MOST_MISSED).to_dicts()
