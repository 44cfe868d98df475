"""The proof of the small city's incident, as the assessment would write it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


def proof(code: str, cabinet: str, lights: int, evening: datetime) -> dict[str, Any]:
    """Return the proof of the flood's incident, as the assessment would write it."""
    local = evening.astimezone(ZoneInfo("Europe/Paris"))
    at = (evening - timedelta(minutes=32)).isoformat().replace("+00:00", "Z")
    subject = {"kind": "cabinet", "code": cabinet}
    return {
        "format": "reverbere/proof@1",
        "incident": code,
        "version": 1,
        "kind": "flood",
        "as_of": evening.isoformat().replace("+00:00", "Z"),
        "territory": {"slug": "bellerive", "name": "Bellerive", "simulated": True},
        "claim": {"verdict": "dark", "basis": "measured", "probability": 0.97, "since": at},
        "root": {**subject, "name": "", "place": "quai des Tanneurs"},
        "headline": {
            "cabinets": 1,
            "lights": lights,
            "lights_confirmed": lights - 6,
            "lights_inferred": 6,
            "covered_m": 640,
            "attributed_m": 655,
            "residents": 340,
            "streets": 5,
            "buildings": 2,
            "crossings": 2,
            "schools": 0,
            "gateways": 0,
            "sensors_silent": 5,
        },
        "chain": [
            _step(
                "water_level",
                {"kind": "river_gauge", "code": "VR-02"},
                "measured",
                0.99,
                at,
                [{"name": "level", "value": 3.17, "unit": "m", "margin": 0.02}],
            ),
            _step(
                "water_depth",
                subject,
                "computed",
                0.97,
                at,
                [{"name": "depth", "value": 0.62, "unit": "m", "margin": 0.03}],
            ),
            _step(
                "plinth",
                subject,
                "assumed",
                0.9,
                f"{local.year - 7}-06-01T00:00:00Z",
                [{"name": "plinth", "value": 0.35, "unit": "m"}],
            ),
            _step(
                "supply_lost",
                subject,
                "measured",
                0.99,
                at,
                [{"name": "current", "value": 0, "unit": "A"}],
            ),
            _step(
                "wiring",
                subject,
                "assumed",
                0.98,
                "2026-03-01T00:00:00Z",
                [{"name": "lights", "value": lights, "unit": "1"}],
            ),
        ],
        "devices": [
            {
                **subject,
                "place": "quai des Tanneurs",
                "state": "tripped",
                "since": at,
                "basis": "measured",
                "probability": 1.0,
                "depth_m": 0.62,
                "plinth_m": 0.35,
                "plinth_source": "plan",
                "lights": lights,
            }
        ],
        "streets": [
            {
                "slug": "rue-des-lavandieres",
                "name": "rue des Lavandières",
                "lights": 16,
                "confirmed": 14,
                "inferred": 0,
                "covered_m": 210,
                "length_m": 240,
                "verdict": "partly_dark",
                "device": cabinet,
            }
        ],
        "assumptions": [{"what": "plinth", "subject": cabinet, "value": 0.35, "unit": "m"}],
        "evidence": [
            {
                "name": "current_zero",
                "direction": "for",
                "weight": 6.2,
                "basis": "measured",
                "at": at,
                "subject": subject,
            },
            {
                "name": "depth_above_plinth",
                "direction": "for",
                "weight": 4.1,
                "basis": "computed",
                "at": at,
                "subject": subject,
            },
        ],
        "unknown": ["equipment_state", "river_level_forecast"],
        "ruled_out": [{"cause": "schedule", "because": "switch_on_received", "at": at}],
    }


def _step(  # noqa: PLR0917 - a row of the table above
    step: str,
    subject: dict[str, str],
    basis: str,
    confidence: float,
    at: str,
    figures: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "step": step,
        "subject": subject,
        "relation": "covered_by",
        "object": {"kind": "flood", "code": "crue"},
        "basis": basis,
        "confidence": confidence,
        "at": at,
        "source": subject["code"],
        "figures": figures,
    }
