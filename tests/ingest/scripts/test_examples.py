"""Examples beside a codec are read in every published form, and differences are told by name."""

import json
from pathlib import Path

import pytest

from gis.errors import MappingInvalid
from ingest.scripts.examples import check, examples_beside, read_examples
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import read_script

CODEC = """
function decodeUplink(input) {
  if (input.fPort === 9) return { errors: ["unknown port"] };
  return { data: { t: input.bytes[0] / 10, year: new Date().getUTCFullYear(), state: "on" },
           warnings: input.bytes[1] ? ["odd"] : [] };
}
function normalizeUplink(input) { return { data: [{ air: { temperature: input.data.t } }] }; }
function encodeDownlink(input) { return { bytes: [input.data.on ? 1 : 0], fPort: 2 }; }
function decodeDownlink(input) { return { data: { on: input.bytes[0] === 1 } }; }
"""
YAML = """
uplinkDecoder:
  fileName: codec.js
  examples:
    - description: warm
      input: { fPort: 1, bytes: [0xD7, 0], recvTime: "2026-11-19T18:00:00Z" }
      output: { data: { t: 21.5000001, year: 2026, state: on } }
      normalizedOutput: { data: [{ air: { temperature: 21.5 } }] }
    - description: unknown port
      input: { fPort: 9, bytes: [] }
      output: { errors: [whatever] }
downlinkEncoder:
  fileName: codec.js
  examples:
    - description: switch on
      input: { data: { on: true } }
      output: { bytes: [1], fPort: 2 }
downlinkDecoder:
  fileName: codec.js
  examples:
    - input: { fPort: 2, bytes: [0] }
      output: { data: { on: false } }
"""


@pytest.fixture
def codec(tmp_path: Path) -> Path:
    file = tmp_path / "codec.js"
    file.write_text(CODEC, encoding="utf-8")
    return file


def verdicts(pool: ScriptPool, codec: Path, text: str, name: str) -> list[tuple[str, list[str]]]:
    codec.with_name(name).write_text(text, encoding="utf-8")
    [file] = examples_beside(codec)
    found = check(read_script(codec), read_examples(file, codec.name), pool)
    return [(verdict.example.title, verdict.differences) for verdict in found]


def test_the_device_repositorys_description_is_read(pool: ScriptPool, codec: Path) -> None:
    assert verdicts(pool, codec, YAML, "codec.yaml") == [
        ("warm", []),
        ("unknown port", []),
        ("switch on", []),
        ("example 1", []),
    ]


def test_the_examples_of_every_device_that_a_codec_serves_are_found(codec: Path) -> None:
    for name, text in (
        ("lamp-codec.yaml", YAML),
        ("valve-codec.yml", YAML),
        ("other-codec.yaml", YAML.replace("codec.js", "other.js")),
        ("notes.yaml", YAML),
    ):
        codec.with_name(name).write_text(text, encoding="utf-8")
    found = examples_beside(codec)
    assert [file.name for file in found] == ["lamp-codec.yaml", "valve-codec.yml"]
    assert [len(read_examples(file, codec.name)) for file in found] == [4, 4]


def test_sections_of_another_codec_are_left_out(pool: ScriptPool, codec: Path) -> None:
    text = YAML.replace("fileName: codec.js", "fileName: other.js", 1)
    assert [title for title, _ in verdicts(pool, codec, text, "codec.yaml")] == [
        "switch on",
        "example 1",
    ]


def test_a_list_of_ts013_in_json_with_comments_is_read(pool: ScriptPool, codec: Path) -> None:
    text = """[ // two calls
      {"type": "uplink", "description": "a // no comment", "input": {"fPort": 1, "bytes": "D701"},
       "output": {"data": {"t": 21.5, "year": 2020, "state": "on"}, "warnings": ["odd"]}},
      /* the other way */
      {"type": "downlink-encode", "input": {"data": {"on": false}}, "output": {"bytes": [0]}}
    ]"""
    assert verdicts(pool, codec, text, "examples.json") == [
        ("a // no comment", []),
        ("example 2", []),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("21.5000001", "21.6"), "data.t is 21.5, expected 21.6"),
        (("state: on", "state: off"), "data.state is 'on', expected 'off'"),
        ((", state: on", ""), "data.state is 'on', expected nothing"),
        (("state: on", "state: on, more: 1"), "data.more is missing, expected 1"),
        (("fPort: 1,", "fPort: 9,"), 'it reports ["unknown port"]'),
        (("{ fPort: 9", "{ fPort: 8"), "it reports no error, expected ['whatever']"),
        (("temperature: 21.5", "temperature: 3"), "normalized[0].air.temperature is 21.5, exp"),
        (("bytes: [1]", "bytes: [1, 2]"), "bytes is [1], expected [1, 2]"),
        (("0xD7, 0", "0xD7, 256"), "its input cannot be given: bytes must be in range"),
    ],
)
def test_a_difference_is_told_where_it_is(
    pool: ScriptPool, codec: Path, change: tuple[str, str], told: str
) -> None:
    found = verdicts(pool, codec, YAML.replace(*change, 1), "codec.yaml")
    [difference] = [difference for _, differences in found for difference in differences]
    assert difference.startswith(told)


def test_scalars_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "examples:\n- type: uplink\n  input: {}\n  output:\n    data: {a: on, b: 12:30, c: 0x10,"
        " d: 012, e: 1e3, f: ~, g: true, h: 2024-01-01, i: '5', j: no}\n"
    )
    [example] = read_examples(file)
    assert example.expected["data"] == {
        "a": "on",
        "b": "12:30",
        "c": 16,
        "d": 12,
        "e": 1000.0,
        "f": None,
        "g": True,
        "h": "2024-01-01",
        "i": "5",
        "j": "no",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", "{"),
        ("x.yaml", "a: ["),
        ("x.yaml", "!!python/object/apply:os.system [ls]"),
        ("x.json", json.dumps([{"type": "uplink", "input": 5}])),
    ],
)
def test_a_file_of_examples_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(MappingInvalid, match=name):
        read_examples(file)
