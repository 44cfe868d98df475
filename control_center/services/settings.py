"""Settings of the embedded servers."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """How servers are found or made; environment prefix ``REVERBERE_SERVICES_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_SERVICES_", extra="ignore", env_ignore_empty=True
    )

    user: str | None = Field(
        default=None,
        description="Account that runs the servers when started as root; by default the first that "
        "exists of reverbere, postgres, nobody",
    )
    mirror: str | None = Field(
        default=None,
        description="Debian mirror to fetch the servers from; by default the one of this machine's "
        "apt",
    )
    prefix: Path | None = Field(
        default=None,
        description="Folder of the servers' programs, to share one between homes; by default in "
        "the home folder, or under /var/lib/reverbere where the servers' account cannot reach it",
    )
    provider: str | None = Field(
        default=None,
        pattern="^(system|prefix|wheel)$",
        description="Take this origin of the database programs only: system, prefix or wheel; by "
        "default the first that works, in this order",
    )
    broker: Literal["mosquitto", "nats"] = Field(
        default="mosquitto",
        description="The embedded broker: mosquitto, or nats, whose stream keeps every message "
        "that it acknowledged, whatever is killed (docs/decisions/jetstream.md)",
    )
    mqtt_url: SecretStr | None = Field(
        default=None,
        validation_alias="MQTT_URL",
        description="Address of an existing broker, e.g. mqtt://user:password@host:1883; without "
        "it an embedded one is started",
    )
    mqtt_port: int = Field(
        default=1883,
        ge=1,
        le=65535,
        description="Port of the embedded broker on 127.0.0.1; a free one is taken, and told, when "
        "another program listens there",
    )
