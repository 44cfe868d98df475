"""Three lengths that say what the proof says: alter the proof, and the words follow or go."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control_center.sentences.document import read_proof
from control_center.sentences.lengths import GROUPS, Telling, tell
from control_center.sentences.speaker import Moment
from tests.pages.proofs import flood_proof
from tests.sentences.test_speaker import AT, NEXT, plain, speaker

MOMENT = Moment(NEXT)


def told(document: dict[str, Any], language: str = "fr", slug: str | None = None) -> Telling:
    return tell(speaker(language), read_proof(document), MOMENT, slug)


def lines(telling: Telling) -> str:
    return plain("\n".join(telling.full))


def flooded() -> dict[str, Any]:
    document = flood_proof("I-1", AT)
    document["unknown"] = ["return_time"]
    return document


def test_ways_of_knowing_are_told_apart() -> None:
    telling = told(flooded())
    assert [len(getattr(telling, group)) for group in GROUPS] == [2, 0, 1, 3]
    assert any("socle" in line.lower() for line in telling.assumed)
    assert not any("socle" in line.lower() for line in (*telling.known, *telling.computed))
    assert telling.unknown is not None
    text = lines(telling)
    order = [text.index(word) for word in ("Mesuré ou constaté", "Calculé", "Supposé", "ne savons")]
    assert order == sorted(order)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_link_is_one_line_and_no_line_is_without_its_link(language: str) -> None:
    document = flooded()
    full = told(document, language)
    count = sum(len(getattr(full, group)) for group in GROUPS)
    assert count == len(document["chain"]) + len(document["assumptions"])
    for number in range(len(document["chain"])):
        fewer = {**document, "chain": [*document["chain"]]}
        del fewer["chain"][number]
        less = told(fewer, language)
        before = [line for group in GROUPS for line in getattr(full, group)]
        after = [line for group in GROUPS for line in getattr(less, group)]
        assert len(after) == len(before) - 1
        assert set(after) <= set(before)


def _set(step: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for link in document["chain"]:
            if link["step"] == step:
                link.update(changes)

    return change


def _depth(document: dict[str, Any]) -> None:
    document["devices"][0]["depth_m"] = 0.71
    for link in document["chain"]:
        for figure in link["figures"]:
            if figure["name"] == "depth":
                figure["value"] = 0.71


def _guessed(document: dict[str, Any]) -> None:
    for link in document["chain"]:
        if link["step"] == "wiring":
            link.update(confidence=0.5, figures=[{"name": "rung", "value": 3, "unit": "1"}])


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        (_depth, "62", "71"),
        (
            _set("supply_lost", basis="computed"),
            "courant, à 19 h 42 (mesuré",
            "courant, à 19 h 42 (calculé",
        ),
        (lambda d: d.update(assumptions=[]), "Valeurs supposées", ""),
        (lambda d: d.update(unknown=[]), "Nous ne savons pas", ""),
        (lambda d: d["headline"].update(streets=None), "5 rues", ""),
        (lambda d: d["root"].update(code="A-7") or d["devices"][0].update(code="A-7")
         or [link["subject"].update(code="A-7") for link in d["chain"]
             if link["subject"]["code"] == "A-112"], "A-112", "A-7"),
    ],
)  # fmt: skip
def test_an_altered_proof_is_told_otherwise(
    change: Callable[[dict[str, Any]], None], gone: str, come: str
) -> None:
    before = lines(told(flooded()))
    altered = flooded()
    change(altered)
    after = lines(told(altered))
    assert gone in before
    assert gone not in after
    assert come in after


def test_a_guessed_link_names_no_cabinet_to_a_street_in_any_length() -> None:
    document = flooded()
    _guessed(document)
    for language in ("fr", "en"):
        assert "A-112" not in lines(told(document, language, "rue-des-lavandieres"))


NUMBER = re.compile(r"\d+(?:,\d+)?")


@settings(max_examples=60)
@given(
    depth=st.integers(36, 200),
    plinth=st.integers(5, 35),
    lights=st.integers(2, 90),
    streets=st.integers(2, 9),
    drop=st.sets(st.integers(0, 4), max_size=4),
)
def test_no_length_holds_a_number_that_the_proof_does_not(
    depth: int, plinth: int, lights: int, streets: int, drop: set[int]
) -> None:
    document = flooded()
    _depth(document)
    document["devices"][0].update(depth_m=depth / 100, plinth_m=plinth / 100, lights=lights)
    document["headline"].update(lights=lights, streets=streets)
    document["assumptions"][0]["value"] = plinth / 100
    figures = {"depth": depth / 100, "plinth": plinth / 100, "lights": lights}
    for link in document["chain"]:
        for figure in link["figures"]:
            figure["value"] = figures.get(figure["name"], figure["value"])
    document["chain"] = [link for k, link in enumerate(document["chain"]) if k not in drop]
    allowed = {str(depth), str(plinth), str(lights), str(streets), "112", "0", "1"}
    allowed |= {"20", "14", "30", "19", "42", "3,42", "2,8", "2,80", "3", "2"}  # hours, river
    allowed |= {str(round(link["confidence"] * 100)) for link in document["chain"]}
    allowed |= {"99", "02"}  # a deduction is never whole; the gauge VR-02
    found = set(NUMBER.findall(lines(told(document))))
    assert found <= allowed
