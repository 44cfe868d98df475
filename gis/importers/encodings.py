"""Text in whatever encoding it was saved, made UTF-8."""

import codecs
from pathlib import Path

import polars as pl

from gis.errors import LayerUnreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FALLBACK = "cp1252"  # what spreadsheets of western Europe save when nobody asks them
_SHOWN = 5
# what Windows-1252 leaves in a text that was read as Latin-1, and what UTF-8 leaves in either
_ODD = r"[\u0080-\u009f]|[ÃÂ][\u0080-\u00bf\u0152-\u2122]"
_HEAD = 4096


def utf8_bytes(file: Path, path: Path, encoding: str | None) -> tuple[bytes, list[str]]:
    """Read a text as UTF-8 bytes without a mark: see ``as_utf8``."""
    return as_utf8(file, path.read_bytes(), encoding)


def as_utf8(file: Path, raw: bytes, encoding: str | None = None) -> tuple[bytes, list[str]]:
    """Turn a text into UTF-8 bytes without a mark, and say what had to be decided.

    A byte-order mark wins over everything; without one and without a word of the mapping UTF-8 is
    tried, and lines that are not are read as Windows-1252 and noted: files put together from
    several often mix the two.

    Raises
    ------
    LayerUnreadable
        Binary content, or an encoding that does not exist.
    """
    for mark, marked in _BOMS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], marked
            break
    wanted = encoding or "utf-8"
    try:
        codec = codecs.lookup(wanted).name
    except LookupError as error:
        raise LayerUnreadable(file, f"no encoding is called {wanted!r}") from error
    made, notes = _converted(raw, wanted, codec)
    if b"\x00" in made[:_HEAD]:
        raise LayerUnreadable(file, "not a text file")
    return made, notes


def _converted(raw: bytes, wanted: str, codec: str) -> tuple[bytes, list[str]]:
    if codec == "utf-8" and _is_utf8(raw):
        return raw, []
    try:
        return raw.decode(codec).encode(), []
    except UnicodeDecodeError:
        return _by_line(raw, wanted)


def _is_utf8(raw: bytes) -> bool:
    """Check block by block: a whole text decoded at once would need its memory again."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(raw)
    try:
        for start in range(0, len(view), 1 << 22):
            decoder.decode(view[start : start + (1 << 22)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_line(raw: bytes, encoding: str) -> tuple[bytes, list[str]]:
    lines, odd = [], []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        try:
            lines.append(line.decode(encoding))
        except UnicodeDecodeError:
            lines.append(line.decode(_FALLBACK, errors="replace"))
            odd.append(number)
    shown = ", ".join(map(str, odd[:_SHOWN])) + (" …" if len(odd) > _SHOWN else "")
    note = f"{len(odd)} lines are not {encoding} and were read as {_FALLBACK}: lines {shown}"
    return "\n".join(lines).encode(), [note]


def mended(texts: pl.Series) -> tuple[pl.Series, int]:
    """Mend texts that a format without a word on its encoding had read wrongly.

    Returns
    -------
    texts : Series of String
        ``Ã‰glise`` becomes ``Église``, a control sign the apostrophe that it was; others stay.
    count : int
        How many were mended.
    """
    odd = texts.filter(texts.str.contains(_ODD).fill_null(value=False))
    if not len(odd):
        return texts, 0
    better = {text: _mended(text) for text in odd.unique()}
    changed = [text for text in odd if better[text] != text]
    return texts.replace(better), len(changed)


def _mended(text: str) -> str:
    """Read the bytes of a text again, as UTF-8 if they are, else as Windows-1252."""
    for wrong in ("latin-1", "cp1252"):
        for right in ("utf-8", "cp1252"):
            try:
                return text.encode(wrong).decode(right)
            except UnicodeError:
                continue
    return text
