"""What is refused before it is opened: too large, climbing out of its archive, a bomb."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from gis.errors import LayerEmpty, LayerUnreadable
from gis.settings import ImportSettings

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".gz", ".bz2")
_BLOCK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,  # zipfile: a password, a compression that it does not know
)


def check_file(file: Path, limits: ImportSettings) -> None:
    """Refuse what is not a readable file of a reasonable size.

    Raises
    ------
    LayerUnreadable
        Not there, not a file, or larger than the limit.
    LayerEmpty
        It has no byte.
    """
    if not file.exists():
        raise LayerUnreadable(file, "no such file")
    if not file.is_file():
        raise LayerUnreadable(file, "a file is expected")
    size = file.stat().st_size
    if size == 0:
        raise LayerEmpty(file)
    if size > limits.max_bytes:
        raise LayerUnreadable(
            file, _too_large(size, limits.max_bytes, "REVERBERE_IMPORT_MAX_BYTES")
        )


def is_archive(file: Path) -> bool:
    """Whether a file's name says that others are inside."""
    return file.name.lower().endswith(ARCHIVES)


def unpack(archive: Path, folder: Path, limits: ImportSettings) -> list[Path]:
    """Unpack an archive into a folder, byte by counted byte, and the archives in it once more.

    An archive that declares too much is refused at once; one that declares less is not believed:
    the bytes are counted as they come out, those of archives inside with those of the whole.

    Returns
    -------
    list of Path
        The files, in the archive's order; of a single compressed file, that one.

    Raises
    ------
    LayerUnreadable
        Not an archive, a path that leaves it, a link, an encrypted member, too many files, too
        much.
    """
    counted = _Counted(archive, limits)
    members = []
    for member in _opened(archive, archive, folder, counted):
        if is_archive(member):
            inside = member.with_name(f"{member.name} unpacked")
            members += _opened(archive, member, inside, counted)
            member.unlink()
        else:
            members.append(member)
    return members


def _opened(archive: Path, path: Path, folder: Path, counted: "_Counted") -> list[Path]:
    """Unpack one archive, which may be one inside the other that the user named."""
    name = path.name.lower()
    try:
        if name.endswith(".zip"):
            return _unzip(archive, path, folder, counted)
        if name.endswith((".tar", ".tgz", ".tar.gz", ".tar.bz2")):
            return _untar(path, folder, counted)
        with _decompressed(path) as source:
            return [counted.write(source, folder / path.stem)]
    except _BROKEN as error:
        kind = "zip archive" if name.endswith(".zip") else "archive"
        raise LayerUnreadable(archive, f"not a {kind} that can be read: {error}") from error


def _decompressed(archive: Path) -> gzip.GzipFile | bz2.BZ2File:
    return bz2.open(archive) if archive.suffix.lower() == ".bz2" else gzip.open(archive)


def _unzip(archive: Path, path: Path, folder: Path, counted: "_Counted") -> list[Path]:
    with zipfile.ZipFile(path) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
        counted.check_number(len(members))
        counted.check_declared(sum(member.file_size for member in members))
        for member in members:
            counted.check_path(member.filename, link=stat.S_ISLNK(member.external_attr >> 16))
            if member.flag_bits & 0x1:
                raise LayerUnreadable(archive, f"{member.filename!r} is encrypted")
        made = []
        for member in members:
            with opened.open(member) as source:
                made.append(counted.write(source, _target(folder, member.filename)))
    return made


def _untar(path: Path, folder: Path, counted: "_Counted") -> list[Path]:
    """Unpack a tar as it streams: its end is not looked for before its bytes were counted."""
    made: list[Path] = []
    with tarfile.open(path, "r|*") as opened:
        for member in _members(opened):
            counted.check_number(1)
            counted.check_path(member.name, link=not member.isfile())
            source = opened.extractfile(member)
            if source is not None:
                made.append(counted.write(source, _target(folder, member.name)))
    return made


def _members(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    return (member for member in opened if not member.isdir())


def _target(folder: Path, name: str) -> Path:
    return folder.joinpath(*PurePosixPath(name.replace("\\", "/")).parts)


class _Counted:
    """Writes what comes out of one archive, and stops when it is too much."""

    def __init__(self, archive: Path, limits: ImportSettings) -> None:
        self._archive, self._limits = archive, limits
        self._left, self._members = limits.max_unpacked_bytes, 0

    def check_number(self, members: int) -> None:
        """Refuse a crowd of files; those of archives inside count with the others."""
        self._members += members
        if self._members > self._limits.max_members:
            most = self._limits.max_members
            problem = f"{self._members} files in the archive, {most} are accepted"
            raise LayerUnreadable(self._archive, problem)

    def check_declared(self, size: int) -> None:
        """Refuse what says itself that it is too much, before a byte is written."""
        if size > self._left:
            raise self._too_much()

    def check_path(self, name: str, *, link: bool) -> None:
        """Refuse a member that would leave the folder, or that is no plain file."""
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise LayerUnreadable(self._archive, f"{name!r} would leave the archive: refused")
        if link:
            raise LayerUnreadable(self._archive, f"{name!r} is a link: refused")

    def write(self, source: IO[bytes] | gzip.GzipFile | bz2.BZ2File, target: Path) -> Path:
        """Write one member."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as sink:
            while block := source.read(_BLOCK):
                self._left -= len(block)
                if self._left < 0:
                    raise self._too_much()
                sink.write(block)
        return target

    def _too_much(self) -> LayerUnreadable:
        limit = _megabytes(self._limits.max_unpacked_bytes)
        problem = f"its content exceeds {limit} (REVERBERE_IMPORT_MAX_UNPACKED_BYTES)"
        return LayerUnreadable(self._archive, problem)


def _too_large(size: int, limit: int, setting: str) -> str:
    return f"{_megabytes(size)}, and {_megabytes(limit)} are accepted ({setting})"


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.1f} MB"


def check_lines(file: Path, path: Path, limits: ImportSettings) -> None:
    """Refuse a text of too many lines before it is read: a table takes several times its bytes.

    Raises
    ------
    LayerUnreadable
        It has more lines than rows are accepted.
    """
    lines = 0
    with path.open("rb") as text:
        while block := text.read(_BLOCK):
            lines += block.count(b"\n")
    if lines > limits.max_rows + 1:
        problem = f"{lines} lines, {limits.max_rows} rows are accepted (REVERBERE_IMPORT_MAX_ROWS)"
        raise LayerUnreadable(file, problem)
