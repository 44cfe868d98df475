"""A park put into the town by hand: five zones, their valves, a plan for the night."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely

from tests.pages.town import EVENING, Town

PARK = "PK-01"
NIGHT = date(2026, 11, 19)
OPENS = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)  # 22:00 in the town
CLOSES = OPENS + timedelta(hours=8)

ZONES: dict[str, dict[str, Any]] = {
    "Z-1": {"name": "Massif des roses", "decision": "water", "minutes": 12, "reserve": 38.0},
    "Z-2": {"name": "Pelouse sud", "decision": "enough", "minutes": 0, "reserve": 83.0},
    "Z-3": {"name": "Haie nord", "decision": "blocked", "minutes": 0, "reason": "no_device"},
    "Z-4": {"name": "Jardinières", "decision": "unknown", "minutes": 0, "reason": "soil_not_known"},
    "Z-5": {"name": "Jeunes arbres", "decision": "water", "minutes": 24, "reserve": 47.0},
}


def plant(town: Town) -> None:
    """Add the park, its zones and tonight's plan."""
    ground = shapely.box(4.301, 45.501, 4.302, 45.502)
    park = town.asset("park", PARK, "parc des Cordeliers", ground)
    for number, (code, zone) in enumerate(ZONES.items()):
        point = shapely.Point(4.3011 + number * 1e-4, 45.5011)
        valve = town.asset("valve", f"V-{number + 1}", geometry=point)
        if zone.get("reason") != "no_device":
            town.row(
                "device",
                dev_eui=f"70b3d5e75f40000{number}",
                network="simulated",
                profile="uc511",
                asset_id=valve,
            )
        asset = town.asset("hydrozone", code, zone["name"], point.buffer(1e-4))
        _hydrozone(town, asset, park, valve)
        _plan(town, asset, zone)


def _hydrozone(town: Town, asset: int, park: int, valve: int) -> None:
    town.row(
        "hydrozone",
        asset_id=asset,
        park_id=park,
        valve_id=valve,
        plant_type="annual_bed",
        landscape_coefficient=0.85,
        soil_class="loam",
        field_capacity=0.25,
        wilting_point=0.12,
        root_depth_m=0.3,
        depletion_fraction=0.5,
        area_m2=95.0,
        precipitation_mm_h=14.0,
        distribution_uniformity=0.7,
    )


def _plan(town: Town, asset: int, zone: dict[str, Any]) -> None:
    known = zone.get("reserve") is not None
    watered = zone["decision"] == "water"
    why = {
        "since_day": "2026-11-10",
        "et_mm": 18.2,
        "rain_mm": 4.0,
        "irrigation_mm": 0.0,
        "days_without_rain": 9,
        "depletion_mm": 14.2 if known else None,
        "threshold_mm": 12.0,
        "reserve_percent": zone.get("reserve"),
        "threshold_percent": 50.0 if known else None,
        "after_percent": 69.0 if watered else zone.get("reserve"),
        "rate_mm_h": 14.0,
        "uniformity_extra_min": 2.0,
        "et_today_basis": "measured",
        "cycles": [{"start": OPENS.isoformat(), "end": CLOSES.isoformat()}] * (2 if watered else 0),
        "window": {"opens": OPENS.isoformat(), "closes": CLOSES.isoformat()},
        "reason": zone.get("reason", ""),
        "restrictions": "not_followed",
        "unfinished_min": 0,
    }
    town.row(
        "watering_plan",
        zone_id=asset,
        night=NIGHT,
        computed_at=EVENING - timedelta(hours=2),
        decision=zone["decision"],
        minutes=zone["minutes"],
        depth_mm=2.8 if watered else 0.0,
        litres=zone["minutes"] * 22.0,
        starts_at=OPENS if watered else None,
        why=why,
    )
