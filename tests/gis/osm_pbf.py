"""A small OpenStreetMap extract in the binary form, written by hand: nodes and ways with tags."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

Tags = Mapping[str, str]
Node = tuple[int, float, float, Tags]  # number, latitude, longitude [°], tags
Way = tuple[int, Sequence[int], Tags]  # number, its nodes, tags


def write_pbf(file: Path, nodes: Sequence[Node], ways: Sequence[Way]) -> Path:
    """Write an extract of one block."""
    words = [""]
    for tags in (*(node[3] for node in nodes), *(way[2] for way in ways)):
        words += [word for pair in tags.items() for word in pair if word not in words]
    group = _field(2, _dense(nodes, words))
    group += b"".join(_field(3, _way(way, words)) for way in ways)
    table = b"".join(_field(1, word.encode()) for word in words)
    header = _field(4, b"OsmSchema-V0.6") + _field(4, b"DenseNodes")
    block = _field(1, table) + _field(2, group)
    file.write_bytes(_blob("OSMHeader", header) + _blob("OSMData", block))
    return file


def _dense(nodes: Sequence[Node], words: list[str]) -> bytes:
    said = []
    for node in nodes:
        said += [words.index(word) for pair in node[3].items() for word in pair] + [0]
    return (
        _field(1, _deltas([node[0] for node in nodes]))
        + _field(8, _deltas([round(node[1] * 1e7) for node in nodes]))
        + _field(9, _deltas([round(node[2] * 1e7) for node in nodes]))
        + _field(10, b"".join(map(_varint, said)))
    )


def _way(way: Way, words: list[str]) -> bytes:
    number, refs, tags = way
    keys = b"".join(_varint(words.index(key)) for key in tags)
    values = b"".join(_varint(words.index(value)) for value in tags.values())
    return (
        _varint(1 << 3)
        + _varint(number)
        + _field(2, keys)
        + _field(3, values)
        + _field(8, _deltas(refs))
    )


def _blob(kind: str, content: bytes) -> bytes:
    blob = _field(1, content) + _varint(2 << 3) + _varint(len(content))
    head = _field(1, kind.encode()) + _varint(3 << 3) + _varint(len(blob))
    return len(head).to_bytes(4, "big") + head + blob


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _deltas(values: Sequence[int]) -> bytes:
    steps = [after - before for before, after in pairwise([0, *values])]
    return b"".join(_varint(step << 1 if step >= 0 else (-step << 1) - 1) for step in steps)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
