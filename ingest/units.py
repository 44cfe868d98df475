"""Units as senders write them, and the way to the unit of the observed property.

``convert(3624, "mV", "V")`` is 3.624. A unit that is unknown, or of another quantity, is told, and
its value is not taken: a wrong factor is worse than a gap.
"""

from collections.abc import Mapping
from typing import Final

_SPELLINGS: Final = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", "℃": "C", "º": "°"})


def _of(**factors: float) -> dict[str, tuple[float, float]]:
    return {name: (factor, 0.0) for name, factor in factors.items()}


def _also(factor: float, *names: str) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(names, (factor, 0.0))


_FAHRENHEIT: Final = (5 / 9, -160 / 9)
_PASCALS: Final = {"Pa": 1.0, "hPa": 100.0, "kPa": 1e3, "MPa": 1e6, "mbar": 100.0, "bar": 1e5}

UNITS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "W": _of(W=1, mW=1e-3, kW=1e3, MW=1e6) | _also(1, "watt", "watts"),
    "V": _of(V=1, mV=1e-3, kV=1e3) | _also(1, "volt", "volts"),
    "A": _of(A=1, mA=1e-3) | _also(1, "amp", "ampere", "amperes"),
    "Hz": _of(Hz=1, kHz=1e3),
    "kWh": _of(kWh=1, Wh=1e-3, MWh=1e3, J=1 / 3.6e6, kJ=1 / 3.6e3, MJ=1 / 3.6)
    | _also(1 / 60_000, "Wmin", "W·min"),
    "degC": {
        **_also(1, "degC", "°C", "C", "Cel", "celsius", "Celsius", "deg C"),
        **dict.fromkeys(("degF", "°F", "F", "Far", "fahrenheit", "Fahrenheit"), _FAHRENHEIT),
        "K": (1.0, -273.15),
    },
    "%": _also(1, "%", "percent", "%RH", "% RH", "%EL", "%vol", "pct") | _also(100, "/"),
    "1": _also(1, "1", "", "count", "pulses", "/"),
    "m": _of(m=1, cm=1e-2, mm=1e-3) | _also(1, "meter", "metre"),
    "L": _of(L=1, l=1, mL=1e-3, ml=1e-3, m3=1e3, dm3=1),
    "L/min": _also(1, "L/min", "l/min") | _also(60, "L/s", "l/s") | _also(1 / 60, "L/h", "l/h")
    | _also(1000 / 60, "m3/h") | _also(60_000, "m3/s"),
    "m3/s": _also(1, "m3/s") | _also(1e-3, "L/s", "l/s") | _also(1 / 3600, "m3/h"),
    "kPa": {name: (pascals / 1e3, 0.0) for name, pascals in _PASCALS.items()},
    "hPa": {name: (pascals / 100, 0.0) for name, pascals in _PASCALS.items()},
    "uS/cm": _also(1, "uS/cm") | _also(1e3, "mS/cm", "dS/m") | _also(1e4, "S/m")
    | _also(10, "mS/m"),
    "m/s": _also(1, "m/s") | _also(1 / 3.6, "km/h", "kph"),
    "deg": _also(1, "deg", "°", "degrees"),
    "W/m2": _also(1, "W/m2"),
    "mm": _of(mm=1, cm=10, m=1e3) | _also(1, "l/m2", "L/m2"),
    "lx": _of(lx=1, klx=1e3) | _also(1, "lux", "Lux"),
    "ppm": _also(1, "ppm") | _also(1e-3, "ppb"),
    "dB": _of(dB=1),
    "g": _of(g=1, mg=1e-3) | _also(1 / 9.80665, "m/s2"),
    "bool": _also(1, "bool", "", "/", "1"),
}  # fmt: skip
"""Property's unit → a sender's spelling → factor and offset to it."""


def convert(value: float, unit: str, to: str) -> float | None:
    """Return a value in a property's unit; None where the unit does not lead there.

    Parameters
    ----------
    unit : str
        As the sender wrote it.
    to : str
        Of ``twin.model.properties``.
    """
    plain = unit.strip().translate(_SPELLINGS)
    if plain == to:
        return value
    found = UNITS.get(to, {}).get(plain)
    return None if found is None else value * found[0] + found[1]
