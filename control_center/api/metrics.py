"""``/metrics`` in Prometheus' format; labels take few values, never a name or an address."""

import time

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.errors import ReverbereError
from twin.model.states import LightState

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "reverbere_http_requests",
            "Answers, by route and class of status",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "reverbere_http_request_seconds",
            "Time to the first byte of an answer",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.browsers = Gauge(
            "reverbere_live_browsers", "Browsers on the live channel", registry=self.registry
        )
        self.patches = Gauge(
            "reverbere_live_patches", "Patches told since the start", registry=self.registry
        )
        self.lights = Gauge(
            "reverbere_lights", "Lights, by state", ("state",), registry=self.registry
        )
        self.incidents = Gauge("reverbere_incidents_open", "Open incidents", registry=self.registry)
        self.received = Gauge(
            "reverbere_messages_received_today",
            "Messages received since local midnight",
            registry=self.registry,
        )
        self.unaccounted = Gauge(
            "reverbere_messages_unaccounted",
            "Messages of today without an outcome: never anything but 0",
            registry=self.registry,
        )
        self.message_age = Gauge(
            "reverbere_last_message_age_seconds",
            "Age of the last stored value; -1 before any",
            registry=self.registry,
        )
        self.job_age = Gauge(
            "reverbere_job_age_seconds",
            "Age of the last success of a background job; -1 before any",
            ("job",),
            registry=self.registry,
        )


router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Counters for Prometheus", response_class=Response)
def metrics(request: Request) -> Response:
    """Read the gauges, then write everything."""
    state = request.app.state
    counters: Metrics = state.metrics
    try:
        _read_gauges(counters, request)
    except ReverbereError:  # the store is away: /health says so, counters still serve
        counters.message_age.set(-1)
    return Response(generate_latest(counters.registry), media_type=CONTENT_TYPE_LATEST)


def _read_gauges(counters: Metrics, request: Request) -> None:
    state = request.app.state
    ignored: list[str] = []
    live = state.hub.report(ignored)
    counters.browsers.set(live["browsers"])
    counters.patches.set(live["patches"])
    for light_state, count in zip(LightState, state.hub.image.counts(), strict=True):
        counters.lights.labels(light_state.name.lower()).set(count)
    counters.incidents.set(state.hub.open_incidents)
    pulse = state.hub.pulse
    counters.received.set(pulse.received)
    counters.unaccounted.set(pulse.received - pulse.accounted)
    last = pulse.last_received_at
    age = -1.0 if last is None else (state.clock.now() - last).total_seconds()
    counters.message_age.set(age)
    for job, standing in state.jobs.report(ignored).items():
        counters.job_age.labels(job).set(-1 if standing["age_s"] is None else standing["age_s"])


class Measured:
    """ASGI middleware that counts answers and times them.

    Parameters
    ----------
    app : ASGIApp
        What is measured.
    metrics : Metrics
        Where.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, counted)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # the template of the route, not the address: few values, and nobody's street in a label
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(scope["method"], route, f"{status // 100}xx").inc()
        self._metrics.seconds.labels(route).observe(seconds)
