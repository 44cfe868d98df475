"""The house's own rules, read from the source: who may know whom, how long, what is documented."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic_settings import BaseSettings

from gis.errors import ReverbereError
from tests.support.home import REPOSITORY

ROOMS = ("gis", "twin", "ingest", "simulators", "control_center")
LAWS = ("supply", "incidents", "lighting", "buildings", "irrigation", "evaluation", "model")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50

#: Which packages of ours a room may import, and with ``!`` which not. A longer name wins.
MAY_IMPORT = {
    "gis": ("gis",),
    "twin": ("gis", "twin"),
    **{f"twin.{law}": ("gis", "twin", "!twin.store") for law in LAWS},
    "ingest": ("gis", "twin", "ingest"),
    "simulators": (
        "gis",
        "simulators",
        "twin.model",
        "twin.clock",
        "twin.errors",
        "ingest.codecs",
        "ingest.networks",
    ),
    "control_center": ("gis", "twin", "ingest", "control_center"),
    "control_center.cli": ("gis", "twin", "ingest", "control_center", "simulators"),
}
#: What pure laws must not reach for: files, clocks, databases, networks.
IMPURE = ("psycopg", "psycopg_pool", "time", "socket", "subprocess", "requests", "pathlib", "os")
CLOCK = "twin/clock.py"
#: Read by people who have a proof and not the product: a program of its own, standard library only.
STANDALONE = "twin.incidents.proof_check"


@cache
def sources() -> dict[str, Path]:
    """All modules of the product, by dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Modules that a file imports, wherever in it, names included: ``twin.store.sql``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether a dotted name is a package or lies in it."""
    return name == package or name.startswith(f"{package}.")


def rule_of(module: str) -> tuple[str, ...]:
    """What a module may import of ours: the rule with the longest name that holds it."""
    return MAY_IMPORT[max((room for room in MAY_IMPORT if within(module, room)), key=len)]


def allowed(name: str, rule: tuple[str, ...]) -> bool:
    """Whether a rule lets a name be imported."""
    refused = any(within(name, package[1:]) for package in rule if package.startswith("!"))
    return not refused and any(within(name, package) for package in rule)


def forbidden_imports(module: str, path: Path) -> list[str]:
    """What a module imports of ours against the rule."""
    return [
        f"{module} imports {name}"
        for name in imports(path)
        if name.split(".")[0] in ROOMS and not allowed(name, rule_of(module))
    ]


def test_imports_point_down_only() -> None:
    broken = [
        line for module, path in sources().items() for line in forbidden_imports(module, path)
    ]
    assert broken == []


def test_the_import_rule_can_be_broken(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from twin.store.sql import statement\n")
    assert forbidden_imports("twin.lighting.sun", wrong)
    assert forbidden_imports("gis.tiles", wrong)
    assert forbidden_imports("simulators.faults", wrong)
    assert not forbidden_imports("ingest.pipeline", wrong)


def test_laws_are_pure() -> None:
    reached = [
        f"{module} imports {name}"
        for module, path in sources().items()
        if any(within(module, f"twin.{law}") for law in LAWS) and module != STANDALONE
        for name in imports(path)
        if name.split(".")[0] in IMPURE and not name.startswith("pathlib.PurePath")
    ]
    assert reached == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = re.compile(r"^(datetime\.(now|utcnow|today)|date\.today)$")
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in sources().values()
        if path != REPOSITORY / CLOCK
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and asking.match(ast.unparse(node.func))
    ]
    assert found == []


def test_sql_lives_in_files() -> None:
    """Only the store speaks SQL; its statements come from ``statement()`` but for a few words."""
    speaking = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE)\b")
    tables = re.compile(r"\b(FROM|INTO|UPDATE|JOIN)\s+(reverbere\.)?[a-z_]+")
    found = [
        f"{module}:{node.lineno}"
        for module, path in sources().items()
        if not within(module, "twin.store") and not within(module, "control_center.services")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and speaking.match(node.value)
        and tables.search(node.value)
    ]
    assert found == []


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Functions of a file: name, line, length without its docstring. [lines]"""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            if ast.get_docstring(node) is not None and len(node.body) > 1:
                length = (node.end_lineno or 0) - node.body[1].lineno + 1
            else:
                length = (node.end_lineno or 0) - first.lineno + 1
            yield node.name, node.lineno, length


def test_files_and_functions_are_short() -> None:
    long = []
    for path in sources().values():
        name = path.relative_to(REPOSITORY)
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONGEST_FILE:
            long.append(f"{name}: {lines} lines, {LONGEST_FILE} at most")
        long += [
            f"{name}:{line} {function}: {length} lines, {LONGEST_FUNCTION} at most"
            for function, line, length in functions(path)
            if length > LONGEST_FUNCTION
        ]
    assert long == []


@cache
def classes() -> dict[str, type]:
    """All classes that our modules define, by dotted name; every module is imported for it."""
    found = {}
    for module, path in sources().items():
        if module.endswith("__main__"):
            continue
        loaded = importlib.import_module(module)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and isinstance(
                getattr(loaded, node.name, None), type
            ):
                found[f"{module}.{node.name}"] = getattr(loaded, node.name)
    return found


def errors() -> dict[str, type[Exception]]:
    """Those of our classes that can be raised; a private one never leaves its module."""
    return {
        name: kind
        for name, kind in classes().items()
        if issubclass(kind, Exception) and not kind.__name__.startswith("_")
    }


def test_every_error_is_of_the_one_tree() -> None:
    strangers = [name for name, kind in errors().items() if not issubclass(kind, ReverbereError)]
    assert strangers == []


def drawn(module: str) -> dict[str, str]:
    """The errors drawn in a module's docstring, each with the one that it hangs under."""
    above: list[tuple[int, str]] = []
    found: dict[str, str] = {}
    for line in (ast.get_docstring(tree(sources()[module])) or "").splitlines():
        match = re.match(r"^([\s│├└─]+)([A-Z]\w+)(\s|$)", line)
        if match is None:
            continue
        depth, name = len(match[1]), match[2]
        above = [(level, other) for level, other in above if level < depth]
        if above:
            found[name] = above[-1][1]
        above.append((depth, name))
    return found


def test_the_drawn_tree_is_the_real_one() -> None:
    drawings: dict[str, str] = {}
    for module in sources():
        if module.endswith("errors"):
            drawings |= drawn(module)
    real = {kind.__name__: kind.__mro__[1].__name__ for kind in errors().values()}
    del real["ReverbereError"]
    assert drawings == real


def settings() -> dict[str, type[BaseSettings]]:
    """All settings classes."""
    return {
        name: kind
        for name, kind in classes().items()
        if issubclass(kind, BaseSettings) and kind.__module__ == name.rpartition(".")[0]
    }


def variables(kind: type[BaseSettings]) -> Iterator[str]:
    """Names of the environment variables that a settings class reads."""
    prefix = kind.model_config.get("env_prefix") or ""
    for name, field in kind.model_fields.items():
        yield str(field.validation_alias or f"{prefix}{name}").upper()


def test_every_setting_says_what_it_is_and_stands_in_the_operations_guide() -> None:
    guide = (REPOSITORY / "docs/operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z_]+)`", guide, re.MULTILINE))
    read = {variable for kind in settings().values() for variable in variables(kind)}
    silent = [
        f"{where}.{name}"
        for where, kind in settings().items()
        for name, field in kind.model_fields.items()
        if not field.description
    ]
    assert silent == []
    assert sorted(read - listed) == [], "not in docs/operations.md"
    assert sorted(listed - read) == [], "in docs/operations.md, and read by nobody"


def test_every_folder_of_tests_is_a_package() -> None:
    """Two test files of the same name in two folders are two modules only then."""
    folders = {path.parent for path in (REPOSITORY / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_repository_names_no_workplace() -> None:
    """Addresses of machines that only some of us have do not belong here."""
    wanted = re.compile(
        r"(?<![\w.])/work/|deb\.debian\.org|files\.pythonhosted\.org|pypi\.org/simple"
    )
    kinds = {".py", ".md", ".toml", ".yml", ".sh", ".sql", ".html", ".js", ".css", ".conf", ".txt"}
    found = [
        str(path.relative_to(REPOSITORY))
        for path in sorted(REPOSITORY.rglob("*"))
        if path.suffix in kinds
        and not path.relative_to(REPOSITORY).parts[0].startswith(".")
        and path != Path(__file__)
        and wanted.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
