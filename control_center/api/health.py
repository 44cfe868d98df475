"""``/health``: whether the product does its work, and if not, since when and why."""

import platform
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse

from control_center.people import Access, Role
from control_center.versions import product_version
from gis.errors import ReverbereError
from twin.clock import Clock
from twin.errors import Refused, StoreError
from twin.store.database import Database
from twin.store.migrate import require_current, schema_version
from twin.store.sql import statement
from twin.store.telemetry import TelemetryReader

INGEST_LATE_S = 300
WORKER_LATE_S = 60
ASSESSMENT_LATE_S = 120

router = APIRouter(tags=["health"])


@router.get("/health", summary="Whether the product works, and if not why")
def health(request: Request) -> JSONResponse:
    """Answer 200 while pages can be served from the store (``ok``, ``degraded``), else 503.

    Where keys are needed, whoever has none reads the status alone.
    """
    report = health_report(request.app.state)
    status = 503 if report["status"] == "down" else 200
    told = report if _may_look_inside(request) else {"status": report["status"]}
    return JSONResponse(
        jsonable_encoder(told), status_code=status, headers={"Cache-Control": "no-store"}
    )


def _may_look_inside(request: Request) -> bool:
    access: Access = request.app.state.access
    try:
        access.person(request, Role.OPERATOR)
    except Refused:
        return False
    return True


def health_report(state: Any) -> dict[str, Any]:
    """Gather what each part says of itself.

    Returns
    -------
    dict
        ``status`` is ``ok``, ``degraded`` or ``down``; ``reasons`` says in words what is wrong.
    """
    reasons: list[str] = []
    database = _database(state.database, reasons)
    answers = bool(database["answers"])
    report = {
        "now": state.clock.now().isoformat(),
        "versions": _versions(state, database, reasons),
        "database": database,
        "services": state.services,
        "broker": _broker(state.services, reasons),
        "territory": _territory(state, reasons) if answers else None,
        "ingest": _ingest(state.database, state.clock, reasons) if answers else None,
        "jobs": state.jobs.report(reasons),
        "live": state.hub.report(reasons),
    }
    for name, service in state.services.items():
        if isinstance(service, dict) and service.get("missing"):
            reasons.append(f"{name}: {service['missing']}")
    status = "ok" if not reasons else "degraded" if answers else "down"
    return {"status": status, "reasons": reasons, **report}


def _database(database: Database, reasons: list[str]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        found = schema_version(database)
        capabilities = database.capabilities
    except ReverbereError as error:
        reasons.append(error.sentence)
        return {"answers": False, "address": database.address}
    try:
        require_current(database)
    except StoreError as error:
        reasons.append(error.sentence)
    return {
        "answers": True,
        "address": database.address,
        "answer_ms": round((time.perf_counter() - started) * 1000, 1),
        "schema": found,
        "postgresql": capabilities.server,
        "timescaledb": capabilities.timescale,
        "timescaledb_licensed": capabilities.timescale_licensed,
        "time_tables": "hypertables" if capabilities.timescale else "plain partitions",
    }


def _broker(services: Mapping[str, Any], reasons: list[str]) -> dict[str, Any] | None:
    """Knock at the broker's door; None where this process does not know where it is."""
    address = services.get("broker", {}).get("address")
    if not address:
        return None
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname, parts.port or 1883), timeout=1).close()
    except OSError as error:
        reasons.append(f"the broker at {parts.hostname}:{parts.port} does not answer: {error}")
        return {"answers": False}
    return {"answers": True}


def _versions(state: Any, database: dict[str, Any], reasons: list[str]) -> dict[str, Any]:
    if not state.assets.engine_is_expected:
        reasons.append("the map's engine (pydeck) is not the version that was tested")
    return {
        "reverbere": product_version(),
        "python": platform.python_version(),
        "pydeck": version("pydeck"),
        "schema": database.get("schema"),
        "assets": state.assets.version,
    }


def _territory(state: Any, reasons: list[str]) -> dict[str, Any] | None:
    territory = state.territory()
    if territory is None:
        reasons.append("no territory has been imported yet")
        return None
    if territory.data_version is None:
        reasons.append("the map's tiles have not been built")
    return {
        "slug": territory.slug,
        "name": territory.name,
        "simulated": territory.simulated,
        "data_version": territory.data_version,
    }


def _ingest(database: Database, clock: Clock, reasons: list[str]) -> dict[str, Any]:
    with database.connection() as connection:
        row = connection.execute(statement("health/ingest")).fetchone()
    last: datetime | None = row[0] if row else None
    workers = TelemetryReader(database).worker_status()
    reasons += _missing(workers, clock.now())
    if last is None:
        return {"last_batch_at": None, "age_s": None, "workers": workers}
    age = (clock.now() - last).total_seconds()
    if age > INGEST_LATE_S:
        reasons.append(f"nothing has been received for {round(age)} s")
    return {"last_batch_at": last.isoformat(), "age_s": round(age, 1), "workers": workers}


def _missing(workers: list[dict[str, Any]], now: datetime) -> list[str]:
    """Say which workers of several have gone without a word: their share waits at the broker."""
    if len(workers) < 2:
        return []
    silent = [
        (one["worker"], round((now - one["at"]).total_seconds()))
        for one in workers
        if not one["status"].get("stopped")
    ]
    return [
        f"ingest worker {name} has been silent for {age} s: its share of the messages waits"
        for name, age in silent
        if age > WORKER_LATE_S
    ]
