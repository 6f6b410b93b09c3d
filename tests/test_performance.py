"""docs/performance.md has a line for each goal, says which are reached, and is written whatever a bench does."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import goals as table
from tests.bench import performance
from tests.bench.__main__ import names
from tests.bench.goals import PARTS, PICTURES, Picture, Target, curve, find, goals, sources
from tests.bench.machine import Busy
from tests.bench.measured import Measured, Part, read
from tests.bench.performance_page import page
from tests.bench.plot import draw
from tests.bench.report import ROOT

WRITTEN = ("attack-report.md", "interop.md", "moderation-report.md", "performance.md", "protocol.md")
"""Pages that scripts write of what they ran, and of the limits of the wire."""
STATED = {
    ("api.md", "36 bytes a record"),
    ("api.md", "128 records a second"),
    ("web.md", "20 kB"),
    ("web.md", "4 MB"),
    ("README.md", "20 kB"),
    ("README.md", "94 kB"),
    ("README.md", "60 kB"),
}
"""Limits: they are set or held by a test, not measured."""
WORKS = 24
"""Rows of the design's table."""


def measured_by(*rows: table.Row, part: str, verified: float = 54.0, failed: str = "") -> Measured:
    return Measured(["machine   a clock"], {part: Part(list(rows), failed, verified=verified, commit="abc")})


def line(text: str, start: str) -> str:
    return next(each for each in text.splitlines() if each.startswith(start))


def test_each_goal_and_picture_is_measured_by_a_bench_that_is_there_and_part_of_the_run() -> None:
    assert {source.part for source in sources()} <= set(PARTS) <= set(names())
    assert len({goal.work for goal in goals()}) >= WORKS
    assert all(goal.beside for goal in goals() if goal.reference)


@pytest.mark.parametrize(
    "text",
    ["a | b | ms | <= 1 | part: label |", "a | b | ms | < 1 | part: label | |", "a | b | ms | <= 1 | label | |"],
)
def test_a_line_of_the_table_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"column|goal|row"):
        table._goal(text)


def test_goals_are_reached_as_they_stand_or_scaled_to_the_machine() -> None:
    most, least = Target(10.0, is_least=False, is_scaled=True), Target(10.0, is_least=True, is_scaled=True)
    assert [most.word(figure, 2.0) for figure in (10.0, 20.0, 20.1)] == ["yes", "yes, scaled", "**no**"]
    assert [least.word(figure, 2.0) for figure in (10.0, 5.0, 4.9)] == ["yes", "yes, scaled", "**no**"]
    assert Target(10.0, is_least=False, is_scaled=False).word(11.0, 2.0) == "**no**"


def test_a_row_is_found_by_how_its_label_begins_and_its_unit() -> None:
    rows = [("open: all", 1.0, "times"), ("open: all", 2.0, "s"), ("opened", 3.0, "s")]
    assert find(rows, "open", "s") == ("open: all", 2.0, "s")
    assert find(rows, "shut", "s") is None
    sizes = [
        ("1 record (a): open", 1.0, "s"),
        ("10 records (a): open", 2.0, "s"),
        ("10 records (a): opened", 3.0, "ms"),
    ]
    assert find(sizes, "* (a): open", "s") == sizes[1]


def test_the_page_puts_what_was_measured_beside_its_reference() -> None:
    figures = ("transport, 16384 B messages", 45.0, "MB/s"), ("aiortc's bare channel, 16384 B messages", 30.0, "MB/s")
    text = page(measured_by(*figures, part="transport"))
    told = line(text, "| transport, 16 KiB")
    assert told.endswith("| 45 MB/s | 30 MB/s, bare aiortc | 1.5 | ≥ 50 MB/s (here 25) | yes, scaled |")
    assert "1 of 1 goals" not in text
    assert f"1 of {sum(goal.target is not None for goal in goals())} goals are reached" in text


def test_the_page_says_what_was_missed_what_failed_and_what_was_not_measured() -> None:
    measured = measured_by(("peerset --help", 0.5, "s"), part="start", verified=27.0)
    measured.parts["room"] = Part([], "ended with exit code 1")
    measured.parts["tracker"] = Part([])
    text = page(measured)
    assert line(text, "| `peerset --help`").endswith("| ≤ 0.15 s (here 0.15) | **no** |")
    assert "- `peerset --help`: processor 0.5 s, goal ≤ 0.15 s (here 0.15)" in text
    assert line(text, "| 10,000 records process").endswith("| not measured: `room` ended with exit code 1 |")
    assert line(text, "| our tracker").endswith("| not measured: no such row |")
    assert line(text, "| a live record").endswith("| not measured |")
    assert "| `room` | 0, then ended with exit code 1 |" in text


def test_below_what_was_missed_stands_why_and_only_there() -> None:
    rows = (
        ("ingest: the whole over verification", 1.9, "times"),
        ("ingest: all cores, best of 3", 99_000.0, "records/s"),
    )
    text = page(measured_by(*rows, part="ingest"))
    told = text.splitlines()
    at = told.index("- ingest, one core: over verification 1.9 times, goal ≤ 1.35 times")
    assert told[at + 1].startswith("  - over verification: ")
    assert "nobody has looked yet" not in told[at + 1]
    assert "ingest, two cores: a second" not in text.partition("## What is not reached")[2]


def test_the_page_has_a_line_for_each_goal_and_part_even_of_an_empty_run() -> None:
    text = page(Measured())
    assert [goal for goal in goals() if f"| {goal.work} | {goal.what} | not measured |" not in text] == []
    assert [part for part in PARTS if f"| `{part}` | not measured" not in text] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture.file))
def test_a_picture_has_every_point_of_its_curves(picture: Picture) -> None:
    rows = [
        (f"{label} at {size:,}", figure, "ms")
        for panel in picture.panels
        for label, _ in panel.lines
        for size, figure in ((1_000, 0.5), (1_000_000, 800.0), (10_000, 0.0))
    ]
    measured = measured_by(*rows, part=picture.panels[0].part)
    drawn = ElementTree.fromstring(draw(picture, measured))
    circles = [each for each in drawn.iter() if each.tag.endswith("circle")]
    assert len(circles) == len(rows)
    assert draw(picture, Measured()) == ""
    assert f"(images/{picture.file})" in page(measured)


def test_the_sizes_of_a_curve_are_read_from_its_rows() -> None:
    rows = [("open at 1,000,000", 2.0, "s"), ("open at 1,000", 1.0, "s"), ("opened at 1", 3.0, "s")]
    assert curve(rows, "open") == [(1_000, 1.0), (1_000_000, 2.0)]


def test_what_was_measured_is_kept_and_read_again(tmp_path: Path) -> None:
    measured = measured_by(("a", 1.0, "s"), part="start")
    measured.save(tmp_path / "new" / "kept.json")
    assert read(tmp_path / "new" / "kept.json") == measured
    assert read(tmp_path / "none.json") == Measured()


def test_what_others_keep_busy_is_what_is_not_our_own() -> None:
    before, after = Busy(10.0, 100.0, 5.0), Busy(20.0, 115.0, 15.0)
    assert after.others_since(before) == 0.5


@pytest.mark.real_time
def test_a_bench_that_fails_has_the_rows_that_it_gave_and_says_that_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bench"
    program.write_text('#!/bin/sh\necho \'["first", 1.0, "s"]\'\necho words\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    part = performance.measure("start", 60.0, is_quick=True)
    assert part.rows == [("first", 1.0, "s")]
    assert part.failed == "ended with exit code 3"
    program.write_text('#!/bin/sh\necho \'["first", 1.0, "s"]\'\nsleep 600\n')
    assert performance.measure("start", 1.0, is_quick=True).failed == "took more than 1 s"
    assert performance.measure("start", 0.0, is_quick=True).failed == "the time for the whole run was over"


def test_no_figure_of_speed_or_size_stands_elsewhere() -> None:
    units = r"ms|µs|us|microseconds|[kM]B/s|[kM]B|(?:bytes|B) a record|(?:records|announces)(?: a second|/s)"
    measured = re.compile(rf"\d[\d.,]* ?(?:{units})\b")
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "web" / "README.md"]
    told = {
        (path.name, figure)
        for path in pages
        if path.name not in WRITTEN
        for figure in measured.findall(path.read_text("utf-8"))
    }
    assert told - STATED == set()


def test_the_page_has_every_goal_and_part_of_the_bench() -> None:
    text = performance.OUTPUT.read_text("utf-8")
    assert [goal for goal in goals() if f"| {goal.work} | {goal.what} |" not in text] == []
    assert [part for part in PARTS if f"| `{part}` |" not in text] == []
    assert str(ROOT) not in text
