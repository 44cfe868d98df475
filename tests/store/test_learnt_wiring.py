"""Links learnt from stored reports: written with their probability, beside what is declared."""

import json
from datetime import datetime, timedelta

import pytest

from control_center.catalogue import texts
from control_center.learning import learn_wiring
from control_center.wall.wiring import sentence
from tests.store.test_city import START, Importer, point
from tests.support.command_line import called
from twin.store.city import CityReader
from twin.store.wiring import WiringReader

CABINETS = ["Q", "R", "S", "T"]
SPAN = timedelta(days=30)
NOW = START + timedelta(days=6)


@pytest.fixture
def importer(database, tmp_path):
    return Importer(database, tmp_path)


def true(number):
    """Lights hang by threes on Q, R, Q, R; S and T feed the rest."""
    return CABINETS[(number // 3) % 2] if number < 12 else CABINETS[2 + (number // 3) % 2]


def outages():
    """Each cabinet fails five times, at its own hours."""
    for first, cabinet in enumerate(CABINETS):
        for hour in range(1 + 2 * first, 40, 9):
            yield cabinet, START + timedelta(hours=hour), START + timedelta(hours=hour, minutes=80)


def readings():
    """A report every half hour, of light or none."""
    yield "asset_kind,asset_code,property,measured_at,value"
    for number in range(24):
        for step in range(80):
            at = START + timedelta(minutes=30 * step + number)
            dead = any(c == true(number) and a < at < b for c, a, b in outages())
            yield f"streetlight,{number},lamp_on,{at.isoformat()},{0 if dead else 1}"


def town(wrong=None):
    """Of three lights each the register knows the first; or all, and is wrong of one."""
    told = range(0, 24, 3) if wrong is None else range(24)
    said = [true(number) if number in told else "" for number in range(24)]
    if wrong is not None:
        said[wrong] = "S"
    return {
        "cabinets": ([point(8 * n, 1.5) for n in range(4)], {"code": CABINETS}),
        "streetlights": (
            [point(n, 0) for n in range(24)],
            {"code": [str(n) for n in range(24)], "cabinet": said},
        ),
        "readings": list(readings()),
    }


def hung(database):
    """Code of the best known cabinet of each light, with the rung."""
    codes = dict(WiringReader(database).nodes().select("asset_id", "code").iter_rows())
    rows = CityReader(database).lights().select("code", "supply_id", "link_rung").iter_rows()
    return {int(code): (codes.get(parent), rung) for code, parent, rung in rows}


def test_lights_go_to_the_cabinet_that_they_go_dark_with(importer):
    importer.canonical(**town())
    guessed = hung(importer.database)
    found = learn_wiring(importer.database, NOW, SPAN)
    assert (found.lights, found.moved, found.learnt, found.added) == (24, 24, 16, 16)
    assert not found.disproved
    known = hung(importer.database)
    assert {n: parent for n, (parent, _) in known.items()} == {n: true(n) for n in range(24)}
    assert {n: rung for n, (_, rung) in known.items()} == {
        n: 2 if n % 3 == 0 else 4 for n in range(24)
    }
    assert sum(guessed[n][0] != true(n) for n in range(24)) >= 4  # positions alone were wrong
    shown = CityReader(importer.database).lights()
    assert shown["link_confidence"].is_between(0.6, 0.999).all()


def test_learning_again_changes_nothing_and_neither_does_an_import(importer):
    importer.canonical(**town())
    learn_wiring(importer.database, NOW, SPAN)
    links = "SELECT * FROM link ORDER BY id"
    before = importer.rows(links)
    again = learn_wiring(importer.database, NOW + timedelta(hours=1), SPAN)
    assert (again.learnt, again.added, again.closed) == (16, 0, 0)
    assert importer.rows(links) == before
    known = hung(importer.database)
    importer.canonical(**town())
    assert hung(importer.database) == known


def test_a_declared_link_is_never_replaced_and_its_disproof_is_told(importer):
    importer.canonical(**town(wrong=3))  # the register says S; it moves with R
    found = learn_wiring(importer.database, NOW, SPAN)
    assert found.disproved == ["3: S, moves with R"]
    assert hung(importer.database)[3] == ("S", 2)
    dirty = WiringReader(importer.database).defects()
    (row,) = dirty.filter(defect="disproved").to_dicts()
    assert (row["code"], row["detail"]) == ("3", "3: S, moves with R")
    assert json.loads(row["facts"]) == {"said": "S", "moves": "R"}
    assert "s’éteint avec ceux de R" in sentence(texts("fr"), row)
    importer.canonical(**town(wrong=3), addresses=([point(0, 3)], {"code": ["a"]}))
    assert "disproved" in set(WiringReader(importer.database).defects()["defect"])


def test_old_reports_teach_nothing_and_what_they_taught_is_closed(importer):
    importer.canonical(**town())
    learn_wiring(importer.database, NOW, SPAN)
    empty = learn_wiring(importer.database, NOW + timedelta(days=60), SPAN)
    assert empty.lights == 0
    assert {rung for _, rung in hung(importer.database).values()} == {2, 4}  # nothing was learnt


def test_a_dry_run_and_the_command_say_the_same(importer, tmp_path):
    importer.canonical(**town())
    dry = learn_wiring(importer.database, NOW, SPAN, dry_run=True)
    assert dry.learnt == 16
    assert {rung for _, rung in hung(importer.database).values()} == {2, 3}
    days = (datetime.now(tz=START.tzinfo) - START).days + 2
    done = called(
        "topology", "learn", "--days", str(max(days, 1)), home=tmp_path,
        DATABASE_URL=importer.database.url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "16 links learnt (16 new, 0 closed)" in done.stdout


# ------------------------------------------------------------------------------------- feeders
def trips():
    """Two feeders a cabinet, each of which fails twice at its own hours; the cabinets never do."""
    for feeder in range(4):
        for hour in (1 + 3 * feeder, 15 + 3 * feeder):
            yield feeder, START + timedelta(hours=hour), START + timedelta(hours=hour, minutes=80)


def feeder_of(number):
    """Lights hang by sixes on Q-0, Q-1, R-2, R-3."""
    return number // 6


def town_of_feeders(cabinet="QR"):
    """The register knows the cabinet of every light, and the feeder of every third."""
    readings = ["asset_kind,asset_code,property,measured_at,value"]
    for number in range(24):
        for step in range(60):
            at = START + timedelta(minutes=30 * step + number)
            dead = any(f == feeder_of(number) and a < at < b for f, a, b in trips())
            readings.append(f"streetlight,{number},lamp_on,{at.isoformat()},{0 if dead else 1}")
    said = [f"{'QR'[n // 12]}-{feeder_of(n)}" if n % 3 == 0 else "" for n in range(24)]
    return {
        "cabinets": ([point(12 * n + 6, 1.5) for n in range(2)], {"code": ["Q", "R"]}),
        "feeders": ["code,cabinet", "Q-0,Q", "Q-1,Q", "R-2,R", "R-3,R"],
        "streetlights": (
            [point(n, 0) for n in range(24)],
            {
                "code": [str(n) for n in range(24)],
                "cabinet": [cabinet[n // 12] for n in range(24)],
                "feeder": said,
            },
        ),
        "readings": readings,
    }


def test_lights_that_drop_without_the_rest_of_their_cabinet_find_their_feeder(importer):
    importer.canonical(**town_of_feeders())
    assert {rung for _, rung in hung(importer.database).values()} == {0, 2}
    found = learn_wiring(importer.database, NOW, SPAN)
    assert (found.feeders, found.added) == (16, 16)
    known = hung(importer.database)
    for number in range(24):
        assert known[number] == (
            f"{'QR'[number // 12]}-{feeder_of(number)}",
            0 if number % 3 == 0 else 4,
        )
    again = learn_wiring(importer.database, NOW + timedelta(hours=1), SPAN)
    assert (again.feeders, again.added, again.closed) == (16, 0, 0)
    importer.canonical(**town_of_feeders())
    assert hung(importer.database) == known  # the cabinet's link stays beside it, and behind
    old = learn_wiring(importer.database, NOW + timedelta(days=60), SPAN)
    assert old.feeders == 0
    assert set(hung(importer.database)) == set(range(24))


def test_a_learnt_feeder_goes_when_the_register_names_another_cabinet(importer):
    importer.canonical(**town_of_feeders())
    learn_wiring(importer.database, NOW, SPAN)
    importer.canonical(**town_of_feeders(cabinet="RQ"))
    known = hung(importer.database)
    assert known[1] == ("R", 2)
    assert known[13] == ("Q", 2)
