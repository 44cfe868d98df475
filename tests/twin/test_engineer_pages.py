"""The examples of the engineer's pages run as they stand."""

import re

import pytest

from tests.support.home import REPOSITORY

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [
        "engineer-laws.md",
        "engineer-diagnosis.md",
        "engineer-drills.md",
        "engineer-savings.md",
        "engineer-topology.md",
        "engineer-watering.md",
    ],
)
def test_the_examples_of_a_page_run_from_top_to_bottom(page):
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 4
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"{page}, example {number}", "exec"), names)  # noqa: S102 - our own page
