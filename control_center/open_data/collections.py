"""The table of what is public: collections, their columns, and what is withheld of them.

A canonical layer (``gis.layers``) that is a kind of thing is a collection of the same name; live
state makes five more. Only canonical columns are public: what a publisher's file held besides
stays inside, since nobody has looked at whether it speaks of persons.
"""

from dataclasses import dataclass

from gis.layer_types import Column, ColumnType, GeometryKind, Layer
from gis.layers import LAYERS

_NUMBER, _INTEGER, _BOOLEAN = ColumnType.NUMBER, ColumnType.INTEGER, ColumnType.BOOLEAN
_INSTANT = ColumnType.INSTANT

WITHHELD = {
    "addresses": {"residents"},  # how many people live at one door
    "population_grid": {"households"},
    "meters": {"supply_contract"},  # names a customer to the supplier
    "streetlights": {"owner"},  # may be a private person
}
"""Columns that are never public."""

LIVE_PREFIX = "live-"

_DERIVED: dict[str, tuple[Column, ...]] = {
    "streetlights": (
        Column("supplied_by"),
        Column("supply_confidence", _NUMBER),
        Column("supply_rung", _INTEGER),
    ),
    "feeders": (Column("supplied_by"), Column("supply_confidence", _NUMBER)),
    "cabinets": (
        Column("supplied_by"),
        Column("supply_confidence", _NUMBER),
        Column("ground_error_m", _NUMBER),  # where a grid of heights tells the ground
    ),
    "gateways": (Column("supply_confidence", _NUMBER),),
    "street_sections": (Column("length_m", _NUMBER), Column("residents", _INTEGER)),
}
"""What the twin adds to what was imported."""

_ALWAYS = (Column("valid_from", _INSTANT), Column("valid_to", _INSTANT), Column("source"))


@dataclass(frozen=True, slots=True)
class Collection:
    """One set of features that others may read.

    Attributes
    ----------
    id : str
        In addresses; key of its title in the catalogue of texts.
    kind : str
        Asset kind of its features; empty for live state.
    geometry : {'point', 'line', 'area', 'none'}
        What its features are drawn as.
    columns : tuple of Column
        Properties, in order; the feature's own identifier is ``code``.
    starts, ends : str
        Columns of the time during which a feature holds; ``ends`` empty: until further notice.
    """

    id: str
    kind: str
    geometry: GeometryKind
    columns: tuple[Column, ...]
    starts: str
    ends: str = ""

    @property
    def live(self) -> bool:
        """Whether it is state, read anew every few seconds."""
        return self.id.startswith(LIVE_PREFIX)

    @property
    def live_name(self) -> str:
        """Its name in ``twin.store.layers.LIVE``."""
        return self.id.removeprefix(LIVE_PREFIX)

    def column(self, name: str) -> Column | None:
        """Return a column by name, None where there is none of that name."""
        return next((column for column in self.columns if column.name == name), None)


def _of_layer(layer: Layer) -> Collection:
    withheld = WITHHELD.get(layer.name, set())
    own = [column for column in layer.columns if column.name not in withheld]
    names = {column.name for column in own}
    derived = [column for column in _DERIVED.get(layer.name, ()) if column.name not in names]
    columns = tuple(Column(column.name, column.type) for column in (*own, *derived, *_ALWAYS))
    return Collection(layer.name, layer.kind, layer.geometry, columns, "valid_from", "valid_to")


_CODE = Column("code")
_LIVE = (
    Collection(
        "live-lights",
        "",
        "point",
        (
            _CODE,
            Column("state"),
            Column("probability_dark", _NUMBER),
            Column("since", _INSTANT),
            Column("street"),
            Column("out_at"),
            Column("cause"),
        ),
        starts="since",
    ),
    Collection(
        "live-incidents",
        "",
        "point",
        (
            _CODE,
            Column("kind"),
            Column("status"),
            Column("opened_at", _INSTANT),
            Column("changed_at", _INSTANT),
            Column("closed_at", _INSTANT),
            Column("root_kind"),
            Column("root"),
            Column("probability", _NUMBER),
            Column("basis"),
            Column("lights", _INTEGER),
            Column("lights_confirmed", _INTEGER),
            Column("lights_inferred", _INTEGER),
            Column("cabinets", _INTEGER),
            Column("streets", _INTEGER),
            Column("covered_m", _NUMBER),
            Column("residents", _INTEGER),
        ),
        starts="opened_at",
        ends="closed_at",
    ),
    Collection(
        "live-gauges",
        "",
        "point",
        (
            _CODE,
            Column("name"),
            Column("river"),
            Column("zero_m_ngf", _NUMBER),
            Column("level_m", _NUMBER),
            Column("level_m_ngf", _NUMBER),
            Column("measured_at", _INSTANT),
            Column("quality", _INTEGER),
        ),
        starts="measured_at",
        ends="measured_at",
    ),
    Collection(
        "live-floods",
        "",
        "area",
        (
            _CODE,
            Column("flood"),
            Column("name"),
            Column("according_to"),
            Column("simulated", _BOOLEAN),
            Column("started_at", _INSTANT),
            Column("ended_at", _INSTANT),
            Column("observed_at", _INSTANT),
            Column("depth_m", _NUMBER),
        ),
        starts="started_at",
        ends="ended_at",
    ),
    Collection(
        "live-defects",
        "",
        "point",
        (
            _CODE,
            Column("defect"),
            Column("kind"),
            Column("thing"),
            Column("detail"),
            Column("found_at", _INSTANT),
        ),
        starts="found_at",
    ),
)

COLLECTIONS: dict[str, Collection] = {
    collection.id: collection
    for collection in (*(_of_layer(layer) for layer in LAYERS.values() if layer.kind), *_LIVE)
}
"""Every collection that could be offered, live state last."""
