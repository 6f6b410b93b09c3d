"""docs/attack-report.md has a line for every attack and every goal; its figures are those of the machine it is of."""

import json
from pathlib import Path

from tests.bench.attack_rows import CHURN, GOALS, HALFYEAR, HOLES, HOSTILE, LARGE, ROWS
from tests.bench.attackers import ATTACKS
from tests.bench.goals import goals
from tests.bench.report import OUTPUT, ROOT, SHARES, Findings, failures, page, read_runs
from tests.bench.seeds import read_seeds
from tests.bench.strangers import STRANGERS
from tests.bench.whys import why_of, whys

HEAD = ["machine   a clock"]
HELD = [("held off", 1.0, "")]
PLAYED = {
    "converged": 1.0,
    "reached": 1.0,
    "unmet": 0,
    "late": 0,
    "lost": 0,
    "p50_seconds": 0.2,
    "p99_seconds": 0.9,
    "degree": 8.0,
    "parts": 1,
    "banned": 0,
}

LARGEST = PLAYED | {
    "members": 10_000,
    "hostile": 0,
    "seed": 3,
    "copies": 1.05,
    "idle_bytes_per_second": 90.0,
    "cpu_seconds": 1_100,
    "rss_mib": 5_000,
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
    findings.seeds = {HOLES: "0 FAILED: newcomer 3, least 2, a record reached 15 of 15"}
    text = page(findings, HEAD)
    assert "| actions | - | - | 3 times | - | - | **no** |" in text
    assert "It stops holding at 40 %." in text
    assert "| 50 % | a promise was broken" in text
    assert text.rstrip().endswith(
        "- actions: beyond a limit in this run, see its line above\n- offers: its run did not end\n"
        "- `tests/test_listener.py` fails"
    )


def test_larger_swarms_are_read_from_files_by_what_these_are_called(tmp_path: Path) -> None:
    path = tmp_path / "large-3.json"
    path.write_text(f"a bar\n{json.dumps(LARGEST)}\n", "utf-8")
    findings = Findings(runs=[*read_runs(path), (HOSTILE, {})])
    assert findings.runs[0] == (LARGE, LARGEST)
    text = page(findings, HEAD)
    assert "beyond: " not in text
    row = "| 10,000 | 0 | 3 | 100.0% | 0.20 s | 0.90 s | 1.05 | 90 B/s | 8.0 | 1 | 0 | 1,100 s | 5,000 MiB |"
    assert row in text
    assert "| 1 of 1 sound, p99 of a delivery 0.90 s |" in text
    assert "| 0 of 1 sound, p99 of a delivery 0.00 s |" in text


def test_who_came_too_late_to_meet_anybody_is_no_fault_and_is_told() -> None:
    text = page(Findings(runs=[(CHURN, LARGEST | {"unmet": 2, "late": 2})]), HEAD)
    assert "1 of 1 sound, p99 of a delivery 0.90 s; not counted: 2 that came in the last seconds" in text
    for spoiled in ({"unmet": 2, "late": 1}, {"lost": 1}, {"parts": 2}):
        assert "0 of 1 sound" in page(Findings(runs=[(CHURN, LARGEST | spoiled)]), HEAD)


def test_holes_hold_when_no_seed_failed() -> None:
    lines = ("", "0 ok: newcomer 7\n1 FAILED: newcomer 5\n2 played, 1 failed", "0 ok: newcomer 7\n1 played, 0 failed")
    held = [Findings(seeds={HOLES: said}).holds(HOLES) for said in lines]
    assert held == [None, False, True]


def test_all_seeds_of_a_world_are_counted_and_the_worst_is_told() -> None:
    said = (
        "halfyear 0 ok: 196 records, settled in 60 s, files at most 1.14 times what lived, d30c\n"
        "halfyear 1 ok: 180 records, settled in 55 s, files at most 1.17 times what lived, ab01\n"
        "halfyear 2 FAILED the file of member 1 takes 1.31 times what lives\n"
    )
    text = page(Findings(seeds={HALFYEAR: said}), HEAD)
    assert text.count("| 3 played, 1 failed, files take 1.17 times what lives at worst |") == 2
    assert read_seeds("nothing\n") is None


def test_why_a_figure_is_missed_is_told_with_the_figure_and_only_then() -> None:
    missed = LARGEST | {"degree": 13.2, "members": 10_000}
    text = page(Findings(runs=[(LARGE, missed)], attacks={"actions": HELD}), HEAD)
    assert "; beyond: degree 13.20 (goal 6 to 12) |" in text
    assert "- degree 13.20 (goal 6 to 12): " in text
    assert "This run missed nothing" in page(Findings(runs=[(LARGE, LARGEST)]), HEAD)
    assert why_of("no such figure") == "nobody has looked yet"


def test_each_reason_is_of_a_figure_that_there_is() -> None:
    limits = {f"{goal.measured}: {figure}" for goal in GOALS for figure, _, _ in goal.limits}
    failed = {f"{goal.measured}: failed" for goal in GOALS}
    measured = {goal.figure for goal in goals()}
    assert set(whys()) - limits - failed - measured - {*ATTACKS, *STRANGERS} == set()


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
