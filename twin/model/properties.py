"""Observed properties: the closed vocabulary of what datastreams measure, each with its unit.

A codec's profile maps its own field names onto these codes; conversion to the unit happens there
and nowhere else. Booleans travel as 0 and 1.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObservedProperty:
    """One measurable quantity.

    Attributes
    ----------
    code : str
        Identifier, singular snake case.
    unit : str
        Unit of every stored value; ``"1"`` for dimensionless, ``"bool"`` for 0 / 1.
    low, high : float
        Plausible range, inclusive; a value outside is stored with a quality flag. [unit]
    """

    code: str
    unit: str
    low: float
    high: float


_ALL = (
    # electricity
    ObservedProperty("active_power", "W", -1e6, 1e6),
    ObservedProperty("voltage", "V", 0, 1000),
    ObservedProperty("current", "A", 0, 1000),
    ObservedProperty("power_factor", "1", -1, 1),
    ObservedProperty("frequency", "Hz", 40, 70),
    ObservedProperty("active_energy", "kWh", 0, 1e9),  # index of a meter
    ObservedProperty("hourly_energy", "kWh", -1e5, 1e5),  # use of one hour, stamped at its start
    ObservedProperty(
        "daily_energy", "kWh", -1e6, 1e6
    ),  # use of one local day, stamped at its start
    # lights and cabinets
    ObservedProperty("lamp_on", "bool", 0, 1),
    ObservedProperty("dimming_level", "%", 0, 100),
    ObservedProperty("lamp_temperature", "degC", -40, 150),
    ObservedProperty("supply_present", "bool", 0, 1),  # last gasp: 0
    ObservedProperty("door_open", "bool", 0, 1),
    # water
    ObservedProperty("water_level", "m", -20, 9000),  # of a river, above its gauge's zero
    ObservedProperty("river_discharge", "m3/s", 0, 1e5),
    ObservedProperty("water_depth", "m", 0, 20),  # above the ground, at the asset
    ObservedProperty("distance", "m", 0, 100),  # from a sensor down to what it looks at
    ObservedProperty("valve_open", "bool", 0, 1),
    ObservedProperty("water_volume", "L", 0, 1e12),  # index of a water meter
    ObservedProperty("water_flow", "L/min", 0, 1e5),
    ObservedProperty("water_pressure", "kPa", 0, 5000),
    # soil and weather
    ObservedProperty("soil_moisture", "%", 0, 100),  # by volume
    ObservedProperty("soil_temperature", "degC", -40, 80),
    ObservedProperty("soil_conductivity", "uS/cm", 0, 1e5),
    ObservedProperty("soil_water_tension", "kPa", 0, 1e5),
    ObservedProperty("air_temperature", "degC", -60, 60),
    ObservedProperty("relative_humidity", "%", 0, 100),
    ObservedProperty("air_pressure", "hPa", 300, 1100),
    ObservedProperty("wind_speed", "m/s", 0, 120),
    ObservedProperty("wind_direction", "deg", 0, 360),
    ObservedProperty("global_radiation", "W/m2", 0, 1500),
    ObservedProperty("rain", "mm", 0, 500),  # fallen since the previous reading
    ObservedProperty("illuminance", "lx", 0, 2e5),
    ObservedProperty("co2", "ppm", 0, 1e5),
    # the devices themselves
    ObservedProperty("battery_voltage", "V", 0, 60),
    ObservedProperty("battery_level", "%", 0, 100),
    ObservedProperty("link_margin", "dB", -64, 63),
    ObservedProperty("online", "bool", 0, 1),
    ObservedProperty("acceleration_x", "g", -16, 16),
    ObservedProperty("acceleration_y", "g", -16, 16),
    ObservedProperty("acceleration_z", "g", -16, 16),
    ObservedProperty("motion_count", "1", 0, 1e9),
    ObservedProperty("water_leak", "bool", 0, 1),
    ObservedProperty("digital_input", "bool", 0, 1),
    ObservedProperty("pulse_count", "1", 0, 1e12),
)

PROPERTIES: dict[str, ObservedProperty] = {p.code: p for p in _ALL}
