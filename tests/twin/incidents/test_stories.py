"""Whole stories on the hand-made town: what is understood, what rings, what the proof says."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.twin.incidents.town import (
    A112,
    A113,
    A114,
    D2,
    EVENING,
    GATEWAY,
    MINUTE,
    NOON,
    SUBSTATION,
    T,
    extent,
    flood,
    lit_town,
    look,
    place,
    ranks,
    tell,
    town,
)
from twin.incidents.causes import Cause, causes
from twin.incidents.city import City
from twin.incidents.describe import describe
from twin.incidents.latch import Latch
from twin.incidents.light_states import OFF
from twin.incidents.observed import Observed, River
from twin.incidents.proof import Document, fingerprint, fingerprinted, seal, stamp
from twin.incidents.proof_check import check
from twin.incidents.times import micros
from twin.incidents.understanding import Understanding
from twin.model.states import LightState

TERRITORY = {"slug": "essai", "name": "Essai", "simulated": True}
START = T - 3 * MINUTE


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def counts(known: Understanding) -> dict[str, int]:
    codes, numbers = np.unique(known.lights.state, return_counts=True)
    return {LightState(c).name: int(n) for c, n in zip(codes, numbers, strict=True)}


def card(
    city: City, observed: Observed, known: Understanding, **more: object
) -> tuple[Cause, Document]:
    """The only card, with its facts, which must pass the independent check."""
    (cause,) = causes(city, observed, known, **more)  # type: ignore[arg-type]
    body = describe(city, observed, known, cause)
    sealed = seal(body, incident="I-2026-0001", version=1, as_of=T, territory=TERRITORY)
    assert check(sealed.text, sealed.sha256) == []
    return cause, sealed.document


def states(city: City, known: Understanding, *lights: int) -> set[str]:
    return {LightState(s).name for s in known.lights.state[ranks(city, *lights)]}


A112_LIGHTS, A113_LIGHTS, A114_LIGHTS = range(101, 111), range(111, 115), range(115, 121)


def test_a_quiet_town_rings_nothing(city: City) -> None:
    observed = lit_town(city)
    known = look(city, observed)
    assert counts(known) == {"LIT": 20}
    assert causes(city, observed, known) == []


def test_a_flood_trips_by_its_plinth_and_everything_hangs_on_one_card(city: City) -> None:
    observed = lit_town(city)
    water = flood(extent(city, START, (-0.551, -0.5495, 0.62), (-0.5495, -0.5475, 0.30)))
    known = look(city, observed, water)
    # 62 cm on 35 measured; A-113: 30 cm on 20 assumed; A-114: 30 cm on 40: dry feet
    assert states(city, known, *A112_LIGHTS, *A113_LIGHTS) == {"INFERRED_DARK"}
    assert states(city, known, *A114_LIGHTS) == {"LIT"}
    cause, proof = card(city, observed, known)
    assert (cause.kind, cause.root_key, cause.status) == ("flood", "flood:crue-demo", "open")
    assert proof["headline"] == {
        "cabinets": 2, "devices": 2, "lights": 14, "lights_confirmed": 0, "lights_inferred": 14,
        "covered_m": 350, "attributed_m": 420, "residents": 100, "residents_withheld": False,
        "streets": 2, "buildings": 1, "crossings": 1, "schools": 0, "care_places": 0,
        "shelters": 0, "gateways": 0, "sensors_silent": 1,
    }  # fmt: skip
    assert proof["root"] == {
        "kind": "flood",
        "code": "crue-demo",
        "name": "Crue de démonstration",
        "place": "",
    }
    assert [device["code"] for device in proof["devices"]] == ["A-112", "A-113"]
    assert proof["assumptions"] == [
        {"what": "plinth", "subject": "A-113", "value": 0.2, "unit": "m"}
    ]
    assert {street["slug"]: street["verdict"] for street in proof["streets"]} == {
        "rue-des-lavandieres": "dark",
        "quai-des-tanneurs": "dark",
    }
    steps = [(link["step"], link["subject"]["code"]) for link in proof["chain"]]
    assert steps == [
        (step, code)
        for code in ("A-112", "A-113")
        for step in ("water_depth", "plinth", "supply_lost", "wiring")
    ]


def test_a_measured_loss_confirms_the_lights_on_the_register(city: City) -> None:
    observed = lit_town(city)
    observed = replace(
        observed,
        devices=tell(
            observed.devices, place(city, A112), supply=0, supply_at=START + MINUTE, interval_s=900
        ),
    )
    water = flood(extent(city, START, (-0.551, -0.5495, 0.62)))
    known = look(city, observed, water)
    assert states(city, known, *A112_LIGHTS) == {"CONFIRMED_DARK"}
    _, proof = card(city, observed, known)
    assert proof["root"]["code"] == "A-112"
    assert proof["claim"]["basis"] == "measured"
    assert proof["claim"]["probability"] == pytest.approx(0.96, abs=0.001)  # its wiring, 0.98²
    assert {link["step"]: link["role"] for link in proof["chain"]} == {
        "water_depth": "cause", "plinth": "cause", "supply_lost": "effect", "wiring": "effect",
    }  # fmt: skip
    assert [item["name"] for item in proof["evidence"]] == ["supply_absent", "depth_above_plinth"]


def test_a_lamp_seen_lit_in_a_flooded_part_is_lit_and_speaks_against(city: City) -> None:
    observed = lit_town(city)
    lights = tell(observed.lights, ranks(city, 101), reported_at=START + 2 * MINUTE)
    observed = replace(observed, lights=lights)
    known = look(city, observed, flood(extent(city, START, (-0.551, -0.5495, 0.62))))
    # one lit, none seen out: the trip is withdrawn; the news of the others is older than the water
    assert counts(known) == {"LIT": 11, "SILENT": 9}
    dark = tell(lights, ranks(city, 102, 103), reported_at=START + 2 * MINUTE, reported=OFF)
    observed = replace(observed, lights=dark)
    known = look(city, observed, flood(extent(city, START, (-0.551, -0.5495, 0.62))))
    assert states(city, known, 101) == {"LIT"}
    assert states(city, known, 102, 103) == {"CONFIRMED_DARK"}
    _, proof = card(city, observed, known)
    assert proof["headline"]["lights"] == 9
    against = [item for item in proof["evidence"] if item["direction"] == "against"]
    assert [item["name"] for item in against] == ["light_seen_lit"]


def test_receding_water_keeps_the_card_until_someone_inspected(city: City) -> None:
    observed = lit_town(city)
    first, gone = extent(city, START, (-0.551, -0.5495, 0.62)), T + 60 * MINUTE
    tripped = look(city, observed, flood(first))
    later = EVENING + timedelta(hours=2)
    receded = flood(first, ended_at=gone)
    elsewhere = lit_town(city, micros(later))
    drowned = tell(elsewhere.lights, ranks(city, *A112_LIGHTS), reported_at=START - 2 * MINUTE)
    observed = replace(elsewhere, lights=drowned)
    waiting = look(city, observed, receded, latch=tripped.latch, at=later)
    assert states(city, waiting, *A112_LIGHTS) == {"INFERRED_DARK"}
    (cause,) = causes(city, observed, waiting)
    assert (cause.status, cause.changed_at) == ("open", gone)
    facts = describe(city, observed, waiting, cause)
    assert facts["claim"]["since"] == stamp(START)  # not since the water went
    inspected = replace(
        observed,
        devices=tell(observed.devices, place(city, A112), inspected_at=gone + 30 * MINUTE),
    )
    coming = look(city, inspected, receded, latch=waiting.latch, at=later)
    assert [change.latch[0] for change in coming.changes] == [3]  # recovering
    (cause,) = causes(city, inspected, coming)
    assert cause.status == "recovering"
    proved = replace(
        inspected,
        lights=tell(observed.lights, ranks(city, *A112_LIGHTS), reported_at=gone + 40 * MINUTE),
    )
    back = look(city, proved, receded, latch=coming.latch, at=later)
    assert causes(city, proved, back) == []
    assert states(city, back, *A112_LIGHTS) == {"LIT"}


def test_by_day_a_flooded_cabinet_is_dark_from_dusk_on(city: City) -> None:
    observed = Observed.silence(city)
    water = flood(extent(city, T - 10 * 60 * MINUTE, (-0.551, -0.5495, 0.62)))
    known = look(city, observed, water, at=NOON)
    assert states(city, known, *A112_LIGHTS) == {"INFERRED_DARK"}
    assert states(city, known, *A114_LIGHTS) == {"PLANNED_OFF"}
    _, proof = card(city, observed, known)
    assert proof["claim"]["dark_from"] == "2026-11-19T16:36:34Z"


def test_a_dead_substation_explains_its_cabinets_and_they_do_not_ring(city: City) -> None:
    observed = lit_town(city)
    dead = [place(city, device) for device in (SUBSTATION, A112, A114)]
    observed = replace(
        observed, devices=tell(observed.devices, dead, supply=0, supply_at=START, interval_s=900)
    )
    known = look(city, observed)
    assert counts(known) == {"CONFIRMED_DARK": 20}
    cause, proof = card(city, observed, known)
    assert (cause.kind, proof["root"]["code"]) == ("cabinet_out", "P-1")
    assert proof["headline"]["gateways"] == 1  # G-3 hangs under A-114, its sensors with it
    assert proof["headline"]["sensors_silent"] == 2
    assert "cause" in proof["unknown"]


def test_a_feeder_is_blamed_when_all_its_lights_are_out_and_no_other(city: City) -> None:
    observed = lit_town(city)
    feeder = ranks(city, *range(107, 111))
    observed = replace(observed, lights=tell(observed.lights, feeder, reported=OFF, power_w=0.0))
    known = look(city, observed)
    cause, proof = card(city, observed, known)
    assert (cause.kind, cause.root_key) == ("feeder_out", "feeder:D2")
    assert cause.devices.tolist() == [place(city, D2)]
    assert proof["headline"]["lights_confirmed"] == 4
    assert proof["claim"]["basis"] == "computed"
    assert "lamp_failure" in [item["cause"] for item in proof["ruled_out"]]


def test_one_lamp_out_among_lit_neighbours_is_a_lamp_until_it_is_seen_lit(city: City) -> None:
    observed = lit_town(city)
    lamp = ranks(city, 103)
    observed = replace(observed, lights=tell(observed.lights, lamp, reported=OFF, power_w=1.0))
    known = look(city, observed)
    cause, proof = card(city, observed, known)
    assert (cause.kind, proof["root"]["code"]) == ("lamp_failure", "L-03")
    assert proof["root"]["place"] == "Rue des Lavandières"
    assert proof["claim"] == {
        "verdict": "dark", "basis": "measured", "probability": 0.99,
        "since": "2026-11-19T19:09:32Z", "dark_from": None,
    }  # fmt: skip
    noon = NOON + timedelta(days=1)
    asleep = lit_town(city, micros(noon))
    asleep = replace(asleep, lights=replace(asleep.lights, reported=np.full(20, OFF, np.int8)))
    day = look(city, asleep, at=noon)
    assert causes(city, asleep, day) == []
    (kept,) = causes(city, asleep, day, open_lamps=lamp.tolist())
    assert kept.root_key == cause.root_key
    lit = lit_town(city)
    assert causes(city, lit, look(city, lit), open_lamps=lamp.tolist()) == []


def test_a_silent_gateway_is_one_card_and_no_light_is_called_dark(city: City) -> None:
    observed = lit_town(city, T - 60 * MINUTE)
    observed = replace(observed, radio=tell(observed.radio, 0, online=0, online_at=T - 60 * MINUTE))
    known = look(city, observed)
    assert counts(known) == {"SILENT": 20}
    cause, proof = card(city, observed, known)
    assert (cause.kind, cause.root_key) == ("gateway_silent", "gateway:G-3")
    assert proof["claim"]["verdict"] == "silent"
    assert proof["headline"]["lights"] == 0
    assert set(city.surroundings.radio.sensor_id[cause.sensors].tolist()) == {
        *range(101, 121),
        50,
        51,
    }
    assert city.surroundings.radio.gateway_id[cause.gateways].tolist() == [GATEWAY]
    assert "lights" in proof["unknown"]


def test_a_gateway_nobody_reports_on_is_found_by_what_it_no_longer_hears(city: City) -> None:
    observed = lit_town(city, T - 60 * MINUTE)
    (cause,) = causes(city, observed, look(city, observed))
    assert cause.kind == "gateway_silent"
    assert cause.opened_at == T - 65 * MINUTE


def test_a_low_voltage_weakens_lights_and_turns_none_off(city: City) -> None:
    observed = lit_town(city)
    observed = replace(
        observed,
        devices=tell(
            observed.devices,
            place(city, A113),
            voltage_v=201.0,
            voltage_at=T - MINUTE,
            interval_s=900,
        ),
    )
    known = look(city, observed)
    assert counts(known) == {"LIT": 16, "DEGRADED": 4}
    cause, proof = card(city, observed, known)
    assert (cause.kind, len(cause.lights)) == ("low_voltage", 4)
    assert proof["streets"][0]["verdict"] == "reduced"


def test_the_river_is_quoted_as_measured_and_a_centimetre_is_no_new_fact(city: City) -> None:
    water = flood(extent(city, START, (-0.551, -0.5495, 0.62)))

    def told(level: float) -> Document:
        observed = replace(
            lit_town(city), rivers=(River("VR-02", "Pont Vieux", level, START + MINUTE),)
        )
        known = look(city, observed, water)
        (cause,) = causes(city, observed, known)
        return describe(city, observed, known, cause)

    first = told(3.17)["chain"][0]
    assert (first["step"], first["basis"], first["figures"][0]["value"]) == (
        "water_level",
        "measured",
        3.17,
    )
    assert fingerprint(told(3.17)) == fingerprint(told(3.18))
    assert fingerprint(told(3.17)) != fingerprint(told(3.42))


def test_few_people_are_never_counted_in_print(city: City) -> None:
    observed = lit_town(city)
    observed = replace(
        observed, lights=tell(observed.lights, ranks(city, 103), reported=OFF, power_w=1.0)
    )
    _, proof = card(city, observed, look(city, observed))
    assert proof["headline"]["residents"] is None  # ten people live along that lamp
    assert proof["headline"]["residents_withheld"] is True
    assert "residents" not in proof["unknown"]


TAMPERED = {
    "a digest of other bytes": (lambda d: d, "0" * 64, "digest"),
    "a depth below the plinth": (
        lambda d: d["chain"][0]["figures"][0].update(value=0.2), None, "A-112"),
    "a claim surer than its weakest link": (
        lambda d: d["claim"].update(probability=0.999), None, "weakest link"),
    "a claim better founded than its links": (
        lambda d: d["claim"].update(basis="measured"), None, "only computed"),
    "a loss of supply left out": (
        lambda d: d["chain"].pop(2), None, "no link says that it lost its supply"),
    "a link about something else": (
        lambda d: d["chain"][3]["subject"].update(code="A-999"), None, "does not name"),
    "an assumption hidden": (lambda d: d["assumptions"].clear(), None, "assumed"),
    "lights made up": (lambda d: d["headline"].update(lights=99), None, "99 lights"),
    "a street more": (lambda d: d["headline"].update(streets=9), None, "9 streets"),
    "a fact from the future": (
        lambda d: d["chain"][0].update(at="2027-01-01T00:00:00Z"), None, "later than the proof"),
    "a key missing": (lambda d: d.pop("unknown"), None, "keys missing: unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "sha256", "told"), TAMPERED.values(), ids=TAMPERED)
def test_the_independent_check_finds(
    city: City, tamper: object, sha256: str | None, told: str
) -> None:
    observed = lit_town(city)
    water = flood(extent(city, START, (-0.551, -0.5495, 0.62), (-0.5495, -0.5475, 0.30)))
    known = look(city, observed, water)
    (cause,) = causes(city, observed, known)
    sealed = seal(
        describe(city, observed, known, cause),
        incident="I-2026-0001",
        version=1,
        as_of=T,
        territory=TERRITORY,
    )
    document = json.loads(sealed.text)
    tamper(document)  # type: ignore[operator]
    document["chain"] = [fingerprinted(link) for link in document["chain"]]  # a careful forger
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    problems = check(text, sha256)
    assert any(told in problem for problem in problems), problems


def test_the_check_refuses_what_is_no_proof() -> None:
    assert check("{")[0].startswith("not JSON")
    assert check("[]")[0].startswith("keys missing")
    assert check('{"format":  "x"}')[0].startswith("keys missing")


def test_understanding_twice_changes_nothing_more(city: City) -> None:
    observed = lit_town(city)
    water = flood(extent(city, START, (-0.551, -0.5475, 0.62)))
    first = look(city, observed, water)
    again = look(city, observed, water, latch=first.latch)
    assert again.changes == ()
    assert np.array_equal(again.lights.state, first.lights.state)
    assert len(Latch.all_normal(3).out) == 3


def test_a_link_changed_without_its_digest_is_found(city: City) -> None:
    observed = lit_town(city)
    water = flood(extent(city, START, (-0.551, -0.5495, 0.62)))
    _, proof = card(city, observed, look(city, observed, water))
    document = json.loads(json.dumps(proof))
    document["chain"][0]["figures"][0]["value"] = 0.61
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert any("digest is not that of this link" in problem for problem in check(text))
