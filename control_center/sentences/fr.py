"""French: how a list is told and where a street is."""

from collections.abc import Sequence

from control_center.catalogue import Texts, texts

LANGUAGE = "fr"


def catalogue() -> Texts:
    """Return the French messages."""
    return texts(LANGUAGE)


def enumerate_words(words: Sequence[str]) -> str | None:
    """Tell a list: « a, b et c »; None for nothing."""
    if not words:
        return None
    *before, last = words
    return f"{', '.join(before)} et {last}" if before else last


def enumerate_unknown(clauses: Sequence[str]) -> str | None:
    """Tell what is not known: « a, ni b »; None for nothing."""
    return ", ni ".join(clauses) or None


def at_street(name: str) -> str:
    """Place something in a street: its name needs no preposition in French."""
    return _lower_first(name)


def _lower_first(name: str) -> str:
    """« Rue des Lavandières » inside a sentence is « rue des Lavandières »."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
