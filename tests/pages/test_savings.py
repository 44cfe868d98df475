"""What the works saved, as officials and residents read it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.catalogue import texts
from control_center.pages.energy_band import Band
from control_center.pages.savings import Write, drop_ends, nice_top
from control_center.pages.savings_view import savings_view, status_of
from tests.pages.conftest import Visit
from tests.pages.test_resident import words
from tests.support.web import TestClient
from twin.store.database import Database


@pytest.fixture(scope="module")
def page(evening: TestClient) -> str:
    answer = evening.get("/economies")
    assert answer.status_code == 200
    return answer.text


def test_the_first_sentence_is_a_range_and_its_share(page: str) -> None:
    said = (
        "En un an, l’éclairage rénové a consommé entre 40,1 et 43,1 MWh de moins, soit 48 à 53 %."
    )
    assert said in words(page)


def test_the_gap_to_the_promise_stands_in_the_lead(page: str) -> None:
    told = words(page)
    assert "Les travaux promettaient 43 MWh." in told
    assert "Ce n’est pas atteint : il manque entre 0,1 et 3,1 MWh" in told
    assert told.index("promettaient") < told.index("Quatre chiffres")


def test_four_figures_stand_side_by_side_and_only_the_measured_one_is_solid(page: str) -> None:
    four = page.split('class="four"')[1].partition("</details>")[0]
    assert re.findall(r'class="bar-(\w+)"', four) == ["solid", "hollow", "none", "none"]
    assert four.count("pas de donnée") >= 2
    assert 'class="whisker"' in four


def test_the_split_closes_exactly(bellerive: Database) -> None:
    total = savings_view(bellerive).lighting
    rest = total.adjusted_kwh - sum(total.parts.values()) - total.measured_kwh
    assert rest == pytest.approx(0, abs=1e-6)


def test_a_refusal_is_a_row_with_what_is_missing(page: str) -> None:
    told = words(page)
    assert "Gymnase Passer en LED non affirmée trop de jours manquent avant les travaux" in told
    assert "(175 jours mesurés, il en faut 328)" in told
    assert "Non affirmée sur 1 armoire : trop peu de jours mesurés depuis les travaux." in told


def test_actions_are_told_with_their_weather_in_words(page: str) -> None:
    told = words(page)
    assert "Passer en LED 2 armoires 18 000 € 40 MWh 37,8 à 40,2 MWh 54 à 58 % nuages" in told
    assert re.search(r"Abaisser la nuit 2 armoires [^P]* cap tenu", told)


def test_a_street_gets_its_share_of_its_meter(bellerive: Database) -> None:
    street = savings_view(bellerive, "place-du-marche").street
    assert street is not None
    assert street.cabinets == ["A-108"]
    assert street.adjusted == pytest.approx(30_000)  # it has all of that cabinet's lights
    assert street.saving == Band(17_000, 16_500, 17_500)


def test_a_street_whose_meter_tells_nothing_gets_a_refusal(evening: TestClient) -> None:
    told = words(evening.get("/economies", params={"rue": "rue-haute"}).text)
    assert "Nous ne pouvons pas encore dire combien d’énergie cette rue économise" in told


def test_a_town_without_a_figure_says_why(own_bellerive: Database, visit: Visit) -> None:
    with own_bellerive.connection() as connection:
        connection.execute("DELETE FROM saving")
    told = words(visit(own_bellerive).get("/economies").text)
    assert "Nous ne pouvons pas encore dire combien d’énergie l’éclairage économise" in told
    assert "Quatre chiffres" not in told


def test_english_has_the_same_figures(evening: TestClient) -> None:
    told = words(evening.get("/economies", params={"lang": "en"}).text)
    assert "the renovated lighting used between 40.1 and 43.1 MWh less, or 48 to 53%." in told


@pytest.mark.parametrize(
    ("saving", "planned", "status"),
    [
        (Band(10, 9, 11), 10.5, "course"),
        (Band(10, 9, 11), 9.0, "course"),
        (Band(10, 9, 11), 12.0, "clouds"),
        (Band(10, 9, 11), 12.6, "storm"),
        (Band(10, 9, 11), None, "unknown"),
        (None, 10.0, "unknown"),
    ],
)
def test_the_weather_of_an_action_has_one_rule(
    saving: Band | None, planned: float | None, status: str
) -> None:
    assert status_of(saving, planned) == status


@given(low=st.floats(1, 1e6), width=st.floats(0.1, 1e5), rest=st.floats(0, 1e6))
def test_a_range_is_never_narrower_on_the_page(low: float, width: float, rest: float) -> None:
    band = Band(low + width / 2, low, low + width)
    adjusted = band.high + rest
    first, last = drop_ends(band, adjusted)
    assert first <= 100 * low / adjusted
    assert last >= 100 * band.high / adjusted
    assert Write(texts("fr"), adjusted).span(band)


@given(st.floats(1e-3, 1e9))
def test_an_axis_holds_its_bars_and_has_round_quarters(value: float) -> None:
    top = nice_top(value)
    assert top >= value
    assert top <= 2.5 * value
