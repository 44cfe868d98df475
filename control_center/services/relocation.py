"""Make programs of another Debian start here: with the C library that came with them.

Two ways. ``patchelf`` writes the loader and the library folder into each program: fast, and ``ps``
shows real names. Without it each program is started through the loader by a two-line script.
Standard library only.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from control_center.services import elf
from control_center.services.commands import run
from control_center.services.errors import PrefixIncomplete
from twin.errors import ServiceError

#: The programs that anybody starts; all others in the packages stay as they are.
PROGRAMS = (
    "usr/lib/postgresql/*/bin/*",
    "usr/sbin/mosquitto",
    "usr/sbin/nats-server",
    "usr/bin/mosquitto_*",
)
_ORIGINAL = ".bin"  # what the wrapper calls


def programs(root: Path) -> list[Path]:
    """Return the ELF programs of a prefix that can be started."""
    found = (path for pattern in PROGRAMS for path in sorted(root.glob(pattern)))
    return [path for path in found if path.is_file() and not path.name.endswith(_ORIGINAL)]


def loader(root: Path) -> Path:
    """Find the loader that came with the packages' C library, whatever the architecture."""
    found = sorted(p for p in root.glob("usr/lib/*/ld-linux-*.so.*") if p.is_file())
    if not found:
        raise PrefixIncomplete(["ld-linux"])
    return found[0]


def prove_closure(root: Path) -> int:
    """Check that every library needed by a program or a module is in the prefix.

    Returns
    -------
    int
        How many files were read.

    Raises
    ------
    PrefixIncomplete
        Names of what is missing and who asks for it.
    """
    libraries = {path.name: path for path in _libraries(root)}
    waiting = [*_originals(root), *root.glob("usr/lib/postgresql/*/lib/*.so")]
    seen: set[Path] = set()
    missing: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        binary = elf.read(path)
        for name in binary.needed if binary else ():
            if name in libraries:
                waiting.append(libraries[name])
            else:
                missing.add(f"{name} (for {path.name})")
    if missing:
        raise PrefixIncomplete(missing)
    return len(seen)


def relocate(root: Path) -> str:
    """Tie every program to the prefix where it is now.

    Returns
    -------
    str
        ``"patchelf"`` or ``"loader"``: the way that was taken.
    """
    patchelf = _patchelf()
    folder = loader(root).parent
    if set(":;$") & set(str(folder)):  # the loader gives all three a meaning of their own
        raise ServiceError(
            "private prefix",
            f"programs cannot be started from {root}: its name has one of : ; $",
            "set REVERBERE_SERVICES_PREFIX to another folder",
        )
    if patchelf is None:
        for program in programs(root):
            _wrap(program, root)
        return "loader"
    for program in programs(root):
        _unwrap(program)
        binary = elf.read(program)
        if binary is not None and binary.interpreter:
            _patch(patchelf, program, loader(root))
    return "patchelf"


def _patch(patchelf: str, program: Path, loader_file: Path) -> None:
    command: list[str | Path] = [patchelf, "--set-interpreter", loader_file]
    command += ["--force-rpath", "--set-rpath", loader_file.parent, program]
    done = run(command)
    if done.code != 0:
        raise ServiceError("private prefix", f"patchelf: {done.last_word}")


def _wrap(program: Path, root: Path) -> None:
    """Put a script in a program's place; PostgreSQL finds its share folder through argv0."""
    binary = elf.read(program)
    if binary is None or not binary.interpreter:
        return
    up = "/".join([".."] * (len(program.relative_to(root).parts) - 1))
    loader_file = loader(root).relative_to(root)
    program.rename(program.with_name(program.name + _ORIGINAL))
    program.write_text(
        "#!/bin/sh\n"
        f'here=${{0%/*}}; root="$here/{up}"\n'
        f'exec "$root/{loader_file}" --library-path "$root/{loader_file.parent}" '
        '--argv0 "$0" "$0.bin" "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)


def _unwrap(program: Path) -> None:
    original = program.with_name(program.name + _ORIGINAL)
    if original.exists():
        original.replace(program)


def _patchelf() -> str | None:
    beside = shutil.which("patchelf", path=str(Path(sys.executable).parent))
    return beside or shutil.which("patchelf")


def _libraries(root: Path) -> Iterator[Path]:
    yield from root.glob("usr/lib/*.so*")
    yield from root.glob("usr/lib/*-linux-*/*.so*")
    yield from root.glob("usr/lib/postgresql/*/lib/*.so*")


def _originals(root: Path) -> Iterator[Path]:
    for program in programs(root):
        wrapped = program.with_name(program.name + _ORIGINAL)
        yield wrapped if wrapped.exists() else program
