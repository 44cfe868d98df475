"""Settings of the evaluation of savings."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from twin.evaluation.sufficiency import Rules


class EvaluationSettings(BaseSettings):
    """How savings are computed; environment prefix ``REVERBERE_EVALUATION_``."""

    model_config = SettingsConfigDict(env_prefix="REVERBERE_EVALUATION_", extra="ignore")

    level: float = Field(
        default=0.9, gt=0.5, lt=1, description="Confidence of the published intervals"
    )
    switching_elevation_deg: float = Field(
        default=-3.0,
        ge=-18,
        le=5,
        description="Elevation of the sun at which lighting switches, in degrees",
    )
    cabinet_reporting_days: int = Field(
        default=28, ge=7, le=365, description="Least days measured after works on a cabinet"
    )
    building_reporting_days: int = Field(
        default=84, ge=7, le=365, description="Least days measured after works on a building"
    )
    metered_share: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="Least share of lights tied to an evaluated meter for a figure of the whole "
        "town",
    )

    def cabinet_rules(self) -> Rules:
        """Return the limits that hold for cabinets."""
        return Rules(level=self.level, reporting_days=self.cabinet_reporting_days)

    def building_rules(self) -> Rules:
        """Return the limits that hold for buildings."""
        return Rules(level=self.level, reporting_days=self.building_reporting_days)
