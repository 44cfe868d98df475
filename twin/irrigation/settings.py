"""Settings of watering."""

from datetime import time

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from twin.local_time import LocalWindow


class WateringSettings(BaseSettings):
    """How nights are planned; environment prefix ``REVERBERE_WATERING_``."""

    model_config = SettingsConfigDict(env_prefix="REVERBERE_WATERING_", extra="ignore")

    opens: time = Field(default=time(22), description="Local time from which valves may open")
    closes: time = Field(default=time(6), description="Local time at which all valves are closed")
    rain_room: float = Field(
        default=0.2, ge=0, lt=1, description="Share of the soil's store left empty for rain"
    )
    automatic: bool = Field(
        default=True, description="Open the valves at the planned hours; off: plan only"
    )
    late_min: int = Field(
        default=10, ge=1, le=60, description="How late a planned opening may still begin, minutes"
    )
    most_open: int | None = Field(
        default=None, ge=1, description="Valves of one water connection that may be open together"
    )
    frost_c: float = Field(
        default=3.0, description="No watering on a day whose lowest temperature is below this, °C"
    )
    history_days: int = Field(
        default=400, ge=30, le=4000, description="Days of weather that a new zone starts from"
    )
    assumed_days: int = Field(
        default=3, ge=1, le=10, description="Days whose mean stands for a day not yet measured"
    )
    wind_height_m: float = Field(
        default=2.0, gt=0.1, le=50, description="Anemometer's height where the register has none"
    )

    @property
    def window(self) -> LocalWindow:
        """The span of the night in which valves may be open."""
        return LocalWindow(self.opens, self.closes)
