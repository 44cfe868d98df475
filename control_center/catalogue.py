"""Catalogues by language, read at start: keys, slots, plurals, optional parts.

``locales/<language>/*.po`` hold the texts, one file a subject, the key as ``msgid``. No compiled
file is kept: Babel reads the sources. A message is whole: nothing is ever glued to it. It may hold

- slots, ``{at_time}``: each brings its own preposition and article;
- plural forms, chosen by the CLDR rules of its language, with the number in ``{count}``;
- optional parts, ``⟦Décision : {decision_ref}.⟧``, printed only where every slot in them has a
  value, or where a named condition holds: ``⟦?daytime Il fait jour.⟧``;
- a few tags, which only the HTML form keeps: ``<strong>``, ``<sup>``, ``<span lang="fr">``.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from string import Formatter

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from gis.errors import ReverbereError

LANGUAGES: dict[str, str] = {"fr": "français", "en": "English"}
"""Languages of the screens and their own names; the first one is the language of reference."""

_LOCALES = {"fr": "fr_FR", "en": "en_GB"}  # `en` alone means American dates
_CLDR_ORDER = ("zero", "one", "two", "few", "many", "other")
_OPTIONAL = re.compile(r"⟦(?:\?(?P<condition>[a-z_]+) )?(?P<body>[^⟧]*)⟧")
_TAG = re.compile(r"<[^<>]+>")
_SPACES = re.compile(r" {2,}")
_NARROW_NO_BREAK, _NO_BREAK, _MINUS = "\u202f", "\u00a0", "\u2212"

Slot = str | int | float | bool | None
Message = str | tuple[str, ...]


class UnknownText(ReverbereError, LookupError):
    """No catalogue of this language has that key: a mistake of ours, never of a reader."""


class MissingSlot(ReverbereError, LookupError):
    """A message was asked for without a value that it needs: a mistake of ours."""


def printable(text: str) -> str:
    """Return the text as the typeface can print it: U+00A0 for U+202F, which it lacks."""
    return text.replace(_NARROW_NO_BREAK, _NO_BREAK)


class Texts:
    """All the messages of one language.

    Parameters
    ----------
    language : str
        One of ``LANGUAGES``.
    messages : mapping of str to str or tuple of str
        By key; a tuple holds the plural forms in CLDR's order.
    """

    def __init__(self, language: str, messages: Mapping[str, Message]) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES[language])
        self.messages = dict(messages)
        tags = {*self.locale.plural_form.tags, "other"}
        self.plural_categories = tuple(tag for tag in _CLDR_ORDER if tag in tags)

    def __contains__(self, key: str) -> bool:
        return key in self.messages

    def message(self, key: str) -> Message:
        """Return a message as the catalogue has it.

        Raises
        ------
        UnknownText
            No such key.
        """
        try:
            return self.messages[key]
        except KeyError:
            raise UnknownText(f"{key!r} is missing in locales/{self.language}") from None

    def plain(self, key: str, /, **slots: Slot) -> str:
        """Return a message with its slots filled, as plain text."""
        return fill(_TAG.sub("", self._single(key)), slots)

    def html(self, key: str, /, **slots: Slot) -> Markup:
        """Return a message with its slots filled, as HTML; slots that are no markup are escaped."""
        escaped = {
            name: escape(value) if isinstance(value, str) else value
            for name, value in slots.items()
        }
        return Markup(fill(self._single(key), escaped))  # noqa: S704 - catalogues are ours

    def plural(self, key: str, number: float, /, **slots: Slot) -> str:
        """Return the form of a message that goes with a number, as plain text.

        Parameters
        ----------
        number : float
            Chooses the form. Unless a slot ``count`` is given, it is also written in ``{count}``.
        """
        return fill(_TAG.sub("", self._form(key, number)), self._counted(number, slots))

    def plural_html(self, key: str, number: float, /, **slots: Slot) -> Markup:
        """Return the form of a message that goes with a number, as HTML."""
        counted = self._counted(number, slots)
        escaped = {
            name: escape(value) if isinstance(value, str) else value
            for name, value in counted.items()
        }
        return Markup(fill(self._form(key, number), escaped))  # noqa: S704 - catalogues are ours

    def required_slots(self, key: str) -> tuple[str, ...]:
        """Return the slots that a message cannot do without."""
        return slot_names(_OPTIONAL.sub("", self._single(key)))

    def _single(self, key: str) -> str:
        message = self.message(key)
        if isinstance(message, tuple):
            raise UnknownText(f"{key!r} has plural forms: ask for it with a number")
        return message

    def _form(self, key: str, number: float) -> str:
        message = self.message(key)
        if isinstance(message, str):
            raise UnknownText(f"{key!r} has no plural forms")
        category = self.locale.plural_form(abs(number))
        return message[self.plural_categories.index(category)]

    def _counted(self, number: float, slots: Mapping[str, Slot]) -> dict[str, Slot]:
        return {"count": self.number(number), **slots}

    def number(self, value: float, decimals: int | None = None) -> str:
        """Write a number: ``1 240``, ``5,2``; a true minus sign.

        Parameters
        ----------
        decimals : int, optional
            Digits after the mark; by default none for a whole number, else one.
        """
        if decimals is None:
            decimals = 0 if float(value).is_integer() else 1
        rounded = round(value, decimals) + 0.0  # no minus zero
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        written: str = format_decimal(abs(rounded), format=pattern, locale=self.locale)
        return printable(f"{_MINUS}{written}" if rounded < 0 else written)


def fill(message: str, slots: Mapping[str, Slot]) -> str:
    """Fill a message: optional parts first, then slots.

    Raises
    ------
    MissingSlot
        A slot outside of the optional parts has no value.
    """
    if "⟦" in message:
        message = _OPTIONAL.sub(lambda part: _optional(part, slots), message)
        message = _SPACES.sub(" ", message).strip(" ")
    if "{" not in message:
        return message
    for name in slot_names(message):
        if slots.get(name) is None:
            raise MissingSlot(f"no value for {{{name}}} in {message!r}")
    return message.format_map(slots)


def _optional(part: re.Match[str], slots: Mapping[str, Slot]) -> str:
    condition, body = part["condition"], part["body"]
    if condition is not None and not slots.get(condition):
        return ""
    if any(slots.get(name) is None for name in slot_names(body)):
        return ""
    return body


@cache
def slot_names(message: str) -> tuple[str, ...]:
    """Return the names of a message's slots, in order, conditions of optional parts left out."""
    return tuple(name for _, name, _, _ in Formatter().parse(message) if name)


@cache
def texts(language: str) -> Texts:
    """Return the catalogue of a language, read once a process."""
    return Texts(language, dict(_read(language)))


def _read(language: str) -> Iterator[tuple[str, Message]]:
    seen: dict[str, str] = {}
    for source in sorted(_sources(language), key=lambda source: source.name):
        catalogue = read_po(BytesIO(source.read_bytes()), locale=_LOCALES[language])
        for entry in catalogue:
            key = entry.id[0] if isinstance(entry.id, list | tuple) else entry.id
            if not key:
                continue
            if key in seen:
                raise UnknownText(f"{key!r} stands in {seen[key]} and in {source.name}")
            seen[key] = source.name
            text = entry.string
            forms = tuple(text) if isinstance(text, list | tuple) else (text,)
            printed = tuple(printable(form or "") for form in forms)
            yield key, printed if entry.pluralizable else printed[0]


def _sources(language: str) -> list[Traversable]:
    folder = files("control_center").joinpath("locales", language)
    return [entry for entry in folder.iterdir() if entry.name.endswith(".po")]
