"""Every reason that a parser gives has words in both languages."""

import re

import pytest

from tests.support.home import REPOSITORY

GIVEN = re.compile(
    r'(?:Rejection|Ignored)\(\s*"([a-z0-9_]+)"|\.reject\([^"]*"([a-z0-9_]+)"'
    r'|(?:Outcome\.IGNORED|Outcome\.REJECTED), "([a-z0-9_]+)"'
)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_has_words(language: str) -> None:
    sources = (REPOSITORY / "ingest").rglob("*.py")
    texts = [path.read_text(encoding="utf-8") for path in sources]
    given = {code for text in texts for found in GIVEN.findall(text) for code in found if code}
    assert {"not_json", "before_birth", "too_large", "retained"} <= given
    catalogue = REPOSITORY / "control_center" / "locales" / language / "messages.po"
    said = set(re.findall(r'"messages\.reason\.([a-z0-9_]+)"', catalogue.read_text("utf-8")))
    assert sorted(given - said) == []
