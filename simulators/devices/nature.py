"""What measures water, soil and sky: soil probes, the river gauge, the weather station."""

import numpy as np

from ingest.codecs import cayenne_lpp, milesight
from simulators.devices.fleet import SECOND, Fleet
from simulators.river import River
from simulators.soil import Soil
from simulators.weather import Climate

_RISING_REPORT_S = 60


def _time(at: int) -> np.datetime64:
    return np.datetime64(at, "us")


class _Listener:
    """What has a battery and takes no orders."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - a battery, at any time
        """Whether it has power: always."""
        return True

    def obey(self, device: int, payload: bytes, at: int) -> int | None:  # noqa: ARG002 - no orders
        """Know no order."""
        return None


class SoilProbes(_Listener):
    """Soil probes (Milesight EM500-SMTC), one a hydrozone."""

    def __init__(
        self, fleet: Fleet, soil: Soil, climate: Climate, rng: np.random.Generator
    ) -> None:
        super().__init__(fleet)
        self._soil = soil
        self._climate = climate
        self._rng = rng
        self._battery = rng.uniform(70, 99, len(fleet))
        self._ions = rng.uniform(7.0, 14.0, len(fleet))

    def payload(self, device: int, at: int) -> bytes:
        """Return moisture, temperature and conductivity."""
        self._soil.advance(at / SECOND, self._climate)
        row = self._climate.row(np.array([_time(at)]))[0]
        moisture = self._soil.moisture(device) + float(self._rng.normal(0, 0.12))
        return milesight.encode(
            "em500-smtc",
            battery=float(self._battery[device]),
            temperature=float(0.8 * self._climate.t_mean[row] + 2.4),
            moisture=float(np.clip(moisture, 0, 60)),
            conductivity=float(self._ions[device] * max(moisture, 1.0)),
        )


class RiverGauge(_Listener):
    """The gauge at the pont Vieux (Milesight EM500-SWL)."""

    def __init__(self, fleet: Fleet, river: River) -> None:
        super().__init__(fleet)
        self._river = river

    def payload(self, device: int, at: int) -> bytes:
        """Return the level; while the river moves the next report comes within a minute."""
        now = at / SECOND
        if self._river.moves(now):
            self.fleet.speak_at(device, at + _RISING_REPORT_S * SECOND)
        return milesight.encode("em500-swl", battery=88.0, depth=max(0.0, self._river.level(now)))


class WeatherStation(_Listener):
    """The weather station: Cayenne LPP, channels 1 to 6 as its profile says."""

    def __init__(self, fleet: Fleet, climate: Climate, rng: np.random.Generator) -> None:
        super().__init__(fleet)
        self._climate = climate
        self._rng = rng
        self._said_at: int | None = None

    def payload(self, device: int, at: int) -> bytes:  # noqa: ARG002 - there is one
        """Return temperature, humidity, pressure, wind, rain since the last frame, radiation."""
        instants = np.array([_time(at)])
        row = int(self._climate.row(instants)[0])
        since = self._said_at if self._said_at is not None else at - self.fleet.interval_us
        rain = self._climate.rain_between(_time(since), _time(at))
        self._said_at = at
        wind = float(self._climate.wind[row] * self._rng.lognormal(0, 0.25))
        return cayenne_lpp.encode(
            [
                (1, "temperature", float(self._climate.temperature(instants)[0])),
                (2, "humidity", float(self._climate.humidity(instants)[0])),
                (3, "barometer", 1016.0 + 6.0 * float(np.sin(at / SECOND / 4e5))),
                (4, "analog_input", min(wind, 40.0)),
                (5, "analog_input", rain),
                (6, "analog_input", float(self._climate.global_radiation(instants)[0]) / 10),
            ]
        )
