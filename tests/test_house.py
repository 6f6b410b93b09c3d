"""What drifts unseen in the source: missing tests, dead modules, heavy imports, forgotten limits, stray paths."""

import ast
import importlib.metadata
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.patience import PATIENT_SECONDS

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = {"peerset": ROOT / "peerset", "peerset_moderation": ROOT / "moderation" / "peerset_moderation"}
BANNED_NAMES: Final = {"util", "utils", "helper", "helpers", "common", "manager", "handler", "service", "misc"}
FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 40
HEAVY_MODULES: Final = ("aiortc", "av", "aiohttp", "aiosqlite", "cryptography", "typer", "rich", "uvloop")
TEXT_SUFFIXES: Final = {".py", ".md", ".toml", ".json", ".js", ".mjs", ".ts", ".html", ".svg", ".yml", ".yaml", ""}


def modules() -> dict[str, Path]:
    """Every module of the packages, by its dotted name."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def python_files() -> list[Path]:
    return sorted([*modules().values(), *(path for path in (ROOT / "tests").rglob("*.py") if is_ours(path))])


def is_ours(path: Path) -> bool:
    return not {"node_modules", "__pycache__", ".hypothesis"} & set(path.parts)


def committed_files() -> list[Path]:
    """What git tracks, or in an unpacked source archive every file that is not made by a tool."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [path for folder in ("peerset", "moderation", "tests", "docs") for path in (ROOT / folder).rglob("*.*")]


@cache
def syntax_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def nodes_of(path: Path) -> Sequence[ast.AST]:
    return list(ast.walk(syntax_of(path)))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def does_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether *function* has a body beyond its docstring and an ellipsis."""
    return not all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in function.body)


def code_lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines *function* has, without its docstring."""
    first = function.body[0]
    is_documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    documented = (first.end_lineno or 0) - first.lineno + 1 if is_documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - documented


def imports_of(module: str, path: Path) -> set[str]:
    found: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found - {module}


def entry_modules() -> set[str]:
    """Modules that are entered from outside: scripts, entry points, `python -m` and the public test kit."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    targets = list(metadata["scripts"].values())
    for group in metadata.get("entry-points", {}).values():
        targets.extend(group.values())
    targets.extend(
        re.findall(r'"(peerset(?:\.\w+)+:\w+)"', "".join(map(Path.read_text, (ROOT / "peerset/cli").glob("*.py"))))
    )
    public = {name for name in modules() if name.startswith("peerset.testing.")}
    return {target.split(":")[0] for target in targets} | public | set(PACKAGES)


def test_every_module_with_behaviour_has_its_own_test_file() -> None:
    missing = []
    for name, path in modules().items():
        if not any(does_something(function) for function in functions_of(path)):
            continue
        package, *inner = name.split(".")
        folder = ROOT / "tests" / ("" if package == "peerset" else package)
        stem = inner[-1].strip("_") if inner else "init"
        if not list(folder.joinpath(*inner[:-1]).glob(f"test_{stem}*.py")):
            missing.append(name)
    assert missing == []


def test_no_module_is_dead() -> None:
    imported: set[str] = set()
    for name, path in modules().items():
        imported |= imports_of(name, path)
    files = {name for name, path in modules().items() if path.name != "__init__.py"}
    assert sorted(files - imported - entry_modules()) == []


def test_no_file_is_named_after_nothing() -> None:
    named = [path for path in python_files() if set(path.stem.removeprefix("test_").split("_")) & BANNED_NAMES]
    assert named == []


def test_no_file_hides_a_second_noun() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in python_files()}
    assert {path: length for path, length in lengths.items() if length > FILE_LINES_MAX} == {}


def test_no_function_does_two_things() -> None:
    long = []
    for path in modules().values():
        for function in functions_of(path):
            length = code_lines_of(function)
            if length > FUNCTION_LINES_MAX:
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name} has {length} lines")
    assert long == []


def test_no_function_imports() -> None:
    hidden = []
    for path in modules().values():
        imports = [node for node in nodes_of(path) if isinstance(node, ast.Import | ast.ImportFrom)]
        spans = [range(each.lineno, (each.end_lineno or 0) + 1) for each in functions_of(path)]
        hidden += [
            f"{path.relative_to(ROOT)}:{each.lineno}" for each in imports if any(each.lineno in span for span in spans)
        ]
    assert hidden == []


def test_no_comment_promises_work_without_an_issue() -> None:
    promise = re.compile(r"#.*\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b(?!.*\bissue \d)")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if promise.search(line)
    ]
    assert found == []


@pytest.mark.real_time
def test_importing_peerset_stays_light() -> None:
    code = f"import sys, peerset; peerset.join; print(sorted(set({HEAVY_MODULES!r}) & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENT_SECONDS
    )
    assert result.stdout.strip() == "[]"


def test_every_limit_is_crossed_by_a_test_or_stands_in_the_protocol() -> None:
    tree = syntax_of(PACKAGES["peerset"] / "core" / "limits.py")
    limits = [
        node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    pages = [path for path in [ROOT / "docs" / "protocol.md"] if path.exists()]
    text = "\n".join(
        path.read_text("utf-8") for path in [*(ROOT / "tests").rglob("test_*.py"), *pages] if is_ours(path)
    )
    assert sorted(set(limits) - set(re.findall(r"\w+", text))) == []


def test_every_limit_is_used() -> None:
    tree = syntax_of(PACKAGES["peerset"] / "core" / "limits.py")
    limits = [
        node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    text = "\n".join(path.read_text("utf-8") for path in modules().values() if path.name != "limits.py")
    assert sorted(set(limits) - set(re.findall(r"\w+", text))) == []


def test_the_tables_that_both_languages_compare_are_of_today() -> None:
    vectors = ROOT / "tests" / "vectors"
    for name, text in runpy.run_path(str(vectors / "make_tables.py"))["make"]().items():
        assert (vectors / name).read_text("utf-8") == text, "run python tests/vectors/make_tables.py"


def test_every_public_name_is_documented() -> None:
    tree = syntax_of(PACKAGES["peerset"] / "api.py")
    public: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(name, ast.Name) and name.id == "__all__" for name in node.targets
        ):
            public = ast.literal_eval(node.value)
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert public, "peerset has no written __all__"
    assert [name for name in public if not re.search(rf"`(peerset\.)?{name}\b", page)] == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("room/room.py", "Room"),
        ("room/database.py", "Database"),
        ("room/pinning.py", "Pinning"),
        ("data/collection.py", "Collection"),
        ("data/reading.py", "Reading"),
        ("data/registers.py", "Registers"),
        ("data/links.py", "Links"),
        ("moderation/moderator.py", "Moderator"),
    ],
)
def test_every_member_of_a_room_is_documented(module: str, name: str) -> None:
    tree = syntax_of(PACKAGES["peerset"] / module)
    [described] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    members = [
        member.name
        for member in described.body
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and not member.name.startswith("_")
    ]
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert [member for member in members if not re.search(rf"`{member}\b", page)] == []


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = [path for path in committed_files() if path.suffix == ".md" and not is_reading(path)]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in documents
        for target in re.findall(r"\]\(([^)\s]+)\)", outside_code(path.read_text("utf-8")))
        if not re.match(r"https?:|mailto:", target) and not leads_somewhere(path, target)
    ]
    assert len(documents) > 10
    assert broken == []


def is_reading(path: Path) -> bool:
    """Whether *path* is what a test reads, and no document."""
    return path.is_relative_to(ROOT / "web" / "test")


def outside_code(text: str) -> str:
    return re.sub(r"(?s)```.*?```|`[^`\n]*`", "", text)


def leads_somewhere(path: Path, link: str) -> bool:
    target, _, heading = link.partition("#")
    file = (path.parent / target).resolve() if target else path
    return file.exists() and (not heading or heading in headings_of(file))


def headings_of(path: Path) -> set[str]:
    """Give the anchors of the headings of *path*, as they are made for readers on the web."""
    titles = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?s)```.*?```", "", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_distribution_puts_two_names_into_site_packages() -> None:
    files = importlib.metadata.files("peerset") or []
    names = {file.parts[0] for file in files if file.parts[0] != ".."}
    # An editable installation has one path file in place of the packages.
    packages = {name for name in names if not name.endswith((".dist-info", ".pth"))}
    assert packages <= set(PACKAGES)


def test_no_failed_test_is_run_again() -> None:
    """One that passes the second time has found a fault, or is one."""
    again = re.compile(r"(?i)retr(?:y|ies)|reruns?\b|flaky")
    names = {"pyproject.toml", "package.json", "Makefile", "conftest.py"}
    settings = [
        path
        for path in committed_files()
        if path.name in names or re.fullmatch(r"(?:vitest|playwright)\.config\.\w+", path.name)
    ]
    assert len(settings) > len(names)
    assert [str(path.relative_to(ROOT)) for path in settings if again.search(path.read_text("utf-8"))] == []


def test_every_dependency_has_its_reason() -> None:
    lines = (
        (ROOT / "pyproject.toml").read_text("utf-8").partition("dependencies = [")[2].partition("\n]")[0].splitlines()
    )
    assert [line for line in lines if line.strip() and "#" not in line] == []


def test_nothing_committed_names_a_machine() -> None:
    places = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)/")
    hosts = re.compile('"resolved": "http|files.pythonhosted|/pypi/simple')
    found = []
    for path in committed_files():
        if path.suffix not in TEXT_SUFFIXES or path == Path(__file__).resolve():
            continue
        text = path.read_text("utf-8", errors="replace")
        named = [each for pattern in (places, hosts) for each in pattern.finditer(text)]
        found += [f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, each.start()) + 1}" for each in named]
    assert found == []
