"""The page that says which clients work with us has a line for every mark, and only those."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.interop.results import Results, Row, read, write
from tests.interop.table import PAGE, lines, renew, shown
from tests.patience import PATIENT_SECONDS

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ["3.11", "20.1", "140.0", "153.8"]
EMPTY = "before\n<!-- made: clients -->\n<!-- end -->\nafter\n"


def results() -> Results:
    return {
        Row("zebra", "1.10.0", "runs", "Firefox"): Counter(passed=3),
        Row("zebra", "1.9.0", "runs", "Firefox"): Counter(passed=1, failed=1),
        Row("zebra", "1.10.0", "runs", "Python"): Counter(skipped=1),
        Row("Ant", "2.0", "walks", "Node.js"): Counter(),
    }


def test_the_table_has_a_line_for_each_version_and_a_column_for_each_place() -> None:
    assert renew(EMPTY, results(), VERSIONS).splitlines()[2:-2] == [
        "| Client | Version | What works with it | Python 3.11 | Node.js 20.1 | Chromium 140.0 | Firefox 153.8 |",
        "|---|---|---|---|---|---|---|",
        "| Ant | 2.0 | walks |  | not run |  |  |",
        "| zebra | 1.9.0 | runs |  |  |  | **1 of 2 failed** |",
        "| zebra | 1.10.0 | runs | skipped |  |  | yes |",
    ]


def test_a_table_is_read_as_it_was_written() -> None:
    assert shown(renew(EMPTY, results(), VERSIONS)) == lines(results())


def test_results_are_read_as_they_were_written_and_the_last_file_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "new" / "second.json"
    later = {Row("Ant", "2.0", "walks", "Node.js"): Counter(passed=2)}
    write(results(), first)
    write(later, second)
    assert read([first]) == results()
    assert read([first, second]) == {**results(), **later}


@pytest.mark.real_time
def test_the_page_has_a_line_for_every_mark_and_no_other(tmp_path: Path) -> None:
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.interop(" in path.read_text("utf-8")]
    pytest_run("--collect-only", "--interop", tmp_path / "there.json", *marked)
    wanted = sorted(line.claim for line in lines(read([tmp_path / "there.json"])))
    there = sorted(line.claim for line in shown(PAGE.read_text("utf-8")))
    assert there == wanted, "run make interop"


MARKED = """
import pytest

SEEN = pytest.mark.interop(client="ws", what="is seen")

@pytest.mark.interop(client="{kind} browser", version="{number}.0", what="is counted")
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", ["small", pytest.param("large", marks=SEEN)])
def test_some(number: int, kind: str) -> None:
    assert number == 1
"""


@pytest.mark.real_time
@pytest.mark.parametrize("workers", [(), ("--numprocesses=2",)], ids=["alone", "on two cores"])
def test_a_run_says_how_the_tests_of_each_mark_ended(
    tmp_path: Path, workers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # To load the plug-ins that nothing here uses took most of the time of these processes.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_marked.py").write_text(MARKED, "utf-8")
    told = tmp_path / "told.json"
    pytest_run("-p", "xdist", *workers, "-p", "tests.interop.results", "--interop", told, tmp_path / "test_marked.py")
    assert read([told]) == {
        Row("large browser", "1.0", "is counted", "Python"): Counter(passed=1),
        Row("large browser", "2.0", "is counted", "Python"): Counter(failed=1),
        Row("small browser", "1.0", "is counted", "Python"): Counter(passed=1),
        Row("small browser", "2.0", "is counted", "Python"): Counter(failed=1),
        Row("ws", "8.23.0", "is seen", "Python"): Counter(passed=1, failed=1),
    }


def pytest_run(*arguments: str | Path) -> None:
    """Run pytest in a process of its own; tests may fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENT_SECONDS,
    )
    assert ended.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), ended.stdout + ended.stderr
