"""Limits of the import: what a file may weigh before it is refused."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ImportSettings(BaseSettings):
    """Caps that keep memory bounded whatever is imported; prefix ``REVERBERE_IMPORT_``."""

    model_config = SettingsConfigDict(
        env_prefix="REVERBERE_IMPORT_", extra="ignore", env_ignore_empty=True
    )

    max_bytes: int = Field(
        default=512 * 1024**2, ge=1024, description="Largest file accepted, in bytes"
    )
    max_unpacked_bytes: int = Field(
        default=2 * 1024**3, ge=1024, description="Largest content of an archive, in bytes"
    )
    max_members: int = Field(default=2_000, ge=1, description="Most files in an archive")
    max_rows: int = Field(default=5_000_000, ge=1, description="Most rows in a file")
    max_vertices: int = Field(
        default=200_000, ge=4, description="Most vertices of one geometry; beyond, it is set aside"
    )
    max_cells: int = Field(
        default=36_000_000, ge=4, description="Most cells of a grid of heights: 6 km × 6 km by 1 m"
    )
    max_listed: int = Field(
        default=1_000,
        ge=0,
        description="Rows listed for one reason in the stored report; counts stay exact",
    )
