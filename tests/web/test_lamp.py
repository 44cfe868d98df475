"""What the panel of a light says of its lamp: published, estimated, and when its sale ends."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from control_center.catalogue import texts
from control_center.moments import Moments
from control_center.wall.lamp import lamp_facts
from control_center.wall.thing import Things
from tests.support.small_city import EVENING, SmallCity
from twin.store.database import Database
from twin.store.operator import LightFacts

FRENCH = texts("fr")
MOMENTS = Moments(FRENCH, ZoneInfo("Europe/Paris"), EVENING)


def said(**known: object) -> dict[str, str]:
    """Words of a lamp, plain spaces."""
    nothing: dict[str, object] = dict.fromkeys(LightFacts.__dataclass_fields__)
    light = LightFacts(**{**nothing, **known})  # type: ignore[arg-type]  # one of each field
    facts = lamp_facts(light, FRENCH, MOMENTS)
    return {name: words.replace("\xa0", " ") for name, words in facts}


def test_a_published_power_is_said_as_it_is() -> None:
    assert said(mains_w=46.0, mains_estimate_w=50.0)["Puissance au réseau"] == "46 W"
    guessed = said(mains_w=46.0, mains_estimated=True)["Puissance au réseau"]
    assert guessed == "46 W, estimée par qui publie le registre"


@pytest.mark.parametrize(
    ("confidence", "end"),
    [(None, "ballast courant"), (0.93, "lampe lue avec 93 % de confiance")],
)
def test_an_estimate_is_called_one_with_its_confidence(confidence: float | None, end: str) -> None:
    words = said(mains_estimate_w=165.0, lamp_confidence=confidence)["Puissance au réseau"]
    assert words.startswith("environ 165 W, ballast compris")
    assert words.endswith(end)


def test_a_lamp_that_will_not_be_sold_any_more_says_since_when() -> None:
    assert said(end_of_production=date(2027, 2, 24)) == {
        "Fin de mise sur le marché": "24 février 2027"
    }
    assert said() == {}


def test_the_panel_reads_what_the_import_estimated(database: Database, city: SmallCity) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE asset SET properties = %s WHERE id = %s",
            (
                (
                    '{"mains_estimate_w": 165.0, "lamp_confidence": 0.93,'
                    ' "end_of_production": "2027-02-24"}'
                ),
                int(city.lights[0]),
            ),
        )
        connection.execute(
            "UPDATE light SET mains_w = NULL WHERE asset_id = %s", (int(city.lights[0]),)
        )
    facts = dict(Things(database, FRENCH, MOMENTS).panel("streetlight", "L-0001").facts)
    assert "165" in facts["Puissance au réseau"]
    assert facts["Fin de mise sur le marché"].replace("\xa0", " ") == "24 février 2027"
