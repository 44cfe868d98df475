"""The control centre as one ASGI application: what it is made of, in order.

``create_app`` is a list: the door, the state that pages read, the routers. Each page and each
branch of the API is a router of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI

from control_center import assets as static_files
from control_center.api import problems
from control_center.api.metrics import Measured, Metrics
from control_center.api.tiles import OpenEpochs
from control_center.assets import Assets
from control_center.jobs import JOBS, Job, Jobs
from control_center.live.hub import Hub
from control_center.open_data.holdings import Holdings
from control_center.open_data.shelf import Shelf
from control_center.open_data.survey import Surveyor
from control_center.pages.entrance import problem_page
from control_center.people import Access
from control_center.rendering import Pages
from control_center.security import Door
from control_center.versions import product_version
from control_center.web_settings import WebSettings
from gis.errors import ReverbereError
from twin.clock import Clock, SystemClock
from twin.errors import NoTerritory
from twin.store.city import CityReader, Territory
from twin.store.database import Database

ROUTERS = (
    "control_center.api.health",
    "control_center.api.metrics",
    "control_center.api.documentation",
    "control_center.api.live",
    "control_center.api.map",
    "control_center.api.overlay",
    "control_center.api.wiring",
    "control_center.api.tiles",
    "control_center.api.incidents",
    "control_center.api.care",
    "control_center.api.causes",
    "control_center.api.proofs",
    "control_center.api.returns",
    "control_center.api.whatif",
    "control_center.api.sightings",
    "control_center.api.irrigation",
    "control_center.api.things",
    "control_center.api.messages",
    "control_center.api.sensors",
    "control_center.api.orders",
    "control_center.api.ogc",
    "control_center.api.exports",
    "control_center.pages.portal",
    "control_center.pages.layers",
    "control_center.pages.entrance",
    "control_center.pages.operator",
    "control_center.pages.messages",
    "control_center.pages.care",
    "control_center.pages.causes",
    "control_center.pages.zones",
    "control_center.pages.sightings",
    "control_center.pages.handover",
    "control_center.pages.drawing",
    "control_center.pages.whatif",
    "control_center.pages.wiring",
    "control_center.pages.resident",
    "control_center.pages.proof",
    "control_center.pages.returns",
    "control_center.pages.gardener",
    "control_center.pages.savings",
)
"""Modules whose ``router`` is served, in order."""

_TERRITORY_KEPT_S = 2.0
_log = structlog.get_logger(__name__)


def create_app(
    settings: WebSettings,
    database: Database,
    clock: Clock | None = None,
    *,
    home: Path | None = None,
    services: Mapping[str, Any] | None = None,
    jobs: tuple[Job, ...] = JOBS,
) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings : WebSettings
        Where it listens, who may act.
    database : Database
        The store of one territory.
    clock : Clock, optional
        The territory's; read from the store by default.
    home : Path, optional
        Where made keys and compressed files are kept; nothing is kept by default.
    services : mapping, optional
        What provides the database and the broker, as ``/health`` shows it.
    jobs : tuple of Job
        Background work of this process; none when the settings say so.
    """
    territory = kept_territory(database)
    app = FastAPI(
        title="Réverbère",
        version=product_version(),
        summary="Digital twin and telemetry platform of a connected territory",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    state = app.state
    state.settings, state.database, state.home = settings, database, home
    state.territory = territory
    state.clock = clock or TerritoryClock(territory)
    state.services = dict(services or {})
    state.assets = Assets(cache=None if home is None else home / "cache")
    state.pages = Pages(state.assets)
    state.access = Access(settings, home)
    state.epochs = OpenEpochs(home)
    state.holdings = Holdings(database, state.clock)
    state.surveyor = Surveyor(state.holdings, state.clock)
    state.shelf = Shelf(state.holdings.settings.export_rows)
    state.metrics = Metrics()
    state.jobs = Jobs(database, state.clock, jobs if settings.jobs else ())
    state.hub = Hub(
        database,
        state.clock,
        period_s=settings.live_period_s,
        max_clients=settings.live_clients,
        on_notification=state.jobs.notified,
    )
    state.problem_page = problem_page
    problems.install(app)
    app.add_middleware(Door, settings=settings)
    app.add_middleware(Measured, metrics=state.metrics)
    for router in (static_files.router, *_routers()):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    state.hub.start(asyncio.get_running_loop())
    state.jobs.start()
    _log.info("control centre started", database=state.database.address)
    try:
        yield
    finally:
        state.hub.stop()
        state.shelf.close()
        await asyncio.to_thread(state.jobs.stop)
        _log.info("control centre stopped")


def kept_territory(database: Database) -> Callable[[], Territory | None]:
    """Return a function that reads the territory, at most once every two seconds.

    It answers None where there is none yet, or the last one known while the store is away.
    """
    kept: Territory | None = None
    read_at = -_TERRITORY_KEPT_S

    def territory() -> Territory | None:
        nonlocal kept, read_at
        if time.monotonic() - read_at >= _TERRITORY_KEPT_S:
            try:
                kept = CityReader(database).territory()
            except NoTerritory:
                kept = None
            except ReverbereError as error:
                _log.warning("the territory cannot be read", why=error.sentence)
            read_at = time.monotonic()
        return kept

    return territory


class TerritoryClock:
    """The clock that the store's territory lives by, whichever territory comes to be there.

    Parameters
    ----------
    territory : callable
        Returns the territory; None stands for the machine's own time.
    """

    def __init__(self, territory: Callable[[], Territory | None]) -> None:
        self._territory = territory

    def _clock(self) -> SystemClock:
        known = self._territory()
        return SystemClock() if known is None else SystemClock(known.clock_offset)

    def now(self) -> datetime:
        """Return the territory's instant. [UTC]"""
        return self._clock().now()

    def sleep(self, seconds: float) -> None:
        """Wait. [s]"""
        self._clock().sleep(seconds)


def _routers() -> list[APIRouter]:
    return [import_module(module).router for module in ROUTERS]
