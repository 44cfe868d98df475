"""`make fuzz`: try to break every parser.

With atheris, which follows the branches of the code; where it has no wheel for this Python, with
Hypothesis and many more examples than in the tests::

    python -m tests.fuzz [SECONDS] [TARGET …]      each target so long (60), or only those named

What broke a parser stays in the folder that is printed: give the file to the same command.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.support.home import REPOSITORY

HOME = Path(os.environ.get("REVERBERE_HOME") or REPOSITORY / ".reverbere").absolute() / "fuzz"
SITE = HOME / "site"
LOCK = REPOSITORY / "requirements" / "fuzz.txt"
EXAMPLES = 10_000


def main(words: list[str]) -> int:
    """Fuzz; 0 where nothing broke."""
    if words[:1] == ["--one"]:
        return _with_atheris_here(words[1], words[2:])
    seconds = int(words[0]) if words and words[0].isdigit() else 60
    names = [word for word in words if not word.isdigit()]
    from tests.fuzz.targets import targets

    unknown = sorted(set(names) - set(targets()))
    if unknown:
        _say(f"no target {', '.join(unknown)}; there are {', '.join(sorted(targets()))}")
        return 2
    chosen = names or sorted(targets())
    why = _why_no_atheris()
    if why:
        _say(f"atheris cannot be had here ({why}): Hypothesis, {EXAMPLES} examples a parser")
        return _with_hypothesis(chosen)
    broken = [name for name in chosen if not _with_atheris(name, seconds)]
    _say(f"broken: {', '.join(broken)}; inputs in {HOME}" if broken else "nothing broke")
    return bool(broken)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _why_no_atheris() -> str:
    """Install atheris beside the environment; return why not, empty where it is there."""
    stamp = SITE / hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    if not stamp.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--upgrade"]
        made = subprocess.run(
            [*command, "--target", str(SITE), "-r", str(LOCK)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            lines = [line for line in made.stderr.splitlines() if line.startswith("ERROR")]
            return lines[-1] if lines else "pip failed"
        stamp.touch()
    probe = [sys.executable, "-c", "import atheris"]
    found = subprocess.run(probe, env=_environment(), capture_output=True, text=True, check=False)
    return found.stderr.strip().rpartition("\n")[2] if found.returncode else ""


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(SITE), str(REPOSITORY)))}


def _with_atheris(name: str, seconds: int) -> bool:
    """Run one target in a process of its own; return whether it held."""
    from tests.fuzz.targets import seeds_of

    corpus = HOME / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds_of(name):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    options = [str(corpus), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024"]
    options += [f"-artifact_prefix={HOME}/{name}-", "-max_len=8192"]
    command = [sys.executable, "-m", "tests.fuzz", "--one", name, *options]
    told = subprocess.run(
        command, env=_environment(), cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, check=False
    )
    done = [line for line in told.stderr.splitlines() if line.startswith("Done ")]
    _say(f"{name:24} {done[-1] if done else 'BROKEN'}")
    if told.returncode:
        _say(told.stderr[-3000:])
    return not told.returncode


def _with_atheris_here(name: str, options: list[str]) -> int:
    import atheris  # type: ignore[import-not-found] # installed beside the environment

    with atheris.instrument_imports(include=["ingest"], enable_loader_override=False):
        from tests.fuzz.targets import checked

    atheris.Setup([sys.argv[0], *options], checked(name))
    atheris.Fuzz()
    return 0


def _with_hypothesis(names: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k"]
    environment = {**os.environ, "FUZZ_EXAMPLES": str(EXAMPLES)}
    chosen = " or ".join(f"[{name}]" for name in names)
    command += [chosen, "--timeout", "7200", "tests/fuzz"]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
