"""The private prefix: whole, proven, recorded, and able to start from wherever it stands."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from control_center.services import elf, packages, prefix, relocation
from control_center.services.commands import Outcome, run
from control_center.services.errors import DebianUnavailable, PrefixIncomplete
from control_center.services.prefix import Prefix
from tests.support import session
from tests.support.home import REPOSITORY
from twin.errors import ServiceError


@pytest.fixture(scope="module")
def made() -> Prefix:
    """The prefix that the tests' own servers run from."""
    programs = session.programs()
    if programs.postgres().provider != "prefix":
        pytest.fail("the tests' database does not come from the private prefix")
    return prefix.ensure(programs.state / "prefix")


def copy(made: Prefix, place: Path) -> Path:
    """Copy a prefix by links, its programs by content."""
    root = place / "prefix"
    shutil.copytree(made.root, root, symlinks=True, copy_function=os.link)
    for program in relocation.programs(root):
        content = program.read_bytes()
        program.unlink()
        program.write_bytes(content)
        program.chmod(0o755)
    return root


def test_every_library_that_a_program_needs_is_in_the_prefix(made: Prefix) -> None:
    assert relocation.prove_closure(made.root) > 100


def test_the_manifest_names_every_package_with_version_and_hash(made: Prefix) -> None:
    versions = made.versions()
    assert re.match(r"17\.\d+", versions["postgresql-17"])
    assert re.match(r"2\.\d+\.\d+", versions["postgresql-17-timescaledb"])
    assert all(re.fullmatch("[0-9a-f]{64}", package.sha256) for package in made.packages)
    assert len({package.name for package in made.packages}) == len(made.packages) > 50
    assert made.release.startswith("13.")


def test_nothing_in_it_was_installed_or_is_left_from_its_making(made: Prefix) -> None:
    assert not list(made.root.glob("usr/share/doc/*"))
    assert not list(made.root.glob("usr/lib/postgresql/*/lib/llvmjit*"))
    assert not made.root.with_name("prefix.building").exists()


def test_a_missing_library_is_found_before_anything_starts(made: Prefix, place: Path) -> None:
    root = copy(made, place)
    for library in root.glob("usr/lib/*/libcjson.so*"):
        library.unlink()
    with pytest.raises(PrefixIncomplete, match=r"libcjson\.so\.1 \(for mosquitto"):
        relocation.prove_closure(root)


@pytest.mark.parametrize("way", ["patchelf", "loader"])
def test_a_prefix_that_was_moved_is_tied_to_its_new_place(
    made: Prefix, place: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy(made, place)
    if way == "loader":
        monkeypatch.setattr(relocation, "_patchelf", lambda: None)
    assert Prefix.read(root) is None
    moved = prefix.ensure(root)  # without a network: the packages are there
    assert moved.way == way
    postgres = run([moved.postgres_bin / "postgres", "--version"])
    assert postgres.output.startswith("postgres (PostgreSQL) 17.")
    original = moved.postgres_bin / ("postgres.bin" if way == "loader" else "postgres")
    binary = elf.read(original)
    assert binary is not None
    assert "libssl.so.3" in binary.needed
    if way == "patchelf":
        assert binary.interpreter == str(relocation.loader(root))


def test_a_folder_whose_name_the_loader_would_misread_is_refused(made: Prefix, place: Path) -> None:
    root = copy(made, place / "a:b")
    with pytest.raises(ServiceError, match="has one of : ; \\$"):
        prefix.ensure(root)


def test_a_prefix_without_its_mark_is_not_taken(made: Prefix, tmp_path: Path) -> None:
    manifest = json.loads((made.root / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "root": str(tmp_path)}))
    assert Prefix.read(tmp_path) is not None
    (tmp_path / "manifest.json").write_text(
        json.dumps({**manifest, "root": str(tmp_path), "format": 0})
    )
    assert Prefix.read(tmp_path) is None
    (tmp_path / "manifest.json").write_text('{"format"')
    assert Prefix.read(tmp_path) is None


def test_elf_needs_are_read_as_the_loader_reads_them() -> None:
    binary = elf.read(Path("/bin/ls"))
    assert binary is not None
    assert "libc.so.6" in binary.needed
    assert binary.interpreter is not None
    assert "ld-linux" in binary.interpreter
    assert elf.read(Path(__file__)) is None


class FakeApt:
    """Answers like the host's apt; only mirrors in ``verified`` hold a Debian 13 that verifies."""

    def __init__(self, uris: str, verified: set[str]) -> None:
        self.uris, self.verified = uris, verified
        self.sources: list[str] = []

    def __call__(self, command: list[str], **how: object) -> Outcome:
        if "--print-uris" in command:
            return Outcome(0, self.uris, "")
        if command[-1] == "update":
            folder = how["folder"]
            assert isinstance(folder, Path)
            self.sources = re.findall(
                r"\] (\S+ \S+) main", (folder / "etc/sources.list").read_text()
            )
            bad = [source for source in self.sources if source not in self.verified]
            return (
                Outcome(100, "", f"E: The repository '{bad[0]}' is not signed.") if bad else _FINE
            )
        return _FINE


_FINE = Outcome(0, "", "")
_HOST = """\
'http://tiers.example/apt/dists/bookworm/InRelease' a 0
'https://miroir.example/debian/dists/bookworm/InRelease' b 0
'https://miroir.example/debian/dists/bookworm-updates/InRelease' c 0
'https://miroir.example/securite/dists/bookworm-security/InRelease' d 0
'https://miroir.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' e 0
"""


@pytest.fixture
def fake_apt(monkeypatch: pytest.MonkeyPatch) -> FakeApt:
    fake = FakeApt(_HOST, {"https://miroir.example/debian trixie"})
    monkeypatch.setattr(packages, "run", fake)
    monkeypatch.setattr(packages, "_host_codename", lambda: "bookworm")
    monkeypatch.setattr(packages, "_keyring", lambda: Path("/clefs.gpg"))
    return fake


def test_the_mirror_is_the_first_of_the_hosts_that_verifies(
    fake_apt: FakeApt, tmp_path: Path
) -> None:
    apt = packages.PrivateApt(tmp_path)
    assert apt.mirror == "https://miroir.example/debian"
    written = (tmp_path / "etc/sources.list").read_text()
    assert written == "deb [signed-by=/clefs.gpg] https://miroir.example/debian trixie main\n"


def test_the_security_suite_is_taken_where_the_host_has_one(
    fake_apt: FakeApt, tmp_path: Path
) -> None:
    fake_apt.verified.add("https://miroir.example/securite trixie-security")
    packages.PrivateApt(tmp_path)
    assert fake_apt.sources == [
        "https://miroir.example/debian trixie",
        "https://miroir.example/securite trixie-security",
    ]


def test_where_no_mirror_verifies_the_reason_and_the_remedy_are_told(
    fake_apt: FakeApt, tmp_path: Path
) -> None:
    fake_apt.verified.clear()
    with pytest.raises(DebianUnavailable, match="is not signed") as caught:
        packages.PrivateApt(tmp_path)
    assert "REVERBERE_SERVICES_MIRROR" in caught.value.sentence


def test_the_private_apt_is_cut_off_from_the_host_but_for_its_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = 'Acquire::http::Proxy "http://relais:3128";\nDPkg::Post-Invoke:: "rm -rf /";\n'
    monkeypatch.setattr(packages, "run", lambda _command: Outcome(0, dump, ""))
    written = packages._configuration(tmp_path)
    assert 'Acquire::http::Proxy "http://relais:3128";' in written
    assert "Post-Invoke" not in written
    assert 'APT::Update::Error-Mode "any";' in written
    assert "allow" not in written.lower()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("libssl3t64", True),
        ("libsystemd0", True),
        ("libpam0g", True),
        ("libperl5.40", False),
        ("openssl", False),
        ("libllvm19", False),
        ("postgresql-common", False),
        ("postgresql-17", True),
        ("tzdata", False),
    ],
)
def test_scripts_helpers_are_left_out_and_libraries_kept(name: str, *, kept: bool) -> None:
    assert (packages._NOT_UNPACKED.match(name) is None) is kept


def test_it_can_be_unpacked_before_anything_is_installed() -> None:
    bare = (
        f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}]; import control_center.services.prefix"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", bare], check=True)
