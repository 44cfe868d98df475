"""Settings of the web server: where it listens, who may act, how much it accepts."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PLAN_IGN_HOST = "https://data.geopf.fr"
"""The State's own server of Plan IGN."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class WebSettings(BaseSettings):
    """The control centre's door; environment prefix ``REVERBERE_WEB_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_WEB_", extra="ignore", env_ignore_empty=True
    )

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; anything but loopback asks for an access key",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes any")
    hosts: tuple[str, ...] = Field(
        default=(),
        description='Names under which browsers may reach the server, as JSON: ["ville.example"]; '
        "loopback names, this machine's name and plain IP addresses are always accepted",
    )
    access: Literal["auto", "open", "keys"] = Field(
        default="auto",
        description="Who may act: open to everybody, by keys, or open on loopback alone (auto)",
    )
    operator_key: SecretStr | None = Field(
        default=None, description="Key of the operators; without it one is made and kept"
    )
    gardener_key: SecretStr | None = Field(
        default=None, description="Key of the gardeners; without it one is made and kept"
    )
    max_body_bytes: int = Field(
        default=20_000_000, ge=1_000, description="Largest request body, in bytes"
    )
    acts_per_minute: int = Field(
        default=120, ge=1, description="Acts (anything but reading) a client may do in a minute"
    )
    reads_per_minute: int = Field(
        default=60_000, ge=60, description="Pages and data a client may read in a minute"
    )
    keys_per_minute: int = Field(
        default=10, ge=1, description="Access keys that a client may try in a minute"
    )
    live_clients: int = Field(
        default=500, ge=1, description="Browsers that may follow the live channel at once"
    )
    live_period_s: float = Field(
        default=0.5, ge=0.05, le=10, description="Shortest time between two live patches, seconds"
    )
    plan_ign: bool = Field(
        default=False,
        description="Lay Plan IGN under the map; browsers then ask its server for tiles",
    )
    plan_ign_host: str = Field(
        default=PLAN_IGN_HOST,
        pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$",
        description="Server of Plan IGN: the State's, or a mirror of the town's own",
    )
    jobs: bool = Field(
        default=True, description="Run assessment, watering and evaluation in this process"
    )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in _LOOPBACK

    @property
    def plan(self) -> str:
        """Server that browsers ask for Plan IGN; empty where it is not wanted."""
        return self.plan_ign_host if self.plan_ign else ""

    @property
    def open_access(self) -> bool:
        """Whether anybody who reaches the server may act."""
        return self.access == "open" or (self.access == "auto" and self.loopback)
