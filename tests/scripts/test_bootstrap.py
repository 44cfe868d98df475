"""The environment is made once, repaired when it is half made, and left alone otherwise."""

import importlib.util
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.home import REPOSITORY

LOCK = """\
numpy==2.4.6 \\
    --hash=sha256:aa
polars==2.1.0 ; python_version > '3' \\
    --hash=sha256:bb
"""


def load() -> ModuleType:
    """Read the script, which is no module of ours."""
    spec = importlib.util.spec_from_file_location("bootstrap", REPOSITORY / "scripts/bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, looking at a small project; pip is replaced by a list of what it was asked."""
    script = load()
    project = tmp_path / "essai été"
    (project / "requirements").mkdir(parents=True)
    (project / "requirements/run.txt").write_text(LOCK)
    (project / "requirements/dev.txt").write_text(f"{LOCK}pytest==9.0.0 \\\n    --hash=sha256:cc\n")
    (project / "pyproject.toml").write_text("[project]\n")
    for name, value in {
        "ROOT": project,
        "VENV": project / ".venv",
        "MARK": project / ".venv/reverbere.json",
        "PYTHON": project / ".venv/bin/python",
        "HOME": project / ".reverbere",
    }.items():
        monkeypatch.setattr(script, name, value)
    script.asked = []
    monkeypatch.setattr(script, "run_pip", lambda words, _count: script.asked.append(words[-1]))
    monkeypatch.setattr(script, "create", lambda: bare_environment(script))
    return script


def bare_environment(script: ModuleType) -> None:
    shutil.rmtree(script.VENV, ignore_errors=True)
    venv.create(script.VENV, with_pip=False)
    script.asked.append("created")


def asked(script: ModuleType, profile: str) -> list[str]:
    """What was done for a profile."""
    script.asked.clear()
    if not script.is_made(profile):
        script.install(profile)
    return [Path(word).name for word in script.asked]


def test_a_second_time_nothing_is_done(bootstrap: ModuleType) -> None:
    assert asked(bootstrap, "run") == ["created", "run.txt", "essai été"]
    assert asked(bootstrap, "run") == []


def test_what_tests_need_is_enough_to_run(bootstrap: ModuleType) -> None:
    assert asked(bootstrap, "dev") == ["created", "dev.txt", "essai été"]
    assert asked(bootstrap, "run") == []


def test_tests_need_more_than_a_run_and_the_environment_is_kept(bootstrap: ModuleType) -> None:
    asked(bootstrap, "run")
    assert asked(bootstrap, "dev") == ["dev.txt", "essai été"]


def test_a_new_lock_is_followed(bootstrap: ModuleType) -> None:
    asked(bootstrap, "run")
    lock = bootstrap.requirements("run")
    lock.write_text(LOCK.replace("2.4.6", "2.4.7"))
    assert asked(bootstrap, "run") == ["run.txt", "essai été"]


def test_a_new_project_file_costs_no_packages(bootstrap: ModuleType) -> None:
    asked(bootstrap, "dev")
    (bootstrap.ROOT / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert asked(bootstrap, "run") == ["essai été"]
    assert asked(bootstrap, "dev") == []


def test_an_environment_whose_making_was_interrupted_is_made_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "run_pip", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.install("run")
    assert asked(bootstrap, "run") == ["created", "run.txt", "essai été"]


@pytest.mark.parametrize("change", [{"place": "/ailleurs"}, {"python": "3.11.0rc1"}])
def test_an_environment_that_was_moved_or_made_by_another_python_is_made_again(
    bootstrap: ModuleType, change: dict[str, str]
) -> None:
    asked(bootstrap, "run")
    mark = json.loads(bootstrap.MARK.read_text())
    bootstrap.MARK.write_text(json.dumps({**mark, **change, "project": "old"}))
    assert asked(bootstrap, "run")[0] == "created"


def test_pins_are_read_without_hashes_and_conditions(bootstrap: ModuleType) -> None:
    assert bootstrap.pins(bootstrap.requirements("run")) == {"numpy==2.4.6", "polars==2.1.0"}


def test_everything_that_runs_is_locked_for_tests_too() -> None:
    script = load()
    assert script.pins(script.requirements("run")) <= script.pins(script.requirements("dev"))


def test_a_python_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    found = subprocess.run(
        ["/bin/sh", REPOSITORY / "scripts/find-python.sh"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        assert found.stdout.strip() != str(old)
    else:
        assert "Python 3.11 or later" in found.stderr


def test_where_no_python_serves_it_is_said(tmp_path: Path) -> None:
    found = subprocess.run(
        ["/bin/sh", REPOSITORY / "scripts/find-python.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "make PYTHON=/path/to/python3" in found.stderr


def test_the_words_of_the_script_are_its_help() -> None:
    told = subprocess.run(
        [sys.executable, REPOSITORY / "scripts/bootstrap.py", "demain"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "what `make run` needs" in told.stdout
