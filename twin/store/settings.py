"""Settings of the store."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """Where the database is and how it is used; environment prefix ``REVERBERE_STORE_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_STORE_", extra="ignore", env_ignore_empty=True
    )

    url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="Connection address of an existing PostgreSQL; without it an embedded one is "
        "started",
    )
    extension: bool = Field(
        default=True,
        description="Use TimescaleDB where the server has it; off keeps to plain partitions",
    )
    pool_max: int = Field(default=10, ge=1, le=100, description="Connections a process may hold")
    connect_timeout_s: int = Field(
        default=5, ge=1, le=60, description="Longest wait for a connection, in seconds"
    )
    statement_timeout_s: int = Field(
        default=30, ge=1, le=3600, description="Longest run of one statement, in seconds"
    )
