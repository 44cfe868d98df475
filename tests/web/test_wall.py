"""The wall as the server writes it: what is said, and what is never said."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.catalogue import texts
from control_center.moments import Moments
from control_center.wall.cards import Cards, alarms, shape_of
from control_center.wall.curve import HEIGHT, WIDTH, axis, draw_curve, thin
from control_center.wall.panel import Panels
from tests.support.small_city import EVENING, SmallCity
from tests.support.small_proof import proof
from tests.support.web import TestClient
from twin.store.database import Database
from twin.store.incidents import Incident, StoredProof

MOMENTS = Moments(texts("fr"), ZoneInfo("Europe/Paris"), EVENING)


def _incident(**changes: Any) -> Incident:
    plain: dict[str, Any] = {
        "id": 1,
        "code": "I-2026-0012",
        "kind": "flood",
        "root_key": "cabinet:A-112",
        "status": "open",
        "opened_at": EVENING - timedelta(minutes=32),
        "changed_at": EVENING,
        "closed_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "headline": {"cabinets": 1, "lights": 38, "streets": 5, "sensors_silent": 0},
        "proof_version": 1,
        "root": {"kind": "cabinet", "code": "A-112", "place": "quai des Tanneurs"},
        "claim": {"basis": "measured", "probability": 0.97},
    }
    return Incident(**{**plain, **changes})


def _cards(*incidents: Incident) -> list[Any]:
    return Cards(texts("fr"), MOMENTS).list(incidents)


# ----------------------------------------------------------------------- cards
def test_a_card_says_the_cause_in_few_words_and_where() -> None:
    [card] = _cards(_incident())
    assert card.title == "A-112 dans l’eau"
    assert card.where == "38 lampadaires, 5 rues, quai des Tanneurs"
    assert card.hour == "19\u00a0h\u00a042"
    assert card.shape == "confirmed_dark"


@pytest.mark.parametrize(
    ("kind", "basis", "shape"),
    [
        ("flood", "measured", "confirmed_dark"),
        ("flood", "observed", "confirmed_dark"),
        ("flood", "computed", "inferred_dark"),
        ("cabinet_out", "assumed", "inferred_dark"),
        ("cabinet_out", "unknown", "inferred_dark"),
        ("gateway_silent", "measured", "silent"),
        ("low_voltage", "measured", "degraded"),
        ("works", "observed", "maintenance"),
    ],
)
def test_only_what_was_measured_or_seen_is_solid_and_silence_is_never_a_cross(
    kind: str, basis: str, shape: str
) -> None:
    assert shape_of(_incident(kind=kind, claim={"basis": basis})) == shape


def test_a_silent_gateway_is_never_told_as_darkness() -> None:
    headline = {"sensors_silent": 5, "lights": 0}
    root = {"kind": "gateway", "code": "G-3"}
    [card] = _cards(_incident(kind="gateway_silent", headline=headline, root=root))
    assert card.title == "Passerelle G-3 muette"
    assert "Rien ne dit qu’ils sont éteints" in card.where
    assert card.certainty == ""


def test_what_nobody_has_in_charge_comes_first_then_the_gravest_then_the_newest() -> None:
    def one(code: str, kind: str, minutes: int, *, taken: bool = False) -> Incident:
        opened = EVENING - timedelta(minutes=minutes)
        return _incident(
            code=code, kind=kind, opened_at=opened, acknowledged_at=EVENING if taken else None
        )

    cards = _cards(
        one("taken", "flood", 1, taken=True),
        one("lamp", "lamp_failure", 2),
        one("old flood", "flood", 50),
        one("new flood", "flood", 5),
        one("silence", "gateway_silent", 1),
    )
    assert [card.code for card in cards] == ["new flood", "old flood", "silence", "lamp", "taken"]


def test_an_incident_of_another_day_says_its_day() -> None:
    [card] = _cards(_incident(opened_at=EVENING - timedelta(days=2)))
    assert card.hour.startswith("17/11, 20")


def test_things_under_one_cause_are_counted_as_the_alarms_they_would_have_been() -> None:
    headline = {"cabinets": 1, "lights": 38, "sensors_silent": 5, "gateways": None}
    assert alarms([_incident(headline=headline), _incident(headline={})]) == 44


# ----------------------------------------------------------------------- panel
def _panel(**changes: Any) -> Any:
    document = proof("I-2026-0012", "A-112", 38, EVENING)
    document.update(changes)
    stored = StoredProof(1, EVENING, "f00d", orjson.dumps(document).decode())
    return Panels(texts("fr"), MOMENTS).panel(_incident(), stored)


def test_what_is_not_known_is_never_a_number() -> None:
    headline = {
        **proof("x", "A-112", 38, EVENING)["headline"],
        "residents": None,
        "covered_m": None,
    }
    lights, metres, residents = _panel(headline=headline).figures
    assert lights.value == "38"
    assert metres.value is None
    assert residents.value is None
    assert residents.unit == "habitants"


@pytest.mark.parametrize(
    ("count", "shown"), [(340, "340"), (344, "340"), (1241, "1\u00a0240"), (62, "moins de 100")]
)
def test_residents_are_rounded(count: float, shown: str) -> None:
    headline = {**proof("x", "A-112", 38, EVENING)["headline"], "residents": count}
    assert _panel(headline=headline).figures[2].value == shown


def test_a_deduction_is_never_certain() -> None:
    claim = {"verdict": "dark", "basis": "computed", "probability": 1.0, "since": None}
    assert _panel(claim=claim).probability == "99\u00a0%"


def test_evidence_against_goes_to_the_left_of_the_zero_line() -> None:
    evidence = [
        {"name": "light_seen_lit", "direction": "against", "weight": 3, "basis": "observed"},
        {"name": "current_zero", "direction": "for", "weight": 60, "basis": "measured"},
    ]
    heavy, against = _panel(evidence=evidence).evidence
    assert (heavy.start, heavy.width, heavy.mark) == (18, 82, "solid")
    assert against.start + against.width == pytest.approx(18)
    assert against.against


def test_a_proof_without_anything_still_makes_a_panel() -> None:
    bare = _panel(
        headline={}, chain=[], devices=[], evidence=[], unknown=[], ruled_out=[], streets=[]
    )
    assert [figure.value for figure in bare.figures] == [None, None, None]
    assert bare.unknown is None


def test_a_code_without_words_is_shown_readable_rather_than_failing() -> None:
    panel = _panel(evidence=[{"name": "a_new_kind", "direction": "for", "weight": 1}])
    assert panel.evidence[0].name == "A new kind"


# ----------------------------------------------------------------------- pages
def test_the_page_is_whole_without_scripts(client: TestClient, city: SmallCity) -> None:
    page = client.get("/pilotage", params={"incident": city.incident}).text
    for words in ("Enchaînement", "Ce qui pèse", "Ce qui n’est pas connu", "Écarté", "confirmé"):
        assert words in page
    assert f'href="/preuve/{city.incident}"' in page
    assert 'href="/rue/rue-des-lavandieres"' in page
    assert "None" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_english_stands_beside_french(client: TestClient, city: SmallCity) -> None:
    page = client.get("/pilotage", params={"incident": city.incident, "lang": "en"}).text
    assert 'lang="en-GB"' in page
    assert "Chain of causes" in page
    assert "Enchaînement" not in page
    assert "/pilotage?incident=I-2026-0012&amp;lang=en" in page


@pytest.mark.parametrize("kind", ["river_gauge:VR-02", "gateway:G-1", "building:B-0"])
def test_anything_of_the_city_has_a_panel(client: TestClient, kind: str) -> None:
    answer = client.get("/pilotage", params={"objet": kind})
    assert answer.status_code == 200
    assert 'data-panel-of="thing:' in answer.text


def test_a_thing_without_instrument_says_so(client: TestClient, city: SmallCity) -> None:
    page = client.get("/pilotage/objets/streetlight/L-0001").text
    assert "Aucun appareil ne le suit" in page
    assert f"Armoire {city.flooded}" in page


def test_what_people_wrote_is_never_markup(client: TestClient, database: Database) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE asset SET name = '<script>x</script>' WHERE code = 'B-0'")
    page = client.get("/pilotage/objets/building/B-0").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_bar_without_a_gauge_says_so(client: TestClient, database: Database) -> None:
    with database.connection() as connection:
        connection.execute("DELETE FROM latest; DELETE FROM observation")
    assert "aucun relevé depuis six heures" in client.get("/pilotage/frise").text
    with database.connection() as connection:
        connection.execute("UPDATE asset SET valid_to = valid_from WHERE kind = 'river_gauge'")
    assert "Aucune rivière n’est mesurée ici" in client.get("/pilotage/frise").text


def test_a_plain_form_acts_and_comes_back_to_its_incident(
    client: TestClient, city: SmallCity
) -> None:
    answer = client.post(
        f"/pilotage/incidents/{city.incident}/prise-en-charge", follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/pilotage?incident={city.incident}"
    refused = client.post(
        "/pilotage/controles",
        data={"cabinet": city.flooded, "who": "Équipe 2"},
        headers={"accept": "text/html"},
    )
    assert refused.status_code == 422
    assert "L’eau est encore dans l’armoire" in refused.text


def test_the_panel_of_an_incident_is_read_alone(client: TestClient, city: SmallCity) -> None:
    part = client.get(f"/pilotage/incidents/{city.incident}")
    assert part.status_code == 200
    assert f'data-panel-of="incident:{city.incident}"' in part.text
    assert "<html" not in part.text


def test_an_empty_list_says_when_the_last_incident_was(
    client: TestClient, database: Database
) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE incident SET status = 'closed', closed_at = %s", (EVENING - timedelta(hours=1),)
        )
    page = client.get("/pilotage/incidents").text
    assert "Aucun incident ouvert. Dernier" in page
    assert "à 19\u00a0h\u00a014" in page


# ----------------------------------------------------------------------- curve
def _history(values: list[float], channel: int = 0) -> pl.DataFrame:
    start = EVENING - timedelta(hours=24)
    step = timedelta(hours=24) / max(len(values), 1)
    return pl.DataFrame(
        {
            "channel": [channel] * len(values),
            "measured_at": [start + step * n for n in range(len(values))],
            "value": values,
        },
        schema_overrides={"measured_at": pl.Datetime("us", "UTC")},
    )


def _curve(history: pl.DataFrame, *, steps: bool = False) -> Any:
    return draw_curve(
        history,
        code="active_power",
        title="Puissance",
        unit="W",
        start=EVENING - timedelta(hours=24),
        end=EVENING,
        words=lambda value: f"{value:g} W",
        steps=steps,
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_a_curve_stays_in_its_box(values: list[float]) -> None:
    [drawn] = _curve(_history(values)).paths
    points = re.findall(r"([\d.]+) ([-\d.]+)", drawn)
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_an_axis_holds_its_values_and_is_never_empty(low: float, more: float) -> None:
    bottom, top = axis(low, low + more)
    assert bottom <= low
    assert top >= low + more
    assert bottom < top


def test_zero_is_on_the_axis_of_what_is_near_it() -> None:
    assert axis(3, 10)[0] == 0
    assert axis(228, 233)[0] > 200


def test_the_sum_is_drawn_where_there_is_one_else_each_phase() -> None:
    phases = pl.concat([_history([1, 2], channel) for channel in (1, 2, 3)])
    assert len(_curve(phases).paths) == 3
    assert len(_curve(pl.concat([_history([3, 6], 0), phases])).paths) == 1


def test_thinning_keeps_the_first_and_the_last() -> None:
    history = _history([float(n) for n in range(1000)])
    kept = thin(history, 50)["value"].to_list()
    assert len(kept) == 50
    assert (kept[0], kept[-1]) == (0, 999)


def test_yes_and_no_hold_until_the_next_word() -> None:
    [drawn] = _curve(_history([1, 0, 1]), steps=True).paths
    assert drawn.count("H") == drawn.count("V") == 2


def test_nothing_measured_draws_nothing() -> None:
    assert _curve(_history([])) is None
