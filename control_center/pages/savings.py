"""The page of savings: what the works saved, with its range, and what cannot be asserted."""

import math
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.catalogue import Texts
from control_center.figures import Figures, outward_digits
from control_center.pages.building_profiles import weather_said
from control_center.pages.cache import cache_of
from control_center.pages.energy_band import Band
from control_center.pages.savings_view import (
    Action,
    Row,
    SavingsView,
    StreetShare,
    savings_view,
)
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of

router = APIRouter(include_in_schema=False)

_LARGE_KWH = 20_000.0


@router.get("/economies")
def savings(request: Request, rue: str | None = None) -> Response:
    """Show savings with their intervals, four figures side by side, refusals as rows."""
    territory_of(request)

    def build() -> Response:
        view = savings_view(request.app.state.database, rue)
        return pages_of(request).render(
            request, "savings/page.html", **_context(view, words_of(request))
        )

    return cache_of(request).respond(request, build)


class Write:
    """Writes energies of one page in one unit.

    Parameters
    ----------
    texts : Texts
    largest_kwh : float
        Chooses the unit: MWh from 20 000 kWh on.
    """

    def __init__(self, texts: Texts, largest_kwh: float) -> None:
        self.texts, self.figures = texts, Figures(texts)
        self.unit = "MWh" if largest_kwh >= _LARGE_KWH else "kWh"
        self.scale = 1000.0 if self.unit == "MWh" else 1.0

    def bare(self, kwh: float) -> str:
        """Write an energy without its unit."""
        value = kwh / self.scale
        return self.texts.number(value, 0 if abs(value) >= 10 or not value else 1)

    def value(self, kwh: float) -> str:
        """Write an energy with its unit."""
        value = kwh / self.scale
        return self.figures.quantity(value, self.unit, 0 if abs(value) >= 10 else 1)

    @property
    def digits(self) -> int:
        """Digits that the unit adds to those of a kWh."""
        return round(math.log10(self.scale))

    def range(self, low: float, high: float, *, digits: int | None = None) -> str:
        """Write « entre 356 et 360 MWh », its ends rounded outwards."""
        return self.figures.range(low / self.scale, high / self.scale, self.unit, digits)

    def span(self, band: Band) -> str:
        """Write « 356 à 360 MWh » for a cell of a table."""
        return self._span(band, self.unit, self.scale)

    def span_kwh(self, band: Band) -> str:
        """Write « 9 810 à 9 910 kWh » for a cell about one meter."""
        return self._span(band, "kWh", 1.0)

    def _span(self, band: Band, unit: str, scale: float) -> str:
        low, high = band.low / scale, band.high / scale
        digits = max(outward_digits(low, high), 0)
        power = 10.0 ** outward_digits(low, high)
        first, last = math.floor(low * power) / power, math.ceil(high * power) / power
        return self.texts.plain(
            "savings.percent_range",
            low=self.texts.number(first, digits),
            high=self.figures.quantity(last, unit, digits),
        )

    def drop(self, band: Band, adjusted: float) -> str:
        """Write a drop as a range of percentages, rounded outwards."""
        if adjusted <= 0:
            return ""
        low, high = drop_ends(band, adjusted)
        return self.texts.plain(
            "savings.percent_range",
            low=self.texts.number(low),
            high=self.figures.quantity(high, "percent", 0),
        )


def drop_ends(band: Band, adjusted: float) -> tuple[int, int]:
    """Return both ends of a drop in whole percent, rounded outwards."""
    return math.floor(100 * band.low / adjusted), math.ceil(100 * band.high / adjusted)


def _context(view: SavingsView, texts: Texts) -> dict[str, Any]:
    total = view.lighting
    write = Write(texts, total.adjusted_kwh)
    return {
        "view": view,
        "write": write,
        "lead": _lead(view, write),
        "promise": None if total.refusal else _promise(view, write),
        "four": None if total.refusal else four_figures(view, write),
        "split": _split(view, write) if not total.refusal and total.parts else None,
        "findings": [_finding(action, texts) for action in view.actions],
        "reason": lambda row: _reason(row, texts),
        "weather": lambda profile: weather_said(profile, texts),
        **_street(view.street, texts),
    }


def _lead(view: SavingsView, write: Write) -> str:
    """Say the answer in one sentence, or why there is none."""
    total, texts = view.lighting, write.texts
    if total.refusal:
        share = total.metered_share
        told = None if share is None else write.figures.percent(share)
        reason = texts.plain(f"savings.lead.reason.{total.refusal}", share=told)
        return texts.plain("savings.lead.refused", reason=reason)
    if view.band.low <= 0:
        return texts.plain("savings.lead.none_sure")
    low, high = drop_ends(view.band, total.adjusted_kwh)
    return texts.plain(
        "savings.lead.year" if view.full_year else "savings.lead.since",
        range=write.range(view.band.low, view.band.high),
        low_percent=texts.number(low),
        high_percent=write.figures.quantity(high, "percent", 0),
    )


def _promise(view: SavingsView, write: Write) -> str:
    """Hold the measured range against what was promised: the gap stands in the lead."""
    planned, band = view.planned, view.band
    if planned is None:
        return write.texts.html("savings.promise.unknown")
    if planned > band.high:
        verdict, gap = "missed", (planned - band.high, planned - band.low)
    elif planned < band.low:
        verdict, gap = "exceeded", (band.low - planned, band.high - planned)
    else:
        return write.texts.html("savings.promise.held", planned=write.value(planned))
    return write.texts.html(
        f"savings.promise.{verdict}",
        planned=write.value(planned),
        gap=write.range(*gap, digits=outward_digits(band.low, band.high) + write.digits),
    )


# drawings


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: lengths in percent of the drawing, None where there is nothing to draw."""

    name: str
    kind: str
    length: float
    label: str
    full: str
    low: float | None = None
    high: float | None = None
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis, in percent of the drawing."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars with their axis, and the sentence that replaces them for whoever cannot see them."""

    rows: list[Bar]
    ticks: list[Tick]
    image: str


_ROOM = 82.0
"""Part of the drawing that the longest bar may take, so that its figure fits beside it. [%]"""


def four_figures(view: SavingsView, write: Write) -> Chart:
    """Draw measured, planned, regulatory and conventional side by side, never summed."""
    texts, band, planned = write.texts, view.band, view.planned
    top = nice_top(max(band.high, planned or 0.0) / write.scale) * write.scale
    none = texts.plain("savings.four.no_data")

    def at(kwh: float) -> float:
        return max(0.0, kwh) / top * _ROOM

    measured = Bar(
        "measured", "solid", at(band.value), write.bare(band.value),
        f"{write.value(band.value)} ({write.range(band.low, band.high)})",
        at(band.low), at(band.high),
    )  # fmt: skip
    hollow = (
        Bar("planned", "none", 0.0, none, none)
        if planned is None
        else Bar("planned", "hollow", at(planned), write.bare(planned), write.value(planned))
    )
    others = [Bar(name, "none", 0.0, none, none) for name in ("regulatory", "conventional")]
    ticks = [Tick(_ROOM * step / 4, write.bare(top * step / 4)) for step in range(5)]
    image = texts.plain(
        "savings.four.image",
        measured=write.value(band.value),
        range=write.range(band.low, band.high),
        planned=None if planned is None else write.value(planned),
    )
    return Chart([measured, hollow, *others], ticks, image)


def nice_top(value: float) -> float:
    """Return the end of an axis from zero whose quarters are round: 1, 2, 4, 6, 8 × a power."""
    if value <= 0:
        return 4.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10, 20) if step * power >= value)


def _split(view: SavingsView, write: Write) -> Chart:
    """Draw the way from « sans travaux » to « consommé »: it closes exactly."""
    total, texts = view.lighting, write.texts
    whole = total.adjusted_kwh
    name = texts.plain("savings.split.without")
    rows = [Bar(name, "hollow", 100.0, write.value(whole), "")]
    level, told = whole, []
    for cause in sorted(total.parts, key=lambda cause: -total.parts[cause]):
        part = total.parts[cause]
        below = level - part
        title = texts.plain(f"savings.split.{cause}")
        signed = f"\u2212{write.bare(part)}" if part >= 0 else f"+{write.bare(-part)}"
        start, length = 100 * min(level, below) / whole, 100 * abs(part) / whole
        rows.append(Bar(title, f"part-{len(rows)}", length, signed, "", start=start))
        key = "savings.split.part" if part >= 0 else "savings.split.part_more"
        told.append(texts.plain(key, name=title, value=write.value(abs(part))))
        level = below
    used = texts.plain("savings.split.measured")
    rows.append(Bar(used, "solid", 100 * total.measured_kwh / whole, write.value(level), ""))
    image = texts.plain(
        "savings.split.image",
        without=write.value(whole),
        parts=". ".join(told),
        used=write.value(total.measured_kwh),
    )
    return Chart(rows, [], image)


# words of rows


def _finding(action: Action, texts: Texts) -> str:
    things = "cabinets" if action.kind == "cabinet" else "buildings"
    refused = sum(action.refusals.values())
    claimed = action.things - refused
    said = []
    if claimed:
        where = texts.plural(f"savings.{things}", claimed)
        said.append(texts.plain("savings.finding.measured", where=where))
    if refused:
        reasons = ", ".join(texts.plain(f"savings.reason.{code}") for code in action.refusals)
        where = texts.plural(f"savings.{things}", refused)
        said.append(texts.plain("savings.finding.refused", where=where, reasons=reasons))
    return " ".join(said)


def _reason(row: Row, texts: Texts) -> str:
    """Say what is missing, with the count of days where that is what is missing."""
    if not row.reasons:
        return ""
    code = row.reasons[0]
    fit = row.facts.get("fit") or {}
    told = texts.plain(f"savings.reason.{code}")
    if code in {"baseline_short", "baseline_gaps"} and fit.get("baseline_days") is not None:
        needed = row.facts.get("baseline_needed", 365) - row.facts.get("missing_allowed", 37)
        days = texts.plural(
            "savings.missing.days", fit["baseline_days"], needed=texts.number(needed)
        )
        return f"{told} ({days})"
    return told


def _street(street: StreetShare | None, texts: Texts) -> dict[str, Any]:
    if street is None:
        return {}
    if street.saving is None:
        reason = texts.plain(f"savings.street.reason.{street.refusal}")
        return {"street_sentence": texts.html("savings.street.refused", reason=reason)}
    write = Write(texts, 0.0)
    low, high = drop_ends(street.saving, street.adjusted)
    figures = write.figures
    after = Band(
        street.adjusted - street.saving.value,
        street.adjusted - street.saving.high,
        street.adjusted - street.saving.low,
    )
    said = {
        "street_before": write.value(street.adjusted),
        "street_after": texts.plain(
            "savings.street.after_label",
            value=write.value(after.value),
            low=write.bare(after.low),
            high=write.value(after.high),
        ),
    }
    return {
        **said,
        "street_sentence": texts.html(
            "savings.street.sentence",
            saving=figures.percent(street.saving.value / street.adjusted),
            low=texts.number(low),
            high=figures.quantity(high, "percent", 0),
        ),
        "street_image": " ; ".join(said.values()),
        "street_bars": {
            "length": 100 * after.value / street.adjusted,
            "low": 100 * after.low / street.adjusted,
            "high": min(100.0, 100 * after.high / street.adjusted),
        },
    }
