"""Proof documents as the assessment writes them, one for each thing that can be said."""

from datetime import datetime, timedelta
from typing import Any

NAMES = {"rue-des-lavandieres": "Rue des Lavandières", "quai-des-tanneurs": "Quai des Tanneurs"}


def instant(at: datetime) -> str:
    """Write an instant as proofs do."""
    return at.isoformat().replace("+00:00", "Z")


def plain_proof(code: str, kind: str, at: datetime, root: dict[str, str]) -> dict[str, Any]:
    """Return a proof with nothing in its chain."""
    return {
        "format": "reverbere/proof@1",
        "incident": code,
        "version": 1,
        "kind": kind,
        "as_of": instant(at),
        "territory": {"slug": "bellerive", "name": "Bellerive", "simulated": True},
        "claim": {
            "verdict": "dark",
            "basis": "measured",
            "probability": 0.97,
            "since": instant(at - timedelta(minutes=32)),
        },
        "root": {"name": "", "place": "", **root},
        "headline": {},
        "chain": [],
        "devices": [],
        "streets": [],
        "assumptions": [],
        "evidence": [],
        "unknown": [],
        "ruled_out": [],
    }


def flood_proof(
    code: str, at: datetime, *, cabinet: str = "A-112", state: str = "tripped"
) -> dict[str, Any]:
    """Return the proof of a cabinet in the water: depth computed, plinth read on a plan."""
    since = instant(at - timedelta(minutes=32))
    subject = {"kind": "cabinet", "code": cabinet, "place": "quai des Tanneurs"}
    gauge = {"kind": "river_gauge", "code": "VR-02", "name": "pont Vieux"}
    depth = 0.62 if state == "tripped" else 0.12
    proof = plain_proof(code, "flood", at, subject)
    proof["headline"] = {
        "cabinets": 1,
        "lights": 38,
        "lights_confirmed": 32,
        "lights_inferred": 6,
        "covered_m": 640,
        "attributed_m": 655,
        "residents": 340,
        "streets": 5,
        "buildings": 3,
        "crossings": 2,
        "schools": 0,
        "gateways": 0,
        "sensors_silent": 5,
    }
    proof["chain"] = [
        step("water_level", gauge, "measured", 0.99, since, [figure("level", 3.42, "m", 0.02)]),
        step(
            "water_depth",
            subject,
            "computed",
            0.97,
            since,
            [
                figure("level", 3.42, "m"),
                figure("ground", 2.8, "m"),
                figure("depth", depth, "m", 0.03),
            ],
        ),
        step("plinth", subject, "assumed", 0.9, None, [figure("plinth", 0.35, "m")]),
        step("supply_lost", subject, "measured", 0.99, since, [figure("current", 0.0, "A")]),
        step("wiring", subject, "assumed", 0.98, None, [figure("lights", 38, "1")]),
    ]
    proof["devices"] = [
        {
            **subject,
            "state": state,
            "since": since,
            "basis": "measured",
            "probability": 1.0,
            "depth_m": depth,
            "plinth_m": 0.35,
            "plinth_source": "plan",
            "lights": 38,
        }
    ]
    proof["streets"] = [
        touched("rue-des-lavandieres", "Rue des Lavandières", 16, 14, 0, "dark", cabinet),
        touched("quai-des-tanneurs", "Quai des Tanneurs", 24, 18, 6, "dark", cabinet),
        touched("rue-du-pont", "Rue du Pont", 11, 11, 0, "dark", cabinet),
    ]
    proof["assumptions"] = [{"what": "plinth", "subject": cabinet, "value": 0.35, "unit": "m"}]
    proof["evidence"] = [
        {
            "name": "current_zero",
            "direction": "for",
            "weight": 6.2,
            "basis": "measured",
            "at": since,
            "subject": subject,
        }
    ]
    proof["unknown"] = ["equipment_state", "river_level_forecast"]
    proof["ruled_out"] = [{"cause": "schedule", "because": "switch_on_received", "at": since}]
    return proof


def lamp_proof(code: str, at: datetime) -> dict[str, Any]:
    """Return the proof of one lamp out, its neighbours measured as lit."""
    root = {"kind": "streetlight", "code": "L-2005", "place": "Rue Haute"}
    proof = plain_proof(code, "lamp_failure", at, root)
    proof["headline"] = {"lights": 1, "lights_confirmed": 1, "lights_inferred": 0, "streets": 1}
    proof["streets"] = [touched("rue-haute", "Rue Haute", 10, 1, 0, "reduced", None)]
    proof["evidence"] = [
        {"name": "neighbours_lit", "direction": "for", "weight": 3.0, "basis": "measured"}
    ]
    return proof


def silence_proof(code: str, at: datetime) -> dict[str, Any]:
    """Return the proof of a silent gateway: no darkness is claimed."""
    root = {"kind": "gateway", "code": "G-3", "name": "G-3"}
    proof = plain_proof(code, "gateway_silent", at, root)
    proof["claim"] = {
        "verdict": "silent",
        "basis": "unknown",
        "probability": None,
        "since": instant(at - timedelta(minutes=16)),
    }
    proof["headline"] = {"gateways": 1, "sensors_silent": 5, "lights": 0}
    proof["chain"] = [
        step("radio", root, "measured", 0.99, instant(at - timedelta(minutes=16)), [])
    ]
    proof["unknown"] = ["lights"]
    return proof


def touched(  # noqa: PLR0917 - the columns of a table
    slug: str,
    name: str,
    lights: int,
    confirmed: int,
    inferred: int,
    verdict: str,
    device: str | None,
) -> dict[str, Any]:
    """Return one row of the streets of a proof."""
    return {
        "slug": slug,
        "name": name,
        "lights": lights,
        "confirmed": confirmed,
        "inferred": inferred,
        "covered_m": 15 * (confirmed + inferred),
        "length_m": 15 * lights,
        "verdict": verdict,
        "device": device,
    }


def step(  # noqa: PLR0917 - the columns of a table
    name: str,
    subject: dict[str, str],
    basis: str,
    confidence: float,
    at: str | None,
    figures: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return one link of a chain."""
    return {
        "step": name,
        "subject": subject,
        "relation": "",
        "object": None,
        "basis": basis,
        "confidence": confidence,
        "at": at,
        "source": "",
        "figures": figures,
    }


def figure(name: str, value: float, unit: str, margin: float | None = None) -> dict[str, Any]:
    """Return one figure of a link."""
    return {"name": name, "value": value, "unit": unit, "margin": margin}
