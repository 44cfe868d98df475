"""Which account runs the servers, and which folders they live in.

PostgreSQL refuses to run as root. Started by root, the servers therefore run as an account that
exists already; where that account cannot reach the home folder, programs and data live under
``/var/lib/reverbere``. No account is created and no parent folder is opened up.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from control_center.services.commands import Identity, run
from twin.errors import ServiceError

_CANDIDATES = ("reverbere", "postgres", "nobody")
_SHARED_STATE = Path("/var/lib/reverbere")
_SOCKET_PATH_LIMIT = 107 - len("/.s.PGSQL.00000.lock")


@dataclass(frozen=True, slots=True)
class Account:
    """Who the servers run as.

    Attributes
    ----------
    name : str
        Login name; the number where the account has none.
    uid, gid : int
        Numbers.
    other : bool
        Whether that is not who we are, so that the servers must be switched to it.
    """

    name: str
    uid: int
    gid: int
    other: bool

    def identity(self) -> Identity:
        """Return the arguments that make ``subprocess.Popen`` run as this account."""
        if not self.other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def private_folder(self, path: Path) -> Path:
        """Make a folder that nobody but this account (and root) can enter."""
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Hand a file or folder over to this account."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether this account can pass through all parents of a path that exists."""
        if not self.other:
            return True
        return run(["test", "-x", path], folder=Path("/"), identity=self.identity()).code == 0


def current_account() -> Account:
    """Return who we are."""
    return Account(_login(os.geteuid()), os.geteuid(), os.getegid(), other=False)


def service_account(wanted: str | None) -> Account:
    """Choose who runs the servers: us, or another account if we are root.

    Parameters
    ----------
    wanted : str, optional
        Login name that the settings ask for.

    Raises
    ------
    ServiceError
        We are root and no account can serve.
    """
    if os.geteuid() != 0:
        return current_account()
    for name in [wanted] if wanted else _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, other=True)
    raise ServiceError(
        "embedded servers",
        f"PostgreSQL does not run as root, and there is no account {wanted or 'for it'}",
        "start as an ordinary user, or set REVERBERE_SERVICES_USER to an account that exists",
    )


def state_folder(home: Path, account: Account) -> Path:
    """Return where programs and data of the servers live: the home folder if it can be reached."""
    home.mkdir(parents=True, exist_ok=True)
    if account.can_reach(home):
        return home
    state = shared_state_folder(home)
    _passable(state.parent)
    return _passable(state)


def shared_state_folder(home: Path) -> Path:
    """Return the folder under ``/var/lib`` that belongs to a home that servers cannot reach."""
    return _SHARED_STATE / _digest(home)


def socket_folder(state: Path, account: Account) -> Path:
    """Make the private folder of the database's socket, short enough for a socket's address.

    A path below the state folder where that is short; otherwise one under ``/tmp``, which whoever
    stops the server removes.
    """
    wanted = _passable(state / "run") / "database"
    if len(os.fsencode(wanted)) <= _SOCKET_PATH_LIMIT and not set(str(wanted)) & set(",'\"\\@"):
        return account.private_folder(wanted)
    short = Path("/tmp") / f"reverbere-{_digest(state)}"  # noqa: S108 - looked at before it is used
    if not _is_private(short, account):
        short = Path(tempfile.mkdtemp(prefix="reverbere-", dir="/tmp"))
    return account.private_folder(short)


def remove_socket_folder(folder: Path, state: Path) -> None:
    """Remove what ``socket_folder`` made outside the state folder."""
    if not folder.is_relative_to(state):
        shutil.rmtree(folder, ignore_errors=True)


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]


def _is_private(folder: Path, account: Account) -> bool:
    """Make a folder in a place that everybody writes to; refuse one that is not all ours."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        return private and found.st_uid in {account.uid, os.geteuid()}
    return True


def _passable(folder: Path) -> Path:
    """Make a folder of ours that other accounts can pass through, whatever our umask is."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(folder.stat().st_mode | 0o711)
    return folder


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
