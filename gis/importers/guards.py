"""What is refused before it is opened: too large, climbing out of its archive, a bomb."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from gis.errors import LayerEmpty, LayerUnreadable
from gis.settings import ImportSettings

_BLOCK = 1 << 20


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


def unpack(archive: Path, folder: Path, limits: ImportSettings) -> list[Path]:
    """Unpack a zip into a folder, byte by counted byte.

    What an archive declares is not believed: the bytes are counted as they come out.

    Returns
    -------
    list of Path
        The files, in the archive's order.

    Raises
    ------
    LayerUnreadable
        Not a zip, a path that leaves it, a link, an encrypted member, too many files, too much.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            if len(members) > limits.max_members:
                problem = f"{len(members)} files in the archive, {limits.max_members} are accepted"
                raise LayerUnreadable(archive, problem)
            for member in members:
                _check_member(archive, member)
            return _extract(archive, opened, members, folder, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise LayerUnreadable(archive, f"not a zip archive that can be read: {error}") from error


def _check_member(archive: Path, member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise LayerUnreadable(archive, f"{member.filename!r} would leave the archive: refused")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise LayerUnreadable(archive, f"{member.filename!r} is a link: refused")
    if member.flag_bits & 0x1:
        raise LayerUnreadable(archive, f"{member.filename!r} is encrypted")


def _extract(
    archive: Path,
    opened: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    folder: Path,
    limits: ImportSettings,
) -> list[Path]:
    left = limits.max_unpacked_bytes
    made = []
    for member in members:
        target = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(member) as source, target.open("wb") as sink:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    setting = "REVERBERE_IMPORT_MAX_UNPACKED_BYTES"
                    limit = limits.max_unpacked_bytes
                    problem = f"its content exceeds {_megabytes(limit)} ({setting})"
                    raise LayerUnreadable(archive, problem)
                sink.write(block)
        made.append(target)
    return made


def _too_large(size: int, limit: int, setting: str) -> str:
    return f"{_megabytes(size)}, and {_megabytes(limit)} are accepted ({setting})"


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.1f} MB"
