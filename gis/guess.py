"""A mapping proposed for a file that nothing knows, from its names and its contents.

Names of columns are compared with what publishers call things (``vocabulary.toml``), then the
contents must fit: numbers in a plausible range, dates that can be read, texts that read as lamps.
Each choice carries its reason, and what is not sure says so: a person reads it before the import.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import polars as pl

from gis.errors import NotRecognised
from gis.guess_categories import by_category, hinted
from gis.guess_opening import names_of, opened, own_words
from gis.guess_place import PlaceGuess, guess_place, home_of
from gis.importers import open_table
from gis.importers.table import Table
from gis.layer_types import Column, ColumnType, Layer
from gis.layers import LAYERS
from gis.mapping import Mapping, builtin_mappings
from gis.mapping_tables import Condition, Match, Output, Rule, Source
from gis.profiles import Profile, profiles, share
from gis.recognise import by_name
from gis.settings import ImportSettings
from gis.vocabulary import LayerWords, nearest, vocabulary, words

_ENOUGH = 0.55  # of a name's nearness, and of the cells that fit
_LEAST_SCORE = 1.5
_HINT_WEIGHT = 3.0
_LAMPS_WEIGHT = 2.0
_OTHER_GEOMETRY = 2.5
_NO_GEOMETRY = 1.0
_KEPT_PROPERTIES = 12
_UNIQUE = 0.95
_SHARED = 0.5
_PLAINLY = 0.75
_SHARED_PARENTS = frozenset({"cabinet", "feeder"})
_MANY = 10
_OF_THE_TABLE = frozenset({"gid", "fid", "objectid", "ogc_fid", "oid"})
_NOT_THE_THINGS = 0.3
_SPOKEN = frozenset({"name", "street"})
_PLAIN = frozenset({"code", "name", "street"})  # any layer may have them


@dataclass(frozen=True)
class Choice:
    """A source column for a canonical one, and why."""

    rule: str | Rule
    column: str
    score: float
    reason: str


@dataclass
class Candidate:
    """A layer that the file may be."""

    layer: Layer
    score: float
    reason: str
    choices: dict[str, Choice] = field(default_factory=dict)


@dataclass(frozen=True)
class Guess:
    """A mapping, and the reasons for what stands in it.

    Attributes
    ----------
    mapping : Mapping
        Ready for an import.
    reasons : dict of str to str
        ``layer``, ``source.crs``, ``columns.lamp_w``… → why.
    """

    mapping: Mapping
    reasons: dict[str, str]


def guess(file: Path, limits: ImportSettings, layer: str | None = None) -> Guess:
    """Propose a mapping for a file.

    Parameters
    ----------
    layer : str, optional
        Pattern of the layer or file to look at, where there are several.

    Raises
    ------
    NotRecognised
        Nothing in its names or contents tells what it is.
    LayerUnreadable, LayerEmpty
        It cannot be read.
    """
    general = _of_a_standard(file, limits)
    if general is not None:
        return general
    table, join = opened(file, limits, layer)
    known = vocabulary()
    columns = profiles(table, known.missing)
    place = guess_place(table, columns)
    named = names_of(table)
    found = [
        _candidate(LAYERS[name], spoken, named, columns, place)
        for name, spoken in known.layers.items()
    ]
    ranked = sorted((one for one in found if one), key=lambda one: -one.score)
    if not ranked or ranked[0].score < _LEAST_SCORE:
        several = _of_several(table, columns, place)
        if several is not None:
            return several
        seen = ", ".join(column.name for column in columns[:30])
        problem = (
            f"nothing in its name, columns or values tells what it is; columns: {seen}; what can "
            f"be imported: {', '.join(known.layers)}; write its mapping yourself: docs/formats.md"
        )
        raise NotRecognised(file, problem)
    found_in = msgspec.structs.replace(place.source, layer=layer, join=join)
    return _as_guess(table, columns, replace(place, source=found_in), ranked)


def _of_a_standard(file: Path, limits: ImportSettings) -> Guess | None:
    """Extend the mapping of a standard that knows the file's name, e.g. OpenStreetMap."""
    standards = [m for m in builtin_mappings() if m.home is None and not m.canonical]
    known = by_name(file, standards)
    if len(known) != 1:
        return None
    table = open_table(file, known[0].source, limits, known[0].source_columns())
    home = home_of(guess_place(table, []), own_words(file))
    mapping = Mapping(title=file.name, extends=known[0].name, territory=home)
    return Guess(mapping, {"extends": f"the name is one of {known[0].title}"})


def _candidate(
    layer: Layer,
    spoken: LayerWords,
    named: Sequence[str],
    columns: Sequence[Profile],
    place: PlaceGuess,
) -> Candidate | None:
    """Weigh one layer; None where the file cannot be it."""
    penalty = _geometry_penalty(layer, place)
    if penalty is None:
        return None
    hint, word = max((hinted(name, spoken.hints) for name in named), default=(0.0, ""))
    choices = _choices(layer, columns, place)
    telling = [choice.score for name, choice in choices.items() if name not in _PLAIN]
    lamps = max((column.lamps for column in columns), default=0.0)
    score = _HINT_WEIGHT * hint + sum(telling) - penalty
    why = [f"the name says {word!r}"] if hint else []
    if layer.name == "streetlights" and lamps > _ENOUGH:
        score += _LAMPS_WEIGHT * lamps
        why.append("there are texts that read as lamps")
    if telling:
        why.append(f"{len(telling)} of its columns are there")
    needed = _required(layer) + (["code"] if place.kind == "none" else [])
    if any(name not in choices for name in needed):
        return None
    return Candidate(layer, score, "; ".join(why) or "its geometry fits", choices)


def _required(layer: Layer) -> list[str]:
    """Columns that must be found in the file: a code can be made, the nature of a zone too."""
    made = {"code", "nature"}
    return [column.name for column in layer.columns if column.required and column.name not in made]


def _geometry_penalty(layer: Layer, place: PlaceGuess) -> float | None:
    if layer.geometry == place.kind:
        return 0.0
    if place.kind == "none":
        return _NO_GEOMETRY if layer.geometry == "point" else None
    if layer.geometry == "point" and place.kind == "area":
        return _OTHER_GEOMETRY  # drawn as the point that stands for it
    return None


def _choices(layer: Layer, columns: Sequence[Profile], place: PlaceGuess) -> dict[str, Choice]:
    """Give each canonical column the source column that suits it best; each is used once."""
    spatial = {place.source.x, place.source.y, place.source.point, place.source.wkt}
    free = [c for c in columns if c.name not in spatial and c.name != place.source.geojson]
    pairs = [
        (choice.score, column.name, choice)
        for column in layer.columns
        for choice in (_choice(layer, column, profile) for profile in free)
        if choice is not None
    ]
    chosen: dict[str, Choice] = {}
    used: set[str] = set()
    for _, name, choice in sorted(pairs, key=lambda pair: -pair[0]):
        if name not in chosen and choice.column not in used:
            chosen[name] = choice
            used.add(choice.column)
    return chosen


def _choice(layer: Layer, column: Column, profile: Profile) -> Choice | None:
    near, word = nearest(profile.name, vocabulary().words_of(layer.name, column.name))
    reason = f"called like {word!r}" if near < 1 else f"called {word!r}"
    if column.name == "lamp_text" and profile.lamps > _ENOUGH:
        near, reason = max(near, 0.9), "its texts read as lamps"
    if column.name in _SPOKEN and (near < _PLAINLY or _is_number(profile)):
        return None
    if near < _ENOUGH or (column.name == "code" and profile.unique < _UNIQUE):
        return None
    if column.name in _SHARED_PARENTS and profile.unique >= _UNIQUE and len(profile.said) >= _MANY:
        return None  # named once each: the rows are the cabinets themselves
    if column.name == "code" and profile.name.casefold() in _OF_THE_TABLE:
        near -= _NOT_THE_THINGS  # a number of the row's, any other code is the thing's own
    fit = profile.fits(column)
    if fit < _ENOUGH or (column.name == "code" and profile.filled < _UNIQUE):
        return None
    if column.name in {"lamp_text", "luminaire", "mast", "technology"} and _is_number(profile):
        return None
    why = f"{reason}, {fit:.0%} fits"
    return Choice(
        _rule(column, profile), profile.name, near * fit * (0.5 + 0.5 * profile.filled), why
    )


def _is_number(profile: Profile) -> bool:
    return profile.fits(Column("n", ColumnType.NUMBER)) > _ENOUGH


def _rule(column: Column, profile: Profile) -> str | Rule:
    """Say how the cells are read, no more than is needed."""
    numeric = column.type in {ColumnType.NUMBER, ColumnType.INTEGER}
    dates = profile.date_formats() if column.type is ColumnType.DATE else ()
    rule = Rule(
        column=profile.name,
        missing=profile.placeholders,
        decimal="," if numeric and profile.comma else None,
        dates=dates,
    )
    return profile.name if rule == Rule(column=profile.name) else rule


def _of_several(table: Table, columns: Sequence[Profile], place: PlaceGuess) -> Guess | None:
    """Make several layers of a file whose rows say by a category what they are."""
    found = by_category(columns) if place.kind in {"point", "area"} else None
    if found is None:
        return None
    column, values = found
    reasons = {f"source.{key}": why for key, why in place.reasons.items()}
    reasons["layer"] = f"the values of {column!r} name it"
    outputs = []
    for name, words_ in values.items():
        layer = LAYERS[name]
        best = Candidate(layer, 0, "", _choices(layer, columns, place))
        rules, why = _rules(best, columns, place, table)
        reasons = {**why, **reasons}
        where = (Condition(column=column, one_of=tuple(words_)),)
        outputs.append(Output(layer=name, columns=rules, where=where, duplicates="number"))
    mapping = Mapping(
        title=table.file.name,
        match=Match(columns=(column,)),
        source=place.source,
        territory=home_of(place, own_words(table.file)),
        layers=tuple(outputs),
    )
    return Guess(mapping, reasons)


def _as_guess(
    table: Table,
    columns: Sequence[Profile],
    place: PlaceGuess,
    ranked: Sequence[Candidate],
) -> Guess:
    best = ranked[0]
    rules, reasons = _rules(best, columns, place, table)
    rivals = ", ".join(f"{one.layer.name} {one.score:.1f}" for one in ranked[1:3])
    reasons["layer"] = f"{best.reason} (score {best.score:.1f}; next: {rivals or 'none'})"
    reasons.update({f"source.{key}": why for key, why in place.reasons.items()})
    taken = {choice.column for choice in best.choices.values()}
    source = place.source
    outputs = [
        Output(
            layer=best.layer.name,
            columns=rules,
            properties=_properties(best.layer, columns, taken, source),
            duplicates="number",
        ),
        *_feeders(rules, best.choices),
    ]
    mapping = Mapping(
        title=table.file.name,
        match=Match(columns=tuple(sorted(taken))),
        source=source,
        territory=home_of(place, own_words(table.file)),
        layers=tuple(outputs),
    )
    return Guess(mapping, reasons)


def _rules(
    best: Candidate, columns: Sequence[Profile], place: PlaceGuess, table: Table
) -> tuple[dict[str, str | Rule], dict[str, str]]:
    rules: dict[str, str | Rule] = {n: choice.rule for n, choice in best.choices.items()}
    reasons = {
        f"columns.{name}": f"{choice.column}: {choice.reason}"
        for name, choice in best.choices.items()
    }
    if best.layer.name == "flood_zones":
        rules["nature"], reasons["columns.nature"] = _nature(best, table)
    if "feeder" in rules and "cabinet" in rules and _is_local(best, columns):
        feeder, cabinet = best.choices["feeder"].column, best.choices["cabinet"].column
        rules["feeder"] = Rule(template=f"{{{cabinet}}}-{{{feeder}}}")
        reasons["columns.feeder"] = (
            "most names are of several cabinets: a feeder is known inside its own"
        )
    if "code" not in rules or place.source.explode:
        rules["code"], reasons["columns.code"] = _code(best, columns, place)
    order = [column.name for column in best.layer.columns if column.name in rules]
    return {name: rules[name] for name in order}, reasons


def _is_local(best: Candidate, columns: Sequence[Profile]) -> bool:
    """Whether feeders are called alike in several cabinets: most names are of more than one."""
    of = {column.name: column for column in columns}
    feeder, cabinet = (of[best.choices[name].column] for name in ("feeder", "cabinet"))
    pairs = pl.DataFrame({"feeder": feeder.texts, "cabinet": cabinet.texts}).drop_nulls().unique()
    shared = pairs.group_by("feeder").len()["len"] > 1
    return share(shared) > _SHARED


def _code(best: Candidate, columns: Sequence[Profile], place: PlaceGuess) -> tuple[str | Rule, str]:
    """Make a code where no column is one: of several columns, of the place, of the row."""
    if place.source.explode:
        coded = best.choices.get("code")
        base = f"{{{coded.column}}}" if coded else "{@row}"
        return Rule(template=f"{base}-{{@part}}"), "a part of a feature needs a code of its own"
    for column in columns:
        named = nearest(column.name, vocabulary().words_of(best.layer.name, "code"))[0]
        if named and column.filled == 1 and column.unique == 1:
            return column.name, f"{column.name}: never empty, never twice the same"
    parts = [best.choices[n].column for n in ("cabinet", "feeder", "position_on_feeder")
             if n in best.choices]  # fmt: skip
    if len(parts) == 3 and _unique_together(columns, parts) >= _UNIQUE:
        return Rule(template="-".join(f"{{{part}}}" for part in parts)), "unique together"
    if place.kind != "none":
        return Rule(template="{@position}"), "no column is a code: named after the place"
    return Rule(template="{@row}"), "no column is a code: numbered by row, check it"


def _unique_together(columns: Sequence[Profile], names: Sequence[str]) -> float:
    frame = pl.DataFrame({c.name: c.texts for c in columns if c.name in names})
    return float(frame.select(pl.struct(pl.all()).n_unique()).item()) / max(frame.height, 1)


def _nature(best: Candidate, table: Table) -> tuple[Rule, str]:
    said = {word for name in names_of(table) for word in words(name)}
    if {"depth_low_m", "depth_high_m"} & set(best.choices):
        return Rule(constant="depth"), "there are depths"
    for nature, signs in (
        ("observed", {"observed", "observe", "emsr", "delineation"}),
        ("perimeter", {"perimetre", "perimeter"}),
        ("regulation", {"reg", "zonage", "reglement"}),
    ):
        if said & signs:
            return Rule(constant=nature), f"the name says {sorted(said & signs)[0]!r}"
    return Rule(constant="hazard"), "nothing says otherwise"


def _feeders(rules: dict[str, str | Rule], choices: dict[str, Choice]) -> list[Output]:
    """Make feeders of what the lights name: registers seldom have a table of them."""
    if "feeder" not in choices or "cabinet" not in choices:
        return []
    return [
        Output(
            layer="feeders",
            columns={"code": rules["feeder"], "cabinet": rules["cabinet"]},
            distinct=(choices["cabinet"].column, choices["feeder"].column),
        )
    ]


def _properties(
    layer: Layer, columns: Sequence[Profile], taken: set[str], source: Source
) -> dict[str, str]:
    """Keep what has no canonical name beside, the fullest columns first."""
    spatial = {source.x, source.y, source.point, source.wkt, source.geojson}
    left = [c for c in columns if c.name not in taken and c.name not in spatial]
    kept: dict[str, str] = {}
    for column in sorted(left, key=lambda column: -column.filled)[:_KEPT_PROPERTIES]:
        name = "_".join(words(column.name)) or "column"
        while name in kept or layer.column(name) is not None:
            name += "_"
        kept[name] = column.name
    return kept
