"""``reverbere simulate``: let a simulated town live; generate one; flood one."""

import json
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import structlog
import typer

from control_center.cli.common import mqtt_url, open_database, open_settings, say, territory_of
from control_center.settings import Settings
from gis.errors import LayerUnreadable, ReverbereError
from simulators.broker import Line
from simulators.city import City, generate, read, write
from simulators.city.files import FLOOD_FILE, STATE_FILE, TERRITORY_FILE
from simulators.city.terrain import DEMONSTRATION_LEVEL_M
from simulators.flood import flood_of
from simulators.life import Life, record
from simulators.population import LAYERS_THAT_LIVE
from simulators.recorder import Recorder
from simulators.simulation import Simulation
from twin.clock import SystemClock
from twin.errors import BrokerUnreachable, Refused
from twin.store.city import CityReader

app = typer.Typer(
    help="Let a simulated town live: its devices publish over MQTT and obey orders.",
    invoke_without_command=True,
)
_log = structlog.get_logger()
_FOLDERS = ("towns", "territories")

TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the town; by default the one that is open.")
]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same town.")]


@app.callback()
def live(
    context: typer.Context,
    *,
    territory: TerritoryOption = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the town; by default that of the territory.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of its life (noise, losses); by default the town's own.")
    ] = None,
    record_to: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write down what is published.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            min=0,
            max=3600,
            help="Seconds of the town in one second; 0: as fast as it can, no broker.",
        ),
    ] = 1.0,
    hours: Annotated[
        float | None, typer.Option(min=0.01, help="Stop after so many hours of the town.")
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help="First instant (UTC), with --speed 0; default: now.")
    ] = None,
) -> None:
    """Let a simulated town live against the broker, until Ctrl-C.

    With --speed 0, --record and --hours it lives in a file instead, the same bytes each time.
    """
    if context.invoked_subcommand is not None:
        return
    settings = open_settings()
    slug = territory_of(settings, territory)
    town = folder or _folder_of(settings, slug)
    city = read(town, layers=LAYERS_THAT_LIVE)
    if not speed > 0:
        _record(city, record_to, hours, start, seed)
    else:
        _live(settings, city, town, _Pace(speed, hours, seed, record_to), slug)


@app.command("generate")
def generate_command(
    out: Annotated[Path, typer.Option(help="Folder that gets the files; made where needed.")],
    seed: SeedOption = 1,
    lights: Annotated[
        int, typer.Option(min=40, max=500_000, help="How many street lights.")
    ] = 5000,
    now: Annotated[
        datetime | None, typer.Option(help="The present (UTC): the history ends the day before.")
    ] = None,
) -> None:
    """Generate a town and write its layers, its history and a flood; nothing is started."""
    present = now.replace(tzinfo=UTC) if now else SystemClock().now()
    written = write(generate(seed, lights, present), out)
    say(f"{lights} lights, {len(written)} files in {out}")


@app.command("flood")
def flood_command(
    out: Annotated[Path, typer.Option(help="GeoJSON file to write.")] = Path(FLOOD_FILE),
    level: Annotated[
        float,
        typer.Option(min=-5, max=20, help="Reading of the gauge at the pont Vieux, in metres."),
    ] = DEMONSTRATION_LEVEL_M,
    territory: TerritoryOption = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the town; by default that of the territory.")
    ] = None,
) -> None:
    """Write the ground that is under water at a level of the river, with its depth."""
    settings = open_settings()
    city = read(folder or _folder_of(settings, territory_of(settings, territory)), layers=set())
    water = flood_of(int(city.truth["seed"]), int(city.truth["lights"]), level)
    out.write_text(json.dumps(water, separators=(",", ":")) + "\n", encoding="utf-8")
    if water["features"]:
        deepest = max(feature["properties"]["depth_m"] for feature in water["features"])
        say(f"{out}: {len(water['features'])} polygons at {level:.2f} m, deepest {deepest:.2f} m")
    else:
        say(f"{out}: no polygon, the river stays in its bed at {level:.2f} m")


class _Pace:
    """How a town is to live: its pace, how long, its seed, what is written down."""

    def __init__(
        self, speed: float, hours: float | None, seed: int | None, record_to: Path | None
    ) -> None:
        self.speed, self.hours, self.seed, self.record_to = speed, hours, seed, record_to


def _folder_of(settings: Settings, slug: str) -> Path:
    """Return where the files of a simulated territory are."""
    for parent in _FOLDERS:
        folder = settings.home / parent / slug
        if (folder / TERRITORY_FILE).exists():
            return folder
    raise LayerUnreadable(
        settings.home / _FOLDERS[0] / slug,
        "no generated town here; `reverbere up` makes one, or `reverbere simulate generate --out "
        "FOLDER` and then `reverbere simulate --folder FOLDER`",
    )


def _record(
    city: City, path: Path | None, hours: float | None, start: datetime | None, seed: int | None
) -> None:
    if path is None or hours is None:
        raise Refused("record", "--speed 0 lives in a file: give it --record FILE and --hours N")
    first = start.replace(tzinfo=UTC) if start else SystemClock().now().replace(microsecond=0)
    count = record(Simulation(city, first, seed), first, hours, path)
    say(f"{path}: {count} messages, {hours:g} h from {first:%Y-%m-%d %H:%M:%S} UTC")


def _live(settings: Settings, city: City, town: Path, pace: _Pace, slug: str) -> None:
    clock = SystemClock(_offset(settings, slug))
    url = mqtt_url(settings, "simulator")
    line = Line(url, f"reverbere-simulator-{slug}")
    try:
        line.open()
    except OSError as error:
        raise BrokerUnreachable(_shown(url), str(error.strerror or error)) from error
    stop = _stop_on_signals()
    began = clock.now()
    recorder = Recorder(pace.record_to) if pace.record_to else None
    simulation = Simulation(city, began, pace.seed)
    life = Life(
        simulation, line, clock, speed=pace.speed, state=town / STATE_FILE, recorder=recorder
    )
    _log.info("the town lives", territory=slug, devices=len(city.frame("devices")))
    span = timedelta(hours=pace.hours / pace.speed) if pace.hours else None
    try:
        life.live(lambda: not stop.is_set() and (span is None or clock.now() - began < span))
    finally:
        line.close()
        if recorder is not None:
            recorder.close()
    _log.info("the town rests", territory=slug)


def _offset(settings: Settings, slug: str) -> timedelta:
    """Return the shift of the territory's clock; none where its store cannot be asked."""
    try:
        with open_database(slug, settings=settings, name="simulate") as database:
            return CityReader(database).territory().clock_offset
    except ReverbereError as error:
        _log.warning("the store does not say what time it is there", reason=error.sentence)
        return timedelta(0)


def _shown(url: str) -> str:
    """Return a broker's address without user and password."""
    return url.rsplit("@", 1)[-1].removeprefix("mqtt://").removeprefix("mqtts://")


def _stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C and an order to end set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return stop
