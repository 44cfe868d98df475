"""``reverbere codec`` and ``reverbere decode``, as people call them."""

import json
from pathlib import Path

from tests.ingest.scripts.test_examples import CODEC, YAML
from tests.ingest.streams import AT, device, lamp, minutes, take, up
from tests.support.command_line import called
from twin.store import codecs as store
from twin.store.database import Database
from twin.store.telemetry import TelemetryReader

OWN = '[volc2180]\ncodec = "lamp.js"\n[volc2180.values]\npower = { property = "active_power" }\n'
LAMP = "function decodeUplink(i) { return { data: { power: i.bytes.length } }; }"


def folder_of(home: Path) -> Path:
    folder = home / "profiles"
    folder.mkdir()
    folder.joinpath("own.toml").write_text(OWN, encoding="utf-8")
    folder.joinpath("lamp.js").write_text(LAMP, encoding="utf-8")
    return folder


def test_a_codec_is_tested_with_the_examples_beside_it(tmp_path: Path) -> None:
    codec = tmp_path / "codec.js"
    codec.write_text(CODEC, encoding="utf-8")
    bare = called("codec", "test", str(codec), home=tmp_path)
    assert (bare.returncode, "no examples to run" in bare.stdout) == (1, True)
    codec.with_suffix(".yaml").write_text(YAML, encoding="utf-8")
    good = called("codec", "test", str(codec), home=tmp_path)
    assert good.returncode == 0
    assert "4 of 4 examples pass" in good.stdout
    assert "offers decodeUplink, normalizeUplink, encodeDownlink, decodeDownlink" in good.stdout
    codec.with_suffix(".yaml").write_text(YAML.replace("21.5000001", "3"), encoding="utf-8")
    bad = called("codec", "test", str(codec), home=tmp_path)
    assert bad.returncode == 1
    assert "data.t is 21.5, expected 3" in bad.stdout
    assert "3 of 4 examples pass" in bad.stdout


def test_a_file_that_is_no_codec_is_one_sentence(tmp_path: Path) -> None:
    codec = tmp_path / "codec.js"
    codec.write_text("function (", encoding="utf-8")
    told = called("codec", "test", str(codec), home=tmp_path)
    assert told.returncode == 1
    assert "SyntaxError" in told.stderr
    assert "Traceback" not in told.stderr
    assert "cannot be read" in called("codec", "test", "none.js", home=tmp_path).stderr


def test_an_order_is_shown_with_what_the_device_reads_in_it(tmp_path: Path) -> None:
    shown = called("codec", "order", "STREGA", "open_valve", "duration_s=600", home=tmp_path)
    assert shown.stdout == "port 2, 410a\nreads as is_open: True, duration_s: 600\n"
    for words, told in (
        (("uc511", "open_valve"), "needs 'duration_s'"),
        (("uc511", "open_valve", "now"), "name=value, not 'now'"),
        (("nobody", "dim"), "no profile named 'nobody'"),
    ):
        refused = called("codec", "order", *words, home=tmp_path)
        assert refused.returncode == 1
        assert told in refused.stderr


def test_stored_frames_are_decoded_again_and_history_says_by_what(
    database: Database, tmp_path: Path
) -> None:
    take(database, [up(1, n, minutes(n), payload=lamp(42)) for n in range(3)])
    own = {"DATABASE_URL": database.url, "REVERBERE_INGEST_PROFILES": str(folder_of(tmp_path))}
    refused = called("decode", home=tmp_path, **own)
    assert (refused.returncode, "say `reverbere decode --again`" in refused.stderr) == (1, True)
    done = called("decode", "--again", "--profile", "VOLC2180", home=tmp_path, **own)
    assert done.stdout == "3 frames decoded again: 3 values written, 21 set aside\n", done.stderr
    [row] = TelemetryReader(database).latest(["active_power"]).iter_rows(named=True)
    assert row["value"] == 15
    again = called("decode", "--again", "--json", home=tmp_path, **own)
    assert json.loads(again.stdout) == {"frames": 3, "failed": 0, "superseded": 0, "made": 0}
    shown = called(
        "codec", "history", device(1).dev_eui, "--since", "2026-11-01T00:00Z", home=tmp_path, **own
    )
    power = [line for line in shown.stdout.splitlines() if "active_power" in line]
    assert len(power) == 6
    assert sum("volc2180@1" in line for line in power) == 3
    assert "lamp.js@" in power[0]


def test_codecs_are_listed_and_let_out_of_quarantine(database: Database, tmp_path: Path) -> None:
    take(database, [up(1, 1, AT)])
    folder = folder_of(tmp_path)
    own = {"DATABASE_URL": database.url, "REVERBERE_INGEST_PROFILES": str(folder)}
    called("decode", "--again", home=tmp_path, **own)
    [mine] = [facts for facts in store.known_codecs(database) if facts.name == "lamp.js"]
    assert mine.sha256 is not None
    with database.connection() as connection:
        store.quarantine(connection, mine.sha256, "lamp.js", "it loops", AT)
    listed = json.loads(called("codec", "list", "--json", home=tmp_path, **own).stdout)
    states = {row["codec"]: (row["state"], row["profiles"]) for row in listed}
    assert states["lamp.js"] == (
        "in quarantine since 2026-11-19 18:00Z: it loops",
        ["volc2180"],
    )
    assert states["volc2180"] == ("no profile names it", [])
    assert "lamp.js" in called("codec", "list", home=tmp_path, **own).stdout
    assert "runs again" in called("codec", "release", "lamp.js", home=tmp_path, **own).stdout
    gone = called("codec", "release", "lamp.js", home=tmp_path, **own)
    assert "no codec in quarantine named 'lamp.js'" in gone.stderr
