"""``reverbere ledger``: what it shows, and what it gives back."""

import json
from pathlib import Path

from tests.ingest.streams import AT, device, message, minutes, take, up
from tests.support.command_line import called
from twin.store.database import Database


def test_the_ledger_on_the_screen_balances(database: Database, tmp_path: Path) -> None:
    take(database, [up(1, turn, minutes(turn)) for turn in (0, 1, 2, 2)])
    take(database, [message("nobody/knows", b"x", AT)])
    shown = called("ledger", home=tmp_path, DATABASE_URL=database.url)
    assert shown.returncode == 0
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["chirpstack_v4", "4", "3", "1", "0", "0", "0"] in lines
    assert ["all", "5", "3", "1", "1", "0", "0"] in lines
    assert "every minute balances" in shown.stdout
    assert ["unknown", "rejected", "unknown_topic", "1"] in lines
    told = json.loads(
        called("ledger", "--json", "--minutes", home=tmp_path, DATABASE_URL=database.url).stdout
    )
    assert told["balances"] is True
    assert sum(one["count"] for one in told["minutes"] if one["outcome"] == "received") == 5


def test_a_ledger_out_of_balance_says_so(database: Database, tmp_path: Path) -> None:
    take(database, [up(1, 0, AT)])
    with database.connection() as connection:
        connection.execute("DELETE FROM ledger WHERE outcome = 'stored'")
    shown = called("ledger", home=tmp_path, DATABASE_URL=database.url)
    assert shown.returncode == 3
    assert "DOES NOT BALANCE" in shown.stdout


def test_the_quarantine_is_shown_and_given_back(database: Database, tmp_path: Path) -> None:
    take(database, [message("t/m", b"230", minutes(n)) for n in (0, 2)])
    listed = called("ledger", "rejected", home=tmp_path, DATABASE_URL=database.url)
    assert "unknown_topic" in listed.stdout
    assert "t/m" in listed.stdout
    mapping = tmp_path / "plain.toml"
    mapping.write_text('[[topic]]\nfilter="t/+"\ndevice="{1}"\nproperty="voltage"')
    fixed = {"DATABASE_URL": database.url, "REVERBERE_INGEST_PLAIN_MAPPING": str(mapping)}
    given = called("ledger", "again", home=tmp_path, **fixed)
    assert "1 of 1 taken, 0 stay" in given.stdout
    assert "the ledger balances" in given.stdout
    assert "quarantine is empty" in called("ledger", "rejected", home=tmp_path, **fixed).stdout


def test_one_device_is_asked_for_its_messages(database: Database, tmp_path: Path) -> None:
    take(database, [up(1, f_cnt, minutes(f_cnt)) for f_cnt in (3, 4, 7)])
    name = device(1).dev_eui
    environment = {"DATABASE_URL": database.url}
    words = ("ledger", "device", name.upper(), "--days", "400")
    shown = called(*words, home=tmp_path, **environment)
    assert shown.returncode == 0, shown.stderr
    assert "0016c001f153a14c -97" in shown.stdout
    assert "40.0%" in shown.stdout  # 2 of 5
    told = json.loads(called(*words, "--json", home=tmp_path, **environment).stdout)
    assert told["frames"][0]["receptions"] == [
        {"gateway": "0016c001f153a14c", "rssi": -97.0, "snr": 7.5}
    ]
    assert [gap["missing"] for gap in told["gaps"]] == [2]
    assert {one["property"] for one in told["readings"]} >= {"active_power", "dimming_level"}
    unknown = called("ledger", "device", "ffffffffffffffff", home=tmp_path, **environment)
    assert unknown.returncode == 1
    assert "no device named" in unknown.stderr
