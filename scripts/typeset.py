"""Set the spaces and apostrophes of the catalogues; run after editing a `.po` by hand.

    python scripts/typeset.py            # every catalogue
    python scripts/typeset.py --check    # changes nothing, fails if something would change

French takes U+202F before ; ! ? and between a number and its unit, U+00A0 before : % € and inside
« ». English takes U+00A0 between a number and its unit. Both take the curly apostrophe.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

LOCALES = Path(__file__).parent.parent / "control_center" / "locales"
TEXT = re.compile(r'^(?P<head>msgstr(?:\[\d\])? "|")(?P<text>.*)(?P<tail>")$', re.MULTILINE)
UNITS = r"(?:cm|mm|m²|m³|m|min|L|kWh|MWh|kW|W|V|A|s|ko|kB)"


def french(text: str) -> str:
    """Set one French message."""
    text = re.sub(r"(?<=\w)'(?=[\w{«])", "’", text)
    text = re.sub(r"[ \u00a0]([;!?])", "\u202f\\1", text)
    text = re.sub(r"[ \u202f]([:%€»])", "\u00a0\\1", text)
    text = re.sub(r"«[ \u202f]", "«\u00a0", text)
    text = re.sub(r"(?<=[\d}]) h(?=$|[ .,;\u00a0)])", "\u00a0h", text)
    text = re.sub(r"(?<=[\d}]\u00a0h) (?=[\d{])", "\u00a0", text)
    return re.sub(rf"(?<=[\d}}]) (?={UNITS}(?:$|[ .,;)]))", "\u202f", text)


def english(text: str) -> str:
    """Set one English message."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    return re.sub(rf"(?<=[\d}}]) (?={UNITS}(?:$|[ .,;)]))", "\u00a0", text)


SETTERS: dict[str, Callable[[str], str]] = {"fr": french, "en": english}


def typeset(source: str, setter: Callable[[str], str]) -> str:
    """Set every message of a catalogue; its header and keys are left as they are."""
    header, gap, body = source.partition("\n\n")
    set_body = TEXT.sub(lambda m: m["head"] + setter(m["text"]) + m["tail"], body)
    return header + gap + set_body


def main() -> int:
    """Set all catalogues; return how many changed, or would."""
    check, changed = "--check" in sys.argv, 0
    for catalogue in sorted(LOCALES.glob("*/*.po")):
        source = catalogue.read_text(encoding="utf-8")
        done = typeset(source, SETTERS[catalogue.parent.name])
        if done != source:
            changed += 1
            print(f"{'would set' if check else 'set'} {catalogue.relative_to(LOCALES)}")
            if not check:
                catalogue.write_text(done, encoding="utf-8")
    return changed if check else 0


if __name__ == "__main__":
    raise SystemExit(main())
