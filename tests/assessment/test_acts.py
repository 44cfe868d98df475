"""What people record: written once, in the journal, assessed at once, told on the broker."""

import json
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import shapely
from paho.mqtt.enums import CallbackAPIVersion

from control_center import acts, care, declaring
from control_center.cli import main
from tests.assessment.stored_town import StoredTown
from twin.errors import Conflict, NotFound, Refused
from twin.model.states import CauseKind
from twin.store.incident_writer import NewExtent
from twin.store.incidents import IncidentReader


@pytest.fixture
def town(commanded_town: StoredTown) -> StoredTown:
    return commanded_town


@pytest.fixture
def reader(town: StoredTown) -> IncidentReader:
    return IncidentReader(town.database)


def extent(town: StoredTown, depth: float = 0.62) -> NewExtent:
    return NewExtent(
        slug="crue",
        name="Crue",
        source="essai",
        simulated=True,
        observed_at=town.now,
        recorded_at=town.now,
        file_name="crue.geojson",
        sha256="ab",
        polygons=[(shapely.box(-0.551, 47.44, -0.5495, 47.46).wkb, depth)],
    )


def flood(town: StoredTown) -> None:
    acts.record_flood(town.database, town.clock, "Nadia", extent(town))


def test_a_flood_is_assessed_at_once_and_stands_in_the_journal(
    town: StoredTown, reader: IncidentReader
) -> None:
    flood(town)
    assert reader.open_incidents()[0].headline["cabinets"] == 1
    assert town.sql("SELECT person, act, subject FROM audit") == [("Nadia", "flood", "flood:crue")]
    flood(town)  # the same instant again: it replaces, it does not double
    assert town.sql("SELECT count(*) FROM flood_polygon") == [(1,)]
    assert len(reader.open_incidents()) == 1


def test_an_inspection_is_refused_in_the_water_and_clears_afterwards(
    town: StoredTown, reader: IncidentReader
) -> None:
    flood(town)
    with pytest.raises(Refused, match="still stands in the water") as refused:
        acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    assert refused.value.rule == "still_wet"
    town.later(60)
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    town.later(10)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112", "sec, remis en service")
    assert reader.supply_states()["state"].to_list() == ["recovering"]
    (subject, detail) = town.sql("SELECT subject, detail FROM audit ORDER BY id DESC LIMIT 1")[0]
    assert (subject, detail["note"]) == ("cabinet:A-112", "sec, remis en service")
    proof = reader.proof(reader.open_incidents()[0].code)
    assert "Nadia" not in json.dumps(proof)  # who it was stays in the journal
    assert [link["at"] for link in proof["chain"] if link["step"] == "inspection"] == [
        f"{town.now:%Y-%m-%dT%H:%M:%SZ}"
    ]
    town.later(60 * 24)
    flood(town)  # again: the inspection of yesterday says nothing of it
    (again,) = (i for i in reader.open_incidents() if i.kind == "flood")
    assert "inspection" not in [link["step"] for link in reader.proof(again.code)["chain"]]


def test_nothing_is_inspected_that_waits_for_no_inspection(town: StoredTown) -> None:
    with pytest.raises(Refused, match="no inspection"):
        acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    with pytest.raises(NotFound, match="A-999"):
        acts.record_inspection(town.database, town.clock, "Nadia", "A-999")
    with pytest.raises(NotFound, match="flood with water"):
        acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    assert town.sql("SELECT count(*) FROM audit") == [(0,)]


def test_an_incident_is_taken_in_charge_once(town: StoredTown, reader: IncidentReader) -> None:
    flood(town)
    care.acknowledge(town.database, town.clock, "Nadia", "I-2026-0001")
    assert reader.incident("I-2026-0001").acknowledged_by == "Nadia"
    with pytest.raises(Conflict, match="Nadia"):
        care.acknowledge(town.database, town.clock, "Paul", "I-2026-0001")
    with pytest.raises(NotFound):
        care.acknowledge(town.database, town.clock, "Paul", "I-2026-0099")


def test_whoever_listens_on_the_broker_is_told(
    town: StoredTown, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQTT_URL", broker)
    heard: list[tuple[str, dict[str, Any]]] = []
    host, port = broker.removeprefix("mqtt://").split("@")[-1].split(":")
    listener = mqtt.Client(CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _c, _u, m: heard.append((m.topic, json.loads(m.payload)))
    subscribed: list[int] = []
    listener.on_subscribe = lambda _c, _u, mid, _r, _p: subscribed.append(mid)
    listener.connect(host, int(port))
    listener.subscribe("reverbere/event/#", qos=1)
    while not subscribed:
        listener.loop(0.1)
    acts.record_flood(town.database, town.clock, "Nadia", extent(town), gauge_level_m=3.4)
    town.later(1)
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    fire = declaring.Declaration(CauseKind.BURNT_CABINET, ["A-113"])
    declaring.declare(town.database, town.clock, "Nadia", fire)
    town.later(1)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-113")
    while len(heard) < 6:
        listener.loop(0.1)
    listener.disconnect()
    topics = [topic for topic, _ in heard]
    assert topics == [
        "reverbere/event/flood",
        "reverbere/event/flood",
        "reverbere/event/inspection",
        "reverbere/event/cause",
        "reverbere/event/cause",
        "reverbere/event/inspection",
    ]
    burnt, replaced = heard[3][1], heard[4][1]
    assert (burnt["cabinets"], burnt["until"]) == (["A-113"], None)
    assert replaced == {**burnt, "until": town.now.isoformat()}
    (water,) = heard[0][1]["extent"]["features"]
    assert water["properties"] == {"depth_m": 0.62, "gauge_level_m": 3.4}
    assert heard[1][1]["extent"]["features"] == []
    assert heard[2][1]["cabinet"] == "A-112"


# the command


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run ``reverbere flood`` in this process."""
    with pytest.raises(SystemExit) as left:
        main(["flood", *words])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    ring = [[-0.551, 47.44], [-0.5495, 47.44], [-0.5495, 47.46], [-0.551, 47.46], [-0.551, 47.44]]
    document = {
        "type": "Feature",
        "properties": {"depth": 0.62},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "Crue de la Vaire.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_command_says_what_a_flood_does_in_french_then_in_english(
    town: StoredTown, reader: IncidentReader, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, str(file))
    assert code == 0
    assert "Crue «\u00a0Crue de la Vaire\u00a0»" in out
    assert "I-20" in out
    assert "Armoires hors service" in out
    assert "Habitants" in out
    code, out, _ = run(capsys, "--receded", "--language", "en")
    assert code == 0
    assert "of which to be inspected" in out
    assert reader.supply_states()["state"].to_list() == ["awaiting_inspection"]


def test_the_command_writes_the_proof_for_programs(
    town: StoredTown, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, str(file), "--json", "--event", "Vaire 2026")
    told = json.loads(out)
    assert code == 0
    assert told["flood"] == "vaire-2026"
    assert told["proof"]["headline"]["lights"] == 10
    assert told["proof"]["territory"]["simulated"] is True


def test_a_flood_somewhere_else_is_recorded_with_a_warning(
    town: StoredTown, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(file.read_text().replace("47.4", "17.4"), encoding="utf-8")
    code, out, _ = run(capsys, str(file))
    assert code == 0
    assert "outside Essai" in out
    assert "Aucune armoire" in out
    assert town.sql("SELECT count(*) FROM flood") == [(1,)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param([], "a FILE, or --receded", id="neither a file nor an end"),
        pytest.param(["none.geojson"], "No such file", id="a file that is not there"),
        pytest.param(["--receded"], "no flood has water", id="an end without a beginning"),
        pytest.param(
            ["--receded", "--event", "x"], "no flood with water named 'x'", id="of another"
        ),
        pytest.param(["FILE", "--at", "yesterday"], "an instant such as", id="no instant"),
        pytest.param(["FILE", "--at", "2999-01-01"], "before it happens", id="the future"),
        pytest.param(["FILE", "--language", "de"], "one of fr, en", id="a language we lack"),
    ],
)
def test_a_wrong_command_gets_one_sentence(
    town: StoredTown, file: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    words = [str(file) if word == "FILE" else word for word in words]
    code, out, err = run(capsys, *words)
    assert code == 1
    assert told in err
    assert "Traceback" not in out + err
    assert town.sql("SELECT count(*) FROM flood") == [(0,)]
