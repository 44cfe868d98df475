"""A private prefix: servers of Debian in a folder of ours, one prefix a recipe.

Made in two steps, each under one lock. *Unpack* fetches the signed packages and proves that every
library is there. *Publish* moves them to their final place, ties the programs to it, starts each
once and writes the manifest, which is the mark of a made prefix. ``make run`` unpacks while pip is
still downloading: ``python3 -m control_center.services.prefix HOME`` (standard library only).
"""

import fcntl
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from control_center.services.commands import run
from control_center.services.packages import Package, PrivateApt
from control_center.services.places import service_account, state_folder
from control_center.services.relocation import prove_closure, relocate
from gis.errors import ReverbereError
from twin.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a prefix is made of.

    Attributes
    ----------
    folder : str
        Its name in the state folder.
    packages : tuple of str
        What is asked for; all that they need comes with them.
    starts : tuple of (str, str)
        Programs that must start, each with an option that makes it say its version.
    told : tuple of str
        Packages whose versions are worth telling.
    """

    folder: str
    packages: tuple[str, ...]
    starts: tuple[tuple[str, str], ...]
    told: tuple[str, ...]


SERVERS = Recipe(
    folder="prefix",
    packages=("postgresql-17", "postgresql-17-timescaledb", "mosquitto"),
    starts=(
        ("usr/lib/postgresql/*/bin/postgres", "--version"),
        ("usr/lib/postgresql/*/bin/initdb", "--version"),
        ("usr/sbin/mosquitto", "-h"),
    ),
    told=("postgresql-17", "postgresql-17-timescaledb", "mosquitto", "libc6", "libssl3t64"),
)
STREAMS = Recipe(
    folder="prefix-nats",
    packages=("nats-server",),
    starts=(("usr/sbin/nats-server", "--version"),),
    told=("nats-server", "libc6"),
)
CLIENTS = Recipe(
    folder="prefix-clients",
    packages=("mosquitto-clients",),
    starts=(("usr/bin/mosquitto_sub", "--help"),),
    told=("mosquitto-clients", "libc6"),
)
"""These two are fetched when they are asked for, never by a plain start."""
#: Raised whenever what a prefix holds changes: an older one is made again.
FORMAT = 1
_MANIFEST = "manifest.json"
_UNUSED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/lib/postgresql/*/lib/bitcode",
    "usr/lib/postgresql/*/lib/llvmjit*",
    "usr/share/postgresql/*/man",
    "usr/lib/systemd",
    "etc",
    "var",
)

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A made prefix.

    Attributes
    ----------
    root : Path
        Its folder.
    release : str
        The Debian release that it was made from.
    way : str
        How its programs find their libraries: ``"patchelf"`` or ``"loader"``.
    packages : tuple of Package
        All that is in it.
    """

    root: Path
    release: str
    way: str
    packages: tuple[Package, ...]

    @property
    def postgres_bin(self) -> Path:
        """Folder of PostgreSQL's programs."""
        return sorted(self.root.glob("usr/lib/postgresql/*/bin"))[-1]

    @property
    def mosquitto(self) -> Path:
        """The broker."""
        return self.root / "usr/sbin/mosquitto"

    def versions(self) -> dict[str, str]:
        """Return the versions worth telling, by package name."""
        told = {*SERVERS.told, *STREAMS.told}
        return {p.name: p.version for p in self.packages if p.name in told}

    @classmethod
    def read(cls, root: Path) -> "Prefix | None":
        """Return the prefix that stands ready in a folder; None where it must be made."""
        try:
            manifest = json.loads((root / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if manifest["format"] != FORMAT or manifest["root"] != str(root):
            return None
        packages = tuple(Package(**package) for package in manifest["packages"])
        return cls(root, manifest["release"], manifest["way"], packages)


def ensure(
    root: Path, mirror: str | None = None, tell: Progress = _silent, recipe: Recipe = SERVERS
) -> Prefix:
    """Return the prefix of a folder; make it where it is not there yet.

    Parameters
    ----------
    root : Path
        Where it shall stand, absolute; its parent is made if need be.
    mirror : str, optional
        Debian mirror instead of the host's.
    tell : callable
        Hears what is being done, one sentence at a time.
    recipe : Recipe
        What it is made of.

    Raises
    ------
    DebianUnavailable
        The packages cannot be had.
    PrefixIncomplete
        They were, and a library is missing.
    """
    ready = Prefix.read(root)
    if ready is not None:
        return ready
    with _locked(root):
        ready = Prefix.read(root)
        if ready is not None:
            return ready
        _unpack(root, mirror, tell, recipe)
        return _publish(root, tell, recipe)


def unpack(
    root: Path, mirror: str | None = None, tell: Progress = _silent, recipe: Recipe = SERVERS
) -> None:
    """Do the slow half of ``ensure``, the one that needs the network."""
    if Prefix.read(root) is None:
        with _locked(root):
            if Prefix.read(root) is None:
                _unpack(root, mirror, tell, recipe)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / f"{root.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpacked(root: Path) -> Path:
    return root.with_name(root.name + ".unpacked")


def _unpack(root: Path, mirror: str | None, tell: Progress, recipe: Recipe) -> None:
    if (_unpacked(root) / _MANIFEST).exists() or _moved(root):
        return
    started = time.monotonic()
    building = root.with_name(root.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    work = building / "apt"
    work.mkdir(parents=True)
    tell("verifying Debian's signature")
    apt = PrivateApt(work, mirror)
    names = apt.closure(recipe.packages)
    tell(f"fetching {len(names)} signed packages of Debian {apt.release()}")
    files = building / "files"
    files.mkdir()
    apt.unpack(names, files)
    _prune(files)
    read = prove_closure(files)
    manifest = {
        "format": FORMAT,
        "root": None,
        "release": apt.release(),
        "architecture": platform.machine(),
        "packages": [asdict(package) for package in apt.describe(names)],
    }
    _write(files, manifest)
    shutil.rmtree(_unpacked(root), ignore_errors=True)
    files.rename(_unpacked(root))
    shutil.rmtree(building)
    tell(f"unpacked in {time.monotonic() - started:.1f} s, {read} programs and libraries proven")


def _publish(root: Path, tell: Progress, recipe: Recipe) -> Prefix:
    if not _moved(root):
        shutil.rmtree(root, ignore_errors=True)
        _unpacked(root).rename(root)
    manifest = json.loads((root / _MANIFEST).read_text(encoding="utf-8"))
    _readable_by_all(root)
    way = relocate(root)
    _start_once(root, recipe)
    _write(root, {**manifest, "root": str(root), "way": way})
    made = Prefix.read(root)
    if made is None:
        raise ServiceError("private prefix", f"{root / _MANIFEST} cannot be read back")
    tell(", ".join(f"{name} {version}" for name, version in made.versions().items()))
    return made


def _moved(root: Path) -> bool:
    """Whether a whole prefix stands here that was tied to another place."""
    try:
        manifest = json.loads((root / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(manifest["format"] == FORMAT)


def _prune(files: Path) -> None:
    for pattern in _UNUSED:
        for path in files.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _readable_by_all(root: Path) -> None:
    """Let a service account read what root unpacked, whatever root's umask was."""
    for folder, _, files in os.walk(root):
        _widen(Path(folder), 0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                _widen(path, 0o444)


def _widen(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _start_once(root: Path, recipe: Recipe) -> None:
    """Start each server for its version; a program that cannot start is found here, not later."""
    for pattern, option in recipe.starts:
        (program,) = root.glob(pattern)
        done = run([program, option])
        if not done.output:
            raise ServiceError("private prefix", f"{program.name} does not start: {done.last_word}")


def _write(folder: Path, manifest: Mapping[str, object]) -> None:
    partial = folder / f"{_MANIFEST}.partial"
    partial.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    partial.replace(folder / _MANIFEST)


def main() -> int:
    """Unpack for the home folder named on the command line; progress on standard output.

    ``--streams`` after it adds what only tests and those who scale out need.
    """
    try:
        account = service_account(os.environ.get("REVERBERE_SERVICES_USER") or None)
        state = state_folder(Path(sys.argv[1]).absolute(), account)
        for recipe in (SERVERS, STREAMS) if "--streams" in sys.argv[2:] else (SERVERS,):
            unpack(
                state / recipe.folder,
                os.environ.get("REVERBERE_SERVICES_MIRROR") or None,
                lambda text: print(text, flush=True),  # noqa: T201 - the caller reads this pipe
                recipe,
            )
    except ReverbereError as error:
        print(error.sentence, flush=True)  # noqa: T201 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
