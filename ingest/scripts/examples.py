"""Examples beside a codec, and whether it answers as they say.

Read are the descriptions of the Things Stack's device repository (``uplinkDecoder``,
``downlinkEncoder``, ``downlinkDecoder``, each with ``examples``) and the lists of TS013 packages
(``type``, ``input``, ``output``), in JSON, comments allowed, or YAML 1.2.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from gis.errors import MappingInvalid
from ingest.networks.instants import micros
from ingest.networks.records import NO_TIME
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import Script
from ingest.scripts.wire import Answer, Fate, Uplink

_SECTIONS: Final = {
    "uplinkDecoder": "decodeUplink",
    "downlinkEncoder": "encodeDownlink",
    "downlinkDecoder": "decodeDownlink",
}
_TYPES: Final = {
    "uplink": "decodeUplink",
    "downlink-encode": "encodeDownlink",
    "downlink-decode": "decodeDownlink",
}
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_NEW_YEAR_MS: Final = 1_577_836_800_000
"""2020-01-01: the time of an example that says none. [ms]"""
_CLOSE: Final = 1e-6
_MOST_BYTES: Final = 8 * 1024 * 1024
_NOT_STRING: Final = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One call and what should come of it.

    Attributes
    ----------
    function : str
        E.g. ``decodeUplink``.
    title : str
        Its own description.
    given, expected : dict
        The argument and the answer; ``expected`` may lack what it says nothing of.
    normalized : list or None
        What ``normalizeUplink`` should make of the answer; None: not said.
    """

    function: str
    title: str
    given: dict[str, Any]
    expected: dict[str, Any]
    normalized: list[Any] | None = None


@dataclass(slots=True)
class Verdict:
    """One example and where the codec's answer differs; nowhere: it passed."""

    example: Example
    differences: list[str] = field(default_factory=list)


def examples_beside(codec: Path) -> list[Path]:
    """Return the files that hold examples of a codec.

    Those of its name, ``examples.*``, and any ``…-codec.yaml`` that names it, as in the device
    repository, where one codec serves many devices.
    """
    stems = (codec.stem, f"{codec.stem}-examples", f"{codec.stem}.examples", "examples")
    named = [codec.with_name(stem + suffix) for stem in stems for suffix in _SUFFIXES]
    found = [file for file in named if file.is_file()]
    mark = codec.name.encode()
    for file in sorted(codec.parent.glob("*-codec.y*ml")):
        if file not in found and file.is_file() and mark in file.read_bytes()[:_MOST_BYTES]:
            found.append(file)
    return found


def read_examples(file: Path, codec: str = "") -> list[Example]:
    """Read the examples of a file.

    Parameters
    ----------
    codec : str
        Name of the codec's file: sections that name another one are left out.

    Raises
    ------
    MappingInvalid
        Which file, and what is wrong with it.
    """
    try:
        content = file.read_bytes()
        if len(content) > _MOST_BYTES:
            raise MappingInvalid(file, f"{len(content)} bytes, of at most {_MOST_BYTES}")
        text = content.decode("utf-8-sig")
        document = _json(text) if file.suffix == ".json" else yaml.load(text, _Core)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise MappingInvalid(file, f"cannot be read: {' '.join(str(error).split())}") from error
    found = list(_examples(document, codec))
    wrong = [one.title for one in found if not isinstance(one.given, dict)]
    if wrong:
        raise MappingInvalid(file, f"example {wrong[0]!r}: its input is no object")
    return found


def _examples(document: Any, codec: str) -> Iterator[Example]:
    if isinstance(document, list):
        for number, entry in enumerate(document, 1):
            if isinstance(entry, dict) and entry.get("type") in _TYPES:
                yield _example(_TYPES[entry["type"]], entry, number)
    elif isinstance(document, dict):
        if isinstance(document.get("examples"), list):
            yield from _examples(document["examples"], codec)
        for section, function in _SECTIONS.items():
            part = document.get(section)
            if not isinstance(part, dict) or part.get("fileName", codec) not in {codec, ""}:
                continue
            for number, entry in enumerate(part.get("examples") or [], 1):
                if isinstance(entry, dict):
                    yield _example(function, entry, number)


def _example(function: str, entry: dict[str, Any], number: int) -> Example:
    normalized = entry.get("normalizedOutput")
    measured = normalized.get("data") if isinstance(normalized, dict) else None
    expected = entry.get("output")
    return Example(
        function,
        str(entry.get("description") or f"example {number}"),
        entry.get("input", {}),
        expected if isinstance(expected, dict) else {},
        measured if isinstance(measured, list) or measured is None else [measured],
    )


def check(script: Script, examples: Sequence[Example], pool: ScriptPool) -> list[Verdict]:
    """Let a codec answer its examples."""
    return [_check(script, example, pool) for example in examples]


def _check(script: Script, example: Example, pool: ScriptPool) -> Verdict:
    verdict = Verdict(example)
    try:
        payload = _bytes(example.given.get("bytes", []))
        at_ms = _milliseconds(example.given.get("recvTime"))
        port = int(example.given.get("fPort") or 1)
    except (ValueError, TypeError) as error:
        verdict.differences.append(f"its input cannot be given: {error}")
        return verdict
    if example.function == "decodeUplink":
        [answer] = pool.decode(script, [Uplink(port, at_ms, payload)])()
    else:
        given = example.given | ({"bytes": list(payload)} if "bytes" in example.given else {})
        answer = pool.call(script, example.function, msgspec.json.encode(given), at_ms)
    verdict.differences += _differences(example, answer)
    return verdict


def _differences(example: Example, answer: Answer) -> Iterator[str]:
    wanted_errors = example.expected.get("errors")
    if answer.fate is Fate.OWN_ERRORS:
        if not wanted_errors:
            yield f"it reports {answer.text.decode(errors='replace')}"
        return
    if answer.fate is not Fate.ANSWERED:
        why = answer.text.decode(errors="replace") or "it had to be stopped"
        yield f"it did not answer: {why}"
        return
    if wanted_errors:
        yield f"it reports no error, expected {wanted_errors!r}"
        return
    try:
        told = msgspec.json.decode(answer.text)
    except (msgspec.DecodeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        yield "its answer cannot be read"
        return
    for part in ("data", "bytes", "fPort"):
        if part in example.expected:
            yield from _unlike(told.get(part), example.expected[part], part)
    if example.expected.get("warnings"):
        yield from _unlike(told.get("warnings"), example.expected["warnings"], "warnings")
    if example.normalized is not None:
        yield from _unlike(told.get("normalized"), example.normalized, "normalized")


def _unlike(found: Any, expected: Any, where: str) -> Iterator[str]:
    """Yield where two documents differ; numbers may differ in their seventh digit."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in (*expected, *(name for name in found if name not in expected)):
            if name not in found:
                if expected[name] is not None:
                    yield f"{where}.{name} is missing, expected {expected[name]!r}"
            elif name not in expected:
                yield f"{where}.{name} is {found[name]!r}, expected nothing"
            else:
                yield from _unlike(found[name], expected[name], f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from _unlike(one, other, f"{where}[{number}]")
    elif not _same(found, expected):
        yield f"{where} is {found!r}, expected {expected!r}"


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, (int, float)) and isinstance(expected, (int, float)):
        return abs(found - expected) <= _CLOSE * max(1.0, abs(expected))
    return bool(found == expected)


def _bytes(given: Any) -> bytes:
    return bytes.fromhex(given) if isinstance(given, str) else bytes(given)


def _milliseconds(given: Any) -> int:
    at = micros(given) if isinstance(given, str) else NO_TIME
    return _NEW_YEAR_MS if at == NO_TIME else at // 1000


def _json(text: str) -> Any:
    return msgspec.json.decode(_NOT_STRING.sub(lambda found: found[1] or " ", text))


class _Core(yaml.SafeLoader):
    """YAML 1.2's own scalars: ``on`` and ``off`` are texts, as are dates and ``12:30``."""


_Core.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("int", r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
):
    _Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), [*_first.replace("\0", ""), ""]
    )


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 16) if text.lower().startswith("0x") else int(text)  # 012 is twelve


_Core.add_constructor("tag:yaml.org,2002:int", _int)
