"""Probes in the soil: they help where the balance does not know, and are left alone where it does.

A probe is one point of a zone and errs by some per cent, so it never overrules a balance that
knows; after days without weather it is what keeps a garden from standing still.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from control_center.watering.soil import Evening, Moment, soil_arrays
from twin.irrigation.needs import KNOWN_WITHIN
from twin.irrigation.soil_history import narrowed
from twin.irrigation.soils import depletion_from_moisture
from twin.store.telemetry import TelemetryReader

_FRESH = timedelta(hours=12)
_MARGIN_PERCENT = 2.0  # by volume: the probe's error, and how one point differs from its zone
_OUT_OF_RANGE = 1  # quality, bit 0


def narrow(moment: Moment, zones: pl.DataFrame, evening: Evening) -> Evening:
    """Narrow the bounds of the zones that are not known by what their probes said last."""
    wide = evening.high_mm - evening.low_mm > KNOWN_WITHIN * soil_arrays(zones).available_mm
    if not wide.any():
        return evening
    moisture = _moisture(moment)
    said = zones.select("zone_id").join(moisture, on="zone_id", how="left", maintain_order="left")
    percent = np.where(wide, said["percent"].cast(pl.Float64).fill_null(np.nan).to_numpy(), np.nan)
    depth = zones["root_depth_m"].to_numpy()
    shown = depletion_from_moisture(percent, zones["field_capacity"].to_numpy(), depth)
    low, high = narrowed(evening.low_mm, evening.high_mm, shown, 10 * _MARGIN_PERCENT * depth)
    return replace(evening, low_mm=low, high_mm=high, probed=~np.isnan(percent))


def _moisture(moment: Moment) -> pl.DataFrame:
    """Mean of the fresh readings of each zone's probes. [% by volume]"""
    latest = TelemetryReader(moment.database).latest(["soil_moisture"])
    fresh = latest.filter(
        pl.col("measured_at") > moment.now - _FRESH, pl.col("quality") & _OUT_OF_RANGE == 0
    )
    return fresh.group_by(zone_id="asset_id").agg(pl.col("value").mean().alias("percent"))
