"""``reverbere import`` as a user runs it: a table to read, JSON for programs, never a traceback."""

import json
from pathlib import Path

import pytest

from control_center.cli import main
from tests.gis.files import write_text
from tests.store.test_city import HEAD, LIGHTS, MAPPING
from twin.store.city import CityReader
from twin.store.database import Database


@pytest.fixture
def run(database, tmp_path, monkeypatch, capsys):
    """Run the command in this process, on this store; return exit code, output, errors."""
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("REVERBERE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")

    def runner(*words):
        with pytest.raises(SystemExit) as left:
            main(["import", *map(str, words)])
        shown = capsys.readouterr()
        return left.value.code or 0, shown.out, shown.err

    return runner


@pytest.fixture
def files(tmp_path) -> tuple[Path, Path]:
    return (
        write_text(tmp_path / "lights.csv", HEAD, *LIGHTS, ",1,1,Q,A,,", "L9,,,Q,A,,LED"),
        write_text(tmp_path / "mine.toml", MAPPING),
    )


def test_the_report_says_what_became_of_each_row(run, files, database: Database):
    code, shown, _ = run(files[0], "--mapping", files[1], "--timing", "--details")
    assert code == 0
    for words in (
        "Import into tiny",
        "required value missing",
        "set aside",
        "wattage that cannot be read",
        "row 9: 'LED'",
        "lights.csv, row 8, code '': required value missing; expected a text",
        "lamp wattage",
        "Map of epoch",
        "tiles",
    ):
        assert words in shown
    assert CityReader(database).lights().height == 7


def test_the_same_report_is_json_for_programs(run, files):
    code, shown, _ = run(files[0], "--mapping", files[1], "--json")
    report = json.loads(shown)
    assert code == 0
    assert report["territory"] == "tiny"
    assert report["files"][0]["read"] == 8
    assert report["files"][0]["set_aside"] == 1
    assert {figure["name"] for figure in report["figures"]} >= {"streetlights", "streets"}


def test_a_dry_run_says_that_it_is_one(run, files, database: Database):
    code, shown, _ = run(files[0], "--mapping", files[1], "--dry-run")
    assert code == 0
    assert "dry run: nothing was changed" in shown
    assert CityReader(database).lights().height == 0


def test_the_derived_can_be_derived_again(run, files):
    run(files[0], "--mapping", files[1])
    assert "streets" not in run(files[0], "--mapping", files[1], "--timing")[1].split("Time:")[1]
    again = run(files[0], "--mapping", files[1], "--timing", "--rebuild")[1]
    assert "tiles" in again.split("Time:")[1]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("lights.csv", "a,b\n1,2\n", "column 'id' is expected and missing; columns found: a, b"),
        ("lights.csv", "", "the file holds no row to import"),
        ("lights.xyz", "hello", "unknown format '.xyz'"),
        ("lights.geojson", "{", "lights.geojson"),
        ("lights.shp", "x", "the shapefile lacks its .shx and its .dbf"),
    ],
)
def test_what_goes_wrong_is_one_sentence(run, files, *, name, content, words):
    file = files[0].with_name(name)
    file.write_text(content)
    code, _, said = run(file, "--mapping", files[1])
    assert code == 1
    assert words in said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_file_that_nothing_knows_is_told_how_to_go_on(run, tmp_path):
    code, _, said = run(write_text(tmp_path / "x.csv", "a,b", "1,2"))
    assert code == 1
    assert "no mapping knows this file" in said
    assert "docs/formats.md" in said


@pytest.mark.parametrize("words", [[], ["--guess"], ["--dry-run"]])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("export.csv", "Date Time;Gateway;DevEUI;Sequence\n23/01/2024 18:13;g;d1d1e80000000033;7"),
        ("capture.ndjson", '{"devEUI":"d1d1e80000000032","_timestamp":1687511428896}\n'),
        ("recording.ndjson", '{"received_at":1,"topic":"t","payload":""}\n'),
    ],
)
def test_messages_are_no_layer_and_the_command_for_them_is_named(
    run, tmp_path, *, words, name, content
):
    file = write_text(tmp_path / name, content)
    code, _, told = run(file, *words)
    assert code == 1
    assert f"messages of devices, not a layer; they go in by `reverbere replay {file}`" in told


def test_a_mapping_is_proposed_and_imports(run, tmp_path, database: Database):
    head = "id_pl;rue;armoire;depart;lampe;lon;lat"
    rows = [f"L{n};Rue des Lices;A{n % 2};{n % 2};SHP {70 + n} W;3.87{n};43.6{n}" for n in range(5)]
    file = write_text(tmp_path / "eclairage_tiny.csv", head, *rows)
    code, text, _ = run(file, "--guess")
    assert code == 0
    assert 'layer = "streetlights"' in text
    assert CityReader(database).lights().height == 0
    mine = write_text(tmp_path / "mine.toml", text)
    assert run(file, "--mapping", mine)[0] == 0
    assert CityReader(database).lights()["lamp_w"].sum() == sum(range(70, 75))
    assert run(file, tmp_path / "other.csv", "--guess")[0] == 1


def test_a_folder_is_imported_alone(run, tmp_path, files):
    code, _, said = run(tmp_path, files[0])
    assert code == 1
    assert "a folder is imported alone" in said


def test_another_territory_is_refused(run, tmp_path, files):
    run(files[0], "--mapping", files[1])
    other = write_text(tmp_path / "other.toml", MAPPING.replace('slug = "tiny"', 'slug = "other"'))
    code, _, said = run(files[0], "--mapping", other)
    assert code == 1
    assert "tiny" in said
    assert "other" in said
