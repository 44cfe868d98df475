"""All settings of a process, by subject.

Each subject is a class beside its room, each field has a description; ``docs/operations.md`` lists
them all, and a test holds it to that.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from control_center.services.settings import ServiceSettings
from control_center.web_settings import WebSettings
from gis.settings import ImportSettings
from twin.store.settings import StoreSettings


def _default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "reverbere"


class HouseSettings(BaseSettings):
    """What every process needs to know; environment prefix ``REVERBERE_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_", extra="ignore", env_ignore_empty=True
    )

    home: Path = Field(
        default_factory=_default_home,
        description="Folder of everything that is made and kept: servers, data, tiles, keys, logs; "
        "`make` sets it to .reverbere beside the source, otherwise it is "
        "~/.local/share/reverbere",
    )
    territory: str = Field(
        default="bellerive",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="Short name of the territory to open: a-z, 0-9 and hyphens; the default is the "
        "demonstration town",
    )
    log: Literal["auto", "human", "json"] = Field(
        default="auto",
        description="Form of the logs: lines to read, or one JSON object a line; auto reads on a "
        "terminal and is JSON elsewhere",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least serious level that is logged"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the whole house, read from the environment once a process.

    Attributes
    ----------
    house, store, services, web, imports
        One subject each.
    """

    house: HouseSettings = field(default_factory=HouseSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    services: ServiceSettings = field(default_factory=ServiceSettings)
    web: WebSettings = field(default_factory=WebSettings)
    imports: ImportSettings = field(default_factory=ImportSettings)

    @property
    def home(self) -> Path:
        """The home folder, absolute."""
        return self.house.home.expanduser().absolute()

    @property
    def logs(self) -> Path:
        """Folder of the logs."""
        return self.home / "logs"
