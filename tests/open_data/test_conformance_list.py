"""The checklist of OGC's test suite: every abstract test has a line, every line a test of ours."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "open-data-conformance.md"

CORE = (
    "http crs84 root-op root-success api-definition-op api-definition-success conformance-op"
    " conformance-success fc-md-op fc-md-success fc-md-links fc-md-items sfc-md-op sfc-md-success"
    " fc-op fc-response fc-links fc-timeStamp fc-numberMatched fc-numberReturned fc-bbox-definition"
    " fc-bbox-response fc-limit-definition fc-limit-response fc-time-definition fc-time-response"
    " query-param-invalid query-param-unknown f-op f-success f-links"
)
CRS = (
    "crs-uri default-crs storageCrs crs-parameter crs-parameter-invalid crs-parameter-default"
    " crs-parameter-transform bbox-crs-parameter bbox-crs-parameter-invalid"
    " bbox-crs-parameter-default"
)
ABSTRACT = [
    *(f"/conf/core/{name}" for name in CORE.split()),
    *(f"/conf/crs/{name}" for name in CRS.split()),
]


def lines() -> dict[str, list[tuple[str, str]]]:
    """Our tests by abstract test: function and file."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[1].startswith("/conf/"):
            named = re.findall(r"`(test_\w+)`(?: \((test_\w+\.py)\))?", cells[2])
            found[cells[1]] = [(name, file or "test_requirements.py") for name, file in named]
    return found


@pytest.mark.parametrize("abstract", ABSTRACT)
def test_every_abstract_test_has_a_line(abstract: str) -> None:
    assert lines()[abstract]


def test_every_test_that_is_named_exists() -> None:
    files = {file for named in lines().values() for _, file in named}
    there = {
        (node.name, file)
        for file in files
        for node in ast.parse((HERE / file).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert not {one for named in lines().values() for one in named} - there
