"""Asset kinds that the laws know by name.

The store keeps kinds as rows (``asset_kind``), so a territory can add its own without a line of
code; these constants are for the code that gives some of them a meaning.
"""

from typing import Final

SUBSTATION: Final = "substation"
CABINET: Final = "cabinet"
FEEDER: Final = "feeder"
STREETLIGHT: Final = "streetlight"
GATEWAY: Final = "gateway"
SENSOR: Final = "sensor"
METER: Final = "meter"
BUILDING: Final = "building"
PARK: Final = "park"
HYDROZONE: Final = "hydrozone"
VALVE: Final = "valve"
POINT_OF_CONNECTION: Final = "point_of_connection"
STREET: Final = "street"
STREET_SECTION: Final = "street_section"
WATER: Final = "water"
DISTRICT: Final = "district"
ADDRESS: Final = "address"
RIVER_GAUGE: Final = "river_gauge"
WEATHER_STATION: Final = "weather_station"
CROSSING: Final = "crossing"
SCHOOL: Final = "school"
CARE: Final = "care"
SHELTER: Final = "shelter"
SUPPORT: Final = "support"
LUMINAIRE: Final = "luminaire"
CABLE: Final = "cable"
POPULATION_CELL: Final = "population_cell"
PARK_SITE: Final = "park_site"
BASIN: Final = "basin"
TREE: Final = "tree"
BRIDGE: Final = "bridge"
FLOOD_ZONE: Final = "flood_zone"
FLOOD_MARK: Final = "flood_mark"
IRRIGATION_PIPE: Final = "irrigation_pipe"

SUPPLY_DEVICES: Final = (SUBSTATION, CABINET, FEEDER)
"""Kinds that carry supply, from the source down."""
