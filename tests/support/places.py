"""Folders that test servers can reach, whoever runs the tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control_center.services.services import Services
from control_center.services.settings import ServiceSettings
from control_center.settings import HouseSettings, Settings
from control_center.web_settings import WebSettings
from tests.support import session
from tests.support.brokers import free_port
from twin.store.settings import StoreSettings


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """Yield a folder below the run's, open to the servers' account (pytest's own are private)."""
    with tempfile.TemporaryDirectory(dir=session.folder(), prefix="essai été ") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def settings_of(home: Path, **services: object) -> Settings:
    """Return settings for a home folder, with the prefix that stands already."""
    prefix = session.programs().state / "prefix"
    given: dict[str, object] = {"prefix": prefix, "mqtt_port": free_port(), **services}
    return Settings(
        house=HouseSettings(home=home),
        store=StoreSettings(),
        services=ServiceSettings(**given),  # type: ignore[arg-type] - pydantic checks them
        web=WebSettings(),
    )


@contextmanager
def running_services(home: Path, **services: object) -> Iterator[Services]:
    """Yield the servers of a home folder, stopped afterwards."""
    started = Services.start(settings_of(home, **services))
    try:
        yield started
    finally:
        started.stop()
