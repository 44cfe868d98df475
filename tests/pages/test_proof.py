"""The proof of an incident, as whoever wants to check it sees it."""

import hashlib
import re
from datetime import UTC, datetime

import orjson
import pytest

from control_center.catalogue import texts
from control_center.pages.proof import together
from control_center.pages.section import section_of
from control_center.sentences.document import read_proof
from tests.pages.conftest import Visit
from tests.pages.proofs import flood_proof
from tests.pages.test_resident import words
from tests.pages.town import EVENING
from tests.support.web import TestClient
from twin.store.database import Database

FLOOD = "I-2026-0012"
AT = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)


def read(client: TestClient, code: str = FLOOD, **query: str) -> str:
    answer = client.get(f"/preuve/{code}", params=query)
    assert answer.status_code == 200
    return answer.text


def test_the_chain_is_told_link_by_link_with_how_each_is_known(evening: TestClient) -> None:
    told = words(read(evening, rue="rue-des-lavandieres"))
    for sentence in (
        "Rue des Lavandières : pourquoi l’éclairage est coupé",
        "Ensemble : 97 chances sur 100",
        "La coupure est mesurée : elle ne dépend d’aucune supposition.",
        "Sa cause dépend de ce qui est supposé : socle de 35 cm.",
        "L’eau est à 3,42 m (station pont Vieux) Plus ou moins 2 cm. mesuré 99 %",
        "62 cm d’eau au pied de l’armoire A-112 3,42 m moins 2,80 m, plus ou moins 3 cm. calculé",
        "L’eau entre dans l’armoire A-112 à partir de 35 cm Hauteur du socle lue sur plan",
        "L’armoire A-112 n’a plus de courant 0 A mesurés. mesuré 99 %",
        "Ce que personne ne sait encore",
        "3,42 − 2,80 = 0,62 m, plus que 0,35 m",
        "Extinction prévue : l’ordre d’allumage a été reçu.",
    ):
        assert sentence in told, sentence


def test_marks_follow_how_each_link_is_known(evening: TestClient) -> None:
    page = read(evening)
    assert re.findall(r'<li class="link-(\w+)"', page) == [
        "solid",
        "hollow",
        "hollow",
        "solid",
        "hollow",
    ]


def test_the_file_is_given_to_the_byte_with_its_fingerprint(evening: TestClient) -> None:
    answer = evening.get(f"/preuve/{FLOOD}.json")
    fingerprint = hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["etag"] == f'"{fingerprint}"'
    assert fingerprint in read(evening)
    assert orjson.loads(answer.content)["incident"] == FLOOD
    assert "attachment" in answer.headers["content-disposition"]
    again = evening.get(f"/preuve/{FLOOD}.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_one_version_can_be_kept_for_ever(evening: TestClient) -> None:
    answer = evening.get(f"/preuve/{FLOOD}.json", params={"version": "1"})
    assert "immutable" in answer.headers["cache-control"]


def test_an_older_version_says_so(own_bellerive: Database, visit: Visit) -> None:
    with own_bellerive.connection() as connection:
        newer = orjson.dumps(flood_proof(FLOOD, EVENING) | {"version": 2}).decode()
        connection.execute(
            "INSERT INTO proof SELECT incident_id, 2, made_at, 'cafe', %s FROM proof p"
            " JOIN incident i ON i.id = p.incident_id WHERE i.code = %s",
            (newer, FLOOD),
        )
        connection.execute("UPDATE incident SET proof_version = 2 WHERE code = %s", (FLOOD,))
    client = visit(own_bellerive)
    assert "Vous lisez la version 1." in words(read(client, version="1"))
    assert "Vous lisez la version" not in words(read(client))


@pytest.mark.parametrize("code", ["I-2026-0010", "I-2026-0013", "I-2026-0014"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_of_incident_has_its_page(evening: TestClient, code: str, language: str) -> None:
    told = words(read(evening, code, lang=language))
    assert "None" not in told
    assert "{" not in told


def test_water_that_has_gone_down_is_drawn_below_the_plinth() -> None:
    proof = read_proof(flood_proof("I-1", AT, state="awaiting_inspection"))
    section = section_of(proof, proof.devices[0])
    assert section is not None
    assert section.ground > section.water > section.plinth


def test_the_drawing_is_to_scale() -> None:
    proof = read_proof(flood_proof("I-1", AT))
    section = section_of(proof, proof.devices[0])
    assert section is not None
    ratio = (section.ground - section.water) / (section.ground - section.plinth)
    assert ratio == pytest.approx(0.62 / 0.35)
    assert (section.depth_mark, section.plinth_mark) == ("hollow", "hollow")
    assert (section.level_m, section.ground_m) == (3.42, 2.8)


def test_levels_that_do_not_add_up_are_left_out_of_the_drawing() -> None:
    document = flood_proof("I-1", AT)
    document["devices"][0]["depth_m"] = 0.4
    proof = read_proof(document)
    section = section_of(proof, proof.devices[0])
    assert section is not None
    assert section.level_m is None


@pytest.mark.parametrize(
    ("probability", "written"),
    [
        (None, None),
        (0.904, "90 chances sur 100"),
        (0.97, "97 chances sur 100"),
        (0.999, "plus de 99 chances sur 100"),
        (1.0, "plus de 99 chances sur 100"),
    ],
)
def test_the_whole_is_never_certain(probability: float | None, written: str | None) -> None:
    assert together(texts("fr"), probability) == written


def test_an_unknown_incident_is_not_found(evening: TestClient) -> None:
    assert evening.get("/preuve/I-1999-0001").status_code == 404
    assert evening.get("/preuve/I-1999-0001.json").status_code == 404
