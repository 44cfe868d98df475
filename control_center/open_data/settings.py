"""Settings of the open door: who may read, how much at once."""

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from control_center.open_data.collections import COLLECTIONS


class OpenDataSettings(BaseSettings):
    """What others may read of the city; environment prefix ``REVERBERE_OPEN_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_OPEN_", extra="ignore", env_ignore_empty=True
    )

    readers: Literal["everybody", "operators"] = Field(
        default="everybody",
        description="Who may read layers, exports and the catalogue: everybody or operators",
    )
    withheld: tuple[str, ...] = Field(
        default=(),
        description="Collections that are not offered, as JSON: "
        '["cabinets", "feeders", "live-lights"]',
    )
    cross_origin: bool = Field(
        default=False,
        description="Let pages of other sites read the layers in their visitors' browsers",
    )
    kept_rows: int = Field(
        default=3_000_000,
        ge=1_000,
        description="Rows of layers that a process keeps in memory between two requests",
    )
    export_rows: int = Field(
        default=2_000_000, ge=1, description="Most rows of a file that is exported over the web"
    )

    @field_validator("withheld")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a name that is no collection: a slip of the pen must not give away a layer."""
        unknown = [name for name in names if name not in COLLECTIONS]
        if unknown:
            raise ValueError(
                f"no collection {', '.join(unknown)}; there are {', '.join(COLLECTIONS)}"
            )
        return names
