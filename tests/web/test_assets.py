"""Files for the browser: hashed, compressed, ours, and nothing from elsewhere."""

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from control_center.assets import BUNDLE_SHA256, Assets
from tests.support.web import TestClient
from twin.errors import NotFound

CENTRE = Path(__file__).parent.parent.parent / "control_center"
STATIC = CENTRE / "static"
VENDOR = STATIC / "vendor"
OURS = [
    path
    for folder in (CENTRE / "templates", STATIC / "js", STATIC / "css")
    for path in folder.rglob("*")
    if path.suffix in {".html", ".js", ".css", ".svg"}
]
NAMESPACES = {"http://www.w3.org/2000/svg"}


def test_the_engine_is_the_file_that_was_tested(assets: Assets) -> None:
    assert assets.engine_is_expected
    assert hashlib.sha256(assets.engine.raw).hexdigest() == BUNDLE_SHA256
    assert assets.engine.packed is not None
    assert gzip.decompress(assets.engine.packed) == assets.engine.raw


@pytest.fixture
def assets() -> Assets:
    """Give the files of this version."""
    return Assets()


def test_the_compressed_engine_is_made_once_a_machine(tmp_path: Path) -> None:
    first = Assets(cache=tmp_path).engine
    [kept] = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    assert Assets(cache=tmp_path).engine.packed == first.packed
    assert kept.stat().st_mtime_ns == stamp


def test_a_file_is_kept_for_ever_under_its_version(client: TestClient, assets: Assets) -> None:
    address = assets.url("css/tokens.css")
    answer = client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    again = client.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_of_an_older_version_still_gets_its_files_but_does_not_keep_them(
    client: TestClient,
) -> None:
    answer = client.get("/static/an-old-one/css/tokens.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["../app.py", "css/../../app.py", "vendor/uplot/vendor.toml", "x"])
def test_nothing_else_can_be_fetched(client: TestClient, assets: Assets, name: str) -> None:
    assert client.get(f"/static/{assets.version}/{name}").status_code == 404


def test_a_template_that_names_a_missing_file_is_told(assets: Assets) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        assets.url("css/nowhere.css")


def test_any_change_changes_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = Assets(tmp_path).version
    (tmp_path / "a.css").write_text("b{}")
    assert Assets(tmp_path).version != before


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(CENTRE)))
def test_no_page_names_another_host(path: Path) -> None:
    found = set(re.findall(r"https?://[^\s\"'<>)}]+", path.read_text(encoding="utf-8")))
    assert found <= NAMESPACES


@pytest.mark.parametrize(
    "path",
    [path for path in OURS if path.suffix == ".html"],
    ids=lambda path: str(path.relative_to(CENTRE)),
)
def test_no_template_needs_what_the_policy_refuses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]+\sstyle=", text)
    assert not re.search(r"<[^>]+\son[a-z]+=", text)
    assert "<style" not in text
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>", text)
    assert all("src=" in script for script in scripts)


@pytest.mark.parametrize(
    "about", sorted(VENDOR.glob("*/vendor.toml")), ids=lambda path: path.parent.name
)
def test_vendored_files_are_the_ones_that_were_published(about: Path) -> None:
    told = tomllib.loads(about.read_text(encoding="utf-8"))
    assert told["integrity"].startswith("sha512-")
    assert told["version"]
    assert told["licence"]
    assert (about.parent / "LICENSE").stat().st_size > 100
    files = {path.name for path in about.parent.iterdir()} - {"vendor.toml", "LICENSE"}
    assert files == set(told["sha256"])
    for name, digest in told["sha256"].items():
        assert hashlib.sha256((about.parent / name).read_bytes()).hexdigest() == digest
