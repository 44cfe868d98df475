"""The time bar: the level of the river over the last hours, its thresholds, what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.wall.cards import Cards
from control_center.wall.curve import HEIGHT, path, thin
from twin.incidents.flood import SURE_GROUND_M
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.operator import OperatorReader
from twin.store.telemetry import TelemetryReader

SPAN = timedelta(hours=6)
_MOST_THRESHOLDS = 3
_MOST_EVENTS = 24
_ROOM = 0.15
_LEAST_ROOM_M = 0.05
"""Of the height, left free above and below the curve."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One hour of the axis; ``x`` in percent."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One event on the track; ``x`` in percent."""

    x: float
    shape: str
    words: str
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """The level from which water enters a cabinet; ``y`` in percent from the top."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class River:
    """The curve of a river.

    Attributes
    ----------
    gauge : str
        Name of the station.
    curve, area : str
        SVG paths in a box of 1000 by 240: the level, and what is under it.
    level : str
        Last level in words.
    """

    gauge: str
    curve: str
    area: str
    level: str
    thresholds: list[Threshold]


@dataclass(frozen=True, slots=True)
class TimeBar:
    """What the bar shows.

    Attributes
    ----------
    river : River | None
        The curve; None where no station told anything lately.
    silent_gauge : str | None
        Name of a station that told nothing lately; None where there is a curve, or no station.
    """

    start: datetime
    end: datetime
    river: River | None
    silent_gauge: str | None
    ticks: list[Tick]
    marks: list[Mark]


class TimeBars:
    """Makes the time bar in one language, for one moment."""

    def __init__(self, database: Database, texts: Texts, moments: Moments) -> None:
        self._city = CityReader(database)
        self._operator = OperatorReader(database)
        self._telemetry = TelemetryReader(database)
        self._incidents = IncidentReader(database)
        self._texts = texts
        self._moments = moments
        self._figures = Figures(texts)
        self._cards = Cards(texts, moments)

    def bar(self) -> TimeBar:
        """Return the bar of the last hours."""
        end = self._moments.now
        start = end - SPAN
        river = self._river(start, end)
        return TimeBar(
            start=start,
            end=end,
            river=river,
            silent_gauge=None if river else self._any_gauge(),
            ticks=self._ticks(start, end),
            marks=self._marks(start, end),
        )

    def _river(self, start: datetime, end: datetime) -> River | None:
        gauges = self._operator.gauges(start)
        if gauges.is_empty():
            return None
        gauge = gauges.row(0, named=True)
        levels = self._telemetry.observations(gauge["asset_id"], "water_level", start, end)
        if levels.is_empty():
            return None
        limits = self._limits(gauge["code"], levels)
        heights = np.concatenate([levels["value"].to_numpy(), [level for _, level in limits]])
        room = max(_ROOM * float(np.ptp(heights)), _LEAST_ROOM_M)
        low, high = float(heights.min()) - room, float(heights.max()) + room
        drawn = path(thin(levels), start, end, low, high, steps=False)
        first = 10 * _across(levels["measured_at"][0], start, end)
        return River(
            gauge=gauge["name"] or gauge["code"],
            curve=drawn,
            area=f"{drawn}V{HEIGHT:.0f}H{first:.1f}z",
            level=self._figures.quantity(float(levels["value"][-1]), "m", 2),
            thresholds=[
                Threshold(
                    y=round(100 * (high - level) / (high - low), 2),
                    words=self._texts.plain(
                        "operator.threshold",
                        code=code,
                        level=self._figures.quantity(level, "m", 2),
                    ),
                )
                for code, level in limits
            ],
        )

    def _any_gauge(self) -> str | None:
        known = self._city.places("river_gauge")
        return None if known.is_empty() else str(known["name"][0] or known["code"][0])

    def _limits(self, gauge: str, levels: pl.DataFrame) -> list[tuple[str, float]]:
        """Return the cabinets whose limit the river is nearest to, with the level at the gauge.

        The surface of the water is taken for level between the gauge and the cabinet: only
        cabinets whose ground is known, and known well enough, can be compared.
        """
        zero = self._operator.thing("river_gauge", gauge).properties.get("zero_m_ngf")
        if zero is None:
            return []
        devices = self._city.supply_devices().filter(
            (pl.col("kind") == "cabinet")
            & pl.col("ground_m_ngf").is_not_null()
            & (pl.col("ground_error_m").fill_null(0) <= SURE_GROUND_M)
        )
        now, lowest = float(levels["value"][-1]), float(levels["value"][0])
        near = (
            devices.select(
                "code", level=pl.col("ground_m_ngf") + pl.col("plinth_m").fill_null(0) - float(zero)
            )
            .filter(pl.col("level").is_between(lowest - 0.3, now + 1.0))
            .sort((pl.col("level") - now).abs())
            .head(_MOST_THRESHOLDS)
            .sort("level", descending=True)
        )
        return [(row["code"], row["level"]) for row in near.to_dicts()]

    def _ticks(self, start: datetime, end: datetime) -> list[Tick]:
        local = start.astimezone(self._moments.zone)
        hour = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        ticks = []
        while hour <= end:
            ticks.append(Tick(_across(hour, start, end), self._moments.hour(hour)))
            hour += timedelta(hours=1)
        return ticks

    def _marks(self, start: datetime, end: datetime) -> list[Mark]:
        events = self._operator.events(start, end)
        open_codes = {one.code: one for one in self._incidents.open_incidents()}
        marks = []
        for row in events.tail(_MOST_EVENTS).to_dicts():
            incident = open_codes.get(row["subject"])
            if row["what"] == "opened" and incident is not None:
                card = self._cards.card(incident)
                shape, words = card.shape, card.title
            else:
                shape, words = "solid", self._event(row["what"], row["subject"], row["person"])
            marks.append(
                Mark(_across(row["at"], start, end), shape, words, row["at"], row["subject"])
            )
        return marks

    def _event(self, what: str, subject: str, person: str) -> str:
        key = f"operator.event.{what}"
        known = key if key in self._texts else "operator.event.other"
        return self._texts.plain(known, subject=subject, person=person or None)


def _across(at: datetime, start: datetime, end: datetime) -> float:
    return round(100 * (at - start) / (end - start), 3)
