"""Just enough of the ELF format to know which libraries a program needs.

Fields and numbers: System V ABI, chapters 4 and 5. Standard library only.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRING_TABLE = 1, 5


@dataclass(frozen=True, slots=True)
class Binary:
    """What a program or library asks of the loader.

    Attributes
    ----------
    needed : tuple of str
        File names of the libraries it is linked with.
    interpreter : str | None
        The loader that starts it; None for a library.
    """

    needed: tuple[str, ...]
    interpreter: str | None


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def read(path: Path) -> Binary | None:
    """Read a file's needs; None when it is no 64-bit little-endian ELF file."""
    with path.open("rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:6] != b"\x7fELF\x02\x01":
            return None
        segments = list(_segments(file, header))
        interpreter = next((s for s in segments if s.kind == _INTERPRETER), None)
        loader = _bytes(file, interpreter).rstrip(b"\0") if interpreter else None
        return Binary(tuple(_needed(file, segments)), loader.decode() if loader else None)


def _segments(file: BinaryIO, header: bytes) -> Iterator[_Segment]:
    (table,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    for index in range(count):
        file.seek(table + index * size)
        kind, _, offset, address, _, length = struct.unpack("<IIQQQQ", file.read(40))
        yield _Segment(kind, offset, address, length)


def _needed(file: BinaryIO, segments: list[_Segment]) -> Iterator[str]:
    dynamic = next((segment for segment in segments if segment.kind == _DYNAMIC), None)
    if dynamic is None:
        return
    entries = list(struct.iter_unpack("<QQ", _bytes(file, dynamic)))
    strings = next((value for tag, value in entries if tag == _STRING_TABLE), 0)
    start = _offset(segments, strings)
    for tag, value in entries:
        if tag == _NEEDED:
            file.seek(start + value)
            yield file.read(256).split(b"\0", 1)[0].decode()


def _offset(segments: list[_Segment], address: int) -> int:
    """Where in the file the byte lies that is loaded at an address."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    return address


def _bytes(file: BinaryIO, segment: _Segment) -> bytes:
    file.seek(segment.offset)
    return file.read(segment.size)
