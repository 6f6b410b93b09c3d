"""docs/attack-report.md has a line for every attack and every goal; its figures are those of the machine it is of."""

from pathlib import Path

from tests.bench.attack_rows import GOALS, HOLES, HOSTILE, ROWS
from tests.bench.attackers import ATTACKS
from tests.bench.report import OUTPUT, ROOT, SHARES, Findings, failures, page
from tests.bench.strangers import STRANGERS

HEAD = ["machine   a clock"]
HELD = [("held off", 1.0, "")]
PLAYED = {
    "converged": 1.0,
    "reached": 1.0,
    "p50_seconds": 0.2,
    "p99_seconds": 0.9,
    "degree": 8.0,
    "parts": 1,
    "banned": 0,
}


def test_the_page_has_every_attack_of_the_bench_and_every_row() -> None:
    text = OUTPUT.read_text("utf-8")
    told = [*ATTACKS, *STRANGERS, *(row.attack for row in ROWS), *(goal.what for goal in GOALS)]
    assert [each for each in [*told, *(f"| {share} % |" for share in SHARES)] if each not in text] == []
    assert str(ROOT) not in text


def test_each_row_is_shown_by_something_that_is_there_and_each_attack_belongs_to_a_row() -> None:
    shown = {each for row in ROWS for each in row.shown_by}
    known = {*ATTACKS, *STRANGERS, HOSTILE, HOLES}
    assert [each for each in shown - known if not (each.startswith("tests/") and (ROOT / each).is_file())] == []
    assert known - shown == set()


def test_what_held_and_what_did_not_is_told_apart() -> None:
    findings = Findings(attacks=dict.fromkeys(ATTACKS, HELD), swarms=dict.fromkeys(SHARES, PLAYED))
    findings.attacks["actions"] = [("actions: slower", 3.0, "times"), ("actions: held off", 0.0, "")]
    findings.attacks["offers"] = []
    findings.swarms[40] = PLAYED | {"converged": 0.9}
    findings.swarms[50] = {}
    findings.tests = {"tests/test_listener.py": False, "tests/protocol/test_lacking.py": True}
    findings.holes = "4 played, 1 failed"
    text = page(findings, HEAD)
    assert "| actions | - | - | 3 times | - | - | **no** |" in text
    assert "It stops holding at 40 %." in text
    assert "| 50 % | a promise was broken" in text
    assert text.rstrip().endswith(
        "- actions: beyond a limit in this run, see its line above\n- offers: its run did not end\n"
        "- `tests/test_listener.py` fails"
    )


def test_what_pytest_says_is_read_by_files() -> None:
    said = "...F\nFAILED tests/a/test_b.py::test_c - assert 1 == 2\nERROR tests/test_d.py - ValueError\n2 failed in 3 s"
    files = ["tests/a/test_b.py", "tests/test_b.py", "tests/test_d.py"]
    assert list(failures(files, said).values()) == [False, True, False]


def test_a_page_of_nothing_says_so() -> None:
    text = page(Findings(), HEAD)
    assert "| 0 % | not run |" in text
    assert text.rstrip().endswith("Nothing of what this run tried.")


def test_the_page_is_where_documents_are() -> None:
    assert Path("docs") / "attack-report.md" == OUTPUT.relative_to(ROOT)
