"""A codec's source as it lies in a file: pinned by what it says, not by its name."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gis.errors import MappingInvalid

SUFFIXES: Final = (".js", ".mjs", ".cjs")
MOST_BYTES: Final = 512 * 1024
"""The longest published codec has 99 kB. [byte]"""


@dataclass(frozen=True, slots=True)
class Script:
    """One codec in JavaScript.

    Attributes
    ----------
    name : str
        Of its file: what a profile calls it.
    source : str
        Its text.
    key : bytes
        SHA-256 of the file: another text is another codec.
    """

    name: str
    source: str
    key: bytes

    @property
    def version(self) -> str:
        """The first 16 digits of its SHA-256: what the store calls this text of it."""
        return self.key.hex()[:16]


def make_script(name: str, content: bytes) -> Script:
    """Make a codec of a file's content.

    Raises
    ------
    ValueError
        It is no text, too long, or holds a zero byte; the message is a sentence's end.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"{len(content)} bytes, of at most {MOST_BYTES}")
    if b"\0" in content:
        raise ValueError("it holds a zero byte")
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from error
    return Script(name, source, hashlib.sha256(content).digest())


def read_script(path: Path) -> Script:
    """Read a codec's file.

    Raises
    ------
    MappingInvalid
        Which file, and what is wrong with it.
    """
    try:
        return make_script(path.name, path.read_bytes())
    except OSError as error:
        raise MappingInvalid(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise MappingInvalid(path, str(error)) from error
