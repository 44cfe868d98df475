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
from control_center.wall.hearing import BY_NAME, GRAVEST_FIRST, Hearings
from control_center.wall.values import Values
from ingest.networks.identifiers import eui
from twin.errors import NotFound
from twin.incidents.silence import Hearing
from twin.store.codecs import known_codecs
from twin.store.doubles import doubles
from twin.store.ledger import LedgerReader
from twin.store.operator import OperatorReader
from twin.store.sensor_states import SensorStateReader, totals
from twin.store.unmapped import unmapped_names

router = APIRouter(include_in_schema=False, dependencies=OPERATORS_ONLY)

_STRANGERS: Final = 12
_UNMAPPED: Final = 40
_RAW_SHOWN: Final = 48
_SENSORS: Final = 40


@router.get("/messages")
def balance(
    request: Request,
    q: Annotated[str | None, Query(max_length=100)] = None,
    etat: Annotated[str | None, Query(max_length=40)] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
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
        stopped=[one for one in known_codecs(database) if one.reason],
        strangers=reader.strangers(_STRANGERS).to_dicts(),
        **_hearing(request, BY_NAME.get(etat or ""), page),
        **_speaking(request),
    )


@router.get("/messages/{dev_eui}")
def device(request: Request, dev_eui: str) -> Response:
    """Show where one device's messages are."""
    state = request.app.state
    found = deliveries_of(state.database, dev_eui, state.clock.now())
    speaking = _speaking(request, to_the_minute=found.to_the_minute)
    return pages_of(request).render(
        request,
        "messages/device.html",
        found=found,
        last=found.frames[0] if found.frames else None,
        rejected=_rejected(found),
        radio=_radio(found.frames[0].radio, Figures(words_of(request))) if found.frames else "",
        statement=_statement(found, speaking),
        heard=_of_device(request, found),
        values=Values(words_of(request)),
        **speaking,
    )


def _hearing(request: Request, state: Hearing | None, page: int) -> dict[str, Any]:
    """Return how the sensors are heard: the counts, and a page of those in one state.

    Without a state, of all that are not heard.
    """
    state_reader = SensorStateReader(request.app.state.database)
    words = _hearings(request)
    counts = words.counts(totals(state_reader.counts()))
    wanted = [each for each in GRAVEST_FIRST if each is not Hearing.REPORTING]
    rows = state_reader.states(
        wanted if state is None else [state], skip=(page - 1) * _SENSORS, most=_SENSORS + 1
    )
    return {
        "sensor_counts": counts,
        "sensor_state": None if state is None else state.name.lower(),
        "sensors": [(row, words.told(row)) for row in rows[:_SENSORS]],
        "next_page": page + 1 if len(rows) > _SENSORS else None,
    }


def _of_device(request: Request, found: Deliveries) -> Any:
    """Return how what a device watches is heard; None where it watches nothing."""
    kind, code = found.device["thing_kind"], found.device["thing_code"]
    if not code:
        return None
    database = request.app.state.database
    try:
        thing = OperatorReader(database).thing(kind, code)
    except NotFound:
        return None  # it was taken down
    one = SensorStateReader(database).of_asset(thing.id)
    return None if one is None else _hearings(request).told(one)


def _hearings(request: Request) -> Hearings:
    words = words_of(request)
    now = request.app.state.clock.now()
    return Hearings(words, moments_of(words.language, territory_of(request), now))


def _speaking(request: Request, *, to_the_minute: bool = False) -> dict[str, Any]:
    """Return what both pages write times, delays and reasons with."""
    words = words_of(request)
    zone = ZoneInfo(territory_of(request).timezone)
    figures = Figures(words)

    now = request.app.state.clock.now().astimezone(zone)

    def stamp(instant: datetime) -> str:
        local = instant.astimezone(zone)
        date = "d MMM" if local.year == now.year else "d MMM y"
        return words.plain(
            "messages.instant.minute" if to_the_minute else "messages.instant",
            date=printable(format_datetime(local, date, locale=words.locale)),
            h=str(local.hour),
            mm=f"{local.minute:02d}",
            ss=f"{local.second:02d}",
        )

    def delay(frame: Delivery, instant: datetime | None) -> str:
        if instant is None or "to_the_minute" in frame.notes:
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
