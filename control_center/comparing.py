"""A saved drill beside what water did: by device, light, street, metre and resident."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from control_center.catalogue import Texts
from control_center.drill_answers import people
from control_center.rehearsal import Rehearsals
from twin.incidents.city import City
from twin.incidents.outage import Outage
from twin.incidents.what_if import Share, beside
from twin.store.scenarios import ScenarioReader
from twin.supply.ranges import Longs

Device = tuple[str, str]  # kind and code


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity of a drill and of what happened; None: not known, or too few to be told.

    Attributes
    ----------
    name : {'devices', 'lights', 'streets', 'metres', 'residents'}
    both, only_drill, only_happened : int or None
        In the drill and in truth; in the drill alone; in truth alone.
    """

    name: str
    both: int | None
    only_drill: int | None
    only_happened: int | None

    @property
    def drill(self) -> int | None:
        """What the drill said."""
        return _sum(self.both, self.only_drill)

    @property
    def happened(self) -> int | None:
        """What happened."""
        return _sum(self.both, self.only_happened)

    @property
    def precision(self) -> float | None:
        """Share of what the drill said that did happen."""
        return _share(self.both, self.drill)

    @property
    def recall(self) -> float | None:
        """Share of what happened that the drill had said."""
        return _share(self.both, self.happened)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A drill beside what happened in a span.

    Attributes
    ----------
    scenario, name : str
        Of the drill.
    both, only_drill, only_happened : list of str
        Codes of devices.
    streets : dict
        Names of streets with a dark light, under the same three words.
    measures : list of Measure
        Devices, lights, streets, metres, residents.
    gone : list of str
        Codes of devices of either that no longer stand: what hung on them is not counted.
    """

    scenario: str
    name: str
    start: datetime
    end: datetime
    both: list[str]
    only_drill: list[str]
    only_happened: list[str]
    streets: dict[str, list[str]]
    measures: list[Measure]
    gone: list[str]


def compare(drills: Rehearsals, reader: ScenarioReader, slug: str, *span: datetime) -> Comparison:
    """Hold a saved drill beside what water did cut in a span, on the wiring of today.

    Raises
    ------
    NotFound
        No drill has that name.
    """
    start, end = span
    scenario, city = reader.one(slug), drills.city()
    expected = {(str(each["kind"]), str(each["code"])) for each in scenario.answer["devices"]}
    happened = reader.happened(start, end)
    places = _Places(city)
    told = beside(
        city.supply,
        city.surroundings.street_of_light,
        Outage(city.supply, places.of(expected)),
        Outage(city.supply, places.of(happened)),
    )
    names = city.names.street_name
    shares = {
        "both": told.both, "only_drill": told.only_expected, "only_happened": told.only_happened
    }  # fmt: skip
    sets = {
        "both": expected & happened,
        "only_drill": expected - happened,
        "only_happened": happened - expected,
    }
    return Comparison(
        scenario=slug,
        name=scenario.name,
        start=start,
        end=end,
        **{key: sorted(code for _, code in some) for key, some in sets.items()},
        streets={
            key: sorted(names[k] for k in share.streets.tolist()) for key, share in shares.items()
        },
        measures=[
            Measure("devices", *(len(some) for some in sets.values())),
            *(Measure(name, *map(count, shares.values())) for name, count in _COUNTS.items()),
        ],
        gone=sorted(code for kind, code in (expected | happened) - places.known),
    )


_COUNTS: dict[str, Callable[[Share], int | None]] = {
    "lights": lambda share: share.lights,
    "streets": lambda share: len(share.streets),
    "metres": lambda share: round(share.attributed_cm / 100),
    "residents": lambda share: people(share.residents_thousandths, share.residents_unknown),
}


class _Places:
    """Where devices stand in the layout of a city, by kind and code."""

    def __init__(self, city: City) -> None:
        names = city.names
        pairs = zip(names.device_kind, names.device_code, strict=True)
        self._place = {pair: place for place, pair in enumerate(pairs)}

    @property
    def known(self) -> set[Device]:
        return set(self._place)

    def of(self, devices: Iterable[Device]) -> Longs:
        """Return the places of those that stand, ascending."""
        found = sorted(self._place[each] for each in devices if each in self._place)
        return np.array(found, np.int64)


def sentence(texts: Texts, told: Comparison) -> str:
    """Say in one paragraph how good a drill was."""
    devices, lights, streets, metres, residents = told.measures
    if not devices.happened:
        return texts.plain("whatif.told.nothing", name=told.name)
    return texts.plain(
        "whatif.told",
        name=told.name,
        devices=texts.plural("whatif.told.devices", devices.drill or 0),
        cut=texts.plural("whatif.told.devices", devices.happened),
        lights=texts.plural("count.lights", lights.happened or 0),
        found=texts.number(lights.both or 0),
        missed=texts.plural("count.lights", lights.only_happened or 0),
        false=texts.plural("count.lights", lights.only_drill or 0),
        metres=texts.number(metres.happened or 0),
        streets=texts.plural("count.streets", streets.happened or 0),
        residents=None if residents.happened is None else texts.number(
            round(residents.happened, -1)
        ),
    )  # fmt: skip


def as_json(told: Comparison) -> dict[str, Any]:
    """Return a comparison as programs read it, its sentence apart."""
    return {
        "scenario": told.scenario,
        "start": told.start,
        "end": told.end,
        "both": told.both,
        "only_drill": told.only_drill,
        "only_happened": told.only_happened,
        "precision": told.measures[0].precision,
        "recall": told.measures[0].recall,
        "streets": told.streets,
        "measures": {
            one.name: {
                "drill": one.drill,
                "happened": one.happened,
                "both": one.both,
                "only_drill": one.only_drill,
                "only_happened": one.only_happened,
                "precision": one.precision,
                "recall": one.recall,
            }
            for one in told.measures
        },
        "gone": told.gone,
    }


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
