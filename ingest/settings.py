"""Settings of ingest."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """How messages come in and orders go out; environment prefix ``REVERBERE_INGEST_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_INGEST_", extra="ignore", env_ignore_empty=True
    )

    client_id: str = Field(
        default="",
        max_length=60,
        description="Fixed name of this worker at the broker; by default reverbere-<territory>",
    )
    nats_url: str = Field(
        default="",
        description="Addresses of NATS servers, separated by commas: messages are pulled from "
        "their stream instead of subscribed to at a broker",
    )
    ack_wait_s: float = Field(
        default=30.0,
        ge=1.0,
        description="After this long without an answer NATS gives a message to another worker, "
        "in seconds",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many workers share the broker's messages; each has a fixed number",
    )
    topics: list[str] = Field(
        default=[],
        description="More MQTT filters to subscribe to, where a server's topic template differs; "
        "on the embedded broker devices may publish to them",
    )
    plain_mapping: Path | None = Field(
        default=None, description="Mapping file of the territory's plain MQTT topics"
    )
    zone: str = Field(
        default="Europe/Paris",
        description="Time zone of devices that tell local time without an offset (Tasmota), and of "
        "exports of receptions",
    )
    profiles: Path | None = Field(
        default=None,
        description="The territory's own device profiles, a file or a folder, added to those that "
        "ship; codecs in JavaScript lie beside them",
    )
    codec_processes: int = Field(
        default=2,
        ge=1,
        le=16,
        description="How many processes run codecs in JavaScript; none runs before one is needed",
    )
    batch_messages: int = Field(
        default=10_000, ge=1, le=100_000, description="Most messages stored in one transaction"
    )
    batch_bytes: int = Field(
        default=12_000_000, ge=1_000, description="Most bytes stored in one transaction"
    )
    batch_wait_ms: int = Field(
        default=40, ge=0, le=5_000, description="Longest wait for a batch to fill, in ms"
    )
    window_messages: int = Field(
        default=20_000,
        ge=1,
        description="Most messages received and not handed over; beyond it the broker holds them",
    )
    window_bytes: int = Field(
        default=24_000_000, ge=1_000, description="Most bytes received and not handed over"
    )
    message_bytes: int = Field(
        default=262_144, ge=1_024, description="A larger message is rejected"
    )
    rejected_bytes: int = Field(
        default=65_536, ge=256, description="Bytes of a rejected message that are kept"
    )
    keepalive_s: int = Field(
        default=60, ge=5, le=600, description="MQTT keep-alive interval, in seconds"
    )
    buffered_socket: bool = Field(
        default=True,
        description="Read many packets at once below paho-mqtt; off falls back to plain paho",
    )
    copy_window_s: int = Field(
        default=2_700,
        ge=0,
        le=86_400,
        description="Deliveries of the same frame within this time are one, in seconds",
    )
    late_after_s: int = Field(
        default=300, ge=1, description="A reading that arrives later than this is flagged late"
    )
    oldest_days: int = Field(
        default=30,
        ge=1,
        le=3_650,
        description="A radio frame's own time further back than this is not believed",
    )
    unknown_devices: int = Field(
        default=20_000,
        ge=0,
        description="Most devices that nobody registered; further ones are rejected",
    )
    command_grace_s: int = Field(
        default=900,
        ge=1,
        description="How long after its expiry a sent order may still be confirmed, in seconds",
    )
