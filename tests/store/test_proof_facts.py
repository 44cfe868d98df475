"""A proof beside the facts of the store: what was written holds, what was altered is found."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from control_center.assessment import Assessor
from control_center.cli import main
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_acts import flood
from tests.support.web import TestClient, application
from twin.incidents.proof import canonical, fingerprinted
from twin.incidents.proof_check import check
from twin.store.database import Database
from twin.store.incidents import IncidentReader, StoredProof
from twin.store.proof_facts import Finding, check_facts, contradictions


@pytest.fixture
def town(database: Database) -> StoredTown:
    """A quay in the water, its cabinet's meter heard, its river read, one lamp burnt elsewhere."""
    town = StoredTown(database)
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    assessor.assess()
    town.later(1)
    flood(town)
    town.later(1)
    town.say(2, supply_present=0)
    town.say(80, water_level=3.17)
    town.say(120, lamp_on=0, active_power=0.4)
    assessor.assess()
    return town


def proof_of(town: StoredTown, kind: str, version: int | None = None) -> StoredProof:
    reader = IncidentReader(town.database)
    [code] = [one.code for one in reader.open_incidents() if one.kind == kind]
    return reader.stored_proof(code, version)


def findings(town: StoredTown, stored: StoredProof) -> list[tuple[str, Finding]]:
    found = check_facts(town.database, json.loads(stored.document), stored.sha256)
    return [(one.what.split()[0], one.finding) for one in found]


def test_every_link_of_what_the_product_wrote_holds(town: StoredTown) -> None:
    flooded = proof_of(town, "flood")
    assert check(flooded.document, flooded.sha256) == []
    steps = findings(town, flooded)
    assert {finding for _, finding in steps} == {Finding.HOLDS}
    assert [step for step, _ in steps[1:]] == [
        "water_level", "water_depth", "plinth", "supply_lost", "wiring"
    ]  # fmt: skip
    lamp = proof_of(town, "lamp_failure")
    assert {finding for _, finding in findings(town, lamp)} == {Finding.HOLDS}


def test_an_older_version_stays_and_holds(town: StoredTown) -> None:
    first = proof_of(town, "flood", version=1)
    assert check(first.document, first.sha256) == []
    found = check_facts(town.database, json.loads(first.document), first.sha256)
    assert list(contradictions(found)) == []
    assert "newest is version" in found[0].why
    app = application(town.database, town.clock)
    page = TestClient(app, base_url="http://localhost").get(f"/preuve/{found[0].what.split()[0]}")
    assert "?version=1" in page.text


def _figure(step: str, value: float) -> Callable[[dict[str, Any]], None]:
    def alter(document: dict[str, Any]) -> None:
        link = next(link for link in document["chain"] if link["step"] == step)
        link["figures"][0]["value"] = value

    return alter


def _later(step: str) -> Callable[[dict[str, Any]], None]:
    def alter(document: dict[str, Any]) -> None:
        link = next(link for link in document["chain"] if link["step"] == step)
        link["at"] = "2026-11-19T19:14:59Z"

    return alter


def _elsewhere(document: dict[str, Any]) -> None:
    for link in document["chain"]:
        if link["step"] == "wiring":
            link["subject"] = {**link["subject"], "code": "A-113"}


@pytest.mark.parametrize(
    ("alter", "step"),
    [
        (_figure("water_depth", 0.9), "water_depth"),
        (_figure("plinth", 0.1), "plinth"),
        (_figure("wiring", 11), "wiring"),
        (_figure("water_level", 4.0), "water_level"),
        (_later("water_depth"), "water_depth"),
        (_elsewhere, "wiring"),
    ],
)
def test_an_altered_fact_is_found_however_well_it_is_sealed_again(
    town: StoredTown, alter: Callable[[dict[str, Any]], None], step: str
) -> None:
    document = json.loads(proof_of(town, "flood").document)
    alter(document)
    document["chain"] = [fingerprinted(link) for link in document["chain"]]
    sha256 = hashlib.sha256(canonical(document).encode()).hexdigest()
    found = check_facts(town.database, document, sha256)
    wrong = {one.what.split()[0] for one in contradictions(found)}
    assert wrong == {document["incident"], step}


def test_a_link_altered_without_its_digest_is_found_without_the_store(town: StoredTown) -> None:
    document = json.loads(proof_of(town, "flood").document)
    _figure("plinth", 0.1)(document)
    [problem] = [line for line in check(canonical(document)) if "digest" in line]
    assert "plinth" in problem


def test_the_command_fetches_checks_and_tells(
    town: StoredTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("REVERBERE_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", town.database.url)

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    stored = proof_of(town, "flood")
    code = json.loads(stored.document)["incident"]
    kept = tmp_path / "preuve.json"
    assert run("proof", code, "--out", str(kept))[0] == 0
    assert kept.read_text(encoding="utf-8") == stored.document
    ended, shown = run("proof", "check", str(kept))
    assert ended == 0, shown
    assert "its own rules hold" in shown
    kept.write_text(stored.document.replace("0.62", "0.92"), encoding="utf-8")
    ended, shown = run("proof", "check", str(kept))
    assert ended == 1
    assert "the sheets drawn give 0.620 m" in shown
    assert "armoire" in run("proof", code, "--words", "fr")[1]
    assert len(run("proof", code, "--versions")[1].splitlines()) == stored.version
