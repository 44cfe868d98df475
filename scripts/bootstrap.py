"""Make the virtual environment from a lock file, and fetch the servers meanwhile.

    python3 scripts/bootstrap.py run     what `make run` needs
    python3 scripts/bootstrap.py dev     and what tests, checks and benchmarks need

Only the standard library of Python 3.11 or later; no root; nothing outside this folder changes.
When the lock has not changed there is nothing to do, and that takes no time.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "reverbere.json"
PYTHON = VENV / "bin" / "python"
HOME = Path(os.environ.get("REVERBERE_HOME") or ROOT / ".reverbere").absolute()
PROFILES = ("run", "dev")
BEGAN = time.monotonic()
PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")


class Stopped(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> int:
    """Make what the profile on the command line needs."""
    if len(sys.argv) != 2 or sys.argv[1] not in PROFILES:
        print(__doc__)
        return 2
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            make(sys.argv[1])
        except Stopped as reason:
            print(f"\n{reason}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    return 0


def make(profile: str) -> None:
    """Bring environment and servers to what the lock says."""
    servers = start_fetching_servers(streams=profile == "dev")
    if not is_made(profile):
        install(profile)
    if servers is not None:
        servers.join()


def install(profile: str) -> None:
    """Install the locked packages and the project itself, and mark the environment as made."""
    lock = requirements(profile)
    if not usable():
        create()
    locks = satisfied()
    MARK.unlink(missing_ok=True)
    if profile not in locks:
        count = len(pins(lock))
        say(f"environment: {count} packages of {lock.relative_to(ROOT)}, Python {version()}")
        exact = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile"]
        run_pip([*PIP_OPTIONS, *exact, "-r", str(lock)], count)
        locks |= {other for other in PROFILES if pins(requirements(other)) <= pins(lock)}
    run_pip([*PIP_OPTIONS, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], 0)
    MARK.write_text(json.dumps(mark(locks)), encoding="utf-8")
    say("environment ready")


# The mark: which lock files the environment satisfies, made where, with which Python.


def mark(locks: set[str]) -> dict[str, object]:
    """Describe an environment that satisfies the locks of some profiles."""
    return {
        "place": str(VENV),
        "python": version(),
        "project": digest(ROOT / "pyproject.toml"),
        "locks": {profile: digest(requirements(profile)) for profile in locks},
    }


def is_made(profile: str) -> bool:
    """Whether the environment stands as lock and project say."""
    made = read_mark()
    wanted = {"place": str(VENV), "project": digest(ROOT / "pyproject.toml")}
    same = all(made.get(key) == value for key, value in wanted.items())
    return PYTHON.exists() and same and profile in satisfied()


def satisfied() -> set[str]:
    """Return the profiles whose locks, as they are now, the environment was made from."""
    made = read_mark().get("locks", {})
    return {profile for profile in PROFILES if made.get(profile) == digest(requirements(profile))}


def usable() -> bool:
    """Whether the environment was once whole, at this place and with this Python."""
    made = read_mark()
    return PYTHON.exists() and made.get("place") == str(VENV) and made.get("python") == version()


def read_mark() -> dict:
    """Return the mark; empty where there is none."""
    try:
        return dict(json.loads(MARK.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def requirements(profile: str) -> Path:
    """Return the lock file of a profile."""
    return ROOT / "requirements" / f"{profile}.txt"


def pins(lock: Path) -> set[str]:
    """Return the lines ``name==version`` of a lock file."""
    return set(re.findall(r"^([\w.-]+==[^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def digest(file: Path) -> str:
    """Return a hash of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def version() -> str:
    """Return the version of this Python."""
    return ".".join(str(number) for number in sys.version_info[:3])


# The environment, with pip in it, also where Debian's python3-venv is not installed.


def create() -> None:
    """Make an empty environment with pip; what was half made goes first."""
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is not None:
        done = quietly([sys.executable, "-m", "venv", VENV])
        if done.returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("venv") is None:
        raise Stopped(
            f"{sys.executable} has no module venv. On Debian: apt install python3-venv; or name "
            "another Python: make PYTHON=/path/to/python3"
        )
    done = quietly([sys.executable, "-m", "venv", "--without-pip", VENV])
    if done.returncode != 0:
        raise Stopped(f"the environment {VENV} cannot be made: {last_line(done)}")
    with tempfile.TemporaryDirectory(prefix="reverbere-pip-") as folder:
        wheel = pip_wheel(Path(folder))
        options = ["install", "--no-index", "--disable-pip-version-check", wheel]
        done = quietly([PYTHON, f"{wheel}/pip", *options])
        if done.returncode != 0:
            raise Stopped(f"pip cannot be installed from {wheel}: {last_line(done)}")


def pip_wheel(folder: Path) -> Path:
    """Return a wheel of pip: this machine's, or one fetched from its own Debian mirror."""
    places = [Path("/usr/share/python-wheels"), folder]
    for attempt, place in enumerate(places):
        if attempt == 1:
            say("fetching pip from this machine's Debian mirror (python3-venv is not installed)")
            fetch_debian("python3-pip-whl", folder)
        found = sorted(place.rglob("pip-*.whl"))
        if found:
            return found[-1]
    raise Stopped(
        "there is no pip: python3-venv is not installed, and the package python3-pip-whl cannot be "
        "fetched from this machine's Debian mirror. Ask for: apt install python3-venv"
    )


def fetch_debian(package: str, folder: Path) -> None:
    """Fetch a package as an ordinary user, through the host's apt, and unpack its files."""
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    own = [
        *("-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"),
        *("-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=true", "-qq"),
    ]
    for command in (["update"], ["download", package]):
        done = quietly(["apt-get", *own, *command], folder)
        if done.returncode != 0:
            return
    for archive in folder.glob("*.deb"):
        quietly(["dpkg-deb", "-x", archive, folder])


def run_pip(arguments: list[str], count: int) -> None:
    """Install with pip, showing how far it is."""
    command = [str(PYTHON), "-m", "pip", "install", *arguments]
    tail: list[str] = []
    seen = 0
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as pip:
        for line in pip.stdout or ():
            tail = [*tail[-12:], line.rstrip()]
            if line.startswith("Collecting "):
                seen += 1
                progress(f"{seen}/{count} {line.split()[1].replace('==', ' ')}")
            elif line.startswith("Installing collected") and count:
                progress("installing")
    progress("")
    if pip.returncode != 0:
        raise Stopped(
            "pip could not install the packages:\n  "
            + "\n  ".join(tail)
            + "\nIs the package index "
            "reachable? pip's own settings (pip config, PIP_* variables, proxies) are respected."
        )


# The servers, fetched while pip downloads.


def start_fetching_servers(*, streams: bool) -> threading.Thread | None:
    """Unpack the private prefix in the background, unless it stands or is not wanted.

    With ``streams`` also the one of nats-server, which only the tests need.
    """
    variables = os.environ
    given = variables.get("DATABASE_URL") and variables.get("MQTT_URL")
    if given or variables.get("REVERBERE_SERVICES_PROVIDER", "prefix") != "prefix":
        return None
    wanted = ["prefix", *(["prefix-nats"] if streams else [])]
    made = [
        any((HOME / place / "manifest.json").exists() for place in (name, f"{name}.unpacked"))
        for name in wanted
    ]
    if all(made):
        return None
    more = ["--streams"] if streams else []
    thread = threading.Thread(target=fetch_servers, args=(more,), daemon=True)
    thread.start()
    return thread


def fetch_servers(more: list[str]) -> None:
    """Tell what the fetching process says; where it fails, the start will say what to do."""
    command = [sys.executable, "-m", "control_center.services.prefix", str(HOME), *more]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as fetching:
        for line in fetching.stdout or ():
            say(f"servers: {line.rstrip()}")


# Words.


class Screen:
    """Lines with the time since the start, and one passing line below them on a terminal."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.passing = False

    def say(self, text: str) -> None:
        """Write a line that stays."""
        with self.lock:
            print(f"{CLEAR if self.passing else ''}{elapsed()}  {text}", flush=True)
            self.passing = False

    def progress(self, text: str) -> None:
        """Show a passing line on a terminal; elsewhere one in five stays."""
        if not sys.stdout.isatty():
            if re.match(r"\d*[05]/|installing", text):
                self.say(text)
            return
        with self.lock:
            print(f"{CLEAR}{elapsed()}  {text}"[:100] if text else CLEAR, end="", flush=True)
            self.passing = bool(text)


CLEAR = "\r\033[K"
SCREEN = Screen()
say, progress = SCREEN.say, SCREEN.progress


def elapsed() -> str:
    """Return the seconds since the start, for the beginning of a line."""
    return f"{time.monotonic() - BEGAN:6.1f} s"


def quietly(command: list, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a program and keep what it says; one that is not there ends with 127."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, "", str(error))


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the last thing that a program said."""
    return ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    sys.exit(main())
