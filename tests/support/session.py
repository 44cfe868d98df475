"""One folder for a whole test run, shared by all of its workers, gone at the end.

The process that starts pytest makes it and tells it to its workers through the environment. What
was started in it is stopped by the same process; folders of runs that were killed are swept at the
next run.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from control_center.services.places import Account, service_account, state_folder
from control_center.services.processes import Mark, alive, stop
from control_center.services.programs import Programs
from control_center.services.settings import ServiceSettings
from tests.support.home import home

_VARIABLE = "REVERBERE_TEST_SESSION"
_NAME = "reverbere-tests-"
_MEMORY = Path("/dev/shm")
_PLENTY = 2 << 30
_KEPT = ("REVERBERE_HOME", "REVERBERE_SERVICES_", "REVERBERE_STORE_EXTENSION")


def open_session() -> None:
    """Make this run's folder, unless an outer process made it.

    Settings of whoever runs the tests do not reach them, but for those that say where the test
    servers come from.
    """
    if _VARIABLE in os.environ:
        return
    for name in [name for name in os.environ if name.startswith("REVERBERE_")]:
        if not name.startswith(_KEPT):
            del os.environ[name]
    for name in ("DATABASE_URL", "MQTT_URL"):
        os.environ.pop(name, None)
    _sweep()
    made = Path(tempfile.mkdtemp(prefix=_NAME, dir="/tmp"))
    made.chmod(0o755)
    mark = Mark.of(os.getpid(), "")
    assert mark is not None
    mark.write(made / "owner.json")
    if _memory_is_plenty():
        _in_memory(made).mkdir(mode=0o755)
    os.environ[_VARIABLE] = str(made)


def close_session() -> None:
    """Stop what runs in the folder and remove it, if this process made it."""
    owner = Mark.read(folder() / "owner.json") if _VARIABLE in os.environ else None
    if owner is not None and owner.pid == os.getpid():
        _remove(folder())
        del os.environ[_VARIABLE]


def folder() -> Path:
    """Return this run's folder."""
    return Path(os.environ[_VARIABLE])


def quick_folder() -> Path:
    """Return where this run's databases go: into memory where there was plenty, else on the disk.

    A database is seven hundred files, made and removed for one test. ext4 does not use the numbers
    of removed files again for a while and looks past each of them: at a database a second the next
    one takes it half a second of processor time, and memory a twentieth of a second.
    """
    memory = _in_memory(folder())
    return memory if memory.exists() else folder()


def account() -> Account:
    """Return who the test servers run as."""
    return service_account(ServiceSettings().user)


def programs() -> Programs:
    """Return the finder of the servers' programs, with the prefix of this repository."""
    state = state_folder(home(), account())
    return Programs(ServiceSettings(), state, account(), tell=print)


@contextmanager
def alone(section: str) -> Iterator[None]:
    """Be the only worker of this run in a section."""
    with (folder() / f"{section}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    for left in Path("/tmp").glob(f"{_NAME}*"):
        owner = Mark.read(left / "owner.json")
        if owner is not None and not alive(owner) and left.stat().st_uid == os.geteuid():
            _remove(left)


def _remove(place: Path) -> None:
    for record in place.rglob("run/*.json"):  # also of a test that failed before its end
        mark = Mark.read(record)
        if mark is not None:  # at once: nothing there is worth a checkpoint
            stop(replace(mark, asks=signal.SIGQUIT), patience=5)
    for each in (place, _in_memory(place)):
        shutil.rmtree(each, ignore_errors=True)


def _memory_is_plenty() -> bool:
    if not os.access(_MEMORY, os.W_OK):
        return False
    room = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available // 2)
    return room >= _PLENTY


def _in_memory(place: Path) -> Path:
    return _MEMORY / place.name
