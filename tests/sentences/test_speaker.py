"""What is said of a proof, word for word, and of any proof at all."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control_center.sentences.chain import Chain
from control_center.sentences.document import STRENGTH, read_proof
from control_center.sentences.speaker import SHORT, Moment, Speaker, Spoken
from control_center.sentences.street import LightCounts, calm, calm_key
from control_center.texts import moments_of
from tests.pages.proofs import flood_proof, lamp_proof, plain_proof, silence_proof
from tests.sentences.test_situation import burnt, cut
from tests.texts.test_catalogues import NEVER, REPLACED

AT = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
NEXT = AT.replace(minute=30, second=0)
DUSK = datetime(2026, 11, 19, 16, 12, tzinfo=UTC)
STREET = "rue-des-lavandieres"
NBSP = "\u00a0"


def speaker(language: str = "fr", now: datetime = AT) -> Speaker:
    return Speaker(moments_of(language, SimpleNamespace(timezone="Europe/Paris"), now))


def said(spoken: Spoken) -> list[str]:
    return [spoken.title, spoken.statement, spoken.short, spoken.medium, spoken.long]


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def test_a_measured_cut_with_an_assumed_cause_says_both() -> None:
    spoken = speaker().incident(read_proof(flood_proof("I-1", AT)), Moment(NEXT), STREET)
    assert plain(spoken.statement) == (
        "Votre rue est éteinte : l’armoire A-112 est en zone inondée."
    )
    assert plain(spoken.long) == (
        "Votre rue est éteinte. L’armoire électrique A-112, quai des Tanneurs, n’a plus de "
        "courant : c’est mesuré. Elle se trouve en zone inondée. La coupure ne dépend d’aucune "
        "supposition. Sa cause dépend de ce que nous supposons : socle de 35 cm. Elle alimente "
        "38 lampadaires dans 5 rues. Situation constatée à 20 h 14. Prochaine information à "
        "20 h 30."
    )


def test_a_depth_and_a_plinth_that_were_measured_are_told_in_figures() -> None:
    proof = flood_proof("I-1", AT)
    proof["chain"][1]["basis"] = "measured"
    proof["devices"][0]["plinth_source"] = "measured"
    spoken = speaker().incident(read_proof(proof), Moment(NEXT), STREET)
    assert plain(spoken.short) == "Éteint : armoire A-112 dans l’eau (mesuré : 62 cm)"
    assert "au-dessus de 35 cm, l’armoire se coupe par sécurité" in plain(spoken.long)


def test_by_day_nothing_is_called_dark_but_the_evening_is_told() -> None:
    spoken = speaker().incident(
        read_proof(flood_proof("I-1", AT)), Moment(NEXT, switch_on=DUSK), STREET
    )
    assert plain(spoken.statement).startswith("L’éclairage de votre rue est sans courant")
    assert "restera éteint ce soir à partir de 17 h 12" in plain(spoken.long)
    assert "Votre rue est éteinte" not in plain(spoken.long)


def test_a_lamp_alone_says_that_the_rest_is_lit_only_when_it_is_seen() -> None:
    proof = lamp_proof("I-1", AT)
    told = speaker().incident(read_proof(proof), Moment(NEXT), "rue-haute")
    assert plain(told.medium) == (
        "Le lampadaire L-2005 est en panne rue Haute ; le reste de la rue est éclairé."
    )
    proof["evidence"] = []
    unseen = speaker().incident(read_proof(proof), Moment(NEXT), "rue-haute")
    assert plain(unseen.medium) == "Le lampadaire L-2005 est en panne rue Haute."


def test_silence_is_never_told_as_darkness() -> None:
    told = speaker().incident(read_proof(silence_proof("I-1", AT)), Moment(NEXT), "rue-saint-clair")
    assert told.statement == "Nous ne savons pas si votre rue est éclairée."
    assert "ce qui ne veut pas dire qu’ils sont éteints" in told.medium


def test_the_return_is_unknown_with_its_reason_and_the_next_word() -> None:
    told = speaker().blocked_return(read_proof(flood_proof("I-1", AT)), Moment(NEXT), STREET)
    assert "Il faut d’abord que l’eau se retire" in told.long
    assert "Nous faisons le point à 20 h 30" in plain(told.long)


def test_works_are_no_fault_and_say_what_is_done() -> None:
    root = {"kind": "feeder", "code": "D-3", "name": "Remplacement des lanternes"}
    proof = plain_proof("I-1", "works", AT, root)
    told = speaker().incident(read_proof(proof), Moment(NEXT), STREET)
    assert plain(told.medium) == (
        "L’éclairage est coupé pour des travaux : remplacement des lanternes."
    )
    assert "panne" not in told.long


def test_english_keeps_the_names_of_streets() -> None:
    told = speaker("en").incident(read_proof(lamp_proof("I-1", AT)), Moment(NEXT), "rue-haute")
    assert plain(told.medium) == (
        "Street light L-2005 is out on rue Haute; the rest of the street is lit."
    )


@pytest.mark.parametrize(
    ("counts", "by_day", "key"),
    [
        (LightCounts(), False, "no_lights"),
        (LightCounts(lit=12), False, "all_lit"),
        (LightCounts(lit=3, silent=9), False, "all_lit"),
        (LightCounts(silent=5), False, "nothing_known"),
        (LightCounts(silent=5, unmonitored=2), False, "nothing_known"),
        (LightCounts(unmonitored=9), False, "unmonitored"),
        (LightCounts(planned_off=8), True, "by_day"),
        (LightCounts(planned_off=8), False, "planned_off"),
        (LightCounts(maintenance=2), False, "under_works"),
        (LightCounts(confirmed_dark=1, lit=8), False, "dark_unexplained"),
    ],
)
def test_a_calm_street_says_only_what_is_seen(
    counts: LightCounts,
    by_day: bool,  # noqa: FBT001 - a column of the table
    key: str,
) -> None:
    assert calm_key(counts, by_day=by_day) == key


def test_a_night_switch_off_tells_its_hours_and_that_it_is_no_fault() -> None:
    hours = (AT.replace(hour=23, minute=0), AT.replace(hour=4, minute=0) + timedelta(days=1))
    told = calm(speaker(), LightCounts(planned_off=8), Moment(NEXT), AT, off_hours=hours)
    assert plain(told.medium) == (
        "Votre rue est éteinte comme prévu de minuit à 5 h : ce n’est pas une panne."
    )


# any proof


CODES = st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,6}", fullmatch=True)
NAMES = st.sampled_from(["Rue Haute", "Quai des Tanneurs", "Avenue du Général-de-Gaulle", ""])
INSTANTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - made aware by timezones=
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda instant: instant.isoformat())
SHARES = st.floats(0, 1)
BASES = st.sampled_from(STRENGTH)
KINDS = st.sampled_from(
    ["flood", "cabinet_out", "feeder_out", "lamp_failure", "gateway_silent", "low_voltage", "works"]
)
DEVICE_KINDS = st.sampled_from(["cabinet", "feeder", "substation", "streetlight", "gateway"])
MAYBE_METRES = st.none() | st.floats(0, 9)
COUNTS = st.none() | st.integers(0, 40_000)


@st.composite
def proofs(draw: st.DrawFn) -> dict[str, Any]:
    root = {"kind": draw(DEVICE_KINDS), "code": draw(CODES), "name": "", "place": draw(NAMES)}
    figures = st.fixed_dictionaries(
        {
            "name": st.sampled_from(["level", "depth", "plinth", "current", "lights", "voltage"]),
            "value": st.floats(0, 500),
            "unit": st.sampled_from(["m", "A", "V", "1", "?"]),
            "margin": st.none() | st.floats(0, 1),
        }
    )
    steps = st.fixed_dictionaries(
        {
            "step": st.sampled_from(
                ["water_level", "water_depth", "plinth", "supply_lost", "wiring", "seen", "new"]
            ),
            "subject": st.none() | st.just({"kind": root["kind"], "code": root["code"]}),
            "basis": BASES,
            "confidence": st.none() | SHARES,
            "at": st.none() | INSTANTS,
            "source": st.sampled_from(["", "register", "compteur"]),
            "figures": st.lists(figures, max_size=3),
        }
    )
    device = st.fixed_dictionaries(
        {
            "kind": st.just(root["kind"]),
            "code": st.just(root["code"]),
            "place": st.just(root["place"]),
            "state": st.sampled_from(["tripped", "awaiting_inspection", "recovering", ""]),
            "since": st.none() | INSTANTS,
            "basis": BASES,
            "probability": st.none() | SHARES,
            "depth_m": MAYBE_METRES,
            "plinth_m": st.none() | st.floats(0, 3),
            "plinth_source": st.sampled_from(["measured", "plan", "assumed", "unknown"]),
            "lights": COUNTS,
        }
    )
    street = st.fixed_dictionaries(
        {
            "slug": st.just(STREET),
            "name": NAMES.filter(bool),
            "lights": st.integers(0, 400),
            "confirmed": st.integers(0, 200),
            "inferred": st.integers(0, 200),
            "verdict": st.sampled_from(["dark", "partly_dark", "reduced"]),
            "device": st.none() | st.just(root["code"]),
        }
    )
    return {
        "format": "reverbere/proof@1",
        "incident": "I-2026-0001",
        "version": 1,
        "kind": draw(KINDS),
        "as_of": draw(INSTANTS),
        "territory": {"slug": "bellerive", "name": "Bellerive", "simulated": True},
        "claim": {
            "verdict": draw(st.sampled_from(["dark", "silent", "weak"])),
            "basis": draw(BASES),
            "probability": draw(st.none() | SHARES),
            "since": draw(st.none() | INSTANTS),
        },
        "root": root,
        "headline": {
            name: draw(COUNTS)
            for name in ("lights", "streets", "cabinets", "lights_inferred", "residents")
        },
        "chain": draw(st.lists(steps, max_size=5)),
        "devices": draw(st.lists(device, max_size=1)),
        "streets": draw(st.lists(street, max_size=1)),
        "assumptions": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "what": st.sampled_from(["plinth", "depth", "wiring", "new"]),
                        "subject": st.just(root["code"]),
                        "value": st.none() | st.floats(0, 3),
                        "unit": st.just("m"),
                    }
                ),
                max_size=3,
            )
        ),
        "evidence": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "name": st.sampled_from(["current_zero", "meter_lit", "new"]),
                        "direction": st.sampled_from(["for", "against"]),
                        "weight": st.floats(-10, 10),
                        "basis": BASES,
                    }
                ),
                max_size=3,
            )
        ),
        "unknown": draw(
            st.lists(st.sampled_from(["equipment_state", "lights", "new"]), max_size=3)
        ),
        "ruled_out": [],
    }


MOMENTS = st.builds(
    Moment,
    next_update=st.just(NEXT),
    switch_on=st.none() | st.just(DUSK),
    phone=st.none() | st.just("02 61 91 00 12"),
)
UNFILLED = re.compile(r"[{}⟦⟧]|\bNone\b|\bnan\b|null", re.IGNORECASE)
LOOSE = re.compile(r" [;:!?»%]|« |  | \.|\.\.(?!\.)|: \.|\( ?\)")


@pytest.mark.parametrize("language", ["fr", "en"])
@settings(max_examples=60, deadline=None)
@given(document=proofs(), moment=MOMENTS, slug=st.none() | st.just(STREET))
def test_any_proof_is_told_in_whole_bounded_plain_sentences(
    language: str, document: dict[str, Any], moment: Moment, slug: str | None
) -> None:
    voice, proof = speaker(language), read_proof(document)
    spoken = voice.incident(proof, moment, slug)
    back = voice.blocked_return(proof, moment, slug)
    assert len(spoken.short) <= SHORT
    assert len(back.short) <= SHORT
    assert len(spoken.title) <= SHORT
    assert len(spoken.statement.split()) <= 20
    assert len(spoken.medium.split()) <= 45
    assert len(spoken.long) <= 1200
    for text in [*said(spoken), *said(back)]:
        assert text
        assert not UNFILLED.search(text), text
        if language == "fr":
            assert not LOOSE.search(text), text
            bare = text.lower().replace("n’a plus de courant", "").replace(NBSP, " ")
            assert not [phrase for phrase in NEVER if phrase in bare]
            assert not [word for word in REPLACED if re.search(rf"\b{word}\b", bare)]
    for line in Chain(voice).lines(proof):
        assert line.title
        assert not UNFILLED.search(line.title + line.detail)


@settings(max_examples=40, deadline=None)
@given(document=proofs(), moment=MOMENTS)
def test_no_sentence_is_surer_than_its_proof(document: dict[str, Any], moment: Moment) -> None:
    proof = read_proof(document)
    spoken = speaker().incident(proof, moment, STREET)
    text = plain(" ".join(said(spoken)))
    bases = {proof.claim.basis, *(device.basis for device in proof.devices)}
    seen = bases & {"measured", "observed"}
    if proof.kind == "gateway_silent" or spoken.key == "nothing_known":
        assert "Votre rue est éteinte" not in text
    if not seen and proof.kind not in {"works", "low_voltage", "lamp_failure", "gateway_silent"}:
        assert "c’est mesuré" not in text
    if spoken.key == "area_guessed":
        assert not [device for device in proof.devices if f"armoire {device.code}" in text]


STATES = st.builds(
    LightCounts,
    **{
        name: st.integers(0, 40)
        for name in ("lit", "degraded", "silent", "maintenance", "planned_off", "unmonitored")
    },
)


@pytest.mark.parametrize("language", ["fr", "en"])
@settings(max_examples=60, deadline=None)
@given(counts=STATES, moment=MOMENTS, silent=st.none() | st.just(AT - timedelta(hours=3)))
def test_any_calm_street_is_told(
    language: str, counts: LightCounts, moment: Moment, silent: datetime | None
) -> None:
    spoken = calm(speaker(language), counts, moment, AT, silent_since=silent)
    assert len(spoken.short) <= SHORT
    for text in said(spoken):
        assert text
        assert not UNFILLED.search(text), text


def test_a_cut_is_told_as_the_distributors_word_until_it_is_measured() -> None:
    spoken = speaker().incident(read_proof(cut()), Moment(NEXT))
    assert plain(spoken.medium) == (
        "Des rues sont probablement éteintes : le distributeur d’électricité annonce une coupure "
        "de courant jusqu’à 22 h."
    )
    assert "Aucune mesure ne la confirme encore." in plain(spoken.long)
    measured = speaker("en").incident(read_proof(cut(basis="measured")), Moment(NEXT))
    assert "the electricity distributor has cut the power in this area" in measured.medium
    assert "The loss of power is measured." in measured.long


def test_works_say_until_when() -> None:
    proof = plain_proof("I-1", "works", AT, {"kind": "works_order", "code": "C-1", "name": "Câble"})
    proof["claim"]["until"] = "2026-11-20T05:00:00Z"
    spoken = speaker().incident(read_proof(proof), Moment(NEXT))
    assert (
        plain(spoken.medium) == "L’éclairage est coupé jusqu’à demain 6 h pour des travaux : câble."
    )
    assert "La date de fin est une prévision" in spoken.long


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_of_a_recorded_cause_has_its_three_lengths(language: str) -> None:
    for state in ("tripped", "recovering", "awaiting_inspection"):
        for proof in (cut(state), burnt(state)):
            spoken = speaker(language).incident(read_proof(proof), Moment(NEXT, DUSK, "0 800 00"))
            assert len(spoken.short) <= SHORT
            assert all("{" not in text and "⟦" not in text for text in said(spoken))
