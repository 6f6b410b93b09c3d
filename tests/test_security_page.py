"""docs/security.md: every row of its table names an adversary that it knows, and tests that are there."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

import peerset
from peerset.core.signal import RoomName
from peerset.signaling.sealing import info_hash_of, root_topic, sealing_key
from peerset.testing.tracker import local_tracker, scripted_tracker
from tests.patience import PATIENT_SECONDS

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


def overheard(tracker: str, told: list[str]) -> Callable[[web.WebSocketResponse], Awaitable[None]]:
    """Pass on what a peer and *tracker* say to each other, and note it."""

    async def pass_on(source: Any, target: Any) -> None:
        async for message in source:
            told.append(message.data)
            await target.send_str(message.data)

    async def attend(here: web.WebSocketResponse) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(tracker) as there:
            both = [asyncio.create_task(pass_on(here, there)), asyncio.create_task(pass_on(there, here))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for each in both:
                each.cancel()
            await asyncio.wait(both)

    return attend


@pytest.mark.real_time
async def test_a_tracker_is_told_of_no_name_no_record_and_no_file() -> None:
    told: list[str] = []
    data = b"on the beach " * 4_000
    async with local_tracker() as tracker, scripted_tracker(overheard(tracker, told)) as url:
        way: dict[str, Any] = {"signaling": [url], "ice_servers": (), "allow_loopback": True, "files": peerset.Limits()}
        way["retention"] = "1h"
        async with (
            peerset.join("secret garden", host=peerset.Host(), **way) as one,
            peerset.join("secret garden", host=peerset.Host(), **way) as two,
        ):
            await one.files("holidays").put("beach.txt", data)
            await one.publish("in confidence")
            await one.synced(timeout=PATIENT_SECONDS)
            theirs = two.files("holidays", author=one.key)
            while await theirs.entry("beach.txt") is None:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)
            assert await theirs.get("beach.txt") == data
    said = "".join(told)
    assert "offer" in said
    assert "answer" in said
    assert not any(word in said for word in ("garden", "holidays", "beach", "confidence", one.key.hex()))
