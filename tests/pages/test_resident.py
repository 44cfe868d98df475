"""What residents read of their street, without JavaScript, without an account."""

import re
from datetime import timedelta

import pytest

from control_center.assets import Assets
from tests.pages.conftest import Visit
from tests.pages.town import DAYTIME, EVENING, STREETS, slug_of
from tests.support.web import TestClient
from twin.clock import VirtualClock
from twin.store.database import Database

NBSP = "\u00a0"


def words(html: str) -> str:
    """Return what a page says, without its markup."""
    body = html.split("</head>", 1)[1]
    body = re.sub(r'<span class="code"[^>]*>(.*?)</span>', r"\1", body)
    text = re.sub(r"<(?:svg|template).*?</(?:svg|template)>", " ", body, flags=re.DOTALL)
    bare = re.sub(r"<[^>]+>", " ", text).replace(NBSP, " ")
    return re.sub(r"\s+", " ", bare)


def read(client: TestClient, name: str, **query: str) -> str:
    answer = client.get(f"/rue/{slug_of(name)}", params=query)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("street", "statement"),
    [
        ("Rue des Lavandières", "Votre rue est éteinte : l’armoire A-112 est en zone inondée."),
        ("Rue du Pont", "L’eau baisse, mais votre rue reste éteinte."),
        ("Rue Haute", "Un lampadaire est en panne dans votre rue."),
        ("Rue Saint-Clair", "Nous ne savons pas si votre rue est éclairée."),
        ("Rue Basse", "Aucune mesure dans cette rue."),
        ("Place du Marché", "Rien n’est éteint ici, à notre connaissance."),
        ("Avenue de la Gare", "Rien n’est éteint ici, à notre connaissance."),
        ("Allée des Tilleuls", "Votre rue est éteinte comme prévu."),
        ("Chemin Vert", "Aucun lampadaire n’est enregistré dans cette rue."),
    ],
)
def test_the_first_sentence_is_the_answer(evening: TestClient, street: str, statement: str) -> None:
    assert statement in words(read(evening, street))


@pytest.mark.parametrize("street", ["Rue Saint-Clair", "Rue Basse", "Place du Marché"])
def test_no_darkness_is_told_where_none_is_known(evening: TestClient, street: str) -> None:
    told = words(read(evening, street))
    assert "rue est éteinte" not in told
    assert "est en panne" not in told


def test_silence_is_told_as_silence(evening: TestClient) -> None:
    told = words(read(evening, "Rue Saint-Clair"))
    assert "cela ne veut pas dire qu’ils sont éteints" in told
    assert "5 sans nouvelles" in told


def test_an_outage_is_told_with_its_reach_its_causes_and_its_doubts(evening: TestClient) -> None:
    told = words(read(evening, "Rue des Lavandières"))
    for sentence in (
        "Mesuré , depuis 19 h 42 .",
        "La coupure touche 38 lampadaires dans 5 rues, dont 6 déduits.",
        "Cela concerne environ 340 habitants.",
        "14 éteints, confirmés",
        "2 allumés",
        "Constaté à 20 h 14",
        "Prochaine mise à jour à 20 h 30",
        "Nous ne savons pas encore quand l’éclairage reviendra.",
        "Il faut d’abord que l’eau se retire",
        "62 cm d’eau au pied de l’armoire A-112",
        "Nous ne savons pas dans quel état est le matériel, ni si l’eau va encore monter.",
        "Détecté 19 h 42 Expliqué 19 h 51 Pris en charge 20 h 05 Contrôlé après la décrue",
        "Ne touchez ni mât ni armoire, même éteints.",
    ):
        assert sentence in told


def test_what_is_not_measured_one_by_one_is_said(evening: TestClient) -> None:
    told = words(read(evening, "Avenue de la Gare"))
    assert "Lampadaires mesurés et allumés : 30 sur 36." in told
    assert "Aucune mesure pour 6 lampadaires : une lampe en panne peut nous échapper." in told


def test_by_day_nothing_is_called_dark_and_the_evening_is_announced(noon: TestClient) -> None:
    calm, out = words(read(noon, "Allée des Tilleuls")), words(read(noon, "Rue des Lavandières"))
    assert "Il fait jour : l’éclairage s’allumera à 17 h" in calm
    assert "De jour , une lampe en panne ne se voit pas" in calm
    assert "L’éclairage de votre rue est sans courant" in out
    assert "restera éteint ce soir à partir de 17 h" in out
    assert "14 sans courant, confirmés" in out


def test_only_numbers_that_the_territory_gives_are_shown(
    bellerive: Database, own_bellerive: Database, visit: Visit
) -> None:
    given = read(visit(bellerive), "Rue des Lavandières")
    assert 'href="tel:0261910012"' in given
    assert 'href="sms:114"' in given
    with own_bellerive.connection() as connection:
        connection.execute("UPDATE territory SET contact = '{}'")
    bare = read(visit(own_bellerive), "Rue des Lavandières")
    assert "tel:" not in bare
    assert "dites-le-nous" not in bare


def test_every_lamp_is_drawn_with_the_shape_of_its_state(evening: TestClient) -> None:
    page = read(evening, "Quai des Tanneurs")
    drawn = re.findall(r'href="#s-(\w+)"', page)
    states = [state.name.lower() for state in STREETS["Quai des Tanneurs"]]
    assert sorted(drawn) == sorted(states)
    assert "18 éteints, confirmés" in words(page)
    assert "6 éteints, déduits" in words(page)


def test_the_page_needs_no_script_and_no_inline_style(evening: TestClient) -> None:
    page = read(evening, "Rue des Lavandières")
    assert "<script" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)


def test_a_first_visit_weighs_less_than_sixty_kilobytes(evening: TestClient) -> None:
    answer = evening.get("/rue/rue-des-lavandieres", headers={"Accept-Encoding": "gzip"})
    assets = Assets()
    names = set(re.findall(r'href="/static/\w+/([^"]+)"', answer.text))
    assert any(name.endswith(".woff2") for name in names)
    files = [assets.own(name) for name in names]
    sent = sum(len(file.packed or file.raw) for file in files)
    sent += int(answer.headers["content-length"])
    assert sent <= 60_000


def test_the_page_says_that_the_town_is_simulated(evening: TestClient) -> None:
    assert "Ville simulée." in words(read(evening, "Place du Marché"))


def test_english_stands_beside_with_its_language_marked(evening: TestClient) -> None:
    page = read(evening, "Rue des Lavandières", lang="en")
    assert '<html lang="en-GB"' in page
    assert "Your street is dark: cabinet A-112 is in the flooded area." in words(page)
    assert 'lang="fr" hreflang="fr">français</a>' in page
    assert "/preuve/I-2026-0012?rue=rue-des-lavandieres&amp;lang=en" in page


def test_an_unknown_street_is_not_found(evening: TestClient) -> None:
    assert evening.get("/rue/nulle-part").status_code == 404


def test_old_news_stand_above_all_and_say_since_when(bellerive: Database, visit: Visit) -> None:
    late = visit(bellerive, VirtualClock(EVENING + timedelta(hours=2)))
    told = words(read(late, "Place du Marché"))
    assert "Données arrêtées depuis 20 h 14" in told
    assert "Constaté à 20 h 14" in told


# served to a crowd


def test_a_browser_that_has_the_page_gets_no_bytes(evening: TestClient) -> None:
    first = evening.get("/rue/place-du-marche")
    assert "max-age=10" in first.headers["cache-control"]
    again = evening.get("/rue/place-du-marche", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


def test_a_page_is_built_once_for_all_and_again_after_some_seconds(
    own_bellerive: Database, visit: Visit
) -> None:
    clock = VirtualClock(EVENING)
    client = visit(own_bellerive, clock)
    before = read(client, "Place du Marché")
    with own_bellerive.connection() as connection:
        connection.execute("UPDATE light_state SET state = 4")
    assert read(client, "Place du Marché") == before
    clock.advance(11)
    assert "Nous ne savons pas si votre rue est éclairée." in read(client, "Place du Marché")


def test_languages_do_not_share_a_kept_page(evening: TestClient) -> None:
    french = read(evening, "Rue Basse")
    assert read(evening, "Rue Basse", lang="en") != french
    assert read(evening, "Rue Basse", utm="x") == french


# finding a street


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("lavandieres", "/rue/rue-des-lavandieres"),
        ("LAVANDIÈRES", "/rue/rue-des-lavandieres"),
        ("rue haute", "/rue/rue-haute"),
        ("marché", "/rue/place-du-marche"),
    ],
)
def test_one_match_leads_to_its_street(evening: TestClient, asked: str, found: str) -> None:
    answer = evening.get("/rues", params={"q": asked})
    assert (answer.status_code, answer.headers["location"]) == (303, found)


def test_several_matches_are_listed(evening: TestClient) -> None:
    page = evening.get("/rues", params={"q": "des"}).text
    found = page.split('id="found"')[1].split("</section>")[0]
    assert re.findall(r'href="(/rue/[^"]+)"', found) == [
        "/rue/quai-des-tanneurs",
        "/rue/allee-des-tilleuls",
        "/rue/rue-des-lavandieres",
    ]


def test_no_match_says_what_to_do_and_escapes_what_was_typed(evening: TestClient) -> None:
    page = evening.get("/rues", params={"q": "<b>zanzibar"}).text
    assert "<b>zanzibar" not in page
    assert "Aucune rue de Bellerive ne porte ce nom." in words(page)


def test_streets_with_lights_out_come_first_with_their_counts(evening: TestClient) -> None:
    told = words(evening.get("/rues").text)
    assert "Quai des Tanneurs 24 lampadaires éteints sur 24, dont 6 déduits" in told
    assert "Rue Haute 1 lampadaire éteint sur 10" in told
    assert told.index("24 lampadaires éteints") < told.index("1 lampadaire éteint")


def test_by_day_the_list_says_without_power(noon: TestClient) -> None:
    assert "24 lampadaires sans courant sur 24" in words(noon.get("/rues").text)
    assert DAYTIME < EVENING
