"""What people record of cuts, fires and works: from the act to lights, card, sentence and proof."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from control_center import acts, declaring, returns
from control_center.assessment import assess
from control_center.cli import main
from control_center.declaring import Declaration
from control_center.pages.street_view import street_view
from tests.assessment.stored_town import StoredTown
from twin.errors import Conflict, NotFound, Refused
from twin.incidents.proof_check import check
from twin.model.states import CauseKind, LightState
from twin.store.city import CityReader
from twin.store.declared import CauseReader
from twin.store.incident_writer import NewExtent
from twin.store.incidents import Incident, IncidentReader
from twin.store.proof_facts import check_facts, contradictions
from twin.store.returns import ReturnReader

CUT, FIRE, WORKS = CauseKind.DISTRIBUTOR_CUT, CauseKind.BURNT_CABINET, CauseKind.WORKS_ORDER
EAST = shapely.box(-0.5495, 47.44, -0.5475, 47.46)
HOUR = timedelta(hours=1)


def record(town: StoredTown, kind: CauseKind, *devices: str, **more: Any) -> str:
    said = Declaration(kind, devices, **more)
    return declaring.declare(town.database, town.clock, "Nadia", said).code


def counted(reader: IncidentReader) -> dict[str, int]:
    found = reader.light_states()["state"].value_counts().rows()
    return {LightState(state).name: count for state, count in found}


def proven(town: StoredTown, reader: IncidentReader) -> Incident:
    """The only open incident; its proof passes its own rules and stands beside the facts."""
    (incident,) = reader.open_incidents()
    stored = reader.stored_proof(incident.code)
    assert check(stored.document, stored.sha256) == []
    found = check_facts(town.database, json.loads(stored.document), stored.sha256)
    assert list(contradictions(found)) == []
    assert {"cut", "burnt", "works"} & {one.what.split()[0] for one in found}
    return incident


def test_a_cut_over_an_area_is_one_card_with_its_announced_return(
    town: StoredTown, reader: IncidentReader
) -> None:
    code = record(town, CUT, area=EAST, until=town.now + 3 * HOUR, reference="ENE-77")
    assert counted(reader) == {"LIT": 10, "INFERRED_DARK": 10}
    incident = proven(town, reader)
    assert (incident.kind, incident.root_key) == ("distributor_cut", f"distributor_cut:{code}")
    assert returns.run(town.database, town.clock) == 1
    (window,) = ReturnReader(town.database).announced(incident.code)
    assert (window.kind, window.crew_state, window.coverage) == (
        "distributor_notice", "announced", None,
    )  # fmt: skip
    assert (window.earliest, window.latest) == (town.now + 3 * HOUR, town.now + 4 * HOUR)
    assert returns.run(town.database, town.clock) == 0  # it stands


def test_a_cut_that_ends_gives_its_lights_back_and_closes_its_card(
    town: StoredTown, reader: IncidentReader
) -> None:
    code = record(town, CUT, "A-113", "A-114")
    town.later(30)
    declaring.end(town.database, town.clock, "Paul", code)
    assert reader.open_incidents()[0].status == "recovering"
    town.later(2)
    town.all_lit()
    assess(town.database, town.clock)
    assert counted(reader) == {"LIT": 20}
    assert reader.open_incidents() == []
    acts_told = town.sql("SELECT person, act, subject FROM audit ORDER BY id")
    assert acts_told == [
        ("Nadia", "cause", f"cause:{code}"),
        ("Paul", "cause_end", f"cause:{code}"),
    ]
    with pytest.raises(Conflict, match="ended already"):
        declaring.end(town.database, town.clock, "Paul", code)


def test_a_cut_ends_by_itself_when_it_was_announced_to_and_rings_where_nothing_returns(
    town: StoredTown, reader: IncidentReader
) -> None:
    record(town, CUT, "A-113", until=town.now + HOUR)
    opened = reader.open_incidents()[0].code
    town.later(61)
    town.all_lit(but=range(111, 115))
    assess(town.database, town.clock)
    assert reader.open_incidents()[0].status == "recovering"
    town.later(61)
    town.all_lit(but=range(111, 115))
    assess(town.database, town.clock)
    (again,) = (one for one in reader.open_incidents() if one.kind == "distributor_cut")
    assert (again.code, again.status) == (opened, "open")
    assert town.sql("SELECT count(*) FROM incident_act WHERE kind = 'ring'") == [(1,)]


def test_a_burnt_cabinet_stays_until_it_was_inspected(
    town: StoredTown, reader: IncidentReader
) -> None:
    code = record(town, FIRE, "A-112")
    assert counted(reader) == {"LIT": 10, "CONFIRMED_DARK": 10}
    assert proven(town, reader).kind == "burnt_cabinet"
    town.later(24 * 60)
    town.all_lit(but=range(101, 111))
    assess(town.database, town.clock)
    assert "burnt_cabinet" in {one.kind for one in reader.open_incidents()}
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112", "remplacée")
    assert CauseReader(town.database).one(code).ended_at == town.now  # type: ignore[union-attr]
    town.later(1)
    town.all_lit()
    assess(town.database, town.clock)
    assert counted(reader) == {"LIT": 20}


def test_works_raise_no_outage_in_their_window_and_an_incident_after_it(
    town: StoredTown, reader: IncidentReader
) -> None:
    record(town, WORKS, "D4", title="câble", until=town.now + HOUR)
    town.later(10)
    town.all_lit(but=range(115, 121))
    town.say_all(range(115, 121), lamp_on=0, active_power=0, dimming_level=100)
    assess(town.database, town.clock)
    assert counted(reader) == {"LIT": 14, "MAINTENANCE": 6}
    assert proven(town, reader).kind == "works"
    town.later(51)
    town.all_lit(but=range(115, 121))
    town.say_all(range(115, 121), lamp_on=0, active_power=0, dimming_level=100)
    town.later(61)
    town.all_lit(but=range(115, 121))
    town.say_all(range(115, 121), lamp_on=0, active_power=0, dimming_level=100)
    assess(town.database, town.clock)
    kinds = {one.kind for one in reader.open_incidents()}
    assert "works" not in kinds
    assert kinds & {"feeder_out", "cabinet_out"}


def test_works_on_a_street_take_its_lights_out_of_service(
    town: StoredTown, reader: IncidentReader
) -> None:
    said = {"streets": ["rue-haute"], "lights": ["L-01"]}
    record(town, WORKS, title="mâts", until=town.now + HOUR, **said)
    assert counted(reader) == {"LIT": 20}  # seen lit: works do not hide it
    town.later(20)
    town.all_lit(but=[101, *range(115, 121)])
    town.say_all([101, *range(115, 121)], lamp_on=0, active_power=0)
    assess(town.database, town.clock)
    assert counted(reader) == {"LIT": 13, "MAINTENANCE": 7}


def test_a_withdrawn_cause_leaves_no_trace_but_in_the_journal(
    town: StoredTown, reader: IncidentReader
) -> None:
    code = record(town, CUT, "A-113")
    declaring.withdraw(town.database, town.clock, "Paul", code)
    assert reader.open_incidents() == []
    (closed,) = reader.closed_incidents(limit=1)
    assert closed.claim["outcome"] == "withdrawn"  # it teaches nothing of how long cuts last
    town.later(1)
    town.all_lit()
    assess(town.database, town.clock)
    assert counted(reader) == {"LIT": 20}
    with pytest.raises(Conflict, match="withdrawn already"):
        declaring.withdraw(town.database, town.clock, "Paul", code)
    with pytest.raises(NotFound, match="C-9999"):
        declaring.withdraw(town.database, town.clock, "Paul", "C-9999")


def test_a_proof_of_another_cause_is_contradicted_by_the_store(
    town: StoredTown, reader: IncidentReader
) -> None:
    record(town, CUT, "A-113")
    (incident,) = reader.open_incidents()
    stored = reader.stored_proof(incident.code)
    document = json.loads(stored.document)
    for link in document["chain"]:
        if link["step"] == "cut":
            link["object"]["code"] = "C-2026-0099"
    found = list(contradictions(check_facts(town.database, document, stored.sha256)))
    assert [one.what for one in found] == ["cut A-113"]
    declaring.withdraw(town.database, town.clock, "Paul", incident.root["code"])
    later = {**json.loads(stored.document), "as_of": town.now.isoformat()}
    found = list(contradictions(check_facts(town.database, later, stored.sha256)))
    assert "cut A-113" in [one.what for one in found]


def test_on_a_street_that_water_and_a_cut_share_the_greater_cause_speaks_first(
    town: StoredTown,
) -> None:
    """Four of the quay's eight lamps hang on A-112, in the water; of the dry four, all are cut."""
    record(town, CUT, "A-112", "A-113")
    territory = CityReader(town.database).territory()

    def told() -> list[tuple[str, float | None]]:
        view = street_view(town.database, territory, town.now, "fr", "quai-des-tanneurs")
        return [
            (each.incident.kind, each.touched.covered_m if each.touched else None)
            for each in view.told
        ]

    assert told() == [("distributor_cut", 200.0)]
    town.later(1)
    sheet = shapely.box(-0.5505, 47.44, -0.5495, 47.46).wkb, 0.62
    water = NewExtent("crue", "Crue", "essai", True, town.now, town.now, "c", "ab", [sheet])
    acts.record_flood(town.database, town.clock, "Nadia", water)
    assert told() == [("distributor_cut", 100.0), ("flood", 100.0)]


def test_the_same_key_is_one_cause_and_another_request_under_it_a_conflict(
    town: StoredTown,
) -> None:
    said = Declaration(CUT, ["A-113"])
    first, again = (
        declaring.declare(town.database, town.clock, "Nadia", said, key="cle-0001")
        for _ in range(2)
    )
    assert first.code == again.code
    assert town.sql("SELECT count(*) FROM audit") == [(1,)]
    other = Declaration(CUT, ["A-114"])
    with pytest.raises(Conflict, match="another request"):
        declaring.declare(town.database, town.clock, "Nadia", other, key="cle-0001")
    elsewhere = declaring.declare(town.database, town.clock, "Paul", said, key="cle-0001")
    assert elsewhere.code != first.code


BOWTIE = shapely.Polygon([(-0.55, 47.44), (-0.548, 47.46), (-0.548, 47.44), (-0.55, 47.46)])
FAR = shapely.box(2.0, 48.0, 2.1, 48.1)
THEN, NEXT = datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
WRONG: dict[str, tuple[Declaration, str, str]] = {
    "an area that crosses itself": (Declaration(CUT, area=BOWTIE), "area", "not_an_area"),
    "an area outside the city": (Declaration(CUT, area=FAR), "area", "outside"),
    "a point": (Declaration(CUT, area=shapely.Point(0, 0)), "area", "not_an_area"),
    "an outline of thousands of corners": (
        Declaration(CUT, area=shapely.Point(-0.549, 47.45).buffer(1, quad_segs=900)),
        "area",
        "too_many",
    ),
    "a device nobody knows": (Declaration(CUT, ["A-113", "A-999"]), "devices.1", "unknown_thing"),
    "nothing at all": (Declaration(CUT), "devices", "nothing_named"),
    "1970": (Declaration(CUT, ["A-113"], starts_at=THEN), "starts_at", "not_then"),
    "an end before its beginning": (
        Declaration(CUT, ["A-113"], starts_at=NEXT, until=NEXT - HOUR),
        "until",
        "reversed_window",
    ),
    "a cut of a street": (Declaration(CUT, streets=["rue-haute"]), "streets", "not_its_own"),
    "two cabinets in one fire": (
        Declaration(FIRE, ["A-112", "A-113"]), "devices", "one_device",
    ),
    "a fire of tomorrow": (
        Declaration(FIRE, ["A-112"], starts_at=NEXT), "starts_at", "from_the_future",
    ),
    "a fire with an end": (Declaration(FIRE, ["A-112"], until=NEXT), "until", "no_end"),
    "works without an end": (Declaration(WORKS, ["D4"], title="câble"), "until", "no_end"),
    "works without a word": (Declaration(WORKS, ["D4"], until=NEXT), "title", "words_needed"),
    "an area of works": (Declaration(WORKS, area=EAST, title="câble"), "area", "not_its_own"),
    "a street nobody knows": (
        Declaration(WORKS, streets=["rue-basse"], title="mâts", until=NEXT),
        "streets.0",
        "unknown_thing",
    ),
    "a title without end": (Declaration(CUT, ["A-113"], title="x" * 201), "title", "too_long"),
}  # fmt: skip


def test_what_cannot_be_is_refused_naming_its_field(town: StoredTown) -> None:
    for name, (said, field, rule) in WRONG.items():
        with pytest.raises(Refused) as refused:
            declaring.declare(town.database, town.clock, "Nadia", said)
        assert (refused.value.field, refused.value.rule) == (field, rule), name
    code = record(town, CUT, "A-113", starts_at=town.now + HOUR)  # tomorrow's cut says nothing yet
    assert IncidentReader(town.database).open_incidents() == []
    for at, field in ((town.now + HOUR, "at"), (town.now, "at")):
        with pytest.raises(Refused) as refused:
            declaring.end(town.database, town.clock, "Nadia", code, at)
        assert refused.value.field == field
    assert town.sql("SELECT count(*) FROM declared_cause") == [(1,)]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run ``reverbere cause`` in this process."""
    with pytest.raises(SystemExit) as left:
        main(["cause", *words])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out.replace("\u00a0", " "), told.err


def test_the_command_records_tells_lists_and_ends(
    town: StoredTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "zone.geojson"
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(EAST)),
    }
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    code, out, _ = run(capsys, "record", "cut", "--area", str(file), "--reference", "ENE-77")
    assert code == 0
    assert "C-20" in out
    assert "le distributeur d’électricité annonce une coupure de courant" in out
    (cause,) = json.loads(run(capsys, "list", "--json")[1])
    assert (cause["state"], cause["reference"]) == ("holds", "ENE-77")
    code, out, _ = run(capsys, "end", cause["code"], "--language", "en")
    assert (code, "over" in out) == (0, True)
    assert "Rien n’est déclaré" in run(capsys, "list")[1]
    assert cause["code"] in run(capsys, "list", "--all")[1]
    for wrong, said in (
        (["record", "storm", "A-113"], "cut, burnt, works"),
        (["record", "cut", "A-999"], "no device named 'A-999'"),
        (["record", "cut", "A-113", "--from", "hier"], "an instant such as"),
        (["end", "C-0000-0000"], "no cause named"),
    ):
        code, out, err = run(capsys, *wrong)
        assert (code, said in err, "Traceback" in out + err) == (1, True, False)
