"""Savings put into the town by hand: cabinets and buildings, claimed and refused."""

from datetime import date
from typing import Any

import orjson

from tests.pages.town import EVENING, Town

LED = {"code": "led", "title": "Passer en LED", "from": "2025-06-01", "to": "2025-06-20"}
DIMMING = {"code": "dimming", "title": "Abaisser la nuit", "from": "2025-06-01", "to": "2025-06-02"}


def meter(town: Town) -> None:
    """Add what the evaluation would have found."""
    _saving(town, "cabinet", "A-112", LED, 40_000.0, 22_000.0, 700.0, planned=24_000.0)
    _saving(town, "cabinet", "A-108", LED, 30_000.0, 17_000.0, 500.0, planned=16_500.0)
    _saving(town, "cabinet", "A-104", DIMMING, 12_000.0, 2_600.0, 300.0, planned=2_700.0)
    _refused(town, "cabinet", "A-121", DIMMING, "reporting_short")
    _saving(town, "building", "B-1", LED, 46_000.0, 6_800.0, 500.0, planned=8_800.0, name="École")
    _refused(town, "building", "B-2", LED, "baseline_gaps", name="Gymnase")


def _saving(  # noqa: PLR0917 - the columns of a table
    town: Town,
    kind: str,
    code: str,
    works: dict[str, str],
    adjusted: float,
    saving: float,
    half: float,
    *,
    planned: float,
    name: str = "",
) -> None:
    parts = {"power": saving * 0.8, "profile": saving * 0.2} if kind == "cabinet" else {}
    _row(
        town,
        kind,
        code,
        name,
        _facts([], works, planned, parts),
        reporting_from=date(2025, 11, 19),
        reporting_to=date(2026, 11, 18),
        adjusted_kwh=adjusted,
        measured_kwh=adjusted - saving,
        saving_kwh=saving,
        low_kwh=saving - half,
        high_kwh=saving + half,
        refusal="",
    )


def _refused(  # noqa: PLR0917 - the columns of a table
    town: Town, kind: str, code: str, works: dict[str, str], reason: str, name: str = ""
) -> None:
    _row(town, kind, code, name, _facts([reason], works, 1000.0, {}), refusal=reason)


def _facts(
    reasons: list[str], works: dict[str, str], planned: float, parts: dict[str, float]
) -> dict[str, Any]:
    return {
        "reasons": reasons,
        "works": [{**works, "planned_kwh": planned, "cost_eur": 9000}],
        "planned_kwh": planned,
        "cost_eur": 9000.0,
        "lights": 30,
        "parts": parts,
        "baseline_needed": 365,
        "missing_allowed": 37,
        "fit": {"baseline_days": 175},
    }


def _row(
    town: Town, kind: str, code: str, name: str, facts: dict[str, Any], **columns: Any
) -> None:
    asset = town.ids.get(f"{kind}:{code}") or town.asset(kind, code, name)
    town.connection.execute(
        "INSERT INTO saving (asset_id, method, computed_at, level, facts, "
        + ", ".join(columns)
        + ") VALUES (%s, %s, %s, 0.9, %s, "
        + ", ".join(["%s"] * len(columns))
        + ")",
        (asset, f"{kind}@1", EVENING, orjson.dumps(facts).decode(), *columns.values()),
    )
