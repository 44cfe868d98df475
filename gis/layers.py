"""Canonical layers: the columns that every imported file ends up with, whatever it was.

A mapping file (``gis/mappings/*.toml``) says how a publisher's columns become these; the importers
apply it; the store loads the result. A column that is not listed here travels in ``properties``.

Geometries are WGS 84 (EPSG:4326) once canonical; lengths and areas are computed in the territory's
metric system.
"""

from gis.layer_types import Column, ColumnType, Layer

_NUMBER, _INTEGER, _BOOLEAN = ColumnType.NUMBER, ColumnType.INTEGER, ColumnType.BOOLEAN
_DATE, _INSTANT, _PARTIAL = ColumnType.DATE, ColumnType.INSTANT, ColumnType.PARTIAL_DATE
_CODE = Column("code", required=True)
_NAME = Column("name")


def _measure(name: str, low: float = 0, high: float | None = None) -> Column:
    """Return a figure that a thing can do without: outside its range it is left out."""
    return Column(name, _NUMBER, low=low, high=high, keeps_row=True)


def _place(name: str, kind: str, *more: Column) -> Layer:
    return Layer(name, kind, "point", (_CODE, _NAME, *more))


def _table(name: str, *columns: Column) -> Layer:
    return Layer(name, "", "none", columns)


_ALL = (
    # supply: a substation feeds cabinets, a cabinet its feeders, a feeder its lights
    _place("substations", "substation", Column("ground_m_ngf", _NUMBER)),
    _place(
        "cabinets",
        "cabinet",
        Column("substation"),  # code of its parent
        Column("parent_cabinet"),  # code, for a sub-cabinet
        Column("street"),
        Column("plinth_m", _NUMBER, low=0, high=3),
        Column("plinth_source"),  # measured | plan
        Column("ground_m_ngf", _NUMBER),
        Column("regime"),  # permanent | night | programme
        Column("rated_kw", _NUMBER, low=0),
    ),
    Layer("feeders", "feeder", "none", (_CODE, _NAME, Column("cabinet", required=True))),
    _place(
        "streetlights",
        "streetlight",
        Column("feeder"),  # code; rung L0
        Column("cabinet"),  # code; rung L2 where the feeder is not known
        Column("position_on_feeder", _INTEGER),
        Column("street"),  # name, as written by the publisher
        Column("lamp_text"),  # free text, read by gis.lamps
        Column("technology"),
        Column("lamp_w", _NUMBER, low=0, high=5000),
        Column("mains_w", _NUMBER, low=0, high=6000),
        Column("mains_estimated", _BOOLEAN),  # the publisher says so of its mains_w
        _measure("mains_estimate_w", 0, 6000),  # what follows from lamp_w and usual gear
        Column("lamp_confidence", _NUMBER, low=0, high=1),  # of what was read in lamp_text
        Column("end_of_production", _DATE),  # since when such a lamp is no longer made
        Column("luminaire"),
        Column("mast"),
        Column("support"),  # code; several lights may share one
        _measure("height_m", 0, 60),
        _measure("color_temperature_k", 1000, 20_000),
        _measure("flux_lm", 0, 500_000),
        _measure("upward_light_ratio", 0, 100),  # [%]
        Column("regime"),  # permanent | night | programme
        Column("installed_on", _DATE),
    ),
    _place(
        "supports",
        "support",
        Column("street"),
        Column("cabinet"),
        Column("feeder"),
        Column("kind_of_support"),  # mast, wall, wire, pole of another network
        Column("material"),
        _measure("height_m", 0, 60),
        Column("installed_on", _PARTIAL),
    ),
    _place(
        "luminaires",
        "luminaire",
        Column("streetlight"),  # code of the light that it belongs to
        Column("support"),
        Column("model"),
        Column("lamp_text"),
        _measure("color_temperature_k", 1000, 20_000),
        Column("installed_on", _PARTIAL),
    ),
    Layer(
        "cables",
        "cable",
        "line",
        (
            _CODE,
            _NAME,
            Column("feeder"),
            Column("cabinet"),
            Column("from_node"),  # codes of what its ends are drawn at, where they are named
            Column("to_node"),
            _measure("section_mm2", 0, 1000),
            Column("laid"),  # buried | overhead | on a wall
            Column("installed_on", _PARTIAL),
        ),
    ),
    _place(
        "gateways",
        "gateway",
        Column("supplied_by"),  # code of a cabinet or a feeder
        Column("backup_h", _NUMBER, low=0),
    ),
    # streets and people
    Layer(
        "street_sections",
        "street_section",
        "line",
        (_CODE, Column("street", required=True), Column("street_code")),
    ),
    _place(
        "addresses",
        "address",
        Column("street"),
        Column("number"),
        Column("residents", _NUMBER, low=0),
    ),
    Layer("districts", "district", "area", (_CODE, _NAME)),
    Layer(
        "population_grid",
        "population_cell",
        "area",
        (
            _CODE,
            _NAME,
            Column("residents", _NUMBER, required=True, low=0),
            _measure("households"),
            Column("imputed", _BOOLEAN),  # the statistician's estimate, not a count
        ),
    ),
    _place("crossings", "crossing"),
    _place("schools", "school"),
    _place("care_places", "care"),
    _place("shelters", "shelter"),
    # ground
    Layer(
        "buildings",
        "building",
        "area",
        (
            _CODE,
            _NAME,
            Column("use"),
            Column("followed", _BOOLEAN),  # its energy is followed: it has a page
            Column("floor_area_m2", _NUMBER, low=0),
        ),
    ),
    Layer("parks", "park", "area", (_CODE, _NAME)),
    _place(
        "park_sites",
        "park_site",  # the register of parks; their ground is ``parks``
        Column("category"),
        _measure("area_m2"),
        Column("opened_on", _PARTIAL),
        Column("street"),
        Column("open_to_all", _BOOLEAN),
        Column("wheelchair", _BOOLEAN),
    ),
    Layer("waters", "water", "area", (_CODE, _NAME)),
    Layer("basins", "basin", "area", (_CODE, _NAME)),
    _place(
        "trees",
        "tree",
        Column("species"),
        _measure("height_m", 0, 130),
        _measure("girth_cm", 0, 5000),
        Column("planted", _PARTIAL),
    ),
    _place(
        "bridges",
        "bridge",
        Column("carries"),
        Column("crosses"),
        _measure("length_m"),
        _measure("width_m"),
    ),
    # floods
    Layer(
        "flood_zones",
        "flood_zone",
        "area",
        (
            _CODE,
            _NAME,
            Column("nature", required=True),  # hazard | regulation | perimeter | depth | observed
            Column("level", _INTEGER, low=0, high=9),  # of the hazard, the worst is the highest
            Column("label"),  # the publisher's own word for it
            _measure("depth_low_m", 0, 50),
            _measure("depth_high_m", 0, 50),
            Column("scenario"),  # frequent | medium | rare, or what the publisher says
            Column("document"),  # identifier of the plan, or of the activation
            Column("observed_on", _PARTIAL),
        ),
    ),
    _place(
        "flood_marks",
        "flood_mark",
        _measure("level_m_ngf", -10, 5000),
        _measure("ground_m_ngf", -10, 5000),
        Column("flooded_on", _PARTIAL),
        Column("street"),
        Column("municipality"),
    ),
    # water
    _place(
        "points_of_connection",
        "point_of_connection",
        Column("park"),
        Column("capacity_m3_h", _NUMBER, low=0),
        Column("water_source"),  # AEP | SUP | SOU
    ),
    _place("valves", "valve", Column("point_of_connection"), Column("flow_m3_h", _NUMBER, low=0)),
    Layer(
        "hydrozones",
        "hydrozone",
        "area",
        (
            _CODE,
            _NAME,
            Column("park", required=True),
            Column("valve"),
            Column("plant_type", required=True),
            Column("landscape_coefficient", _NUMBER, required=True, low=0.01, high=2),
            Column("soil_class", required=True),
            Column("field_capacity", _NUMBER, required=True, low=0, high=1),
            Column("wilting_point", _NUMBER, required=True, low=0, high=1),
            Column("root_depth_m", _NUMBER, required=True, low=0.01, high=5),
            Column("depletion_fraction", _NUMBER, required=True, low=0.05, high=1),
            Column("area_m2", _NUMBER, required=True, low=0.01),
            Column("precipitation_mm_h", _NUMBER, required=True, low=0.01),
            Column("distribution_uniformity", _NUMBER, required=True, low=0.05, high=1),
            Column("intake_mm_h", _NUMBER, low=0),
            Column("surface_allowance_mm", _NUMBER, low=0),
        ),
    ),
    Layer(
        "irrigation_pipes",
        "irrigation_pipe",
        "line",
        (
            _CODE,
            _NAME,
            Column("point_of_connection"),
            _measure("diameter_mm", 0, 2000),
            Column("material"),
        ),
    ),
    # instruments
    _place(
        "meters",
        "meter",
        Column("energy"),  # electricity | gas | water | heat
        Column("supply_contract"),
        Column("supplied_by"),  # code of a cabinet
    ),
    _place("river_gauges", "river_gauge", Column("river"), Column("zero_m_ngf", _NUMBER)),
    _place("weather_stations", "weather_station", Column("altitude_m", _NUMBER)),
    _place("sensors", "sensor", Column("observes")),
    # tables that are not assets
    _table(
        "devices",
        Column("dev_eui", required=True),
        Column("network", required=True),
        Column("name"),
        Column("profile"),
        Column("application"),
        Column("asset_kind"),
        Column("asset_code"),
        Column("interval_s", _INTEGER, low=1),
    ),
    _table(
        "readings",
        Column("asset_kind", required=True),
        Column("asset_code", required=True),
        Column("property", required=True),
        Column("measured_at", _INSTANT, required=True),
        Column("value", _NUMBER, required=True),
    ),
    _table(
        "daily_weather",
        Column("station", required=True),
        Column("day", _DATE, required=True),
        Column("t_min_c", _NUMBER, required=True, low=-60, high=60),
        Column("t_max_c", _NUMBER, required=True, low=-60, high=60),
        Column("t_mean_c", _NUMBER, required=True, low=-60, high=60),
        Column("rh_min", _NUMBER, low=0, high=100),
        Column("rh_max", _NUMBER, low=0, high=100),
        Column("wind_2m_m_s", _NUMBER, required=True, low=0, high=120),
        Column("radiation_mj_m2", _NUMBER, required=True, low=0, high=60),
        Column("rain_mm", _NUMBER, required=True, low=0, high=1000),
        Column("hours", _INTEGER, required=True, low=0, high=24),
    ),
    _table(
        "saving_actions",
        Column("asset_kind", required=True),
        Column("asset_code", required=True),
        _CODE,
        Column("title", required=True),
        Column("works_from", _DATE, required=True),
        Column("works_to", _DATE, required=True),
        Column("planned_kwh", _NUMBER, low=0),
        Column("cost_eur", _NUMBER, low=0),
    ),
    _table(
        "outages",  # that are over: what return times are learnt from
        _CODE,
        Column("kind", required=True),  # flood | cabinet_out | feeder_out | area_out | lamp_failure
        Column("began_at", _INSTANT, required=True),
        Column("taken_at", _INSTANT),  # when a crew took it in charge
        Column("returning_at", _INSTANT),  # when it was put right, and its lights were watched
        Column("ended_at", _INSTANT, required=True),
        Column("root_kind"),
        Column("root_code"),
        Column("cause"),
    ),
)

LAYERS: dict[str, Layer] = {layer.name: layer for layer in _ALL}
"""Every canonical layer, in the order in which files are loaded: parents before children."""
