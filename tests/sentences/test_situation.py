"""Which pattern a proof allows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from control_center.sentences.document import read_proof
from control_center.sentences.situation import situation
from tests.pages.proofs import flood_proof, lamp_proof, plain_proof, silence_proof, step

AT = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
STREET = "rue-des-lavandieres"


def flood(
    *,
    depth: str = "computed",
    plinth: str = "plan",
    basis: str = "measured",
    probability: float = 0.97,
    state: str = "tripped",
    wiring: float = 0.98,
) -> dict[str, Any]:
    proof = flood_proof("I-1", AT, state=state)
    by_step = {link["step"]: link for link in proof["chain"]}
    by_step["water_depth"]["basis"] = depth
    by_step["wiring"]["confidence"] = wiring
    proof["claim"] |= {"basis": basis, "probability": probability}
    proof["devices"][0] |= {"basis": basis, "plinth_source": plinth, "probability": probability}
    return proof


def unpowered(kind: str, *, basis: str = "measured", probability: float = 0.97) -> dict[str, Any]:
    root = {"kind": kind, "code": "X-1", "place": "quai des Tanneurs"}
    proof = plain_proof("I-1", f"{kind}_out", AT, root)
    proof["claim"] |= {"basis": basis, "probability": probability}
    proof["devices"] = [{**root, "basis": basis, "probability": probability, "state": "tripped"}]
    proof["chain"] = [step("wiring", root, "assumed", 0.98, None, [])]
    return proof


def low_voltage() -> dict[str, Any]:
    return plain_proof("I-1", "low_voltage", AT, {"kind": "cabinet", "code": "A-87"})


def works() -> dict[str, Any]:
    return plain_proof("I-1", "works", AT, {"kind": "streetlight", "code": "L-1"})


def seen_lit_though_silent() -> dict[str, Any]:
    proof = silence_proof("I-1", AT)
    proof["evidence"] = [{"name": "meter_lit", "direction": "against", "basis": "measured"}]
    return proof


def two_lamps() -> dict[str, Any]:
    proof = lamp_proof("I-1", AT)
    proof["streets"][0] |= {"slug": STREET, "confirmed": 2}
    return proof


def unseen(proof: dict[str, Any]) -> dict[str, Any]:
    proof["streets"][0] |= {"confirmed": 0, "inferred": 14}
    return proof


def told_by_lamps(proof: dict[str, Any]) -> dict[str, Any]:
    street = {"slug": STREET, "name": "Rue", "lights": 16, "confirmed": 16, "inferred": 0}
    proof["streets"] = [{**street, "verdict": "dark", "device": proof["devices"][0]["code"]}]
    return proof


@pytest.mark.parametrize(
    ("proof", "key"),
    [
        pytest.param(flood(depth="measured", plinth="measured"), "flooded_measured", id="all read"),
        pytest.param(flood(), "flooded_confirmed", id="the cut is read, its cause is not"),
        pytest.param(flood(depth="measured"), "flooded_confirmed", id="plinth from a plan"),
        pytest.param(flood(basis="observed"), "flooded_confirmed", id="a person saw the cut"),
        pytest.param(flood(basis="computed"), "flooded_confirmed", id="the lamps tell"),
        pytest.param(unseen(flood(basis="computed")), "flooded_assumed", id="nobody saw the cut"),
        pytest.param(
            unseen(flood(basis="assumed", probability=0.61)), "flooded_assumed", id="just likely"
        ),
        pytest.param(
            unseen(flood(basis="assumed", probability=0.59)), "nothing_known", id="not likely"
        ),
        pytest.param(flood(wiring=0.5), "area_guessed", id="guessed wiring names no cabinet"),
        pytest.param(flood(state="awaiting_inspection"), "water_receding", id="receding"),
        pytest.param(flood(state="recovering"), "repaired_watch", id="inspected"),
        pytest.param(unpowered("cabinet"), "cabinet_out", id="cabinet"),
        pytest.param(unpowered("feeder"), "feeder", id="feeder"),
        pytest.param(unpowered("substation"), "upstream_substation", id="substation"),
        pytest.param(unpowered("cabinet", basis="computed"), "inferred_cause", id="inferred"),
        pytest.param(
            unpowered("feeder", basis="computed", probability=0.5), "nothing_known", id="too weak"
        ),
        pytest.param(
            told_by_lamps(unpowered("substation", basis="assumed", probability=0.5)),
            "seen_dark",
            id="the lamps tell, the cause is guessed",
        ),
        pytest.param(
            flood(basis="assumed", probability=0.8, state="awaiting_inspection"),
            "water_receding",
            id="receding, the lamps tell",
        ),
        pytest.param(
            unseen(flood(basis="assumed", probability=0.8, state="awaiting_inspection")),
            "inferred_cause",
            id="receding, nobody saw the street dark",
        ),
        pytest.param(lamp_proof("I-1", AT), "single_lamp", id="one lamp"),
        pytest.param(two_lamps(), "several_lamps", id="two lamps"),
        pytest.param(silence_proof("I-1", AT), "nothing_known", id="silence is not darkness"),
        pytest.param(seen_lit_though_silent(), "no_messages_but_lit", id="silent but seen lit"),
        pytest.param(low_voltage(), "low_voltage", id="low voltage"),
        pytest.param(works(), "works", id="works"),
    ],
)
def test_the_pattern_says_no_more_than_the_weakest_link(proof: dict[str, Any], key: str) -> None:
    assert situation(read_proof(proof), STREET).key == key


def test_a_wiring_without_confidence_names_no_cabinet() -> None:
    proof = flood()
    for link in proof["chain"]:
        if link["step"] == "wiring":
            link["confidence"] = None
    assert situation(read_proof(proof), STREET).key == "area_guessed"


def test_the_device_is_the_one_that_feeds_the_street() -> None:
    proof = flood()
    other = {**proof["devices"][0], "code": "A-104"}
    proof["devices"].append(other)
    proof["streets"].append({**proof["streets"][0], "slug": "rue-basse", "device": "A-104"})
    device = situation(read_proof(proof), "rue-basse").device
    assert device is not None
    assert device.code == "A-104"


@pytest.mark.parametrize(
    ("verdict", "extent"),
    [("dark", "dark"), ("partly_dark", "partly_dark"), ("reduced", "reduced")],
)
def test_the_street_is_called_dark_only_from_its_covered_metres(verdict: str, extent: str) -> None:
    proof = flood()
    proof["streets"][0]["verdict"] = verdict
    assert situation(read_proof(proof), STREET).extent == extent


CAUSE = {"kind": "distributor_cut", "code": "C-2026-0001", "name": "ENE-77", "place": ""}


def cut(state: str = "tripped", basis: str = "announced") -> dict[str, Any]:
    """A cut over A-112, announced until ten in the evening."""
    cabinet = {"kind": "cabinet", "code": "A-112", "name": "", "place": "quai des Tanneurs"}
    proof = plain_proof("I-1", "distributor_cut", AT, CAUSE)
    proof["claim"] |= {"basis": basis, "probability": 0.97, "until": "2026-11-19T21:00:00Z"}
    proof["devices"] = [{**cabinet, "basis": basis, "probability": 0.97, "state": state}]
    proof["chain"] = [step("cut", cabinet, basis, 0.97, AT, [])]
    return proof


def burnt(state: str = "tripped") -> dict[str, Any]:
    proof = cut(state, "observed") | {"kind": "burnt_cabinet"}
    proof["root"] = proof["devices"][0]
    return proof


@pytest.mark.parametrize(
    ("proof", "key"),
    [
        pytest.param(cut(), "cut_announced", id="a notice alone asserts nothing as seen"),
        pytest.param(cut(basis="measured"), "cut_confirmed", id="a meter confirms it"),
        pytest.param(cut("recovering"), "cut_ended", id="its end is watched"),
        pytest.param(cut("awaiting_inspection"), "cut_not_back", id="nothing came back"),
        pytest.param(burnt(), "burnt_cabinet", id="somebody saw it"),
        pytest.param(burnt("recovering"), "repaired_watch", id="replaced, and watched"),
    ],
)
def test_what_people_recorded_is_told_as_they_recorded_it(proof: dict[str, Any], key: str) -> None:
    assert situation(read_proof(proof)).key == key
