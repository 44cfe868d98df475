"""The pages of documentation: their examples run, and they leave no key out."""

import re

import msgspec
import pytest

from gis import mapping_tables as tables
from gis.importers import delimited, vector
from gis.layers import LAYERS
from gis.mapping import Mapping
from tests.gis.files import write_mapping
from tests.support.home import REPOSITORY

FORMATS = (REPOSITORY / "docs" / "formats.md").read_text(encoding="utf-8")
GUIDE = (REPOSITORY / "docs" / "engineer-import.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
def test_the_examples_of_the_guide_hold(example):
    exec(compile(example, "docs/engineer-import.md", "exec"), {})  # noqa: S102 - our own page


@pytest.mark.parametrize(
    "table",
    [Mapping, tables.Source, tables.TerritoryTable, tables.Output, tables.Condition, tables.Rule,
     tables.Surface],
)  # fmt: skip
def test_every_key_of_a_mapping_is_explained(table):
    named = set(re.findall(r"`([a-z_.]+)`", FORMATS))
    named |= {key.rpartition(".")[2] for key in named} | {key.split(".")[0] for key in named}
    keys = {field.encode_name for field in msgspec.structs.fields(table)} - {"name", "source"}
    assert keys <= named


def test_the_example_mapping_is_sound(tmp_path):
    example, *_ = re.findall(r"```toml\n(.*?)```", FORMATS, re.DOTALL)
    read = write_mapping(tmp_path / "rivebourg.toml", example)
    assert [output.layer for output in read.layers] == ["streetlights", "feeders"]
    assert read.home.slug == "rivebourg"


def test_every_ending_that_is_read_is_listed():
    for ending in (*delimited.ENDINGS, *vector.ENDINGS):
        assert f"`{ending}`" in FORMATS


def test_layers_are_loaded_parents_before_children():
    order = list(LAYERS)
    for parent, child in [
        ("substations", "cabinets"), ("cabinets", "feeders"), ("feeders", "streetlights"),
        ("parks", "hydrozones"), ("valves", "hydrozones"), ("sensors", "devices"),
    ]:  # fmt: skip
        assert order.index(parent) < order.index(child)
