"""Lists of receptions that operators export as text: who heard a frame, not what it said.

``ingest.exports`` makes a message of each line, with the cells as they stand and the line's
instant; what the columns are called is a table (``reception_export.toml``). A data frame up becomes
a frame whose payload is not told; downlinks and joins become events.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from ingest.networks.identifiers import eui
from ingest.networks.radio import index, number, of_text, setting
from ingest.networks.records import TO_THE_MINUTE, UNTOLD, Event, Record, Rejection, Uplink

NAME: Final = "reception_export"
TOPIC: Final = "reception/"

WANTED: Final = ("time", "gateway", "dev_eui", "f_cnt")
"""Meanings without which a table is no list of receptions."""

_TABLE: Final = Path(__file__).with_suffix(".toml")
_NOTHING: Final = frozenset({"", "-", "--", "null", "none", "nan", "na", "n/a"})
_ADDRESS: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_FACTOR: Final = re.compile(r"(?:sf)?\s*(\d{1,2})", re.IGNORECASE | re.ASCII)
_RATE: Final = re.compile(r"dr\s*(\d{1,2})", re.IGNORECASE | re.ASCII)
_TO_THE_MINUTE_LONG: Final = len("2024-01-23T17:13Z")
_SHOWN: Final = 64
_EVENTS: Final = {"down": "txack", "join_request": "log", "join_accept": "join"}


class Line(msgspec.Struct, gc=False):
    """One line of an export, as it travels.

    Attributes
    ----------
    file, row : str, int
        Where it stands; the head is a row too.
    time : str
        RFC 3339 in UTC, without seconds where none were told; empty: it could not be read.
    cells : dict of str to str
        By the file's own column names; empty: the line could not be cut.
    problem : str
        What could not be read, and what was expected.
    """

    file: str
    row: int
    time: str = ""
    cells: dict[str, str] = {}
    problem: str = ""


class _Words(msgspec.Struct):
    columns: dict[str, tuple[str, ...]]
    types: dict[str, tuple[str, ...]]
    directions: dict[str, tuple[str, ...]]


class _Unreadable(Exception):
    """A cell that cannot be taken: why, which column, what stands there, what is expected."""

    def __init__(self, reason: str, column: str, value: str, expected: str) -> None:
        self.reason = reason
        super().__init__(f"{column} {value[:_SHOWN]!r}: {expected} expected")


_line = msgspec.json.Decoder(Line)
_encode = msgspec.json.Encoder().encode


@cache
def _words() -> _Words:
    return msgspec.convert(tomllib.loads(_TABLE.read_text(encoding="utf-8")), _Words)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum() and not unicodedata.combining(sign))


@cache
def _meanings(group: str) -> dict[str, str]:
    words: dict[str, tuple[str, ...]] = getattr(_words(), group)
    return {_folded(word): meaning for meaning, named in words.items() for word in named}


def known_names(meaning: str) -> tuple[str, ...]:
    """Return what a column of that meaning may be called."""
    return _words().columns[meaning]


@lru_cache(maxsize=256)
def columns_of(head: tuple[str, ...]) -> Mapping[str, str]:
    """Return which column of a head tells what: meaning → the column's own name."""
    free = {_folded(name): name for name in reversed(head)}
    found: dict[str, str] = {}
    for meaning, names in _words().columns.items():
        fits = next((_folded(name) for name in names if _folded(name) in free), None)
        if fits is not None:
            found[meaning] = free.pop(fits)
    if "hour" in found and _folded(found.get("time", "")) != "date":
        del found["hour"]  # the time tells its hour itself
    return found


def write(line: Line) -> bytes:
    """Return a line as the message that ``read`` takes."""
    return _encode(line)


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one line of an export."""
    if not payload:
        return Rejection("empty")
    line = _line.decode(payload)
    if not line.time:
        reason = "bad_time" if line.cells else "wrong_shape"
        return Rejection(reason, f"row {line.row}, {line.problem}")
    try:
        return _Cells(line).record(payload)
    except _Unreadable as error:
        return Rejection(error.reason, f"row {line.row}, {error}")


class _Cells:
    """The cells of one line by what they mean."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._columns = columns_of(tuple(line.cells))

    def record(self, payload: bytes) -> Record:
        kind = self._kind()
        dev_eui = eui(self._text("dev_eui"))
        if dev_eui is None:
            raise self._wrong("dev_eui", "16 hexadecimal digits", "bad_eui")
        if kind in _EVENTS:
            return self._event(kind, dev_eui, payload)
        heard = {
            "gateway_id": self._text("gateway") or None,
            "time": self._line.time,
            "tmst": self._whole("tmst", 1 << 32),
            "rssi": self._number("rssi"),
            "snr": self._number("snr"),
        }
        f_cnt = self._whole("f_cnt", 1 << 32)
        if f_cnt is None:
            raise self._wrong("f_cnt", "a frame counter")
        coarse = len(self._line.time) <= _TO_THE_MINUTE_LONG
        return Uplink(
            network=NAME,
            dev_eui=dev_eui,
            payload=b"",
            session=self._address(),
            f_cnt=f_cnt,
            f_port=self._whole("f_port", 256) or 0,
            network_at=self._line.time,
            receptions=_encode([{name: told for name, told in heard.items() if told is not None}]),
            confirmed=kind == "confirmed_up",
            radio=self._radio(),
            marks=UNTOLD | coarse * TO_THE_MINUTE,
        )

    def _event(self, kind: str, dev_eui: str, payload: bytes) -> Event:
        what = (self._text(name) for name in ("dev_addr", "f_cnt", "f_port"))
        by = self._text("gateway") if kind == "down" else ""  # several hear a request
        return Event(
            network=NAME,
            kind=_EVENTS[kind],
            subject=dev_eui,
            identity=" ".join((kind, self._line.time, by, *what)),
            at=self._line.time,
            detail=payload,
        )

    def _kind(self) -> str:
        told = self._text("type")
        found = _meanings("types").get(_folded(told)) if told else self._direction()
        if found is None:
            known = ", ".join(words[0] for words in _words().types.values())
            raise self._wrong("type", f"one of {known}")
        return found

    def _direction(self) -> str:
        told = self._text("direction")
        found = _meanings("directions").get(_folded(told)) if told else "up"
        if found is None:
            raise self._wrong("direction", "up or down")
        return found

    def _address(self) -> str:
        """Return the device's address, which is its session; empty where no column tells it."""
        if "dev_addr" not in self._columns:
            return ""
        digits = self._text("dev_addr").lower().removeprefix("0x").replace(":", "")
        if not _ADDRESS.fullmatch(digits):
            raise self._wrong("dev_addr", "8 hexadecimal digits", "bad_session")
        return digits

    def _radio(self) -> int:
        told = self._text("sf")
        frequency, bandwidth = self._number("frequency"), self._number("bandwidth")
        whole = of_text(told, frequency) if "bw" in told.lower() else 0
        if not told or whole:
            return whole or setting(frequency, bandwidth)
        factor, rate = _FACTOR.fullmatch(told), _RATE.fullmatch(told)
        if factor and 5 <= int(factor[1]) <= 12:
            return setting(frequency, bandwidth, int(factor[1]))
        by_index = rate or (factor if _folded(self._columns["sf"]) in {"dr", "datarate"} else None)
        if by_index and int(by_index[1]) <= 15:
            return setting(frequency, bandwidth, data_rate=int(by_index[1]))
        raise self._wrong("sf", "a spreading factor of 5 to 12, or DR0 to DR15")

    def _text(self, meaning: str) -> str:
        column = self._columns.get(meaning)
        told = self._line.cells[column].strip() if column else ""
        return "" if told.lower() in _NOTHING else told

    def _number(self, meaning: str) -> float | None:
        """Return a number with a decimal comma or point; None where none stands there."""
        told = self._text(meaning)
        found = number(told.replace(",", ".")) if told else None
        if told and found is None:
            raise self._wrong(meaning, "a number")
        return found

    def _whole(self, meaning: str, below: int) -> int | None:
        told = self._text(meaning)
        found = index(told) if told else None
        if told and (found is None or not 0 <= found < below):
            raise self._wrong(meaning, f"a whole number of 0 to {below - 1}")
        return found

    def _wrong(self, meaning: str, expected: str, reason: str = "bad_value") -> _Unreadable:
        column = self._columns.get(meaning, meaning)
        return _Unreadable(reason, column, self._line.cells.get(column, ""), expected)


def distinct(head: Sequence[str]) -> list[str]:
    """Return column names without repeats: the second ``RSSI`` is ``RSSI 2``."""
    names: list[str] = []
    for name in head:
        count = sum(one.partition("\0")[0] == name for one in names)
        names.append(f"{name}\0{count + 1}" if count else name)
    return [name.replace("\0", " ") for name in names]
