"""``/messages``: where are my messages? The balance of all sources, and one device's frames."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from control_center.catalogue import Texts, printable
from control_center.deliveries import Deliveries, Delivery, Transmission, deliveries_of
from control_center.figures import Figures
from control_center.pages.territories import territory_of
from control_center.people import OPERATORS_ONLY
from control_center.rendering import pages_of, words_of
from control_center.texts import address, moments_of
from control_center.wall.thing import Things
from ingest.networks.identifiers import eui
from twin.store.doubles import doubles
from twin.store.ledger import LedgerReader
from twin.store.unmapped import unmapped_names

router = APIRouter(include_in_schema=False, dependencies=OPERATORS_ONLY)

_STRANGERS: Final = 12
_UNMAPPED: Final = 40
_RAW_SHOWN: Final = 48


@router.get("/messages")
def balance(request: Request, q: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    """Show where the messages of all sources went, or go to the device that was asked for."""
    wanted = (q or "").strip()
    database = request.app.state.database
    if wanted:
        found = LedgerReader(database).find(eui(wanted) or wanted)
        if found is not None:
            way = address(words_of(request).language, f"/messages/{found}")
            return RedirectResponse(way, status_code=303)
    reader = LedgerReader(database)
    with database.connection() as connection:
        unmapped = unmapped_names(connection, limit=_UNMAPPED)
        doubled = doubles(connection, limit=_STRANGERS)
    balances = reader.balance()
    names = ("received", "stored", "merged", "rejected", "ignored")
    return pages_of(request).render(
        request,
        "messages/balance.html",
        status=404 if wanted else 200,
        wanted=wanted,
        balances=balances.to_dicts(),
        total={name: sum(balances[name].to_list()) for name in names},
        difference=sum(balances["difference"].to_list()),
        outcomes=[row for row in reader.totals().to_dicts() if row["outcome"] != "received"],
        reasons=reader.reasons().to_dicts(),
        unmapped=unmapped,
        doubled=doubled,
        strangers=reader.strangers(_STRANGERS).to_dicts(),
        **_speaking(request),
    )


@router.get("/messages/{dev_eui}")
def device(request: Request, dev_eui: str) -> Response:
    """Show where one device's messages are."""
    state = request.app.state
    found = deliveries_of(state.database, dev_eui, state.clock.now())
    speaking = _speaking(request)
    return pages_of(request).render(
        request,
        "messages/device.html",
        found=found,
        last=found.frames[0] if found.frames else None,
        rejected=_rejected(found),
        radio=_radio(found.frames[0].radio, Figures(words_of(request))) if found.frames else "",
        statement=_statement(found, speaking),
        things=Things(
            state.database,
            words_of(request),
            moments_of(words_of(request).language, territory_of(request), state.clock.now()),
        ),
        **speaking,
    )


def _speaking(request: Request) -> dict[str, Any]:
    """Return what both pages write times, delays and reasons with."""
    words = words_of(request)
    zone = ZoneInfo(territory_of(request).timezone)
    figures = Figures(words)

    def stamp(instant: datetime) -> str:
        local = instant.astimezone(zone)
        return words.plain(
            "messages.instant",
            date=printable(format_datetime(local, "d MMM", locale=words.locale)),
            h=str(local.hour),
            mm=f"{local.minute:02d}",
            ss=f"{local.second:02d}",
        )

    def delay(frame: Delivery, instant: datetime | None) -> str:
        if instant is None:
            return ""
        seconds = (instant - frame.event_at) / timedelta(seconds=1)
        return words.plain("messages.delay", seconds=figures.number(seconds, 1))

    return {"stamp": stamp, "delay": delay, "reason": lambda code: reason_of(words, code)}


def reason_of(words: Texts, code: str) -> str:
    """Say why a message ended as it did; a code of which nobody wrote is shown as it is."""
    key = f"messages.reason.{code}"
    return words.plain(key) if key in words else code.replace("_", " ")


def _statement(found: Deliveries, speaking: dict[str, Any]) -> dict[str, str]:
    """Return the slots of the first sentence."""
    name = found.device["name"] or found.device["dev_eui"]
    if not found.frames:
        return {"name": name}
    return {"name": name, "at": speaking["stamp"](found.frames[0].received_at)}


def _radio(sent: Transmission, figures: Figures) -> str:
    """Write how a frame was sent in the words of the radio: ``SF7 · 125 kHz · 868,1 MHz · DR5``."""
    parts = (
        sent.spreading_factor and f"SF{sent.spreading_factor}",
        sent.bandwidth_khz and f"{sent.bandwidth_khz} kHz",
        sent.frequency_mhz and f"{figures.number(sent.frequency_mhz, _decimals(sent))} MHz",
        None if sent.data_rate is None else f"DR{sent.data_rate}",
    )
    return " · ".join(part for part in parts if part)


def _decimals(sent: Transmission) -> int:
    """Return how many decimals a frequency needs, one at least."""
    text = f"{sent.frequency_mhz:.4f}".rstrip("0")
    return max(1, len(text.rpartition(".")[2]))


def _rejected(found: Deliveries) -> list[dict[str, Any]]:
    return [
        row | {"raw": row["raw"][:_RAW_SHOWN].hex(" ", 2), "cut": row["raw_bytes"] > _RAW_SHOWN}
        for row in found.rejected.to_dicts()
    ]
