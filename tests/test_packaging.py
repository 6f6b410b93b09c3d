"""What is built is whole, and reads well where packages are shown."""

import runpy
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.page.files import BUILT_NAMES
from tests.needs import needs

ROOT: Final = Path(__file__).resolve().parents[1]
BUILDING: Final[dict[str, Any]] = runpy.run_path(str(ROOT / "hatch_build.py"))

readme_elsewhere: Callable[[str, str], str] = BUILDING["readme_elsewhere"]


def a_tree(folder: Path) -> Path:
    """Copy what a package is built of, without the page."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("peerset", "moderation"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("static", "__pycache__"))
    return folder


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tree / "out"), str(tree)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.real_time
def test_no_wheel_goes_out_without_the_page(tmp_path: Path) -> None:
    built = build(a_tree(tmp_path))
    assert built.returncode != 0
    assert "the page is not built: peerset/page/static lacks peerset.bundle.js" in built.stdout + built.stderr
    assert list(tmp_path.glob("out/*.whl")) == []


@pytest.mark.real_time
def test_a_wheel_has_the_page_and_a_description_without_broken_links(tmp_path: Path) -> None:
    static = a_tree(tmp_path) / "peerset" / "page" / "static"
    static.mkdir()
    for name in BUILT_NAMES:
        (static / name).write_text("built")
    built = build(tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = tmp_path.glob("out/*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
    assert {f"peerset/page/static/{name}" for name in BUILT_NAMES} <= set(names)
    assert "# peerset" in metadata
    assert "](docs/" not in metadata


def test_whoever_builds_knows_the_page_s_files() -> None:
    assert BUILDING["BUILT_NAMES"] == BUILT_NAMES


def test_a_package_without_a_page_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = BUILDING["PageHook"](str(tmp_path), {}, None, None, "", "wheel")
    with pytest.raises(SystemExit, match="the page is not built"):
        hook.initialize("standard", {})
    hook.initialize("editable", {})
    monkeypatch.setenv("PEERSET_WITHOUT_PAGE", "1")
    hook.initialize("standard", {})


@pytest.mark.parametrize(
    ("text", "home", "shown"),
    [
        ("see [it](docs/a.md)", "", "see it"),
        ("![a peer](docs/a.svg)", "", "*a peer*"),
        ("see [it](docs/a.md#b)", "https://a.test/blob/main", "see [it](https://a.test/blob/main/docs/a.md#b)"),
        ("![a peer](docs/a.svg)", "https://a.test/blob/main/", "![a peer](https://a.test/raw/main/docs/a.svg)"),
        ("[there](https://b.test) [here](#what)", "", "[there](https://b.test) [here](#what)"),
        ("`list[int](x)`", "", "`list[int](x)`"),
    ],
)
def test_links_work_elsewhere_or_are_words(text: str, home: str, shown: str) -> None:
    assert readme_elsewhere(text, home) == shown


def test_what_is_fetched_for_an_extra_is_what_the_package_and_all_that_it_names_take() -> None:
    extras = {
        "dev": ["peerset[tests,node]", "ruff>=1"],
        "tests": ["peerset[lan]", "pip"],
        "lan": ["a", "b>=2"],
        "node": ["c"],
    }
    project = {"dependencies": ["d>=3"], "optional-dependencies": extras}
    assert needs(project, "dev") == ["d>=3", "a", "b>=2", "pip", "c", "ruff>=1"]
    assert needs(project, "lan") == ["d>=3", "a", "b>=2"]
