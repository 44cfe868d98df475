"""The catalogues themselves: complete, alike in both languages, well set, in plain words."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from control_center.catalogue import LANGUAGES, Texts, UnknownText, fill, slot_names, texts
from tests.support.home import REPOSITORY

LOCALES = REPOSITORY / "control_center" / "locales"
OPTIONAL = re.compile(r"⟦(?:\?([a-z_]+) )?([^⟧]*)⟧")
CASES = re.compile(r"^(?:[Tt]he|of)_")  # « l’armoire », « de l’armoire »: the same thing
TAGS = re.compile(r"<(/?)([a-z]+)([^<>]*)>")

REPLACED = """impacter dashboard monitoring feedback reporting timeline mapping cluster smart
digital data ticket e-mail reset process baseline gateway parking checker initier supporter
dysfonctionnement usager asset""".split()  # noqa: SIM905 - a list of words reads best as words

NEVER = (
    "lampadaire fonctionnera",
    "tout est rétabli",
    "plus brefs délais",
    "sous peu",
    "prochainement",
    "garanti",
    "c’est certain",
    "à 100",
    "aucun problème",
    "erreur inconnue",
    "suite à",
    "au niveau de",
    "remontée d’information",
    "cliquez ici",
    "gêne occasionnée",
    "plus de courant",  # may be read both ways, unless « n’a plus de courant »
)


SLOT = re.compile(r"\{[a-zA-Z_]+\}")


def words_only(form: str) -> str:
    """Return a message without its tags and the names of its slots."""
    return SLOT.sub("", TAGS.sub("", form))


def forms(catalogue: Texts) -> Iterator[tuple[str, str]]:
    for key, message in catalogue.messages.items():
        for form in (message,) if isinstance(message, str) else message:
            yield key, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_a_text(language: str) -> None:
    empty = [key for key, form in forms(texts(language)) if not form.strip()]
    assert not empty


def test_both_languages_have_the_same_keys() -> None:
    french, english = (set(texts(language).messages) for language in ("fr", "en"))
    assert french == english


def test_both_languages_have_plurals_for_the_same_keys() -> None:
    french, english = texts("fr").messages, texts("en").messages
    unlike = [
        key for key in french if isinstance(french[key], str) != isinstance(english[key], str)
    ]
    assert not unlike


def test_both_languages_fill_the_same_slots_under_the_same_conditions() -> None:
    def wants(language: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, form in forms(texts(language)):
            conditions = {m[1] for m in OPTIONAL.finditer(form) if m[1]}
            bare = OPTIONAL.sub(lambda m: m[2], form)
            names = (CASES.sub("", name) for name in slot_names(bare))
            found.setdefault(key, set()).update(names, conditions)
        return found

    french, english = wants("fr"), wants("en")
    clock = {"h", "hh", "mm"}  # the same hour, written two ways
    unlike = {key for key in french if (french[key] ^ english[key]) - clock}
    assert not unlike


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_of_a_catalogue_counts_as_unicode_does(language: str) -> None:
    catalogue = texts(language)
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open("rb") as source:
            written = read_po(source)
        assert written.num_plurals == len(catalogue.plural_categories), path.name
        rule = written.plural_expr.replace("||", " or ").replace("&&", " and ")
        condition = re.fullmatch(r"\((.*)\)", rule)
        assert condition or rule
    if language == "fr":
        assert catalogue.plural("count.lights", 1_000_000).endswith("de lampadaires")
        assert catalogue.plural("count.lights", 0).endswith("0 lampadaire")
        assert catalogue.plural("count.lights", 1.5) == "1,5 lampadaire"


def test_the_catalogues_are_typeset() -> None:
    spec = importlib.util.spec_from_file_location("typeset", REPOSITORY / "scripts" / "typeset.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    loose = [
        f"{path.parent.name}/{path.name}"
        for path in sorted(LOCALES.glob("*/*.po"))
        if module.typeset(
            source := path.read_text(encoding="utf-8"), module.SETTERS[path.parent.name]
        )
        != source
    ]
    assert not loose, "run `python scripts/typeset.py`"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a plain space before a high mark", re.compile(r" [;:!?»%€]")),
        ("a plain space after an opening guillemet", re.compile(r"« ")),
        ("a straight quote", re.compile(r"[\"']")),
        ("an alternative plural or gender", re.compile(r"\([a-z]{1,2}\)|·|\be\.s\b")),
        ("an exclamation mark", re.compile(r"!")),
        ("a plain space between a number and its unit", re.compile(r"\d (?:cm|mm|m|kWh|L|%)\b")),
        ("an hour in figures alone", re.compile(r"\d{1,2}:\d{2}|\d{1,2}h\d{2}")),
    ],
)
def test_no_french_message_holds(name: str, fault: re.Pattern[str]) -> None:
    bad = [
        (key, form)
        for key, form in forms(texts("fr"))
        if fault.search(TAGS.sub("", OPTIONAL.sub(lambda m: m[2], form)))
    ]
    assert not bad


@pytest.mark.parametrize("word", REPLACED)
def test_no_french_message_uses_a_word_that_has_a_better_one(word: str) -> None:
    found = re.compile(rf"\b{word}s?\b", re.IGNORECASE)
    assert not [key for key, form in forms(texts("fr")) if found.search(words_only(form))]


@pytest.mark.parametrize("phrase", NEVER)
def test_no_french_message_says_what_must_never_be_written(phrase: str) -> None:
    found = [
        key
        for key, form in forms(texts("fr"))
        if phrase in form.lower().replace("n’a plus de courant", "").replace("\u00a0", " ")
    ]
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_hold_only_a_few_tags_and_close_them(language: str) -> None:
    allowed = {"strong", "sup", "span", "a", "code", "kbd", "em", "bdi", "time"}
    for key, form in forms(texts(language)):
        opened: list[str] = []
        for closing, tag, rest in TAGS.findall(form):
            assert tag in allowed, key
            assert "style" not in rest, key
            assert "on" not in {part.split("=")[0] for part in rest.split()}, key
            if closing:
                assert opened.pop() == tag, key
            else:
                opened.append(tag)
        assert not opened, key


def calls() -> Iterator[tuple[Path, str]]:
    """Yield every key that stands whole in a template or in the code."""
    told = re.compile(
        r"\b(?:t|n|texts\.(?:plain|html|plural|plural_html))\(\s*[\"']([\w.]+)[\"']\s*[,)]"
    )
    house = REPOSITORY / "control_center"
    for path in [*house.rglob("*.html"), *house.rglob("*.py")]:
        for key in told.findall(path.read_text(encoding="utf-8")):
            if key != "key":  # the docstring of control_center.texts
                yield path, key


def test_every_key_that_a_page_asks_for_exists() -> None:
    known = set(texts("fr").messages)
    missing = {f"{path.name}: {key}" for path, key in calls() if key not in known}
    assert not missing


# filling


def test_an_optional_part_is_printed_only_with_its_value() -> None:
    message = "Éteint⟦ depuis {since}⟧.⟦?day  De jour.⟧"
    assert fill(message, {}) == "Éteint."
    assert fill(message, {"since": "19 h", "day": True}) == "Éteint depuis 19 h. De jour."


def test_a_slot_is_escaped_in_html_and_its_markup_is_kept() -> None:
    catalogue = Texts("fr", {"k": "<strong>{who}</strong>"})
    assert catalogue.html("k", who="<b>") == "<strong>&lt;b&gt;</strong>"
    assert catalogue.plain("k", who="<b>") == "<b>"


def test_a_key_that_is_missing_says_which_and_where() -> None:
    with pytest.raises(UnknownText, match="'nowhere' is missing in locales/en"):
        texts("en").plain("nowhere")


def test_a_value_that_is_missing_says_which() -> None:
    with pytest.raises(LookupError, match=r"\{hour\}"):
        texts("fr").plain("moment.at_today")
