"""English: how a list is told and where a street is."""

from collections.abc import Sequence

from control_center.catalogue import Texts, texts

LANGUAGE = "en"


def catalogue() -> Texts:
    """Return the English messages."""
    return texts(LANGUAGE)


def enumerate_words(words: Sequence[str]) -> str | None:
    """Tell a list: "a, b and c"; None for nothing."""
    if not words:
        return None
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def enumerate_unknown(clauses: Sequence[str]) -> str | None:
    """Tell what is not known: "a, nor b"; None for nothing."""
    return ", nor ".join(clauses) or None


def at_street(name: str) -> str:
    """Place something in a street: "on rue des Tanneurs", the name as on its sign."""
    lowered = name[:1].lower() + name[1:] if name[1:2].islower() else name
    return f"on {lowered}"
