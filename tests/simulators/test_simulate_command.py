"""``reverbere simulate`` as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.recordings import read_recording
from tests.support.home import REPOSITORY


def reverbere(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    lonely = dict.fromkeys(("DATABASE_URL", "MQTT_URL"), "")
    environment = {k: v for k, v in os.environ.items() if k not in lonely}
    return subprocess.run(
        [sys.executable, "-m", "control_center", "simulate", *map(str, words)],
        cwd=REPOSITORY,
        env={**environment, "REVERBERE_HOME": str(home), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_town_is_generated_flooded_and_recorded_without_any_server(tmp_path: Path) -> None:
    town = tmp_path / "towns" / "bellerive"
    made = reverbere("generate", "--out", town, "--lights", 60, "--seed", 3, home=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "60 lights" in made.stdout
    flood = tmp_path / "crue.geojson"
    flooded = reverbere("flood", "--level", 4.1, "--out", flood, home=tmp_path)
    assert flooded.returncode == 0, flooded.stderr
    depths = [f["properties"]["depth_m"] for f in json.loads(flood.read_text())["features"]]
    assert max(depths) > 1
    recording = tmp_path / "heure.ndjson"
    start = ["--start", "2026-11-19T17:00:00"]
    words = ["--speed", 0, "--hours", 0.2, "--record", recording, *start]
    recorded = reverbere(*words, home=tmp_path)
    assert recorded.returncode == 0, recorded.stderr
    assert len(list(read_recording(recording))) > 60


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--territory", "nulle-part"], "no generated town here"),
        (["flood", "--territory", "nulle-part"], "reverbere simulate generate --out"),
        (["generate", "--out", "x", "--lights", 3], "--lights"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    words: list[object], sentence: str, tmp_path: Path
) -> None:
    refused = reverbere(*words, home=tmp_path)
    assert refused.returncode != 0
    assert sentence in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


def test_a_town_without_a_broker_says_how_to_start_one(tmp_path: Path) -> None:
    folder = tmp_path / "ville"
    reverbere("generate", "--out", folder, "--lights", 60, home=tmp_path)
    refused = reverbere("--folder", folder, home=tmp_path)
    assert refused.returncode == 1
    assert "reverbere up" in refused.stderr
    hurried = reverbere("--folder", folder, "--speed", 0, home=tmp_path)
    assert hurried.returncode == 1
    assert "--record FILE" in hurried.stderr
