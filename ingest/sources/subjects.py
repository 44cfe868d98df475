"""MQTT topics as nats-server writes them: ``/`` is ``.``, ``+`` is ``*``, ``#`` is ``>``.

A ``.`` within a topic is written ``//`` and an empty level ``/``. ``a/#`` means ``a`` too, ``a.>``
does not: so one filter may need two subjects.
"""

import re
from typing import Final

_SIGNS: Final = {"+": "*", "#": ">", "": "/"}


def subjects(topic_filter: str) -> list[str]:
    """Return the subjects that an MQTT filter means."""
    levels = [_SIGNS.get(word, word.replace(".", "//")) for word in topic_filter.split("/")]
    whole = ".".join(levels)
    return [".".join(levels[:-1]), whole] if whole.endswith(".>") else [whole]


def topic_of(subject: str) -> str:
    """Return the MQTT topic of a subject without wildcards."""
    levels = subject.split(".")
    return "/".join("" if level == "/" else level.replace("//", ".") for level in levels)


def overlap(first: str, second: str) -> bool:
    """Whether a topic can match both MQTT filters; a consumer's filters must not."""
    for one, other in zip(first.split("/"), second.split("/"), strict=False):
        if "#" in (one, other):
            return True
        if "+" not in (one, other) and one != other:
            return False
    return first.count("/") == second.count("/") or "#" in first + second


def pattern(topic_filter: str) -> str:
    """Return the regular expression of an MQTT filter."""
    if topic_filter == "#":
        return ".*"
    words, rest = topic_filter.split("/"), ""
    if words[-1] == "#":
        words, rest = words[:-1], "(?:/.*)?"
    return "/".join("[^/]*" if word == "+" else re.escape(word) for word in words) + rest
