"""Signed Debian 13 packages for an ordinary user, through an apt state of our own.

The host's apt says where its mirror is; a private state folder makes it fetch the closure of our
packages from there, verified under the Debian keyring. Nothing of the host is changed, and no
installation script runs. Standard library only: this also runs before pip has finished.
"""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from control_center.services.commands import Outcome, run
from control_center.services.errors import DebianUnavailable

RELEASE = "trixie"
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)

#: Needed by installation scripts or for compiling, or taken from the host. Everything else of the
#: closure stays: a name forgotten here costs megabytes, a name too many breaks the prefix.
_NOT_UNPACKED = re.compile(
    r"""^(
      libllvm.* | libz3.* | perl.* | libperl.* | lib.*-perl | libgdbm.*
    | python3.* | libpython3.* | locales.* | libc-l10n | libc-bin | debconf.*
    | cdebconf.* | adduser | passwd | login.* | ssl-cert
    | openssl.* | postgresql-common.* | postgresql-client-common | readline-common | ucf
    | sensible-utils | netbase | tzdata.* | base-files | base-passwd | bash | dash | dpkg | tar
    | sed | grep | gawk | mawk | findutils | diffutils | coreutils | util-linux.* | bsdutils
    | mount | hostname | procps | sysvinit.* | sysv-rc | init-system-helpers | init
    | systemd.* | dmsetup | libpam-(modules|runtime|systemd).* | media-types | mailcap
    | logrotate | cron.* | lsb-.* | libjson-perl | iproute2 | ncurses-base | ncurses-bin
    )$""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was fetched.

    Attributes
    ----------
    name, version, architecture : str
        As in the signed index.
    sha256 : str
        Of the archive, as in the signed index.
    """

    name: str
    version: str
    architecture: str
    sha256: str


class PrivateApt:
    """An apt that knows one verified Debian 13 mirror and has nothing installed.

    Parameters
    ----------
    work : Path
        An empty folder of our own; it may be removed afterwards.
    mirror : str, optional
        Base address of a Debian mirror; derived from the host's apt otherwise.

    Raises
    ------
    DebianUnavailable
        No apt, no keyring, no mirror that verifies.
    """

    def __init__(self, work: Path, mirror: str | None = None) -> None:
        self._work = work
        self._keyring = _keyring()
        for program in ("apt-get", "apt-cache", "dpkg-deb"):
            if shutil.which(program) is None:
                raise DebianUnavailable(f"{program} is not on this machine")
        self._prepare_folders()
        main, security = _host_mirrors(work) if mirror is None else ([mirror], [])
        self.mirror = self._first_verified(main)
        self._add_security(security)

    def closure(self, wanted: Sequence[str]) -> list[str]:
        """Return the wanted packages and all that they need, without what the host gives."""
        plan = self._apt("install", "-s", *wanted)
        names = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
        kept = [name for name in names if not _NOT_UNPACKED.match(name.split(":")[0])]
        missing = set(wanted) - set(kept)
        if missing:
            raise DebianUnavailable(f"the mirror does not offer {', '.join(sorted(missing))}")
        return sorted(kept)

    def describe(self, names: Sequence[str]) -> list[Package]:
        """Return version and hash of packages, from the signed index."""
        shown = self._run("apt-cache", "show", "--no-all-versions", *names)
        packages = []
        for record in shown.strip().split("\n\n"):
            fields = dict(re.findall(r"^(\w[\w-]*): (.*)$", record, re.MULTILINE))
            packages.append(
                Package(
                    fields["Package"], fields["Version"], fields["Architecture"], fields["SHA256"]
                )
            )
        return packages

    def release(self) -> str:
        """Return version and date of the Debian release that was verified."""
        for index in sorted((self._work / "lists").glob("*InRelease")):
            fields = dict(
                re.findall(r"^(Suite|Codename|Version|Date): (.*)$", index.read_text("utf-8"), re.M)
            )
            if fields.get("Codename") == RELEASE:
                return f"{fields.get('Version', RELEASE)} ({fields.get('Date', 'no date')})"
        return RELEASE

    def unpack(self, names: Sequence[str], into: Path) -> None:
        """Fetch packages, check their hashes against the signed index, unpack their files."""
        archives = self._work / "packages"
        archives.mkdir()
        self._apt("download", *names, folder=archives)
        for archive in sorted(archives.glob("*.deb")):
            _check(run(["dpkg-deb", "-x", archive, into]), "dpkg-deb")
            archive.unlink()

    def _prepare_folders(self) -> None:
        for folder in ("lists/partial", "cache/archives/partial", "etc", "empty"):
            (self._work / folder).mkdir(parents=True)
        (self._work / "status").touch()
        (self._work / "apt.conf").write_text(_configuration(self._work), encoding="utf-8")

    def _first_verified(self, candidates: Iterable[str]) -> str:
        refusals = []
        for base in candidates:
            self._write_sources([(base, RELEASE)])
            try:
                self._apt("update")
            except DebianUnavailable as error:
                refusals.append(error.problem)
            else:
                return base
        told = f" ({refusals[0]})" if refusals else ""
        raise DebianUnavailable(
            f"no mirror of this machine's apt gives a Debian 13 that verifies{told}",
            "set REVERBERE_SERVICES_MIRROR to a Debian mirror, or DATABASE_URL and MQTT_URL to "
            "servers of yours",
        )

    def _add_security(self, candidates: Iterable[str]) -> None:
        """Add the security suite where the host has one; it may also live without."""
        for base in candidates:
            self._write_sources([(self.mirror, RELEASE), (base, f"{RELEASE}-security")])
            try:
                self._apt("update")
            except DebianUnavailable:
                continue
            return
        self._write_sources([(self.mirror, RELEASE)])

    def _write_sources(self, suites: Sequence[tuple[str, str]]) -> None:
        lines = [f"deb [signed-by={self._keyring}] {base} {suite} main" for base, suite in suites]
        (self._work / "etc" / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _apt(self, *arguments: str, folder: Path | None = None) -> str:
        return self._run("apt-get", "-qq", *arguments, folder=folder)

    def _run(self, *command: str, folder: Path | None = None) -> str:
        own = {"APT_CONFIG": str(self._work / "apt.conf")}
        return _check(run(command, folder=folder or self._work, environment=own), command[0])


def _check(done: Outcome, program: str) -> str:
    if done.code != 0:
        told = [line for line in done.errors.splitlines() if line.startswith("E:")]
        reason = told[0].removeprefix("E: ") if told else done.last_word
        raise DebianUnavailable(f"{program}: {reason}")
    return done.output


def _keyring() -> Path:
    for keyring in KEYRINGS:
        if keyring.is_file():
            return keyring
    raise DebianUnavailable("the package debian-archive-keyring is not on this machine")


def _host_mirrors(work: Path) -> tuple[list[str], list[str]]:
    """Ask the host's apt for its mirrors: bases of the release, bases of its security suite.

    ``apt-get --print-uris update`` names every release file without touching the network. Third
    parties use the same code names, so each base is only a candidate.
    """
    lists = work / "host"
    (lists / "partial").mkdir(parents=True)
    asked = run(["apt-get", "-o", f"Dir::State::lists={lists}", "--print-uris", "update"])
    codename = _host_codename()
    found: tuple[list[str], list[str]] = ([], [])
    for address in re.findall(r"^'([^']+)/InRelease'", asked.output, re.MULTILINE):
        base, _, suite = address.rpartition("/dists/")
        kinds = {codename: found[0], f"{codename}-security": found[1]}
        if suite in kinds and base not in kinds[suite]:
            kinds[suite].append(base)
    if not found[0]:
        why = f" ({asked.last_word})" if asked.code else ""
        raise DebianUnavailable(
            f"this machine's apt names no mirror of {codename or 'a Debian release'}{why}"
        )
    return found


def _host_codename() -> str:
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r'^VERSION_CODENAME="?([\w-]+)"?$', text, re.MULTILINE)
    return found[1] if found else ""


def _configuration(work: Path) -> str:
    """Return an apt.conf cut off from the host's, except for its proxies and credentials."""
    settings = {
        "Dir": "/",
        "Dir::State": work,
        "Dir::State::status": work / "status",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Dir::Cache::archives": work / "cache/archives",
        "Dir::Etc": work / "etc",
        "Dir::Etc::sourcelist": work / "etc/sources.list",
        "Dir::Etc::sourceparts": work / "empty",
        "Dir::Etc::parts": work / "empty",
        "Dir::Etc::netrcparts": "/etc/apt/auth.conf.d",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "20",
        "Acquire::https::Timeout": "20",
        "Debug::NoLocking": "true",
    }
    lines = [f'{name} "{value}";' for name, value in settings.items()]
    dumped = run(["apt-config", "dump"])
    lines += re.findall(r"^Acquire::https?(?:::[^ ]+)? \"[^\"]*\";$", dumped.output, re.MULTILINE)
    return "\n".join(lines) + "\n"
