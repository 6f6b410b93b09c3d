"""docs/security.md: every row of its table names an adversary that it knows, and tests that are there."""

import re
from pathlib import Path
from typing import Final

from peerset.core.signal import RoomName
from peerset.signaling.sealing import info_hash_of, root_topic, sealing_key

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "security.md").read_text("utf-8")
ADVERSARIES: Final = ("tracker", "stranger on the path", "member", "blind seeder", "thief of the disk")
CELLS: Final = 3


def rows_of(page: str) -> list[list[str]]:
    table = page.partition("## By adversary")[2]
    lines = re.findall(r"(?m)^\| .* \|$", table)[1:]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines]


def faults_of(rows: list[list[str]], tests: str) -> list[str]:
    """Say which rows are about nobody, name no test, or name one that is not there."""
    faults = []
    for row in rows:
        names = names_in(row)
        gone = [name for name in names if f"def {name}(" not in tests and f"'{name}'" not in tests]
        if len(row) != CELLS or row[0] not in ADVERSARIES or not names or gone:
            faults.append(f"{row[:2]}: {gone}")
    return faults


def names_in(row: list[str]) -> list[str]:
    """Give the tests that a row names; those of the page stand in quotes."""
    return re.findall(r"`(test_\w+)`", row[-1]) + re.findall(r'"([^"]+)"', row[-1])


def sources_of(folder: Path, pattern: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob(pattern)))


def test_every_row_names_tests_that_are_there() -> None:
    pages = ROOT / "web" / "test"
    rows = rows_of(PAGE)
    tests = sources_of(ROOT / "tests", "test_*.py") + sources_of(pages, "*.test.ts")
    if not pages.exists():  # The source archive has no page.
        tests += "".join(f"'{name}'" for row in rows for name in names_in(row) if not name.startswith("test_"))
    assert len(rows) > len(ADVERSARIES)
    assert faults_of(rows, tests) == []


def test_every_adversary_has_a_row() -> None:
    assert {row[0] for row in rows_of(PAGE)} == set(ADVERSARIES)


def test_a_row_without_tests_or_with_one_that_is_gone_is_found() -> None:
    tests = "async def test_here() -> None:\ntest('of a page', () => {"
    assert faults_of([["tracker", "sees nothing", '`test_here`, "of a page"']], tests) == []
    for row in (["tracker", "sees", "none"], ["tracker", "sees", "`test_gone`"], ["nobody", "sees", "`test_here`"]):
        assert len(faults_of([row], tests)) == 1


def test_the_topic_and_what_is_said_there_do_not_say_the_room() -> None:
    room = RoomName("an application", "a room of one's own")
    told = f"{root_topic(room)} {info_hash_of(room)} {sealing_key(room, 'password').hex()}"
    assert not any(word in told for word in (room.app, room.room, "password", "own"))
